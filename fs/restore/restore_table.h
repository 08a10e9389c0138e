/*
 * Restore of a single table. The caller passes the bytes of the table's documents, in pieces of
 * any size. The table is filled under a temporary name, its staging name (staging/staging.h), and
 * renamed at the end, so that no client sees the table before it is complete.
 *
 *   rdb_restore_table_create(cluster, job, &options, &table, &err);
 *   rdb_restore_table_open(table, &err);
 *   rdb_restore_table_feed(table, data, len, &err);   // any number of times
 *   rdb_restore_table_info(table, info);              // at any time, or never
 *   rdb_restore_table_end(table, &err);
 *   rdb_restore_table_free(table);
 *
 * The documents are a JSON array, a sequence of JSON documents (also newline-delimited), or
 * comma-separated values. If a document cannot be restored, the whole table fails with -EINVAL,
 * and the text has the number and the offset of the document. Reasons are invalid JSON, a missing
 * or duplicate primary key, a duplicate member, and a size above the server's limit.
 *
 * The table's .info file has the table's metadata: the primary key, the indexes and the write hook.
 *
 * States, and the calls by which a table leaves each state:
 *
 *   NEW       the cluster was not asked yet. rdb_restore_table_open() leads to KEYLESS or FILLING.
 *   KEYLESS   the primary key is unknown, so documents are kept. The .info file leads to
 *             FILLING. Documents lead to FILLING, or to HELD if they lack the likely key.
 *   FILLING   documents are inserted.
 *   HELD      documents lack the likely key, and are kept on disk, or the file has ended without
 *             documents (blank_needs_info). The .info file leads to RELEASED, also one without
 *             a primary key if the file has ended without documents. If documents lack the likely
 *             key, and an .info file without a primary key has arrived, rdb_restore_table_prepare()
 *             and rdb_restore_table_end() fail with -EINVAL.
 *   RELEASED  the .info file has arrived, and the documents are still on disk.
 *   COMPLETE  the table is complete except for its name. An .info file leads to REVISED.
 *   REVISED   an .info file has arrived for a complete table. rdb_restore_table_end() applies the
 *             file.
 *   DONE      the table is in the cluster. rdb_restore_table_end() applies a later .info file.
 *   FAILED    the incomplete tables are dropped.
 *
 * rdb_restore_table_prepare() leads from KEYLESS, FILLING and RELEASED to COMPLETE.
 * rdb_restore_table_end() leads from all states except NEW, HELD and FAILED to DONE. Documents are
 * accepted before the state COMPLETE. Any failure leads to FAILED, except that a table in the
 * state DONE stays unchanged if a later .info file fails.
 *
 * Errors of the functions that wait for the cluster:
 *
 *   -EINVAL     a document cannot be restored, or an existing table has another primary key
 *   -EEXIST     another table has the name; if the documents are complete, the error's text gives
 *               the temporary name of their table
 *   -ENOENT     a table in the state DONE has been dropped or renamed
 *   -EIO        the cluster has not stored all documents, or a temporary file has an error
 *   -EPROTO     an answer of the server is not understood
 *   -EREMOTEIO  the cluster was reachable, but executed no request for policy.patience seconds
 *   -EACCES     the user of the connection lacks a permission
 *   -ECANCELED  rdb_restore_table_stop() was called, or the job was cancelled
 *   -ENOSPC     the disk has no room for documents that wait for the .info file
 *   -ECONNRESET, -ETIMEDOUT, -ECONNREFUSED or similar: the cluster was not reachable
 *               for policy.patience seconds
 *
 * Threads: one thread at a time. Only rdb_restore_table_stop() may be called by another thread at
 * the same time. All functions wait for the cluster, except create, info, stop and facts.
 */
#ifndef RDB_RESTORE_RESTORE_TABLE_H
#define RDB_RESTORE_RESTORE_TABLE_H

#include "cluster/cluster.h"
#include "cluster/table_info.h"
#include "format/member_name.h"
#include "job/job.h"
#include "pipeline/restore_policy.h"
#include "staging/leftover.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_restore_table;
struct rdb_spares;

enum rdb_restore_format { RDB_RESTORE_JSON, RDB_RESTORE_CSV };

enum rdb_restore_state {
	RDB_RESTORE_NEW,
	RDB_RESTORE_KEYLESS,
	RDB_RESTORE_FILLING,
	RDB_RESTORE_HELD,
	RDB_RESTORE_RELEASED,
	RDB_RESTORE_COMPLETE,
	RDB_RESTORE_REVISED,
	RDB_RESTORE_DONE,
	RDB_RESTORE_FAILED,
};

/* Options of a restore. A member that is zero means the default. The strings must outlive the
 * restore. */
struct rdb_restore_table_options {
	const char *db, *table;
	struct rdb_restore_policy policy;
	enum rdb_restore_format format;
	/* If true, and the table's file ends without documents, the restore waits for the table's
	 * .info file. If no .info file arrives, nothing is restored, because a shell's redirection
	 * may have created the empty file by mistake. */
	bool blank_needs_info;
	unsigned connections; /* 0 means policy.clients */
	bool reached; /* the cluster was reachable before, so rdb_restore_table_open() retries */
	/* Set of tables that were created in advance, or NULL. The set must outlive the restore. */
	struct rdb_spares *spares;
	int table_number; /* number of the table in the job, plus 1; 0 adds a table to the job */
};

/* Creates the restore without connecting. The caller starts and ends the job. Returns 0, -ENOMEM,
 * -EINVAL for an invalid name, or -EPERM for the database "rethinkdb". */
int rdb_restore_table_create(struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_restore_table_options *options, struct rdb_restore_table **out,
	struct rdb_err *err);

/*
 * Asks the cluster whether the table may be restored.
 *
 * Returns:
 *   0        the table may be restored
 *   -EEXIST  the table exists, and existing tables are refused
 *   -EBUSY   the table exists, but was left by a failed restore, and is being dropped
 *   other    an error listed at the head of this file
 */
int rdb_restore_table_open(struct rdb_restore_table *table, struct rdb_err *err);

/* Sets the condition under which a blank file (empty or only white space) restores an empty table.
 * "blank" is the result of rdb_name_blank() for the file. If the table exists, an .info file is
 * required too. Call before rdb_restore_table_prepare() and rdb_restore_table_end(). */
void rdb_restore_table_accept_blank(struct rdb_restore_table *table, enum rdb_blank blank);

/* Accepts more bytes of the table's documents. */
int rdb_restore_table_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err);

/* Parses the text of the table's .info file for rdb_restore_table_info(). Thread-safe. Returns 0,
 * -ENOMEM, or -EINVAL if the text is invalid. */
int rdb_restore_table_parse_info(const struct rdb_restore_table *table, const char *text,
	size_t len, struct rdb_table_info **out, struct rdb_err *err);

/* Sets the table's metadata, and takes ownership of "info", the parsed .info file. In the states
 * COMPLETE, REVISED and DONE, the next rdb_restore_table_end() applies the metadata. In earlier
 * states, the metadata is applied when the table becomes complete. */
void rdb_restore_table_info(struct rdb_restore_table *table, struct rdb_table_info *info);

/*
 * Completes the table as rdb_restore_table_end() does, but does not rename the table to its final
 * name.
 * Returns:
 *   0        the table is complete, or waits for its .info file in the state HELD
 *   -EINVAL  the .info file does not name the primary key that the documents need (state HELD)
 *   other    an error listed at the head of this file
 */
int rdb_restore_table_prepare(struct rdb_restore_table *table, struct rdb_err *err);

/* Finishes the table after all bytes were fed: restores the indexes and the write hook, and renames
 * the table to its final name. A table that waits for its .info file stays in the state HELD.
 * Returns 0 even in the state HELD, or an error listed at the head of this file. */
int rdb_restore_table_end(struct rdb_restore_table *table, struct rdb_err *err);

/* Makes rdb_restore_table_feed(), rdb_restore_table_prepare() and rdb_restore_table_end() return
 * -ECANCELED. A function that waits for the server's answer still waits until the answer arrives or
 * the job is cancelled. Thread-safe. */
void rdb_restore_table_stop(struct rdb_restore_table *table);

/* Replaces the job of a table that is in the state DONE. "job" may be NULL. While the table has no
 * job, the caller may only call rdb_restore_table_state(), rdb_restore_table_facts(),
 * rdb_restore_table_free() and this function. Returns 0 or -ENOMEM. */
int rdb_restore_table_set_job(
	struct rdb_restore_table *table, struct rdb_job *job, struct rdb_err *err);

struct rdb_restore_table_facts {
	enum rdb_restore_state state;
	uint64_t documents; /* number of acknowledged documents */
	size_t warnings;
	/* Error of the first index or write hook that could not be restored, with the code
	 * EREMOTEIO. The code is 0 if nothing is missing. */
	struct rdb_err missing;
	bool hooked;           /* the write hook of the table's .info file was set */
	bool in_place;         /* filled under its final name, because the user may not rename */
	bool made_db;          /* the database did not exist before */
	char primary_key[128]; /* "" while unknown */
	/* name of the expected primary key if the first document lacks this key, else "" */
	char lacks[128];
	char id[40]; /* id of the table in the state DONE */
};

void rdb_restore_table_facts(
	const struct rdb_restore_table *table, struct rdb_restore_table_facts *out);
enum rdb_restore_state rdb_restore_table_state(const struct rdb_restore_table *table);

/* Frees a table's restore. If the restore is incomplete, first drops the table in the cluster. This
 * may take seconds. A failed drop is repeated later (staging/leftover.h). table may be NULL. */
void rdb_restore_table_free(struct rdb_restore_table *table);

#endif
