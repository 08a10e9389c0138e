/*
 * Tables: a TABLE.json (or .csv) and a TABLE.info in the same directory are the two parts of one.
 * Both go into one restore, whichever comes first (restore/restore_queue.h). upload_table.c has the
 * tables, upload_part.c the uploads of their parts, upload_restore.c what these go into.
 *
 * A restore is its table's until it is retired; then its queue is closed, and a later copy of the
 * same table has another. While it is its table's:
 *
 *	phase     documents  .info     meaning
 *	OPENING   any        any       the cluster is asked whether the table may be restored
 *	OPEN      none       written   no document has come yet
 *	OPEN      any        any       documents are being written, or completed
 *	HELD      none       any       nothing is restored before an .info comes
 *	DONE      none       any       the table is in the cluster; an .info may still come
 *
 *	OPENING → OPEN                          the cluster allows it
 *	OPEN → HELD or DONE, HELD → DONE        a part's end is completed
 *	OPEN → retired                          an .info is complete, and no documents have come: it
 *	                                        is remembered for those that follow
 *	DONE → retired                          all that belongs to the table has come
 *	any → retired                           a failure, or nobody wants it any more
 *
 * A part's end is a step in the queue, so an .info that becomes complete while the documents are
 * being completed is applied behind them.
 *
 * Locks, from the outer to the inner: a table's, that of all uploads, the nodes'. A table's is held
 * while steps are queued, none of which waits, but never while an upload is told something.
 * Completions of the queue lock the table on the pool's threads.
 */
#ifndef RDB_UPLOAD_UPLOAD_TABLE_H
#define RDB_UPLOAD_UPLOAD_TABLE_H

#include "restore/restore_queue.h"
#include "upload/uploads.h"

enum rdb_upload_phase {
	RDB_UPLOAD_PHASE_OPENING,
	RDB_UPLOAD_PHASE_OPEN,
	/* From here on all documents have come. */
	RDB_UPLOAD_PHASE_HELD,
	RDB_UPLOAD_PHASE_DONE,
};

enum rdb_upload_part_kind { RDB_UPLOAD_DOCUMENTS, RDB_UPLOAD_METADATA, RDB_UPLOAD_PARTS };

/* What a part waits for that is queued, or under way. */
enum rdb_upload_part_step {
	RDB_UPLOAD_STEP_NONE,    /* the part is being written */
	RDB_UPLOAD_STEP_PREPARE, /* of the .info: that it is taken up */
	RDB_UPLOAD_STEP_END,
};

struct rdb_upload_restore;

struct rdb_upload_part {
	struct rdb_upload_restore *restore;
	struct rdb_upload *upload; /* with a reference; NULL: none */
	enum rdb_upload_part_step step;
};

struct rdb_upload_restore {
	/* These never change once it is open. */
	struct rdb_upload_table *table; /* with a reference */
	struct rdb_restore_queue *queue;

	/* The table's lock guards these; once it is retired they are the queue's last step's. */
	enum rdb_upload_phase phase;
	struct rdb_upload_part parts[RDB_UPLOAD_PARTS];
	bool informed;       /* the queue was given the last .info before the documents' end */
	struct rdb_job *job; /* NULL: DONE, and no .info under way */
	bool job_shown, job_ended;
	struct rdb_err err; /* how the job ends; code 0: well */

	LIST_ENTRY(rdb_upload_restore) link; /* that of all uploads; while it is its table's */
};

struct rdb_upload_table {
	/* These never change. */
	struct rdb_uploads *all;
	struct rdb_upload_node *dir; /* with a reference */
	char *db, *name;

	pthread_mutex_t lock;               /* guards these four */
	struct rdb_upload_restore *restore; /* NULL: none */
	/* The last .info that was complete, until documents were restored with it: those of a
	 * later copy are another table's, even under the same name. */
	struct rdb_buf info;
	struct rdb_buf partial;          /* the one that is being written */
	const struct rdb_upload *writer; /* by whom: the last that began; may be gone */

	/* That of all uploads guards these. */
	unsigned refs;
	LIST_ENTRY(rdb_upload_table) link;
};

/* ---- upload_table.c; the table's lock is not held, but for ref ---- */

struct rdb_upload_table *rdb_upload_table_ref(struct rdb_upload_table *table);

/* The table that an upload is part of: with a reference of the upload's, and one of its node's.
 *   -EINVAL -ENOENT  it lies in no database, or nowhere any more
 *   -ENOMEM */
int rdb_upload_table_join(struct rdb_upload *upload, struct rdb_err *err);

/* ---- upload_restore.c; the table's lock is held ---- */

/* A restore for a table that has none, begun by the first of its parts; the table's from now on.
 * -ENOMEM, or as rdb_restore_table_create(): then the table still has none. */
int rdb_upload_restore_open(
	struct rdb_upload_table *table, const struct rdb_upload *upload, struct rdb_err *err);

/* Documents have been written, or are being. */
bool rdb_upload_restore_has_begun(const struct rdb_upload_restore *restore);

/* Steps of a part are queued, or under way. */
bool rdb_upload_restore_is_completing(const struct rdb_upload_restore *restore);

/* Queues what a part waits for: rdb_upload_completed() follows. -ENOMEM. */
int rdb_upload_restore_prepare(struct rdb_upload_restore *restore, struct rdb_err *err);
int rdb_upload_restore_end(struct rdb_upload_part *part, struct rdb_err *err);

/* Queues the table's .info. waited: rdb_upload_completed() follows for it. As
 * rdb_restore_queue_info(). */
int rdb_upload_restore_inform(struct rdb_upload_restore *restore, bool waited, struct rdb_err *err);

/* In the phase DONE: a job for what an .info changes. -ENOMEM. */
int rdb_upload_restore_need_job(struct rdb_upload_restore *restore, struct rdb_err *err);

/* Its job is shown, at the latest when it fails. */
void rdb_upload_restore_show_job(struct rdb_upload_restore *restore);

/* The part's upload is no longer of interest to the restore; the caller has a reference of its
 * own. */
void rdb_upload_part_detach(struct rdb_upload_part *part);

/* From here on it is not its table's. err: why; NULL: it is not needed any more. References to
 * uploads are given back: the caller has one of its own to that which it goes on with. */
void rdb_upload_restore_retire(struct rdb_upload_restore *restore, const struct rdb_err *err);

#endif
