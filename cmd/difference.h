/*
 * Output of differences, for people or for programs. One line each; control characters in names
 * and values are escaped. Not thread-safe.
 */
#ifndef RDB_CMD_DIFFERENCE_H
#define RDB_CMD_DIFFERENCE_H

#include "compare/compare.h"
#include "compare/compare_info.h"

#include <stdbool.h>
#include <stdio.h>

struct rdb_difference_output {
	FILE *file;
	bool json;   /* one JSON object a line */
	bool stat;   /* text: counts only */
	bool colour; /* text: for a terminal */
};

/* Each writes a line or more; 0, -ENOMEM. Write errors show in the FILE. */
int rdb_difference_document(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference *difference);
int rdb_difference_info(const struct rdb_difference_output *out, const char *db, const char *table,
	const struct rdb_info_difference *difference);

/* A table that only one side has. */
int rdb_difference_table(
	const struct rdb_difference_output *out, const char *db, const char *table, bool added);

/* Text: the counts of a table (NULL: of all tables). */
void rdb_difference_counts_print(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference_counts *counts);

#endif
