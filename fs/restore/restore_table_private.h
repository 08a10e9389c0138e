/*
 * Shared by the files that implement restore/restore_table.h: restore_table.c (states),
 * restore_table_options.c (options), restore_table_job.c (job), restore_documents.c (documents),
 * restore_target.c (table that is filled), restore_indexes.c (indexes and write hook),
 * restore_sync.c (existing=sync), restore_rekey.c (primary key that is known late). One thread.
 */
#ifndef RDB_RESTORE_RESTORE_TABLE_PRIVATE_H
#define RDB_RESTORE_RESTORE_TABLE_PRIVATE_H

#include "format/documents.h"
#include "restore/insert.h"
#include "restore/restore_table.h"
#include "restore/spooled.h"
#include "restore/staging.h"

#include <stdatomic.h>

/* Indexes of the table that is filled. */
enum rdb_restore_indexes {
	RDB_INDEXES_WANTED, /* add those of the .info to the existing ones */
	RDB_INDEXES_BUILT,
	/* The table has indexes of an earlier .info, or of the replaced table: drop those that the
	 * present .info lacks. */
	RDB_INDEXES_OUTDATED,
};

struct rdb_restore_table {
	struct rdb_cluster *cluster;
	struct rdb_job *job;                      /* with a reference; NULL: done */
	struct rdb_restore_table_options options; /* copy with defaults filled in */
	atomic_bool stop;
	int number;       /* number of the table in the job */
	bool total_known; /* the number of documents was known at the beginning */
	enum rdb_restore_state state;
	enum rdb_restore_indexes indexes;

	struct rdb_client client;
	struct rdb_table_state there; /* state of the existing table of that name */
	struct rdb_staging staging;
	struct rdb_insert *insert; /* NULL: the table was not created yet, or is complete */
	struct rdb_documents documents;
	struct rdb_sync_collect *collect; /* for existing=sync; NULL: no document yet */
	struct rdb_table_info *info;      /* NULL: none so far */
	struct rdb_table_info *had;    /* properties of the replaced table; used without an .info */
	char key[RDB_PRIMARY_KEY_MAX]; /* "": not known */
	char lacks[RDB_PRIMARY_KEY_MAX]; /* likely key that the documents lack; "": none */
	char id[RDB_TABLE_ID];           /* id of the table in the state DONE; "" before */

	/* All bytes so far while the key is unknown: in memory, then on disk. */
	struct rdb_buf head;
	struct rdb_spooled *spooled;

	uint64_t sent; /* documents */
	uint64_t acknowledged;
	size_t warnings;
	struct rdb_err no_index, no_hook; /* error of the first index, and of the hook, that was not
					     restored; code 0: none */
	bool hooked;                      /* the table has the .info's write hook */
};

/* ---- restore_table_options.c ---- */

/* Copies the options, with defaults filled in. -ENOMEM; the copy must be freed even then. */
int rdb_restore_table_copy_options(
	struct rdb_restore_table_options *to, const struct rdb_restore_table_options *from);
void rdb_restore_table_free_options(struct rdb_restore_table_options *options);

/* Returns -EINVAL or -EPERM with a text if a table of this name cannot be restored. */
int rdb_restore_table_check_names(
	const struct rdb_restore_table_options *options, struct rdb_err *err);

/* ---- restore_table_job.c ---- */

/* Attaches the table to a job. number: of the table in the job; -1: add one. -ENOMEM. */
int rdb_restore_table_join(struct rdb_restore_table *table, struct rdb_job *job, int number);

/* Sets whether the following queries are retried. The job's cancel, and a stop, end them. */
void rdb_restore_table_set_back_off(struct rdb_restore_table *table, bool retries);

/* Warns on the job; why: the reason, "": none. */
void rdb_restore_table_warn(struct rdb_restore_table *table, const char *text, const char *why);
void rdb_restore_table_phase(struct rdb_restore_table *table, const char *what);

/* ---- restore_table.c ---- */

/* rdb_restore_table_merges(): documents go into an existing table; rdb_restore_table_replaces():
 * the table replaces another. Known after open. */
bool rdb_restore_table_merges(const struct rdb_restore_table *table);
bool rdb_restore_table_replaces(const struct rdb_restore_table *table);

/* restore_sync.c: returns whether the existing table is synchronized with the documents once all
 * have arrived (rdb_restore_table_merges() is then true as well). */
bool rdb_restore_table_syncs(const struct rdb_restore_table *table);

/* Returns -EINVAL with a text: the existing table has another primary key. */
int rdb_restore_table_refuse_key(
	const struct rdb_restore_table *table, const char *key, struct rdb_err *err);

/* ---- restore_documents.c; errors as rdb_restore_table_feed() ---- */

int rdb_restore_documents_init(struct rdb_restore_table *table, struct rdb_err *err);
void rdb_restore_documents_free(struct rdb_restore_table *table);
int rdb_restore_documents_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err);

/* Sends all remaining documents, unless the state is HELD. */
int rdb_restore_documents_end(struct rdb_restore_table *table, struct rdb_err *err);

/* Drops the kept bytes: the primary key is known, and the documents are not kept on disk. */
void rdb_restore_documents_forget(struct rdb_restore_table *table);

/* Returns the primary key for documents without an .info: that of the replaced table. */
const char *rdb_restore_documents_key(const struct rdb_restore_table *table);

/* ---- restore_sync.c ---- */

/* Keeps a document. Errors of rdb_sync_collect_add(). */
int rdb_restore_sync_add(struct rdb_restore_table *table, const struct rdb_json_piece *document,
	struct rdb_err *err);

/* Synchronizes the table with the collected documents. Errors of rdb_sync_run(). */
int rdb_restore_sync_documents(struct rdb_restore_table *table, struct rdb_err *err);

/* Drops the collected documents. */
void rdb_restore_sync_free(struct rdb_restore_table *table);

/* ---- restore_target.c ---- */

/* Returns the name of the table that is filled. */
const char *rdb_restore_target_name(const struct rdb_restore_table *table);

/* Creates the table, and its inserts, unless they exist. */
int rdb_restore_target_make(struct rdb_restore_table *table, struct rdb_err *err);

/* Creates another staging table, without indexes. Errors of rdb_staging_make(). */
int rdb_restore_target_make_staging(struct rdb_restore_table *table, struct rdb_staging *staging,
	const char *key, struct rdb_err *err);

/* Drops a table after a failure, over a new connection, since the restore's may be cancelled. */
void rdb_restore_target_drop(struct rdb_restore_table *table, struct rdb_staging *staging);

/* ---- restore_indexes.c ---- */

/* Reads the properties of the replaced table, for use without an .info. */
int rdb_restore_indexes_inherit(struct rdb_restore_table *table, struct rdb_err *err);

/* Creates the indexes of the .info, or of the replaced table, unless that was done;
 * rdb_restore_indexes_apply() also sets the write hook. name: the table's present name. merge: it
 * may have indexes already. */
int rdb_restore_indexes_build(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err);
int rdb_restore_indexes_apply(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err);

/* Turns the error of an index or hook into a warning if the server refuses it; returns other
 * errors. rc: result of the step. */
int rdb_restore_indexes_lost(
	struct rdb_restore_table *table, int rc, const char *what, struct rdb_err *err);

/* ---- restore_rekey.c ---- */

/* Returns whether the primary key in the .info differs from the one that the table was filled with.
 */
bool rdb_restore_rekey_needed(const struct rdb_restore_table *table);

/* Fills a new staging table, inside the cluster, that has the primary key of the .info, and
 * replaces the present table by it. */
int rdb_restore_rekey(struct rdb_restore_table *table, struct rdb_err *err);

#endif
