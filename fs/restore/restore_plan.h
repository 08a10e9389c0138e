/* Which tables of a backup are restored, under which names, and whether they may be. One thread
 * where nothing else is said. */
#ifndef RDB_RESTORE_RESTORE_PLAN_H
#define RDB_RESTORE_RESTORE_PLAN_H

#include "cluster/databases.h"
#include "restore/restore.h"

struct rdb_restore_plan_table {
	const char *from_db; /* in the archive; the archive's */
	char from[256];
	const char *file;         /* of its documents; the archive's */
	char db[256], table[256]; /* in the cluster */
	uint32_t documents;       /* number of the member */
	uint64_t size;            /* bytes of it */
	int64_t count;            /* documents; -1: unknown */
	bool csv;
	struct rdb_buf info; /* text of the .info, empty: none */
	int number;          /* in the job */
	bool exists;
	bool done;       /* an earlier run restored it */
	size_t warnings; /* that one's of it, if it left out an index or a write hook */
	bool made_db;    /* its database was made for it */
};

struct rdb_restore_plan {
	const struct rdb_restore_options *options;
	struct rdb_restore_plan_table *tables; /* largest first */
	size_t count;
	struct rdb_databases databases; /* without a table, which are to be made as well */
	char *progress; /* path of the file of the tables that are restored; NULL: none */
};

/* Errors as rdb_restore_run(). Free it also after an error. */
int rdb_restore_plan_make(struct rdb_restore_plan *plan, const struct rdb_restore_options *options,
	struct rdb_job *job, struct rdb_err *err);
void rdb_restore_plan_free(struct rdb_restore_plan *plan);

/* -EINVAL and words: nothing tells the table's primary key, and its documents lack this member. Any
 * thread. */
int rdb_restore_plan_unknown_key(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *lacks, struct rdb_err *err);

/* A table is restored: its id in the cluster, its documents and its warnings are noted for the next
 * run. Any thread. */
void rdb_restore_plan_note(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_restore_table_facts *facts);

/* Every table is restored: what was noted is not needed any more. */
void rdb_restore_plan_forget(const struct rdb_restore_plan *plan);

/* How the file of a table's documents ends; the delimiter of its values, 0: JSON. */
const char *rdb_restore_plan_suffix(const struct rdb_restore_plan_table *table);
char rdb_restore_plan_delimiter(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *table);

#endif
