/*
 * Comparison of two tables: merges their documents, which both sources return in the order of the
 * primary key. Memory: one document of each side.
 *
 * Threads: one at a time.
 */
#ifndef RDB_COMPARE_COMPARE_H
#define RDB_COMPARE_COMPARE_H

#include "compare/document_source.h"
#include "json/text.h"

#include <stdbool.h>
#include <stdint.h>

enum rdb_difference_type { RDB_ADDED, RDB_REMOVED, RDB_CHANGED };

/* A document that differs. The texts are valid during the call of the report function. */
struct rdb_difference {
	enum rdb_difference_type type;
	struct rdb_json_span key;
	struct rdb_json_span from; /* NULL: added */
	struct rdb_json_span to;   /* NULL: removed */
	bool repeated; /* added or removed: the previous document on its side has the same key */
};

struct rdb_difference_counts {
	uint64_t added, removed, changed, same;
};

/* Reports a difference. Returns 0, or an errno that ends the comparison. */
typedef int (*rdb_difference_report)(
	void *arg, const struct rdb_difference *difference, struct rdb_err *err);

/*
 * Compares two tables: a document only in to is an addition, one only in from a removal. key: name
 * of the primary key. Documents with the same value (json/same.h) are equal. report may be NULL.
 * Documents of a repeated key are matched in order; a surplus document is an addition or a removal.
 *   -EDOM  a side is not in the order of the keys: use sorted_documents.h; differences reported
 *          until then may be wrong
 *   and the errors of the sources, of rdb_document_key() and of report
 */
int rdb_compare(struct rdb_document_source *from, struct rdb_document_source *to, const char *key,
	struct rdb_difference_counts *counts, rdb_difference_report report, void *arg,
	struct rdb_err *err);

#endif
