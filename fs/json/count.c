#include "json/count.h"

void rdb_json_count_init(struct rdb_json_count *count)
{
	*count = (struct rdb_json_count){0};
	rdb_json_scan_init(&count->scan);
}

void rdb_json_count_init_csv(struct rdb_json_count *count, char delimiter)
{
	rdb_json_count_init(count);
	count->is_csv = true;
	rdb_csv_count_init(&count->csv, delimiter);
}

void rdb_json_count_feed(struct rdb_json_count *count, const char *data, size_t len)
{
	struct rdb_json_marks marks;

	if (count->is_csv) {
		rdb_csv_count_feed(&count->csv, data, len);
		return;
	}
	while (len > 0) {
		size_t taken = rdb_json_scan(&count->scan, data, len, &marks);

		for (size_t i = 0; i < marks.count; i++)
			count->documents += !(marks.at[i] & 1);
		data += taken;
		len -= taken;
	}
}

uint64_t rdb_json_count_documents(const struct rdb_json_count *count)
{
	return count->is_csv ? rdb_csv_count_documents(&count->csv) : count->documents;
}

bool rdb_json_count_clean(const struct rdb_json_count *count)
{
	return count->is_csv ? rdb_csv_count_clean(&count->csv) : rdb_json_scan_clean(&count->scan);
}

bool rdb_json_count_complete(const struct rdb_json_count *count, bool may_be_blank)
{
	return rdb_json_count_clean(count) ||
	       (may_be_blank && !count->is_csv && count->scan.mode == RDB_JSON_BEGIN);
}
