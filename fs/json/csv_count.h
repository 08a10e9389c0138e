/*
 * Counter of the documents of comma-separated values that arrive in pieces. Rows are counted by the
 * rules of json/csv.h, without creating documents. The row of names does not count. Not
 * thread-safe.
 */
#ifndef RDB_JSON_CSV_COUNT_H
#define RDB_JSON_CSV_COUNT_H

#include "json/csv.h"

/* State of the counter of documents in comma-separated values. The structure contains no pointers,
 * because a scan writes the structure to a file. */
struct rdb_csv_count {
	enum rdb_json_csv_state state;
	char delimiter;
	uint8_t mark;  /* number of matched bytes of a byte order mark */
	uint64_t rows; /* complete rows */
};

void rdb_csv_count_init(struct rdb_csv_count *count, char delimiter);
void rdb_csv_count_feed(struct rdb_csv_count *count, const char *data, size_t len);

/* Returns the number of rows so far. Does not count the first row, because the first row contains
 * the column names. Counts a last row that has no line end. */
uint64_t rdb_csv_count_documents(const struct rdb_csv_count *count);

/* Returns true if the column names are complete and no quote is open, so that the text may end at
 * this point. */
bool rdb_csv_count_clean(const struct rdb_csv_count *count);

#endif
