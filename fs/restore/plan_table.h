/*
 * Tables of the plan of a restore: where they are in the backup, and their names in the cluster.
 * One thread, unless noted otherwise.
 */
#ifndef RDB_RESTORE_PLAN_TABLE_H
#define RDB_RESTORE_PLAN_TABLE_H

#include "cluster/databases.h"
#include "restore/restore.h"

struct rdb_restore_plan_table {
	const char *from_db; /* name in the archive, which owns it */
	char from[256];
	const char *file;         /* file of the table's documents; owned by the archive */
	char db[256], table[256]; /* names in the cluster */
	uint32_t documents;       /* member number */
	uint64_t size;            /* bytes of documents */
	int64_t count;            /* documents; -1: unknown */
	bool csv;
	struct rdb_buf info; /* text of the .info; empty: none */
	int number;          /* number of the table in the job */
	bool exists;
	bool done;       /* the table was restored by an earlier run */
	size_t warnings; /* warnings of the earlier run, about missing indexes or a missing write
			    hook */
	bool made_db;    /* its database was created for it */
};

struct rdb_restore_plan {
	const struct rdb_restore_options *options;
	struct rdb_restore_plan_table *tables; /* largest first */
	size_t count;
	struct rdb_databases databases; /* without tables; created as well */
	char *progress;                 /* path of the progress file; NULL: none */
};

/* Returns -EINVAL with a text: the table's primary key is unknown, and its documents lack this
 * member. Any thread. */
int rdb_restore_plan_unknown_key(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *lacks, struct rdb_err *err);

/* Returns the extension of the file of a table's documents; rdb_restore_plan_delimiter(): the
 * delimiter of its values, 0: JSON. */
const char *rdb_restore_plan_suffix(const struct rdb_restore_plan_table *table);
char rdb_restore_plan_delimiter(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *table);

/* Reports a line to the user of the restore. */
void rdb_restore_plan_say(const struct rdb_restore_plan *plan, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
