/*
 * Comparison of two tables by merging their documents, which arrive in the order of their primary
 * keys. Memory is needed for one document of each table. One thread at a time may call.
 */
#ifndef RDB_COMPARE_COMPARE_H
#define RDB_COMPARE_COMPARE_H

#include "compare/document_source.h"
#include "json/text.h"

#include <stdbool.h>
#include <stdint.h>

enum rdb_difference_type { RDB_ADDED, RDB_REMOVED, RDB_CHANGED };

/* A document that differs between the two compared tables. The texts are valid until the report
 * function returns. */
struct rdb_difference {
	enum rdb_difference_type type;
	struct rdb_json_span key;
	struct rdb_json_span from; /* NULL: added */
	struct rdb_json_span to;   /* NULL: removed */
	bool repeated; /* an added or removed document has the key of the document before it */
};

struct rdb_difference_counts {
	uint64_t added, removed, changed, same;
};

/* Called for each difference. Returns 0, or a negative errno, which ends the comparison. */
typedef int (*rdb_difference_report)(
	void *arg, const struct rdb_difference *difference, struct rdb_err *err);

/*
 * Compares two tables with the primary key "key". Documents are compared by value (json/same.h).
 * If several documents of a table have the same key, their order decides which two are compared.
 * Calls report() for each difference, unless "report" is NULL.
 * Returns:
 *   0         success
 *   -EDOM     documents are not in key order. Reported differences may be wrong. The caller must
 *             sort the documents with rdb_sorted_documents() and compare again.
 *   another   an error of "from", "to", rdb_document_key() or report()
 */
int rdb_compare(struct rdb_document_source *from, struct rdb_document_source *to, const char *key,
	struct rdb_difference_counts *counts, rdb_difference_report report, void *arg,
	struct rdb_err *err);

#endif
