/*
 * Cache file with the type and the lineage (job/lineage.h) of the backups in a remote store, so
 * that a process need not read archives that an earlier process has read. Each line is a JSON
 * object about one version of a backup. Lines are only appended. A file that has become too large
 * is deleted.
 *
 * Any thread may call, because loaded records never change.
 */
#ifndef RDB_JOB_TYPES_FILE_H
#define RDB_JOB_TYPES_FILE_H

#include "index/embed.h"
#include "job/lineage.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct rdb_types_file;

struct rdb_types_record {
	uint64_t version; /* version of the backup, as in struct rdb_entry */
	char made[RDB_EMBED_TYPE_MAX];
	bool home;
	const char *facts; /* JSON for rdb_lineage_parse(); NULL if there is none */
	time_t started;    /* recorded start of the backup; 0 if unknown */
	/* The reason why the lineage could not be read: -ENOENT if rdbfs did not make the backup,
	 * or -EBADMSG if the archive's index is damaged. 0 if the field "facts" holds the lineage,
	 * or if no attempt was made to read the lineage. */
	int lineage_error;
};

/* Loads the records of the cache file in "folder" into *out. Skips malformed records. If "folder"
 * is NULL, *out has no records, and rdb_types_file_add() writes nothing. Returns 0 or -ENOMEM. */
int rdb_types_file_open(const char *folder, struct rdb_types_file **out);

/* Returns the record of the backup version "version", or NULL if the file had no record of this
 * version when the file was opened. */
const struct rdb_types_record *rdb_types_file_find(
	const struct rdb_types_file *file, uint64_t version);

/* Appends a record. If "lineage" is not NULL, the record includes this lineage. Errors are ignored,
 * because a missing record only makes a later process read the archive again. */
void rdb_types_file_add(const struct rdb_types_file *file, const struct rdb_types_record *record,
	const struct rdb_lineage *lineage);

void rdb_types_file_close(struct rdb_types_file *file);

#endif
