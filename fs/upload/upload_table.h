/*
 * Tables: a TABLE.json (or .csv) and a TABLE.info in the same directory are the two parts of one
 * table. Both belong to one restore, in either order (restore/restore_queue.h). upload_table.c
 * implements the tables, upload_part.c the uploads of their parts, upload_restore.c the restores.
 *
 * A restore belongs to its table until it is retired; then its queue is closed, and a later copy of
 * the same table opens another restore. Phases until then:
 *
 *	phase     documents  .info     meaning
 *	OPENING   any        any       the cluster is asked whether the table may be restored
 *	OPEN      none       written   no document has arrived yet
 *	OPEN      any        any       documents are being written, or completed
 *	HELD      none       any       nothing is restored before an .info arrives
 *	DONE      none       any       the table is in the cluster; an .info may still arrive
 *
 *	OPENING → OPEN                          the cluster allows the restore
 *	OPEN → HELD or DONE, HELD → DONE        a part's end is completed
 *	OPEN → retired                          an .info is complete, and no documents have arrived:
 *	                                        the .info is kept for documents that follow
 *	DONE → retired                          both parts have arrived
 *	any → retired                           a failure, or the parts were removed or cancelled
 *
 * A part's end is a step in the queue, so an .info that becomes complete while the documents are
 * being completed is applied after them.
 *
 * Lock order, outermost first: a table's, that of all uploads, the nodes'. A table's lock is held
 * while steps are queued, which never blocks, but never while an upload is notified. Completions of
 * the queue lock the table on the pool's threads.
 */
#ifndef RDB_UPLOAD_UPLOAD_TABLE_H
#define RDB_UPLOAD_UPLOAD_TABLE_H

#include "restore/restore_queue.h"
#include "upload/uploads.h"

enum rdb_upload_phase {
	RDB_UPLOAD_PHASE_OPENING,
	RDB_UPLOAD_PHASE_OPEN,
	/* In this and all later phases all documents have arrived. */
	RDB_UPLOAD_PHASE_HELD,
	RDB_UPLOAD_PHASE_DONE,
};

enum rdb_upload_part_kind { RDB_UPLOAD_DOCUMENTS, RDB_UPLOAD_METADATA, RDB_UPLOAD_PARTS };

/* Step of a part that is queued or running. */
enum rdb_upload_part_step {
	RDB_UPLOAD_STEP_NONE,    /* no step: the part is being written */
	RDB_UPLOAD_STEP_PREPARE, /* the .info is being applied */
	RDB_UPLOAD_STEP_END,
};

struct rdb_upload_restore;

struct rdb_upload_part {
	struct rdb_upload_restore *restore;
	struct rdb_upload *upload; /* with a reference; NULL: none */
	enum rdb_upload_part_step step;
};

struct rdb_upload_restore {
	/* Constant once the restore is open. */
	struct rdb_upload_table *table; /* with a reference */
	struct rdb_restore_queue *queue;

	/* Guarded by the table's lock; after retirement owned by the queue's last step. */
	enum rdb_upload_phase phase;
	struct rdb_upload_part parts[RDB_UPLOAD_PARTS];
	bool informed;       /* the last .info was queued before the documents' end */
	struct rdb_job *job; /* NULL: the phase is DONE, and no .info is in progress */
	bool job_shown, job_ended;
	struct rdb_err err; /* result of the job; code 0: success */

	LIST_ENTRY(rdb_upload_restore) link; /* guarded by the lock of all uploads */
};

struct rdb_upload_table {
	/* Constant. */
	struct rdb_uploads *all;
	struct rdb_upload_node *dir; /* with a reference */
	char *db, *name;

	pthread_mutex_t lock;               /* guards the next four fields */
	struct rdb_upload_restore *restore; /* NULL: none */
	/* The last complete .info, until documents were restored with it: documents of a later copy
	 * are another table, even under the same name. */
	struct rdb_buf info;
	struct rdb_buf partial;          /* the .info that is being written */
	const struct rdb_upload *writer; /* its upload: compared only */

	/* Guarded by the lock of all uploads. */
	unsigned refs;
	LIST_ENTRY(rdb_upload_table) link;
};

/* ---- upload_table.c; the table's lock is not held, but for ref ---- */

struct rdb_upload_table *rdb_upload_table_ref(struct rdb_upload_table *table);

/*
 * Sets the upload's table, with a reference for the upload and one for its node.
 *   -EINVAL  the file is in no database
 *   -ENOENT  the file was removed
 *   -ENOMEM
 */
int rdb_upload_table_join(struct rdb_upload *upload, struct rdb_err *err);

/* ---- upload_restore.c; the table's lock is held ---- */

/* Opens a restore for a table that has none, with the first of its parts. The table owns the
 * restore. -ENOMEM, or errors of rdb_restore_table_create(): then the table still has none. */
int rdb_upload_restore_open(
	struct rdb_upload_table *table, const struct rdb_upload *upload, struct rdb_err *err);

/* Returns whether documents have been written, or are being written. */
bool rdb_upload_restore_has_begun(const struct rdb_upload_restore *restore);

/* Returns whether a part has a step that is queued or running. */
bool rdb_upload_restore_is_completing(const struct rdb_upload_restore *restore);

/* Queues the next step of the part; rdb_upload_completed() is called when the step has ended.
 * -ENOMEM. */
int rdb_upload_restore_prepare(struct rdb_upload_restore *restore, struct rdb_err *err);
int rdb_upload_restore_end(struct rdb_upload_part *part, struct rdb_err *err);

/* Queues the table's .info. waited: rdb_upload_completed() follows for the .info. Errors of
 * rdb_restore_queue_info(). */
int rdb_upload_restore_inform(struct rdb_upload_restore *restore, bool waited, struct rdb_err *err);

/* Creates a job for an .info that changes a table which is DONE. -ENOMEM. */
int rdb_upload_restore_need_job(struct rdb_upload_restore *restore, struct rdb_err *err);

/* Lists the job in the mount's status; a failed job is always listed. */
void rdb_upload_restore_show_job(struct rdb_upload_restore *restore);

/* Releases the part's upload: the restore no longer reports to it. The caller holds its own
 * reference. */
void rdb_upload_part_detach(struct rdb_upload_part *part);

/* Separates the restore from its table. err: the reason; NULL: no longer needed. References to
 * uploads are released: the caller must hold its own to any that it still uses. */
void rdb_upload_restore_retire(struct rdb_upload_restore *restore, const struct rdb_err *err);

#endif
