/*
 * Cache file with what was read about the backups in a remote store: the type, the cluster, and the
 * scope (the databases and tables that a backup was meant to contain, job/lineage.h). With this
 * file, a process need not read archives that an earlier process has read. The file is in the cache
 * folder. Each line is a JSON object about one version of a backup. Lines are only appended. A file
 * that has become too large is deleted. Any thread may call, because loaded records never change.
 */
#ifndef RDB_JOB_TYPES_FILE_H
#define RDB_JOB_TYPES_FILE_H

#include "index/embed.h"
#include "job/lineage.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_types_file;

struct rdb_types_record {
	uint64_t version; /* version of the backup, as in struct rdb_entry */
	char made[RDB_EMBED_TYPE_MAX];
	bool home;
	const char *facts; /* JSON for rdb_lineage_parse(); NULL if unknown */
};

/* Opens the cache file in the folder, and reads all its records. Each record has the type, the
 * cluster and the scope of a version of a backup. Malformed lines are skipped. If folder is NULL,
 * nothing is read or written. Returns 0 or -ENOMEM. */
int rdb_types_file_open(const char *folder, struct rdb_types_file **out);

/* Returns the record (type and lineage of a backup) that an earlier process stored for this version
 * of the backup, or NULL if there is no record. */
const struct rdb_types_record *rdb_types_file_find(
	const struct rdb_types_file *file, uint64_t version);

/* Appends a record about a backup to the file. "lineage" (the cluster and the tables that the
 * backup covers) may be NULL if unknown. Errors are ignored: without the record, a later process
 * only has to read the data from the store again. */
void rdb_types_file_add(const struct rdb_types_file *file, const struct rdb_types_record *record,
	const struct rdb_lineage *lineage);

void rdb_types_file_close(struct rdb_types_file *file);

#endif
