/*
 * Counter of the documents of comma-separated values that arrive in pieces, without creating them:
 * counts rows as json/csv.h reads them, without the row of names. Not thread-safe.
 */
#ifndef RDB_JSON_CSV_COUNT_H
#define RDB_JSON_CSV_COUNT_H

#include "json/csv.h"

/* State without pointers, because a scan stores it. */
struct rdb_csv_count {
	enum rdb_json_csv_state state;
	char delimiter;
	uint8_t mark;  /* matched bytes of a byte order mark */
	uint64_t rows; /* complete rows */
};

void rdb_csv_count_init(struct rdb_csv_count *count, char delimiter);
void rdb_csv_count_feed(struct rdb_csv_count *count, const char *data, size_t len);

/* Number of rows so far, including one that has not ended, without the row of names. */
uint64_t rdb_csv_count_documents(const struct rdb_csv_count *count);

/* Returns whether the text may end here: the names are complete, and no quote is open. */
bool rdb_csv_count_clean(const struct rdb_csv_count *count);

#endif
