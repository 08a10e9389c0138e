/*
 * One table being restored: bytes of its documents go in, in pieces of any size, and a table of
 * the cluster comes out. Nobody sees it before it is complete: it is filled under a staging name
 * (restore/staging.h) and renamed at the end.
 *
 *	rdb_sink_open(cluster, job, &options, &sink, &err);       // does not wait
 *	rdb_sink_write(sink, data, len, &err);                    // any number of times
 *	rdb_sink_info(sink, info, info_len, &err);                // before, between, after, never
 *	rdb_sink_end(sink, ended, arg);                           // does not wait
 *	rdb_sink_close(sink);
 *
 * Nothing but rdb_sink_close() and what is called …_wait waits for the network: the work runs on
 * a thread of the sink's own, and tells of itself by the calls in struct rdb_sink_events.
 *
 * The documents are an array, or stand one after another (newline-delimited JSON too), or are
 * comma-separated values. Those that can't be restored (no JSON, no primary key or one twice, a
 * member twice, more than the server takes) fail the whole table with -EINVAL and words that tell
 * the document's number and offset.
 *
 * Threads: each call may be made by any thread, but write, info and end not two at a time, and
 * close last.
 */
#ifndef RDB_RESTORE_SINK_H
#define RDB_RESTORE_SINK_H

#include "cluster/cluster.h"
#include "job/job.h"
#include "restore/leftover.h"
#include "restore/restore_policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_sink;
struct rdb_spares;

enum rdb_sink_format { RDB_SINK_JSON, RDB_SINK_CSV };

enum rdb_sink_state {
	RDB_SINK_OPENING, /* asks the cluster whether the table may be restored */
	RDB_SINK_OPEN,    /* takes documents */
	RDB_SINK_ENDING,  /* rdb_sink_end() was called and is at work */
	RDB_SINK_DONE,    /* the table is in the cluster */
	/* The documents have no "id" (nor, where a table is replaced, its primary key) and no .info
	 * has told theirs: they wait, compressed, in policy.spool_dir. rdb_sink_info(), then
	 * rdb_sink_end() restores them. */
	RDB_SINK_NEEDS_INFO,
	RDB_SINK_FAILED, /* every call says why */
};

/* All may be NULL. Called on the sink's thread without a lock held; must not wait, nor close the
 * sink. None is called any more once rdb_sink_close() returned. */
struct rdb_sink_events {
	/* Once: the cluster answers and the table may be restored (err->code 0), or why not. */
	void (*opened)(void *arg, const struct rdb_err *err);
	/* After a write that was told -EAGAIN: try again. Also when the sink has failed. */
	void (*room)(void *arg);
	void *arg;
};

/* Zero-initialised members are the defaults. Texts are copied. */
struct rdb_sink_options {
	const char *db, *table;
	struct rdb_restore_policy policy;
	enum rdb_sink_format format;
	const char *primary_key;   /* where it is known without .info; NULL: not */
	unsigned connections;      /* 0: as many as policy.clients */
	size_t queue;              /* bytes that write takes ahead of the cluster; 0: 1 MiB */
	bool reached;              /* the cluster has answered before: opening tries again, too */
	struct rdb_spares *spares; /* outlives the sink; NULL: no table is made ahead */
	int64_t documents;         /* expected, for the progress; 0: unknown */
	int table_number;          /* of the table in the job, plus 1; 0: adds one */
	struct rdb_sink_events events;
	/* facts.id of a table that another sink has completed, with primary_key as its facts say;
	 * NULL: none. It is open as that one was in RDB_SINK_DONE: only .info and rdb_sink_end()
	 * follow, which fails with -ENOENT if the table is gone, -EEXIST if its name is
	 * another table's. policy.existing is
	 * RDB_EXISTING_MERGE if facts.merged, else RDB_EXISTING_REFUSE, which does not count here.
	 */
	const char *done_id;
};

/*
 * Begins. job is referenced; the sink tells it progress and warnings and notices its cancel, but
 * neither starts nor ends it. What is known at once is told at once:
 *   -EINVAL  a name that the server does not allow
 *   -EPERM   the database "rethinkdb"
 *   -ENOMEM -EAGAIN (no thread to be had)
 * The rest comes by events.opened:
 *   ECONNREFUSED ETIMEDOUT EHOSTUNREACH EACCES EKEYREJECTED …: as rdb_cluster_connect(); at
 *            opening they are not tried again unless the options say "reached"
 *   EEXIST   the table is there, and existing is REFUSE
 *   EBUSY    it is to be merged into a table that a restore left behind and that is being dropped
 *   EINVAL   it is there with another primary key than is known
 */
int rdb_sink_open(struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_sink_options *options, struct rdb_sink **out, struct rdb_err *err);

/* Waits until it is open or has failed. */
int rdb_sink_open_wait(struct rdb_sink *sink, struct rdb_err *err);

/*
 * Gives it bytes: all of them, or none.
 *   0        taken; how they fared a later call tells
 *   -EAGAIN  full: nothing was taken; events.room follows
 *   else     the sink has failed, with its words: as opened, or
 *     -EINVAL      a document can't be restored; the words say which and why
 *     -ECONNRESET -ETIMEDOUT -ECONNREFUSED …  the cluster was gone, or could not do what it was
 *                  asked for, for longer than the patience
 *     -EACCES      a permission is missing
 *     -ECANCELED   aborted, or the job was cancelled
 *     -ENOSPC      documents that wait for their .info have no room
 *     -ENOMEM -EIO -EPROTO
 * A piece longer than the queue is taken when the queue is empty.
 */
int rdb_sink_write(struct rdb_sink *sink, const void *data, size_t len, struct rdb_err *err);

/* The same, waiting for room instead of -EAGAIN. */
int rdb_sink_write_wait(struct rdb_sink *sink, const void *data, size_t len, struct rdb_err *err);

/*
 * The table's .info, whole. It counts for what is done from here on: before or between the
 * documents for all of it; after RDB_SINK_DONE or RDB_SINK_NEEDS_INFO for the next
 * rdb_sink_end(), which builds indexes, sets the hook and, should the primary key be another than
 * the one that was taken, fills a new table from the first inside the cluster and swaps them.
 *   -EINVAL  it is no .info
 *   -EBUSY   rdb_sink_end() is at work
 *   -ENOMEM, or the sink's failure
 */
int rdb_sink_info(struct rdb_sink *sink, const char *text, size_t len, struct rdb_err *err);

/*
 * All documents have been written. Flushes, syncs, builds indexes, sets the write hook, verifies
 * the count, renames; then calls ended(arg, err) on the sink's thread, with err->code 0 in the
 * states DONE and NEEDS_INFO, else with the failure:
 *   as rdb_sink_write(), and
 *   EEXIST   somebody made a table of that name meanwhile: what was restored stays under its
 *            staging name, which the words tell
 *   EIO      the cluster does not have as many documents as it acknowledged
 * An index or hook that can't be restored is a warning to the job and no failure: the table is
 * there, without it, and facts.missing says so.
 * May be called again after rdb_sink_info(), see there. Always calls ended() once; the caller
 * waits for that before it calls anything but abort and close.
 */
void rdb_sink_end(
	struct rdb_sink *sink, void (*ended)(void *arg, const struct rdb_err *err), void *arg);

/*
 * Does all of that which takes long: only the rename is left to rdb_sink_end(), which is to follow
 * without further documents; or nothing follows, and nobody has ever seen the table. prepared is
 * called as ended is.
 */
void rdb_sink_prepare(
	struct rdb_sink *sink, void (*prepared)(void *arg, const struct rdb_err *err), void *arg);

/* The same as rdb_sink_end(), waiting. */
int rdb_sink_end_wait(struct rdb_sink *sink, struct rdb_err *err);

/*
 * Gives up, unless it is done: fails with -ECANCELED, and drops what was begun. Doesn't wait; may
 * be called from anywhere. What waits for an answer of the server notices only when the job is
 * cancelled as well.
 */
void rdb_sink_abort(struct rdb_sink *sink);

struct rdb_sink_facts {
	enum rdb_sink_state state;
	uint64_t documents; /* acknowledged */
	uint64_t bytes;     /* taken by write */
	size_t warnings;
	/* The first index or write hook of the .info that the table lacks: EREMOTEIO and words that
	 * name it and say why. Code 0: it has all of them. Of the last rdb_sink_end(). */
	struct rdb_err missing;
	bool hooked;           /* the write hook of the .info was set */
	bool in_place;         /* without a staging name: the user may not rename */
	bool made_db;          /* the database was not there before */
	bool merged;           /* into a table that was there before */
	char primary_key[128]; /* "" not known yet */
	char lacks[128];       /* in the state NEEDS_INFO: the member that no document has */
	char id[40];           /* of the table, when it is done */
	struct rdb_err error;
};

void rdb_sink_facts(struct rdb_sink *sink, struct rdb_sink_facts *out);

/* Aborts what isn't done, waits for the thread, frees. NULL is nothing. Waits at most some
 * seconds for a server that does not answer: what could not be dropped is left to the leftovers. */
void rdb_sink_close(struct rdb_sink *sink);

#endif
