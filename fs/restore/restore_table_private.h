/*
 * What the files of a table being restored share (restore/restore_table.h): restore_table.c has its
 * states, restore_table_options.c its options, restore_table_job.c its job, restore_documents.c
 * what is fed, restore_target.c the table that is filled, restore_indexes.c indexes and write hook,
 * restore_sync.c a table that is made equal,
 * restore_rekey.c a primary key that is known late. One thread.
 */
#ifndef RDB_RESTORE_RESTORE_TABLE_PRIVATE_H
#define RDB_RESTORE_RESTORE_TABLE_PRIVATE_H

#include "archive/documents.h"
#include "restore/insert.h"
#include "restore/restore_table.h"
#include "restore/spooled.h"
#include "restore/staging.h"

#include <stdatomic.h>

/* The indexes of the table that is filled. */
enum rdb_restore_indexes {
	RDB_INDEXES_WANTED, /* those of the .info are added to what the table has */
	RDB_INDEXES_BUILT,
	/* It has those of an earlier .info, or of the table that is replaced: what the present
	 * .info lacks is dropped. */
	RDB_INDEXES_OUTDATED,
};

struct rdb_restore_table {
	struct rdb_cluster *cluster;
	struct rdb_job *job;                      /* with a reference; NULL: done */
	struct rdb_restore_table_options options; /* copied, with its defaults filled in */
	atomic_bool stop;
	int number;       /* in the job */
	bool total_known; /* how many documents there will be was known at the beginning */
	enum rdb_restore_state state;
	enum rdb_restore_indexes indexes;

	struct rdb_client client;
	struct rdb_table_state there; /* the table that had the name before */
	struct rdb_staging staging;
	struct rdb_insert *insert; /* NULL: the table was not made yet, or is complete */
	struct rdb_documents documents;
	struct rdb_sync_collect *collect; /* for a table that is made equal; NULL: none came yet */
	struct rdb_table_info *info;      /* NULL: none came */
	struct rdb_table_info *had; /* what the replaced table has; counts while there is no info */
	char key[RDB_PRIMARY_KEY_MAX];   /* "" not known */
	char lacks[RDB_PRIMARY_KEY_MAX]; /* the likely key, which the documents lack; "": none */
	char id[RDB_TABLE_ID];           /* of the table when it is done; "" before */

	/* All bytes so far while the key is not known: in memory, then on disk. */
	struct rdb_buf head;
	struct rdb_spooled *spooled;

	uint64_t sent; /* documents */
	uint64_t acknowledged;
	size_t warnings;
	struct rdb_err no_index, no_hook; /* the first that was not restored; code 0: none */
	bool hooked;                      /* the table has the .info's write hook */
};

/* ---- restore_table_options.c ---- */

/* With the defaults filled in. -ENOMEM; free them also after that. */
int rdb_restore_table_copy_options(
	struct rdb_restore_table_options *to, const struct rdb_restore_table_options *from);
void rdb_restore_table_free_options(struct rdb_restore_table_options *options);

/* -EINVAL -EPERM with words: no table of this name can be restored. */
int rdb_restore_table_check_names(
	const struct rdb_restore_table_options *options, struct rdb_err *err);

/* ---- restore_table_job.c ---- */

/* number: of the table in the job; -1: it is added. -ENOMEM. */
int rdb_restore_table_join(struct rdb_restore_table *table, struct rdb_job *job, int number);

/* How the queries that follow are retried. The job's cancel, and a stop, end them. */
void rdb_restore_table_set_back_off(struct rdb_restore_table *table, bool retries);

/* why: "" none. */
void rdb_restore_table_warn(struct rdb_restore_table *table, const char *text, const char *why);
void rdb_restore_table_phase(struct rdb_restore_table *table, const char *what);

/* ---- restore_table.c ---- */

/* Whether documents go into a table that existed before; whether the table takes the place of
 * another. Known once it is open. */
bool rdb_restore_table_merges(const struct rdb_restore_table *table);
bool rdb_restore_table_replaces(const struct rdb_restore_table *table);

/* restore_sync.c: whether the table that exists is made equal to the documents, once all have come
 * (then it merges, too). */
bool rdb_restore_table_syncs(const struct rdb_restore_table *table);

/* -EINVAL with words: the table that exists has another primary key. */
int rdb_restore_table_refuse_key(
	const struct rdb_restore_table *table, const char *key, struct rdb_err *err);

/* ---- restore_documents.c; errors as rdb_restore_table_feed() ---- */

int rdb_restore_documents_init(struct rdb_restore_table *table, struct rdb_err *err);
void rdb_restore_documents_free(struct rdb_restore_table *table);
int rdb_restore_documents_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err);

/* All bytes have come: every document is sent, unless the state is HELD. */
int rdb_restore_documents_end(struct rdb_restore_table *table, struct rdb_err *err);

/* The primary key is known, and the documents do not wait on disk: what was kept is not needed. */
void rdb_restore_documents_forget(struct rdb_restore_table *table);

/* The primary key of documents without .info: as that of the table that they replace. */
const char *rdb_restore_documents_key(const struct rdb_restore_table *table);

/* ---- restore_sync.c ---- */

/* Keeps a document. Errors as rdb_sync_collect_add(). */
int rdb_restore_sync_add(struct rdb_restore_table *table, const struct rdb_json_piece *document,
	struct rdb_err *err);

/* All have come: makes the table's documents equal to them. Errors as rdb_sync_run(). */
int rdb_restore_sync_documents(struct rdb_restore_table *table, struct rdb_err *err);

/* Drops what is kept. */
void rdb_restore_sync_free(struct rdb_restore_table *table);

/* ---- restore_target.c ---- */

/* The name of the table that is filled. */
const char *rdb_restore_target_name(const struct rdb_restore_table *table);

/* Makes the table, and what inserts into it, unless that was done. */
int rdb_restore_target_make(struct rdb_restore_table *table, struct rdb_err *err);

/* Makes another staging table, without indexes. As rdb_staging_make(). */
int rdb_restore_target_make_staging(struct rdb_restore_table *table, struct rdb_staging *staging,
	const char *key, struct rdb_err *err);

/* After a failure; over a connection of its own, since the other may be cancelled. */
void rdb_restore_target_drop(struct rdb_restore_table *table, struct rdb_staging *staging);

/* ---- restore_indexes.c ---- */

/* Reads what the replaced table has, for while there is no .info. */
int rdb_restore_indexes_inherit(struct rdb_restore_table *table, struct rdb_err *err);

/* Makes the indexes of the .info, or of the replaced table, unless that was done; all of that with
 * the write hook. name: the table's present one. merge: it may have indexes already. */
int rdb_restore_indexes_build(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err);
int rdb_restore_indexes_apply(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err);

/* What was lacking becomes a warning; other errors stay. rc: of the step. */
int rdb_restore_indexes_lost(
	struct rdb_restore_table *table, int rc, const char *what, struct rdb_err *err);

/* ---- restore_rekey.c ---- */

/* Whether the .info names another primary key than the table was filled by. */
bool rdb_restore_rekey_needed(const struct rdb_restore_table *table);

/* Fills another staging table with it, inside the cluster, which takes the present one's place. */
int rdb_restore_rekey(struct rdb_restore_table *table, struct rdb_err *err);

#endif
