/*
 * Output of differences, as text or as JSON lines. Control characters in names and values are
 * escaped. Not thread-safe.
 */
#ifndef RDB_CMD_DIFFERENCE_H
#define RDB_CMD_DIFFERENCE_H

#include "compare/compare.h"
#include "compare/compare_info.h"

#include <stdbool.h>
#include <stdio.h>

struct rdb_difference_output {
	FILE *file;
	bool json;   /* one JSON object per line */
	bool stat;   /* text with counts only */
	bool colour; /* text with colours, for a terminal */
};

/* The next two functions print how a document, or a table's .info file, differs between the two
 * sides of a comparison. Both return 0 or -ENOMEM. The caller checks out->file for write errors. */
int rdb_difference_document(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference *difference);
int rdb_difference_info(const struct rdb_difference_output *out, const char *db, const char *table,
	const struct rdb_info_difference *difference);

/* Prints that only one side has the table: the second side if "added" is true, otherwise the first.
 */
int rdb_difference_table(
	const struct rdb_difference_output *out, const char *db, const char *table, bool added);

/* Prints that a table cannot be compared because a backup is damaged. */
int rdb_difference_damaged(
	const struct rdb_difference_output *out, const char *db, const char *table);

/* Prints how many documents of the table were added, removed, changed and unchanged. If table is
 * NULL, prints the totals of all tables. Prints nothing if the output is JSON. */
void rdb_difference_counts_print(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference_counts *counts);

#endif
