/*
 * Facts about a backup for people and programs, with or without a mount: .rdbfs/status.json and
 * `rdbfs list` have the same members. Threads: no shared state.
 */
#ifndef RDB_TREE_SUMMARY_H
#define RDB_TREE_SUMMARY_H

#include "archive/archive.h"
#include "base/buf.h"
#include "job/scope.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

/* Borrows everything. */
struct rdb_summary {
	const struct rdb_entry *entry;
	const struct rdb_archive_facts *facts;
	time_t taken;
	const char *type;              /* "" unknown */
	const struct rdb_scope *scope; /* NULL unknown */
};

/* When a backup was taken: by the file's name, else by the folder inside, else the file's mtime. */
time_t rdb_summary_taken(const struct rdb_entry *entry, const struct rdb_archive_facts *facts);

/* Returns whether it is known to be damaged. */
bool rdb_summary_is_damaged(const struct rdb_archive_facts *facts);

/* Returns whether it counts as a good backup: not known to be damaged, and not dated ahead of the
 * clock. */
bool rdb_summary_is_good(const struct rdb_archive_facts *facts, time_t taken);

/* Returns whether the number of its tables and documents is known. */
bool rdb_summary_is_counted(const struct rdb_archive_facts *facts);

/* A new object; NULL: out of memory. */
json_t *rdb_summary_json(const struct rdb_summary *summary);

/* How many backups are in each state: counts[enum rdb_archive_state]. NULL: out of memory. */
json_t *rdb_summary_counts(const size_t *counts);

/* The backup that --max-age is about, as {"name", "taken"}; entry NULL: null. */
json_t *rdb_summary_last_good(const struct rdb_entry *entry, time_t taken);

/* Files that are not listed, with the reason of each. listing NULL: an empty array. */
json_t *rdb_summary_passed_over(const struct rdb_listing *listing);

#endif
