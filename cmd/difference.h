/*
 * Output of differences as text or as JSON. One line each; control characters in names and values
 * are escaped. Not thread-safe.
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
	bool stat;   /* text: counts only */
	bool colour; /* text: with colours, for a terminal */
};

/* Each function writes at least one line. Returns 0 or -ENOMEM; write errors are those of
 * the FILE. */
int rdb_difference_document(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference *difference);
int rdb_difference_info(const struct rdb_difference_output *out, const char *db, const char *table,
	const struct rdb_info_difference *difference);

/* Prints a table that only one side has. */
int rdb_difference_table(
	const struct rdb_difference_output *out, const char *db, const char *table, bool added);

/* Prints the counts of a table (NULL: of all tables) as text. */
void rdb_difference_counts_print(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference_counts *counts);

#endif
