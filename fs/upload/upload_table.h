/*
 * Tables that are being restored. The documents (TABLE.json or TABLE.csv) and TABLE.info in one
 * directory are the two parts of a table, which may arrive in either order. They belong to one
 * restore, until it is retired; a later copy of the table opens another one.
 *
 * Locks are taken in this order: that of a table, that of all uploads, that of the nodes. A table's
 * lock is held while steps are queued, but never while an upload is notified.
 */
#ifndef RDB_UPLOAD_UPLOAD_TABLE_H
#define RDB_UPLOAD_UPLOAD_TABLE_H

#include "restore/restore_queue.h"
#include "upload/uploads.h"

/*
 * Phases of a restore. A restore fills a table from two uploads: the upload of the documents, and
 * the upload of the .info file (the table's metadata). The upload that begins first opens the
 * restore.
 * Changes of the phase:
 *   OPENING to OPEN: the cluster allows the restore.
 *   OPEN to DONE: all documents are in the table.
 *   OPEN to HELD: all documents have arrived, but the restore needs the .info file to continue,
 *     for example because the table's primary key is unknown.
 *   HELD to DONE: the .info file has arrived, and all documents are in the table.
 * Some events retire a restore. A retired restore no longer belongs to its table, and the next
 * upload for the table opens a new restore. These events are:
 *   In any phase: the restore is cancelled, or the mount ends.
 *   In OPENING, OPEN or HELD: the restore fails.
 *   In OPENING or OPEN: the upload of a CSV file begins, but the upload of the .info file has
 *     opened the restore. Such a restore can only read JSON.
 *   In OPEN: the upload of the .info file ends before the upload of the documents begins.
 *   In HELD or DONE: the user begins to copy the documents a second time.
 *   In HELD or DONE: the user removes the file of the documents, and no .info file is being
 *     uploaded or applied.
 *   In DONE: the .info file was applied, and no second .info file is being uploaded.
 *   In DONE: the .info file cannot be applied, because the table was dropped or renamed in the
 *     cluster.
 */
enum rdb_upload_phase {
	RDB_UPLOAD_PHASE_OPENING, /* the cluster is asked whether the table may be restored */
	RDB_UPLOAD_PHASE_OPEN,    /* documents are expected, written or completed */
	RDB_UPLOAD_PHASE_HELD,    /* all documents have arrived, but not the .info file */
	RDB_UPLOAD_PHASE_DONE,    /* the table is in the cluster; an .info file may follow */
};

enum rdb_upload_part_kind { RDB_UPLOAD_DOCUMENTS, RDB_UPLOAD_METADATA, RDB_UPLOAD_PARTS };

/* The step that is queued or being executed for a part of a table (the documents or the .info
 * file). Each part has at most one step at a time. */
enum rdb_upload_part_step {
	RDB_UPLOAD_STEP_NONE,    /* none: the part is still being copied */
	RDB_UPLOAD_STEP_PREPARE, /* prepare documents for a rename, or apply the .info file */
	RDB_UPLOAD_STEP_END,
};

struct rdb_upload_restore;

struct rdb_upload_part {
	struct rdb_upload_restore *restore;
	struct rdb_upload *upload; /* with a reference; may be NULL */
	enum rdb_upload_part_step step;
};

struct rdb_upload_restore {
	/* The fields "table" and "queue" are set when the restore is created, and then never
	 * change. */
	struct rdb_upload_table *table; /* with a reference */
	struct rdb_restore_queue *queue;

	/* The fields from "phase" to "err" are guarded by the table's lock. on_closed() uses the
	 * fields without the lock, because no other thread can reach the restore any more. */
	enum rdb_upload_phase phase;
	struct rdb_upload_part parts[RDB_UPLOAD_PARTS];
	bool informed;       /* an .info file was queued or applied */
	struct rdb_job *job; /* NULL if the phase is DONE and no .info file is in progress */
	bool job_shown, job_ended;
	struct rdb_err err; /* result of the job; code is 0 for success */

	LIST_ENTRY(rdb_upload_restore) link; /* guarded by the lock of struct rdb_uploads */
};

struct rdb_upload_table {
	/* Constant. */
	struct rdb_uploads *all;
	struct rdb_upload_node *dir; /* with a reference */
	char *db, *name;

	pthread_mutex_t lock;               /* guards the next four fields */
	struct rdb_upload_restore *restore; /* may be NULL */
	/* Text of the last complete .info file, kept for documents that are uploaded later. Freed
	 * once a restore has applied the text. */
	struct rdb_buf info;
	struct rdb_buf partial; /* text of the .info file that is being uploaded */
	const struct rdb_upload
		*writer; /* upload that writes partial; only compared, never dereferenced */

	/* The following fields are guarded by the lock of struct rdb_uploads. */
	unsigned refs;
	LIST_ENTRY(rdb_upload_table) link;
};

/* ---- upload_table.c; the table's lock is not held, but for ref ---- */

struct rdb_upload_table *rdb_upload_table_ref(struct rdb_upload_table *table);

/*
 * Finds or creates the table to which the upload's file belongs. Stores references to the table in
 * the upload and in the upload's node.
 *
 * Returns:
 *   0        the references are stored
 *   -EINVAL  the file is in no database
 *   -ENOENT  the file's directory was removed
 *   -ENOMEM  memory is exhausted
 */
int rdb_upload_table_join(struct rdb_upload *upload, struct rdb_err *err);

/* ---- upload_restore.c; the table's lock is held ---- */

/* Opens a restore for a table that has no restore. The kind of "upload" decides whether the restore
 * reads CSV or JSON. Returns 0, -ENOMEM, or an error of rdb_restore_table_create(). */
int rdb_upload_restore_open(
	struct rdb_upload_table *table, const struct rdb_upload *upload, struct rdb_err *err);

/* Returns whether the restore has begun to write documents. */
static inline bool rdb_upload_restore_has_begun(const struct rdb_upload_restore *restore)
{
	return restore->parts[RDB_UPLOAD_DOCUMENTS].upload ||
	       restore->phase >= RDB_UPLOAD_PHASE_HELD;
}

/* Returns true if a step of the restore is queued or being executed. A step is queued once the
 * documents or the .info file have arrived completely. */
static inline bool rdb_upload_restore_is_completing(const struct rdb_upload_restore *restore)
{
	return restore->parts[RDB_UPLOAD_DOCUMENTS].step != RDB_UPLOAD_STEP_NONE ||
	       restore->parts[RDB_UPLOAD_METADATA].step != RDB_UPLOAD_STEP_NONE;
}

/*
 * Queues a step of the table's restore for the part's file. The file must have arrived completely.
 * "step" is PREPARE for documents in a file with a temporary name, or END in all other cases.
 *
 * Returns (never 0):
 *   -EINPROGRESS  rdb_upload_completed() will be called after the step
 *   -ENOMEM       no step was queued
 */
int rdb_upload_restore_step(
	struct rdb_upload_part *part, enum rdb_upload_part_step step, struct rdb_err *err);

/* Queues the step that applies the table's .info file. If "waited" is true, rdb_upload_completed()
 * is called for the upload of the .info file when the step has ended. Returns 0 or an error of
 * rdb_restore_queue_info(). */
int rdb_upload_restore_inform(struct rdb_upload_restore *restore, bool waited, struct rdb_err *err);

/* Creates a job if the restore has none. A restore releases its job when its table is complete, so
 * an .info file that arrives later needs a new job. Returns 0 or -ENOMEM. */
int rdb_upload_restore_need_job(struct rdb_upload_restore *restore, struct rdb_err *err);

/* Lists the job in the mount's status, unless the job is already listed. */
void rdb_upload_restore_show_job(struct rdb_upload_restore *restore);

/* Detaches the part from its upload, and releases the part's reference to the upload. The caller
 * must hold its own reference to the upload. */
void rdb_upload_part_detach(struct rdb_upload_part *part);

/* Removes the restore from restore->table, and cancels the restore's unfinished work. "err" is the
 * reason, or NULL if the restore is no longer needed. */
void rdb_upload_restore_retire(struct rdb_upload_restore *restore, const struct rdb_err *err);

#endif
