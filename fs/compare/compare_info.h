/*
 * Comparison of the metadata of two tables: primary key, indexes and write hook. Indexes and hooks
 * are equal if their ReQL texts ("query") are, or, without texts, the functions stored by the
 * server; of indexes, multi and geo count too. Any thread may call.
 */
#ifndef RDB_COMPARE_COMPARE_INFO_H
#define RDB_COMPARE_COMPARE_INFO_H

#include "base/err.h"
#include "json/text.h"

struct json_t;

struct rdb_info_difference {
	const char *object;             /* "primary key", "index" or "write hook" */
	const char *name;               /* name of an index; NULL for other objects */
	const struct json_t *from, *to; /* values in the two tables; NULL if a table has none */
};

/* Function that reports a difference. Returns 0, or a negative errno that ends the comparison. */
typedef int (*rdb_info_difference_report)(
	void *arg, const struct rdb_info_difference *difference, struct rdb_err *err);

/* Reports each difference between the metadata of two tables. "from" and "to" are the texts of the
 * tables' .info files. Reports nothing if one of the texts is empty. Returns 0, -EINVAL if a text
 * is malformed, or an error of report(). */
int rdb_compare_info(struct rdb_json_span from, struct rdb_json_span to,
	rdb_info_difference_report report, void *arg, struct rdb_err *err);

#endif
