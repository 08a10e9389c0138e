/*
 * The plan of a restore: the tables, their names in the cluster, and whether they may be restored.
 * Not thread-safe, except for the functions that say so.
 */
#ifndef RDB_RESTORE_RESTORE_PLAN_H
#define RDB_RESTORE_RESTORE_PLAN_H

#include "cluster/databases.h"
#include "cluster/table_info.h"
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

/* Creates a plan. The caller frees the plan also after an error. Returns 0, or an error of
 * rdb_restore_run(). */
int rdb_restore_plan_make(struct rdb_restore_plan *plan, const struct rdb_restore_options *options,
	struct rdb_job *job, struct rdb_err *err);
void rdb_restore_plan_free(struct rdb_restore_plan *plan);

/* Reports in *err that the name of the table's primary key is unknown. Returns -EINVAL. The
 * restore assumed the name "lacks", but a document has no member with this name. Thread-safe. */
int rdb_restore_plan_unknown_key(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *lacks, struct rdb_err *err);

/* Returns the extension of the file with the table's documents. Thread-safe. */
const char *rdb_restore_plan_suffix(const struct rdb_restore_plan_table *table);

/* Returns the character between the columns if the table's documents are in a CSV file, or 0 if the
 * documents are JSON. The character is a comma unless the restore's policy sets another character.
 * Thread-safe. */
char rdb_restore_plan_delimiter(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *table);

/* Reports a line to the user of the restore. */
void rdb_restore_say(const struct rdb_restore_options *options, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- plan_content.c ---- */

/* Adds to the plan the selected tables, the largest first, and the selected databases that have no
 * tables. Returns 0, -ENOMEM, or another error that is described for rdb_restore_run(). */
int rdb_plan_content_collect(struct rdb_restore_plan *plan, struct rdb_err *err);

/* Reads the table's .info file. Stores the file's text in table->info, and the metadata in *out.
 * The caller frees *out. Without an .info file, *out is NULL. Returns 0, or an error of
 * rdb_restore_run(). */
int rdb_plan_content_info(const struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	struct rdb_table_info **out, struct rdb_err *err);

/* ---- plan_names.c ---- */

/* Renames the plan's tables and databases as the option "as" demands, and checks that all names are
 * allowed. Refuses the server's own database "rethinkdb". Returns 0, or an error of
 * rdb_restore_run(). */
int rdb_plan_names_apply(struct rdb_restore_plan *plan, struct rdb_err *err);

/* ---- plan_target.c ---- */

/* Reads the plan's .info files. Asks the cluster which tables of the plan exist, and checks that
 * the restore may write to these tables. Returns 0, or an error of rdb_restore_run(). */
int rdb_plan_target_check(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err);

#endif
