/*
 * The tables in the plan of a restore, with their files in the backup and their names in the
 * cluster. Not thread-safe, except for the functions that say so.
 */
#ifndef RDB_RESTORE_PLAN_TABLE_H
#define RDB_RESTORE_PLAN_TABLE_H

#include "cluster/databases.h"
#include "restore/restore.h"

struct rdb_restore_plan_table {
	const char *from_db; /* name of the database in the archive; owned by the archive */
	char from[256];
	const char *file;         /* file with the table's documents; owned by the archive */
	char db[256], table[256]; /* names in the cluster */
	uint32_t documents;       /* number of the archive's file with the documents */
	uint64_t size;            /* bytes of the documents */
	int64_t count;            /* number of documents; -1 if unknown */
	bool csv;
	struct rdb_buf info; /* text of the table's .info file; empty if there is none */
	int number;          /* number of the table in the job */
	bool exists;
	bool done;       /* the table was restored by an earlier run */
	size_t warnings; /* not 0 if the earlier run could not restore an index or hook */
	bool made_db;    /* the database was created for the table */
};

struct rdb_restore_plan {
	const struct rdb_restore_options *options;
	struct rdb_restore_plan_table *tables; /* sorted by size, largest first */
	size_t count;
	struct rdb_databases databases; /* databases without tables, which are created too */
	char *progress;                 /* path of the progress file; NULL if there is none */
};

/* Sets the error for a table whose primary key is unknown, because the backup has no .info file
 * (metadata) of the table, and a document has no member with the key's assumed name. The parameter
 * "lacks" is this assumed name. Returns -EINVAL. Thread-safe. */
int rdb_restore_plan_unknown_key(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *lacks, struct rdb_err *err);

/* rdb_restore_plan_suffix() returns the extension of the file with a table's documents.
 * rdb_restore_plan_delimiter() returns the delimiter of comma-separated values, or 0 for JSON. */
const char *rdb_restore_plan_suffix(const struct rdb_restore_plan_table *table);
char rdb_restore_plan_delimiter(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *table);

/* Reports a line to the user of the restore. */
void rdb_restore_plan_say(const struct rdb_restore_plan *plan, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
