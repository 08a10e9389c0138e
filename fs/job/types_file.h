/*
 * What was learned of backups in a remote store, kept between processes: type and origin of each
 * version, so that not every archive is asked for again. A file in the cache folder, one JSON
 * object a line; lines are only appended, and a file that has grown large is begun anew.
 *
 * Threads: any; what was loaded never changes.
 */
#ifndef RDB_JOB_TYPES_FILE_H
#define RDB_JOB_TYPES_FILE_H

#include "archive/embed.h"
#include "job/lineage.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_types_file;

struct rdb_types_record {
	uint64_t version; /* of the entry */
	char made[RDB_EMBED_TYPE_MAX];
	bool home;
	const char *facts; /* JSON text for rdb_lineage_parse(); NULL: not known */
};

/* Reads the file; what is no record is passed over. folder: NULL keeps nothing. 0 or -ENOMEM. */
int rdb_types_file_open(const char *folder, struct rdb_types_file **out);

/* What earlier processes learned. NULL: nothing. */
const struct rdb_types_record *rdb_types_file_find(
	const struct rdb_types_file *file, uint64_t version);

/* Appends a record; failures cost a request later, no more. lineage: NULL: not known. */
void rdb_types_file_add(const struct rdb_types_file *file, const struct rdb_types_record *record,
	const struct rdb_lineage *lineage);

void rdb_types_file_close(struct rdb_types_file *file);

#endif
