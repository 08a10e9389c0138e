/*
 * Comparison of the metadata (.info) of two tables: primary key, indexes, write hook. Indexes and
 * hooks are equal if their ReQL text ("query") is, or without text if the server's stored function
 * is; multi and geo of an index count too. Metadata without a "write_hook" member, not even null,
 * contain no information about a hook. Any thread may call.
 */
#ifndef RDB_COMPARE_COMPARE_INFO_H
#define RDB_COMPARE_COMPARE_INFO_H

#include "base/err.h"
#include "json/text.h"

struct json_t;

struct rdb_info_difference {
	const char *object;             /* "primary key", "index", "write hook" */
	const char *name;               /* name of an index; else NULL */
	const struct json_t *from, *to; /* NULL: that side has none */
};

/* Reports a difference. Returns 0, or an errno that ends the comparison. */
typedef int (*rdb_info_difference_report)(
	void *arg, const struct rdb_info_difference *difference, struct rdb_err *err);

/*
 * Compares two tables' metadata. An empty span has no metadata, and equals any.
 *   -EINVAL  not the JSON of a table's metadata
 *   and the errors of report
 */
int rdb_compare_info(struct rdb_json_span from, struct rdb_json_span to,
	rdb_info_difference_report report, void *arg, struct rdb_err *err);

#endif
