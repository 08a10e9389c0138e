/*
 * Cache file of what is known about backups in a remote store: type and origin of each version, so
 * that the next process need not read every archive again. A file in the cache folder, one JSON
 * object per line; lines are only appended, and a file that has become too large is deleted.
 *
 * Threads: any; loaded records never change.
 */
#ifndef RDB_JOB_TYPES_FILE_H
#define RDB_JOB_TYPES_FILE_H

#include "index/embed.h"
#include "job/lineage.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_types_file;

struct rdb_types_record {
	uint64_t version; /* version of the entry */
	char made[RDB_EMBED_TYPE_MAX];
	bool home;
	const char *facts; /* JSON text for rdb_lineage_parse(); NULL: unknown */
};

/* Reads the file, skipping malformed lines. folder NULL: nothing is read or stored. Returns 0 or
 * -ENOMEM. */
int rdb_types_file_open(const char *folder, struct rdb_types_file **out);

/* Record that an earlier process stored for this version. NULL: none. */
const struct rdb_types_record *rdb_types_file_find(
	const struct rdb_types_file *file, uint64_t version);

/* Appends a record. Failures are ignored: they only cost a request later. lineage NULL: unknown. */
void rdb_types_file_add(const struct rdb_types_file *file, const struct rdb_types_record *record,
	const struct rdb_lineage *lineage);

void rdb_types_file_close(struct rdb_types_file *file);

#endif
