#include "json/csv_count.h"

#include "base/byte_order_mark.h"

#include <string.h>

void rdb_csv_count_init(struct rdb_csv_count *count, char delimiter)
{
	*count = (struct rdb_csv_count){.state = RDB_JSON_CSV_MARK, .delimiter = delimiter};
}

static bool is_row_end(char c)
{
	return c == '\r' || c == '\n';
}

static size_t pass_mark(struct rdb_csv_count *count, const char *data)
{
	if (*data == RDB_BYTE_ORDER_MARK[count->mark]) {
		if (++count->mark == RDB_BYTE_ORDER_MARK_LEN)
			count->state = RDB_JSON_CSV_ROW;
		return 1;
	}
	/* Treat the bytes of an incomplete byte order mark as the beginning of the first field. */
	count->state = count->mark ? RDB_JSON_CSV_PLAIN : RDB_JSON_CSV_ROW;
	return 0;
}

static size_t pass_row(struct rdb_csv_count *count, const char *data)
{
	if (is_row_end(*data))
		return 1;
	count->state = RDB_JSON_CSV_FIELD;
	return 0;
}

static size_t pass_field(struct rdb_csv_count *count, const char *data)
{
	bool quote = *data == '"';

	count->state = quote ? RDB_JSON_CSV_QUOTED : RDB_JSON_CSV_PLAIN;
	return quote;
}

static size_t pass_plain(struct rdb_csv_count *count, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && !is_row_end(data[at]) && data[at] != count->delimiter)
		at++;
	if (at == len)
		return len;
	if (data[at] == count->delimiter) {
		count->state = RDB_JSON_CSV_FIELD;
	} else {
		count->state = data[at] == '\r' ? RDB_JSON_CSV_CR : RDB_JSON_CSV_ROW;
		count->rows++;
	}
	return at + 1;
}

static size_t pass_quoted(struct rdb_csv_count *count, const char *data, size_t len)
{
	const char *quote = memchr(data, '"', len);

	if (!quote)
		return len;
	count->state = RDB_JSON_CSV_QUOTE;
	return (size_t)(quote - data) + 1;
}

static size_t pass(struct rdb_csv_count *count, const char *data, size_t len)
{
	switch (count->state) {
	case RDB_JSON_CSV_MARK:
		return pass_mark(count, data);
	case RDB_JSON_CSV_ROW:
		return pass_row(count, data);
	case RDB_JSON_CSV_FIELD:
	case RDB_JSON_CSV_QUOTE: /* a second quote continues the field */
		return pass_field(count, data);
	case RDB_JSON_CSV_PLAIN:
		return pass_plain(count, data, len);
	case RDB_JSON_CSV_QUOTED:
		return pass_quoted(count, data, len);
	case RDB_JSON_CSV_CR:
		count->state = RDB_JSON_CSV_ROW;
		return *data == '\n';
	}
	return len;
}

void rdb_csv_count_feed(struct rdb_csv_count *count, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len)
		at += pass(count, data + at, len - at);
}

static bool is_in_row(const struct rdb_csv_count *count)
{
	return count->state == RDB_JSON_CSV_FIELD || count->state == RDB_JSON_CSV_PLAIN ||
	       count->state == RDB_JSON_CSV_QUOTED || count->state == RDB_JSON_CSV_QUOTE;
}

uint64_t rdb_csv_count_documents(const struct rdb_csv_count *count)
{
	uint64_t rows = count->rows + is_in_row(count);

	return rows ? rows - 1 : 0;
}

bool rdb_csv_count_clean(const struct rdb_csv_count *count)
{
	return count->state != RDB_JSON_CSV_QUOTED && (count->rows > 0 || is_in_row(count));
}
