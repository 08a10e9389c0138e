/*
 * Declarations shared by the implementation of restore/restore_table.h: restore_table.c (states),
 * restore_table_job.c (job), restore_documents.c (documents), restore_target.c (the table that is
 * filled), restore_indexes.c (indexes and write hook), restore_sync.c (existing=sync) and
 * restore_rekey.c (a primary key that becomes known late). Not thread-safe.
 */
#ifndef RDB_RESTORE_RESTORE_TABLE_PRIVATE_H
#define RDB_RESTORE_RESTORE_TABLE_PRIVATE_H

#include "format/documents.h"
#include "pipeline/insert.h"
#include "pipeline/spooled.h"
#include "restore/restore_table.h"
#include "staging/staging.h"

#include <stdatomic.h>

/* State of the indexes of the table that the restore fills. */
enum rdb_restore_indexes {
	RDB_INDEXES_WANTED, /* the indexes of the table's .info file must be added */
	RDB_INDEXES_BUILT,
	/* The indexes were made from an earlier .info file, or copied from the table that the
	 * restore replaces. Indexes that the present .info file lacks must be dropped. */
	RDB_INDEXES_OUTDATED,
};

struct rdb_restore_table {
	struct rdb_cluster *cluster;
	struct rdb_job *job; /* owned reference; NULL while the table has no job */
	struct rdb_restore_table_options options; /* copy with the defaults filled in */
	atomic_bool stop;
	int number;           /* number of the table in the job */
	enum rdb_blank blank; /* which blank files of documents are complete */
	bool total_known;     /* the number of documents was known at the start */
	enum rdb_restore_state state;
	enum rdb_restore_indexes indexes;

	struct rdb_client client;
	struct rdb_table_state there; /* the existing table with the same name */
	struct rdb_staging staging;
	struct rdb_insert *insert; /* NULL before the table is created, and when it is complete */
	struct rdb_documents documents;
	struct rdb_sync_collect *collect; /* for existing=sync; NULL before the first document */
	struct rdb_table_info *info;      /* metadata of the .info file; NULL until received */
	/* Indexes and write hook of the replaced table. Used if the .info file is missing or
	 * incomplete. NULL if not needed. */
	struct rdb_table_info *had;
	char key[RDB_PRIMARY_KEY_MAX];   /* "" while unknown */
	char lacks[RDB_PRIMARY_KEY_MAX]; /* likely key that the documents lack; else "" */
	char id[RDB_TABLE_ID];           /* id of the table in the state DONE; else "" */

	/* Bytes of documents that were received before the name of the table's primary key is
	 * known. "head" keeps the bytes in memory. to_disk() moves the bytes to the temporary file
	 * "spooled". */
	struct rdb_buf head;
	struct rdb_spooled *spooled;

	uint64_t sent; /* number of documents sent */
	uint64_t acknowledged;
	size_t warnings;
	struct rdb_err no_index, no_hook; /* errors of an index and of the hook; code 0 if none */
	bool hooked;                      /* the table has the write hook of its .info file */
};

/* ---- restore_table_job.c ---- */

/* Attaches the table to a job. "number" is the table's number in the job, as returned by
 * rdb_job_table(). If "number" is -1, the function first adds the table to the job. Returns 0 or
 * -ENOMEM. */
int rdb_restore_table_join(struct rdb_restore_table *table, struct rdb_job *job, int number);

/* Sets whether queries are sent again after a temporary error. The retries end when the time in
 * options.policy.patience is over, the job is cancelled, or the restore is stopped. */
void rdb_restore_table_set_back_off(struct rdb_restore_table *table, bool retries);

/* Reports a warning to the job. "why" is the reason, or "" if there is none. */
void rdb_restore_table_warn(struct rdb_restore_table *table, const char *text, const char *why);
void rdb_restore_table_phase(struct rdb_restore_table *table, const char *what);

/* ---- restore_table.c ---- */

/* Returns true if documents are written into an existing table. Known after
 * rdb_restore_table_open(). */
bool rdb_restore_table_merges(const struct rdb_restore_table *table);

/* Returns true if the table replaces another table. Known after rdb_restore_table_open(). */
bool rdb_restore_table_replaces(const struct rdb_restore_table *table);

/* Returns true if the restore makes an existing table equal to the backup. In this case,
 * rdb_restore_table_merges() returns true too. The table is changed only after all documents of the
 * backup were collected in a temporary file. */
bool rdb_restore_table_syncs(const struct rdb_restore_table *table);

/* ---- restore_documents.c; errors as rdb_restore_table_feed() ---- */

int rdb_restore_documents_init(struct rdb_restore_table *table, struct rdb_err *err);
void rdb_restore_documents_free(struct rdb_restore_table *table);
int rdb_restore_documents_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err);

/* Sends all remaining documents to the cluster. Does nothing in the state HELD, in which the
 * documents wait for the table's .info file. */
int rdb_restore_documents_end(struct rdb_restore_table *table, struct rdb_err *err);

/* Frees the documents that were kept in memory and on disk while the primary key was unknown. */
void rdb_restore_documents_forget(struct rdb_restore_table *table);

/* Returns the name of the primary key that is assumed if the table has no .info file: the primary
 * key of the replaced table, or "id" if the restore replaces no table. */
const char *rdb_restore_documents_key(const struct rdb_restore_table *table);

/* ---- restore_sync.c ---- */

/* Collects a document for rdb_restore_sync_documents(), which makes the table equal to the
 * collected documents. Returns 0, or an error of rdb_sync_collect_add(). */
int rdb_restore_sync_add(struct rdb_restore_table *table, const struct rdb_json_piece *document,
	struct rdb_err *err);

/* Makes the table in the cluster equal to the documents collected by rdb_restore_sync_add(). If
 * policy.keep_extra is set, keeps documents that only the cluster's table has. Returns 0, or an
 * error of rdb_sync_run(). */
int rdb_restore_sync_documents(struct rdb_restore_table *table, struct rdb_err *err);

void rdb_restore_sync_free(struct rdb_restore_table *table);

/* ---- restore_target.c ---- */

/*
 * Checks the names of the database and the table to be restored.
 * Returns:
 *   0        the names are allowed
 *   -EINVAL  a name has characters that the server does not allow
 *   -EPERM   the database is "rethinkdb", the server's own database
 */
int rdb_restore_target_check_names(
	const struct rdb_restore_table_options *options, struct rdb_err *err);

const char *rdb_restore_target_name(const struct rdb_restore_table *table);

/* Creates the restore's table in the cluster, unless the restore writes into an existing table.
 * Also creates table->insert, the object that sends documents. Does nothing if table->insert
 * exists. */
int rdb_restore_target_make(struct rdb_restore_table *table, struct rdb_err *err);

/* Creates a table without indexes under a temporary name, and describes the table in *staging. The
 * table has its final name at once if the user may not rename tables. Returns 0, or an error of
 * rdb_staging_make(). */
int rdb_restore_target_make_staging(struct rdb_restore_table *table, struct rdb_staging *staging,
	const char *key, struct rdb_err *err);

/* Drops the incomplete table that *staging describes. Uses a new connection, because a cancel may
 * have broken the restore's connection. If the table cannot be dropped, reports a warning to the
 * job. */
void rdb_restore_target_drop(struct rdb_restore_table *table, struct rdb_staging *staging);

/* ---- restore_indexes.c ---- */

/* Reads the replaced table's indexes and write hook into table->had. The restore uses table->had if
 * the .info file is missing, or lacks the function of an index or of the hook. */
int rdb_restore_indexes_inherit(struct rdb_restore_table *table, struct rdb_err *err);

/* Creates in the table "name" the indexes of the .info file, or of the replaced table if the .info
 * file is missing. If "merge" is true, the table "name" may already have indexes. An existing index
 * with the same function is kept. Does nothing if a previous call has created the indexes. */
int rdb_restore_indexes_build(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err);

/* Creates the indexes as rdb_restore_indexes_build() does, and sets the write hook. */
int rdb_restore_indexes_apply(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err);

/* If the error "ret" means that the server has refused a request, logs a warning with the text
 * "what" and returns 0. Otherwise, returns "ret" unchanged. */
int rdb_restore_indexes_lost(
	struct rdb_restore_table *table, int ret, const char *what, struct rdb_err *err);

/* ---- restore_rekey.c ---- */

/* Returns true if the primary key in the .info file differs from the primary key with which the
 * table was created. */
bool rdb_restore_rekey_needed(const struct rdb_restore_table *table);

/* Replaces the filled table by a copy with the primary key of the .info file. Called if the .info
 * file arrived after the table was filled, and names another primary key than the table has. */
int rdb_restore_rekey(struct rdb_restore_table *table, struct rdb_err *err);

#endif
