/*
 * Counter of the documents of a text that arrives in pieces. Counting is much cheaper than
 * decompressing the text. json/document_scan.h defines a document. Not thread-safe.
 */
#ifndef RDB_JSON_COUNT_H
#define RDB_JSON_COUNT_H

#include "json/csv_count.h"
#include "json/document_scan.h"

struct rdb_json_count {
	struct rdb_json_scan scan;
	uint64_t documents;
	bool is_csv;
	struct rdb_csv_count csv;
};

void rdb_json_count_init(struct rdb_json_count *count);

/* Starts counting the documents of comma-separated values, where each row after the first is a
 * document (see json/csv_count.h). */
void rdb_json_count_init_csv(struct rdb_json_count *count, char delimiter);

/* Counts the documents in the next piece of the text. The piece may have any length. */
void rdb_json_count_feed(struct rdb_json_count *count, const char *data, size_t len);

/* Returns the number of documents that have begun so far. The number is exact for valid text. */
uint64_t rdb_json_count_documents(const struct rdb_json_count *count);

/* Returns true if the bytes counted so far may be a complete text. A blank JSON text and a CSV text
 * without column names are incomplete. */
bool rdb_json_count_clean(const struct rdb_json_count *count);

/* Returns true if the text fed so far is complete. A text is complete if rdb_json_count_clean()
 * returns true. If "may_be_blank" is true, a JSON text that is empty or has only white space is
 * complete, too. */
bool rdb_json_count_complete(const struct rdb_json_count *count, bool may_be_blank);

#endif
