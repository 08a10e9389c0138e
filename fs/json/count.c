#include "json/count.h"

void rdb_json_count_init(struct rdb_json_count *count)
{
	rdb_json_scan_init(&count->scan);
	count->documents = 0;
}

void rdb_json_count_feed(struct rdb_json_count *count, const char *data, size_t len)
{
	struct rdb_json_marks marks;

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
	return count->documents;
}

bool rdb_json_count_clean(const struct rdb_json_count *count)
{
	return rdb_json_scan_clean(&count->scan);
}
