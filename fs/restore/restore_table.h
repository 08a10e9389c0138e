/*
 * Restore of one table: the caller passes the bytes of its documents, in pieces of any size, and a
 * table of the cluster is created. No other client sees the table before it is complete: it is
 * filled under a staging name (restore/staging.h) and renamed at the end.
 *
 *	rdb_restore_table_create(cluster, job, &options, &table, &err);
 *	rdb_restore_table_open(table, &err);
 *	rdb_restore_table_feed(table, data, len, &err);   // any number of times
 *	rdb_restore_table_info(table, info);              // before, between, after, never
 *	rdb_restore_table_end(table, &err);
 *	rdb_restore_table_free(table);
 *
 * The documents are an array, a sequence (newline-delimited JSON too), or comma-separated values. A
 * document that cannot be restored (invalid JSON, primary key missing or duplicate, a duplicate
 * member, more than the server accepts) fails the whole table with -EINVAL and a text that contains
 * the document's number and offset.
 *
 * States and transitions:
 *
 *	state     meaning                                feed       info      prepare    end
 *	NEW       the cluster was not asked yet; open leads to KEYLESS or FILLING
 *	KEYLESS   the primary key is unknown:            FILLING    FILLING   COMPLETE   DONE
 *	          documents are kept                     or HELD
 *	FILLING   documents are inserted                 FILLING    FILLING   COMPLETE   DONE
 *	HELD      the documents lack the likely key:     HELD       RELEASED  HELD       HELD
 *	          kept on disk until an .info arrives
 *	RELEASED  as HELD, and an .info has the key      RELEASED   RELEASED  COMPLETE   DONE
 *	COMPLETE  complete except for the renaming       -          REVISED   COMPLETE   DONE
 *	REVISED   as COMPLETE, with a later .info,       -          REVISED   REVISED    DONE
 *	          which is applied last
 *	DONE      the table is in the cluster            -          DONE      -          DONE
 *	FAILED    incomplete tables are dropped          -          -         -          -
 *
 * A failure leads to FAILED from all states but DONE: a table in that state is not changed by a
 * late .info that fails.
 *
 * One thread at a time; only rdb_restore_table_stop() may be called by another thread meanwhile.
 * All functions but create, info, stop and facts block on the cluster.
 */
#ifndef RDB_RESTORE_RESTORE_TABLE_H
#define RDB_RESTORE_RESTORE_TABLE_H

#include "cluster/cluster.h"
#include "cluster/table_info.h"
#include "job/job.h"
#include "restore/leftover.h"
#include "restore/restore_policy.h"

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

/* Options. Zero-initialised members are the defaults. Texts are copied. */
struct rdb_restore_table_options {
	const char *db, *table;
	struct rdb_restore_policy policy;
	enum rdb_restore_format format;
	const char *primary_key;   /* name of the key if known without an .info; NULL: unknown */
	unsigned connections;      /* 0: policy.clients */
	bool reached;              /* the cluster has answered before: retry the opening, too */
	struct rdb_spares *spares; /* must outlive the table; NULL: none are created in advance */
	int64_t documents;         /* expected number, for the progress; 0: unknown */
	int table_number;          /* number of the table in the job, plus 1; 0: add one */
};

/*
 * Creates the restore; does not connect. job is referenced: it receives progress and warnings, and
 * its cancel ends blocking calls, but it is neither started nor ended here.
 *   -EINVAL  a name that the server does not allow, or too long a primary key
 *   -EPERM   the database "rethinkdb"
 *   -ENOMEM
 */
int rdb_restore_table_create(struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_restore_table_options *options, struct rdb_restore_table **out,
	struct rdb_err *err);

/*
 * Asks the cluster whether the table may be restored.
 *   ECONNREFUSED ETIMEDOUT EHOSTUNREACH EACCES EKEYREJECTED …: as rdb_cluster_connect(); not
 *            retried unless the options say "reached"
 *   EEXIST   the table exists, and policy.existing is REFUSE
 *   EBUSY    the table to be merged into was left behind by a restore and is being dropped
 *   EINVAL   the table exists with another primary key
 */
int rdb_restore_table_open(struct rdb_restore_table *table, struct rdb_err *err);

/*
 * Accepts more bytes of the documents.
 *   -EINVAL      a document cannot be restored; the error's text says which and why
 *   -ECONNRESET -ETIMEDOUT -ECONNREFUSED …  the cluster was not reachable for longer than the
 *                patience
 *   -EREMOTEIO   the cluster could not execute a request for longer than the patience
 *   -EEXIST      the table is filled under its own name, and another client created it meanwhile
 *   -EACCES      a permission is missing
 *   -ECANCELED   stopped, or the job was cancelled
 *   -ENOSPC      no room for documents that are kept until their .info arrives
 *   -ENOMEM -EIO -EPROTO
 */
int rdb_restore_table_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err);

/* Parses an .info for this table, for rdb_restore_table_info(). Any thread. -EINVAL: invalid .info;
 * -ENOMEM. */
int rdb_restore_table_parse_info(const struct rdb_restore_table *table, const char *text,
	size_t len, struct rdb_table_info **out, struct rdb_err *err);

/* Sets the table's .info and takes ownership of it. In the state DONE the next end builds its
 * indexes and sets its hook; if its primary key differs, end fills a new table from the present one
 * inside the cluster and swaps them. */
void rdb_restore_table_info(struct rdb_restore_table *table, struct rdb_table_info *info);

/* Completes the table except for its name; call when all bytes were fed. Returns 0, also in the
 * state HELD, or an error of rdb_restore_table_end(). Unless end follows, the table never becomes
 * visible. */
int rdb_restore_table_prepare(struct rdb_restore_table *table, struct rdb_err *err);

/*
 * Completes the table when all bytes were fed: flushes, syncs, builds indexes, sets the write hook,
 * verifies the count, renames. 0: the state is DONE or HELD. May be called again after
 * rdb_restore_table_info(). Errors as feed, and
 *   -EEXIST  another client created a table of that name meanwhile: the restored table keeps its
 *            staging name, which is in the error's text; in the state DONE: another table has
 *            the name
 *   -ENOENT  in the state DONE: the table no longer exists
 *   -EIO     the table's number of documents is not the number that was acknowledged
 * An index or hook that cannot be restored is a warning to the job and no failure: see
 * facts.missing.
 */
int rdb_restore_table_end(struct rdb_restore_table *table, struct rdb_err *err);

/* Ends blocking calls soon, now and in the future, with -ECANCELED. Any thread. A call that waits
 * for the server's answer ends only if the job is cancelled as well. */
void rdb_restore_table_stop(struct rdb_restore_table *table);

/* In the state DONE: NULL detaches the table from its job; a new job must be set before any other
 * call. -ENOMEM. */
int rdb_restore_table_set_job(
	struct rdb_restore_table *table, struct rdb_job *job, struct rdb_err *err);

struct rdb_restore_table_facts {
	enum rdb_restore_state state;
	uint64_t documents; /* acknowledged */
	size_t warnings;
	/* First index or write hook of the .info that the table lacks, as of the last end:
	 * EREMOTEIO and a text with its name and the reason. Code 0: none. */
	struct rdb_err missing;
	bool hooked;           /* the .info's write hook was set */
	bool in_place;         /* no staging name: the user may not rename */
	bool made_db;          /* the database did not exist before */
	char primary_key[128]; /* "": not known yet */
	char lacks[128];       /* in the state HELD: member that the documents lack */
	char id[40];           /* id of the table in the state DONE */
};

void rdb_restore_table_facts(
	const struct rdb_restore_table *table, struct rdb_restore_table_facts *out);
enum rdb_restore_state rdb_restore_table_state(const struct rdb_restore_table *table);

/* Drops an incomplete table, and frees. Blocks at most some seconds if the server does not answer:
 * a table that could not be dropped then is dropped later (restore/leftover.h). NULL: no effect. */
void rdb_restore_table_free(struct rdb_restore_table *table);

#endif
