/*
 * Tables: what a TABLE.json (or .csv) and a TABLE.info in the same directory are together. Both
 * feed one sink, whichever comes first; see restore/sink.h for what a sink makes of that. This is
 * what push_table.c (who is there), push_feed.c (a sink, and who feeds it), push_end.c (what a
 * feed comes to), push_documents.c and push_info.c (the two kinds of push) share.
 *
 * A feed is its table's until it is retired; then it is closed by a task, and a later copy of the
 * same table has a feed of its own. While it is its table's:
 *
 *	phase        documents      .info
 *	OPENING      any            any              the sink asks the cluster
 *	OPEN         none           any              none have come yet
 *	OPEN         being written  any
 *	ENDING       complete       any, may wait    they are prepared, or ended
 *	ENDING       none           its end          the documents ended before
 *	DONE         none           any, may wait    an .info may still come
 *	NEEDS_INFO   none           any, may wait    nothing is restored before it comes
 *
 *	OPENING → OPEN                               events.opened
 *	OPEN → ENDING → OPEN                         documents prepared
 *	OPEN → ENDING → DONE or NEEDS_INFO           documents ended
 *	DONE or NEEDS_INFO → ENDING → either         .info ended
 *	DONE with all that belongs to it → retired
 *	any → retired                                a failure, or nobody wants it any more
 *
 * A feed that is done is kept for the .info that may follow, but not many are, since each has a
 * thread and may have connections: of a table whose feed was retired for that, or by a failure of
 * its late .info, the table itself knows what it was restored as. An .info that comes then begins
 * a feed whose sink takes up where the other had ended: a late one, OPENING → DONE.
 *
 * An .info that becomes complete in ENDING waits until that is over, and a moment longer if it
 * needs an end of its own: a task begins that one, since an end is not begun in its event.
 *
 * Locks, from the outer to the inner: a table's, pushes', the receipts'. A table's is held while
 * the sink and the job are called, none of which waits, but never while a push is told something.
 * The sink's events take the table's lock on the sink's thread; a feed is closed without a lock,
 * since that waits for them.
 */
#ifndef RDB_UPLOAD_UPLOAD_TABLE_H
#define RDB_UPLOAD_UPLOAD_TABLE_H

#include "restore/sink.h"
#include "upload/uploads.h"

enum rdb_feed_phase {
	RDB_FEED_OPENING,
	RDB_FEED_OPEN,
	/* From here on documents have come. */
	RDB_FEED_ENDING,
	RDB_FEED_DONE,
	RDB_FEED_NEEDS_INFO,
};

/* What a feed is kept for that nobody is at work on. */
enum rdb_feed_awaits { RDB_AWAITS_NOTHING, RDB_AWAITS_INFO, RDB_AWAITS_DOCUMENTS };

enum rdb_feed_info {
	RDB_INFO_COMES, /* or there is none */
	RDB_INFO_WAITS, /* it is complete and waits for the end of the documents */
	RDB_INFO_ENDS,  /* the end under way is its own */
};

struct rdb_upload_feed {
	/* These never change once it is open. */
	struct rdb_upload_table *table; /* with a reference */
	struct rdb_sink *sink;
	struct rdb_job *job;
	struct rdb_pool_task closing;
	bool late; /* begun for the .info of a table that is complete */

	atomic_bool retired; /* is set once, with the table's lock */
	atomic_uint refs;    /* the table's, then its closing's; that of a late .info */

	/* The table's lock guards these; once it is retired they are its closing's. */
	enum rdb_feed_phase phase;
	struct rdb_err err;           /* how the job ended; code 0: well */
	struct rdb_upload *documents; /* each with a reference; NULL: nobody */
	struct rdb_upload *info;
	struct rdb_upload *orphan; /* an .info that waited when all was given up */
	bool informed;             /* the sink was given the last .info */
	enum rdb_feed_info step;   /* of the .info */
	bool job_shown, job_ended;

	/* Pushes' lock guards these. */
	enum rdb_feed_awaits awaits;
	uint64_t since; /* the lowest is the oldest */
	LIST_ENTRY(rdb_upload_feed) link;
};

/* A table that is complete and that an .info may still come for, as its sink's facts told it. */
struct rdb_upload_done {
	char id[40];
	char primary_key[128];
	bool merged;
};

struct rdb_upload_table {
	/* These never change. */
	struct rdb_uploads *all;
	struct rdb_upload_node *dir; /* with a reference */
	char *db, *name;

	pthread_mutex_t lock; /* guards these five */
	struct rdb_upload_feed *feed;
	/* The last .info that was complete, until documents were restored with it: those of a
	 * later copy are another table's, even under the same name. */
	struct rdb_buf info;
	struct rdb_buf partial;          /* the one that is being written */
	const struct rdb_upload *writer; /* by whom: the last that began; may be gone */
	struct rdb_upload_done done;     /* id "": nothing that an .info may come for */

	/* Pushes' lock guards these. */
	unsigned refs;
	LIST_ENTRY(rdb_upload_table) link;
};

/* ---- push_table.c; the table's lock is not held, but for ref ---- */

struct rdb_upload_table *rdb_upload_table_ref(struct rdb_upload_table *table);

/* As a kind's start: the push becomes part of its table, and of what feeds that, if join, which
 * is called with the table's lock, takes it.
 *   -EINVAL -ENOENT  it lies in no database, or nowhere any more
 *   -ECONNREFUSED    the mount knows no cluster
 *   -ENOMEM, or what join returns */
int rdb_upload_part_start(struct rdb_upload *push,
	int (*join)(struct rdb_upload_table *table, struct rdb_upload *push, struct rdb_err *err),
	struct rdb_err *err);

/* For a kind's cancel, which may come while it starts: its table; NULL: none yet. */
struct rdb_upload_table *rdb_upload_part_table(struct rdb_upload *push);

/* As a kind's free. */
void rdb_upload_part_free(struct rdb_upload *push);

/* The table's lock is held. An .info that comes begins a table of its own again. */
void rdb_upload_table_not_done(struct rdb_upload_table *table);

/* For join: -EBUSY with words. Any lock. */
int rdb_upload_part_busy(const struct rdb_upload_table *table, struct rdb_err *err);

/* ---- push_feed.c; the table's lock is held but where it says otherwise ---- */

/* A feed for a table that has none, begun by the first that feeds it; the table's from now on.
 * -ENOMEM, or as rdb_sink_open() and, with an .info that came before, rdb_sink_info(): then the
 * table still has none. */
int rdb_upload_feed_open(
	struct rdb_upload_table *table, struct rdb_upload *push, struct rdb_err *err);

/* False: it is no longer its table's, and its event is of no interest. */
bool rdb_upload_feed_is_current(const struct rdb_upload_feed *feed);

/* Documents have been written, or are being. Of one that is current. */
bool rdb_upload_feed_has_begun(const struct rdb_upload_feed *feed);

/* The .info, with the reference that the feed had; NULL: none. */
struct rdb_upload *rdb_upload_feed_take_info(struct rdb_upload_feed *feed);

/* From here on it is nobody's but its closing's. References to pushes are given back: the caller
 * has one of its own to that which it goes on with. */
void rdb_upload_feed_retire(struct rdb_upload_feed *feed);

/* The same, with the reason; and with that which the push was told, unless there is one. */
void rdb_upload_feed_fail(struct rdb_upload_feed *feed, const struct rdb_err *err);
void rdb_upload_feed_give_up(struct rdb_upload_feed *feed, const struct rdb_upload *push);

/* Its job is shown, at the latest when it fails; and ends, once. err NULL: well. The latter also
 * without the lock, of one that is retired. */
void rdb_upload_feed_show_job(struct rdb_upload_feed *feed);
void rdb_upload_feed_end_job(struct rdb_upload_feed *feed, const struct rdb_err *err);

/* Any lock but pushes'. */
void rdb_upload_feed_await(struct rdb_upload_feed *feed, enum rdb_feed_awaits awaits);

/* Without a lock: if too many are kept for that, the oldest is retired. */
void rdb_upload_feeds_limit(struct rdb_uploads *all, enum rdb_feed_awaits awaits);

/* Any lock but pushes'. */
void rdb_upload_feed_ref(struct rdb_upload_feed *feed);
void rdb_upload_feed_unref(struct rdb_upload_feed *feed);

/* Without a lock: tells it, and gives the reference back. NULL is nothing. */
void rdb_upload_tell(struct rdb_upload *push, const struct rdb_err *err,
	void (*event)(struct rdb_upload *push, const struct rdb_err *err));

static inline struct rdb_upload *rdb_upload_ref_or_null(struct rdb_upload *push)
{
	return push ? rdb_upload_ref(push) : NULL;
}

/* ---- push_end.c; the table's lock is held ---- */

/* The table's .info, given to the sink: as rdb_sink_info(). */
int rdb_upload_feed_inform(struct rdb_upload_feed *feed, struct rdb_err *err);

/* Its documents are complete: rdb_upload_prepared() follows. */
void rdb_upload_feed_prepare(struct rdb_upload_feed *feed);

/* All that has come so far is complete: rdb_upload_ended() follows, for the documents or, if
 * its step says so, for the .info. */
void rdb_upload_feed_end(struct rdb_upload_feed *feed);

#endif
