/*
 * Facts about a backup for people and programs, with or without a mount. .rdbfs/status.json and
 * `rdbfs list` describe a backup by the members that are defined here. All functions are
 * thread-safe.
 */
#ifndef RDB_TREE_SUMMARY_H
#define RDB_TREE_SUMMARY_H

#include "archive/archive.h"
#include "job/scope.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

/* Facts about one backup. The struct does not own the objects to which its members point. These
 * objects must outlive the struct. */
struct rdb_summary {
	const struct rdb_entry *entry;
	const struct rdb_archive_facts *facts;
	time_t taken;                  /* see rdb_facts_taken() */
	const char *type;              /* empty if unknown */
	const struct rdb_scope *scope; /* NULL if unknown */
};

/* Returns whether a backup counts as good: the backup is not known to be damaged, and its time is
 * not in the future. */
bool rdb_summary_is_good(const struct rdb_archive_facts *facts, time_t taken);

/* Returns whether the number of tables and the number of documents are known. */
bool rdb_summary_is_counted(const struct rdb_archive_facts *facts);

/* Returns a new JSON object that describes the backup, or NULL if memory is exhausted. */
json_t *rdb_summary_json(const struct rdb_summary *summary);

/* Returns a new object with the number of backups in each state, or NULL if memory is exhausted.
 * counts is indexed by enum rdb_archive_state. */
json_t *rdb_summary_counts(const size_t *counts);

/* Returns a new JSON object that describes *good, the newest good backup. Returns a JSON null if
 * good->entry is NULL because no backup is good. Returns NULL if memory is exhausted. */
json_t *rdb_summary_last_good(const struct rdb_summary *good);

/* Returns a new array of the store's files that are not listed as backups, each with the reason why
 * it is not listed. The array has at most RDB_PASSED_OVER_MAX files, and is empty if "listing" is
 * NULL. */
json_t *rdb_summary_passed_over(const struct rdb_listing *listing);

#endif
