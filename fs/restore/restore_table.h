/*
 * One table being restored: bytes of its documents go in, in pieces of any size, and a table of the
 * cluster comes out. No other client sees it before it is complete: it is filled under a staging
 * name (restore/staging.h) and renamed at the end.
 *
 *	rdb_restore_table_create(cluster, job, &options, &table, &err);
 *	rdb_restore_table_open(table, &err);
 *	rdb_restore_table_feed(table, data, len, &err);   // any number of times
 *	rdb_restore_table_info(table, info);              // before, between, after, never
 *	rdb_restore_table_end(table, &err);
 *	rdb_restore_table_free(table);
 *
 * The documents are an array, or stand one after another (newline-delimited JSON too), or are
 * comma-separated values. Documents that cannot be restored (no JSON, no primary key or one twice,
 * a member twice, more than the server takes) fail the whole table with -EINVAL and words that tell
 * the document's number and offset.
 *
 * States, and what leads from one to another:
 *
 *	state     meaning                                feed       info      prepare    end
 *	NEW       the cluster was not asked yet; open leads to KEYLESS or FILLING
 *	KEYLESS   the primary key is unknown: what       FILLING    FILLING   COMPLETE   DONE
 *	          comes is kept                          or HELD
 *	FILLING   documents are inserted                 FILLING    FILLING   COMPLETE   DONE
 *	HELD      the documents lack the likely key:     HELD       RELEASED  HELD       HELD
 *	          they wait on disk for an .info
 *	RELEASED  as HELD, and an .info told the key     RELEASED   RELEASED  COMPLETE   DONE
 *	COMPLETE  all is done but the renaming           -          REVISED   COMPLETE   DONE
 *	REVISED   as COMPLETE, with an .info that came   -          REVISED   REVISED    DONE
 *	          since, which is applied last
 *	DONE      the table is in the cluster            -          DONE      -          DONE
 *	FAILED    what was begun is dropped              -          -         -          -
 *
 * A failure leads to FAILED from all states but DONE: there the table stays as it is, without what
 * an .info that came late would have changed.
 *
 * One thread at a time; only rdb_restore_table_stop() may be called by another meanwhile.
 *Everything but create, info, stop and facts waits for the cluster.
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

/* Zero-initialised members are the defaults. Texts are copied. */
struct rdb_restore_table_options {
	const char *db, *table;
	struct rdb_restore_policy policy;
	enum rdb_restore_format format;
	const char *primary_key;   /* where it is known without .info; NULL: not */
	unsigned connections;      /* 0: as many as policy.clients */
	bool reached;              /* the cluster has answered before: opening is retried, too */
	struct rdb_spares *spares; /* outlives the table; NULL: none is made ahead */
	int64_t documents;         /* expected, for the progress; 0: unknown */
	int table_number;          /* of the table in the job, plus 1; 0: adds one */
};

/*
 * Connects to nothing. job is referenced; it receives progress and warnings, and its cancel ends
 * what waits, but it is neither started nor ended.
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
 *   EBUSY    it is to be merged into a table that a restore left behind and that is being dropped
 *   EINVAL   it exists with another primary key than is known
 */
int rdb_restore_table_open(struct rdb_restore_table *table, struct rdb_err *err);

/*
 * More bytes of the documents.
 *   -EINVAL      a document cannot be restored; the words say which and why
 *   -ECONNRESET -ETIMEDOUT -ECONNREFUSED …  the cluster was gone for longer than the patience
 *   -EREMOTEIO   it could not do what it was asked for, for as long
 *   -EEXIST      the table is filled under its own name, and another client made it meanwhile
 *   -EACCES      a permission is missing
 *   -ECANCELED   stopped, or the job was cancelled
 *   -ENOSPC      documents that wait for their .info have no room
 *   -ENOMEM -EIO -EPROTO
 */
int rdb_restore_table_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err);

/* Parses an .info for this table, for rdb_restore_table_info(). Any thread. -EINVAL: it is no
 * .info; -ENOMEM. */
int rdb_restore_table_parse_info(const struct rdb_restore_table *table, const char *text,
	size_t len, struct rdb_table_info **out, struct rdb_err *err);

/* The table's .info, which is taken over; it applies from now on. In the state DONE the next end
 * builds its indexes, sets its hook and, should its primary key be another, fills a new table from
 * the present one inside the cluster and swaps them. */
void rdb_restore_table_info(struct rdb_restore_table *table, struct rdb_table_info *info);

/* All bytes have come: does everything that can be done before the table gets its name. 0, also in
 * the state HELD; errors as end. Without an end that follows, no table is ever seen. */
int rdb_restore_table_prepare(struct rdb_restore_table *table, struct rdb_err *err);

/*
 * All bytes have come. Flushes, syncs, builds indexes, sets the write hook, verifies the count,
 * renames. 0: the state is DONE or HELD. May be called again after rdb_restore_table_info(). Errors
 * as feed, and
 *   -EEXIST  another client made a table of that name meanwhile: what was restored stays under its
 *            staging name, which the words tell; in the state DONE: the name is another table's
 *   -ENOENT  in the state DONE: the table is gone
 *   -EIO     the cluster does not have as many documents as it acknowledged
 * An index or hook that cannot be restored is a warning to the job and no failure: facts.missing
 * says so.
 */
int rdb_restore_table_end(struct rdb_restore_table *table, struct rdb_err *err);

/* Ends what waits for the cluster soon, with -ECANCELED, now and from now on. Any thread. What
 * waits for an answer of the server notices only when the job is cancelled as well. */
void rdb_restore_table_stop(struct rdb_restore_table *table);

/* In the state DONE: leaves its job (NULL), and joins another before anything else is called.
 * -ENOMEM: it has none. */
int rdb_restore_table_set_job(
	struct rdb_restore_table *table, struct rdb_job *job, struct rdb_err *err);

struct rdb_restore_table_facts {
	enum rdb_restore_state state;
	uint64_t documents; /* acknowledged */
	size_t warnings;
	/* The first index or write hook of the .info that the table lacks: EREMOTEIO and words that
	 * name it and say why. Code 0: it has all of them. Of the last end. */
	struct rdb_err missing;
	bool hooked;           /* the write hook of the .info was set */
	bool in_place;         /* without a staging name: the user may not rename */
	bool made_db;          /* the database was not there before */
	char primary_key[128]; /* "" not known yet */
	char lacks[128];       /* in the state HELD: the member that the documents lack */
	char id[40];           /* of the table, when it is done */
};

void rdb_restore_table_facts(
	const struct rdb_restore_table *table, struct rdb_restore_table_facts *out);
enum rdb_restore_state rdb_restore_table_state(const struct rdb_restore_table *table);

/* Drops what is not done, and frees. Waits at most some seconds for a server that does not answer:
 * what could not be dropped is left to the leftovers. NULL is nothing. */
void rdb_restore_table_free(struct rdb_restore_table *table);

#endif
