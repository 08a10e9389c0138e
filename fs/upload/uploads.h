/*
 * An upload is a file that is being copied into restore/, until its content is in the cluster or
 * has failed. The upload's kind handles the bytes; the code here is common to all kinds.
 *
 * A failure is reported by a call whose result the copying program checks. Under a temporary name
 * of rsync, that is the rename, because rsync aborts its whole run when a write or close fails.
 * Slow work is done at the close before, because the kernel blocks look-ups in a directory during a
 * rename.
 *
 * All functions are thread-safe and, unless their comments say so, do not wait.
 */
#ifndef RDB_UPLOAD_UPLOADS_H
#define RDB_UPLOAD_UPLOADS_H

#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/queue.h"
#include "base/timer.h"
#include "mount/request_queue.h"
#include "mount/tree.h"
#include "pipeline/document_writer.h"
#include "upload/upload_name.h"
#include "upload/upload_node.h"

#include <stddef.h>

struct rdb_upload;
struct rdb_upload_restore;
struct rdb_upload_spool;
struct rdb_upload_table;
struct rdb_uploads;

/* Operations of one kind of upload. An operation may be NULL, and must not wait. Only cancel() may
 * run during another operation of the upload. */
struct rdb_upload_ops {
	/*
	 * Starts the upload.
	 *
	 * Returns:
	 *   0             the upload is open
	 *   -EINPROGRESS  rdb_upload_completed() will report the result
	 *   other         the upload is refused with this error
	 */
	int (*start)(struct rdb_upload *upload, struct rdb_err *err);
	/*
	 * Accepts all bytes or none of them. The pointer "write" is NULL for the upload of a
	 * symbolic link, because a link has no bytes.
	 *
	 * Returns:
	 *   0        the bytes are accepted
	 *   -EAGAIN  the upload has no room, and calls rdb_upload_room() later
	 *   other    the upload has failed with this error
	 */
	int (*write)(struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err);
	/* If true, complete() is also called when a file with a temporary name is closed, so that
	 * slow work is done before the file's rename. */
	bool prepares;
	/*
	 * Completes the upload after all bytes were written. If "last" is false, complete() is
	 * called again after the file's rename.
	 *
	 * Returns:
	 *   0             the upload is completed
	 *   -EINPROGRESS  rdb_upload_completed() will report the result
	 *   other         the upload has failed with this error
	 */
	int (*complete)(struct rdb_upload *upload, bool last, struct rdb_err *err);
	/* Cancels the background work of the upload. */
	void (*cancel)(struct rdb_upload *upload);
	void (*free)(struct rdb_upload *upload); /* frees the kind's data */
};

/* State of an upload. The final states are RDB_UPLOAD_DONE and RDB_UPLOAD_FAILED. The final states
 * must stand last, because a state is treated as final if it is at least RDB_UPLOAD_DONE. */
enum rdb_upload_state {
	RDB_UPLOAD_OPENING,
	RDB_UPLOAD_OPEN,
	RDB_UPLOAD_PREPARING,
	RDB_UPLOAD_PREPARED,
	RDB_UPLOAD_FINISHING,
	RDB_UPLOAD_DONE,
	RDB_UPLOAD_FAILED,
};

struct rdb_upload {
	/* Constant. */
	const struct rdb_upload_ops *ops;
	struct rdb_uploads *all;
	struct rdb_upload_node *entry; /* with a reference */
	struct rdb_upload_name name;   /* for a document, the rename may set name.file */
	bool fresh;                    /* the node was created for this upload */

	atomic_uint refs;

	pthread_mutex_t lock; /* guards the fields below */
	enum rdb_upload_state state;
	struct rdb_err err;
	uint64_t written; /* bytes */
	bool interrupted; /* the last write was interrupted; reset by the next write */
	bool released;    /* the upload's file is closed */
	pid_t closer;     /* process that closed the file last; 0 if unknown */
	struct rdb_request_queue waits;

	/* The kind of the upload, name.kind, determines which member is used. */
	union {
		struct rdb_upload_table *table;
		struct rdb_upload_spool *spool; /* of an archive */
		struct rdb_upload_document *document;
		struct rdb_job *job; /* job of a link's restore */
	};

	struct rdb_alarm alarm; /* expires if no rename arrives; holds a reference to the upload */

	LIST_ENTRY(rdb_upload) link; /* guarded by the lock of struct rdb_uploads */
};

/* ---- all uploads of a mount ---- */

/* Inode number of the directory restore/. */
enum { RDB_INO_RESTORE = RDB_INO_CHILDREN - 1 };

struct rdb_uploads_config {
	struct rdb_cluster *cluster;      /* must outlive the uploads; may be NULL */
	struct rdb_archive_env *archives; /* must outlive the uploads */
	struct rdb_restore_policy policy; /* objects of the policy must outlive the uploads */
	unsigned rename_wait; /* seconds to wait until rsync renames its file; 0 means 60 */
};

struct rdb_uploads {
	struct rdb_uploads_config config;
	struct rdb_mount *mount;
	struct rdb_upload_nodes entries;
	struct rdb_pool *pool;     /* threads that restore tables and whole backups */
	struct rdb_spares *spares; /* tables prepared in advance; NULL without a cluster */

	pthread_mutex_t lock; /* guards the fields below, and "upload" and "table" of all nodes */
	LIST_HEAD(, rdb_upload) list;
	/* One writer for each enum rdb_document_request_kind; NULL until the first request of this
	 * kind. A check (RDB_DOCUMENT_CHECK) must not wait behind writes, because the kernel locks
	 * the document's directory until the check is answered. */
	struct rdb_document_writer *documents[RDB_DOCUMENT_REQUESTS];
	LIST_HEAD(, rdb_upload_table) tables;
	LIST_HEAD(, rdb_upload_restore) restores; /* restores that still belong to a table */
	atomic_bool stopping;
	/* Time (rdb_wait_now()) of the last answer of the cluster to a restore; 0 if there was
	 * none. */
	atomic_llong answered;
};

/* Creates the mount's struct rdb_uploads and the directory restore/. The caller must call this
 * function before the mount serves requests. Returns 0 or -ENOMEM. */
int rdb_uploads_create(
	struct rdb_mount *mount, const struct rdb_uploads_config *config, struct rdb_uploads **out);

/* Returns the struct rdb_uploads of the mount to which the node belongs. */
static inline struct rdb_uploads *rdb_uploads_of(const struct rdb_upload_node *entry)
{
	return (void *)((char *)entry->all - offsetof(struct rdb_uploads, entries));
}

/* Starts a thread for the work of restores. The thread stays until rdb_uploads_stop(), even when it
 * has no work. More threads are started when needed. Returns 0, or -EAGAIN if the thread cannot be
 * started. */
int rdb_uploads_start(struct rdb_uploads *all);

/* Fails all uploads in progress. Waits until the incomplete tables of unfinished restores are
 * dropped, if the cluster can be reached. */
void rdb_uploads_stop(struct rdb_uploads *all);

/* Frees the uploads of a mount. Must be called after all handles and nodes were freed. The
 * parameter "all" may be NULL. */
void rdb_uploads_destroy(struct rdb_uploads *all);

/* ---- one upload ---- */

/*
 * Starts the upload of the node's file, and stores the upload in *out with a reference for the
 * caller. "fresh" is true if the node was created for this upload.
 *
 * Returns:
 *   0        the upload exists; it may have failed already
 *   -EBUSY   the node has another upload in progress
 *   -EINVAL  a file of this name cannot be restored
 *   -ENOMEM  memory is exhausted
 */
int rdb_upload_begin(struct rdb_upload_node *entry, const struct rdb_upload_name *name, bool fresh,
	struct rdb_upload **out);

/* rdb_upload_ref() adds a reference, and returns the upload. rdb_upload_unref() drops a reference,
 * and frees the upload if no reference remains. Both functions do nothing if "upload" is NULL. */
struct rdb_upload *rdb_upload_ref(struct rdb_upload *upload);
void rdb_upload_unref(struct rdb_upload *upload);

/* Returns the node's unfinished upload with a reference for the caller, or NULL if there is none.
 */
struct rdb_upload *rdb_upload_of(struct rdb_upload_node *entry);

enum rdb_upload_state rdb_upload_state(struct rdb_upload *upload);

/* Makes an unfinished upload fail with ECANCELED. "why" is the reason in messages. If the file has
 * a temporary name, the upload stays attached to the file, so that renaming the file fails too. */
void rdb_upload_interrupt(struct rdb_upload *upload, const char *why);

/* Makes an unfinished upload fail with ECANCELED, and detaches the upload from its node. Unlike
 * rdb_upload_interrupt(), also detaches an upload whose file has a temporary name. "why" is the
 * reason in messages. */
void rdb_upload_cancel(struct rdb_upload *upload, const char *why);

/* Like rdb_upload_cancel(), and removes the node if it was created for this upload. */
void rdb_upload_discard(struct rdb_upload *upload, const char *why);

/* Starts a timer after an upload's file was closed under a temporary name. If the file is not
 * renamed in time, the timer cancels the upload and removes the file. */
void rdb_upload_await_rename(struct rdb_upload *upload);

/* Cancels an abandoned upload, and removes the upload's file. Called when the file is copied again.
 * An upload is abandoned if its temporary file was closed but not renamed, and the program that
 * closed the file has ended. */
void rdb_upload_supersede(struct rdb_upload *upload);

/* Reports the end of the work for which start() or complete() has returned -EINPROGRESS. err->code
 * is 0 if the work has succeeded. The caller holds no lock. */
void rdb_upload_completed(struct rdb_upload *upload, const struct rdb_err *err);

/* Called when the upload has room for bytes again, after the upload's function write() in struct
 * rdb_upload_ops has returned -EAGAIN. Retries the upload's waiting write requests. The caller
 * holds no lock. */
void rdb_upload_room(struct rdb_upload *upload);

/* ---- requests ---- */

/* A request that waits for an upload. The caller allocates this struct with malloc(), alone or as
 * the first member of a larger object. */
struct rdb_upload_request {
	struct rdb_request request; /* the first member */
	struct rdb_upload *upload;  /* with a reference */
};

/* Attempts the request at once, and again after each change of the upload until "req" can be
 * answered. The caller must have set request->upload. Takes ownership of "request" and "req". */
void rdb_upload_request_start(
	struct rdb_upload_request *request, const struct rdb_request_ops *ops, fuse_req_t req);

/* Frees the request, and drops its reference to the upload. The function free() in the request's
 * struct rdb_request_ops calls this function as its last step. */
void rdb_upload_request_free(struct rdb_request *request);

static inline struct rdb_upload *rdb_upload_of_request(const struct rdb_request *request)
{
	return ((const struct rdb_upload_request *)request)->upload;
}

/* Try to open, prepare or finish the request's upload. The functions implement attempt() in struct
 * rdb_request_ops. */
int rdb_upload_try_open(struct rdb_request *request);
int rdb_upload_try_prepare(struct rdb_request *request); /* 0 when ended */
int rdb_upload_try_finish(struct rdb_request *request);  /* the final result */

/* Tries to write the bytes at the offset "off". Returns 0, a negative errno, or RDB_REQUEST_WAITS
 * if the caller must retry later. */
int rdb_upload_try_write(struct rdb_upload *upload, const void *data, size_t len, uint64_t off);

/* ---- closing (upload_close.c) ---- */

/* Returns true if a signal is killing the process, or if the process is an rsync that has begun to
 * exit before the end of its transfer. */
bool rdb_upload_was_stopped(pid_t pid);

/* Handles the close of a file, and answers "req". Cancels the upload if the program was killed or
 * interrupted, or is an rsync that gives up. Keeps the upload open if a program probably still has
 * the file open. Otherwise finishes the upload. */
void rdb_upload_close(struct rdb_upload *upload, fuse_req_t req);

/* ---- kinds ---- */

/* Returns the operations for files of this kind, or NULL if such files cannot be restored. */
const struct rdb_upload_ops *rdb_upload_ops_of(enum rdb_upload_kind kind); /* upload_kind.c */

extern const struct rdb_upload_ops rdb_upload_documents_ops; /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_info_ops;      /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_archive_ops;   /* upload_archive.c */
extern const struct rdb_upload_ops rdb_upload_document_ops;  /* upload_document.c */
extern const struct rdb_upload_ops rdb_upload_target_ops;    /* upload_link.c */

/* Checks that the mount has a cluster. Returns 0 or -ECONNREFUSED. */
int rdb_upload_check_cluster(const struct rdb_upload *upload, struct rdb_err *err);

/* Creates a job whose title is the path of the node "entry". If "child" is not NULL, the title ends
 * with "/" and "child". Returns NULL if memory or file descriptors are exhausted. */
struct rdb_job *rdb_upload_job(struct rdb_upload_node *entry, const char *child);

/* Starts the job, and shows it in the mount's status. */
void rdb_upload_job_show(struct rdb_uploads *all, struct rdb_job *job);

/* Creates and starts a job for the upload, and adds the job to the mount's status. Stores the job
 * in *job, with a reference for the caller. Returns 0 or -ENOMEM. */
int rdb_upload_own_job(struct rdb_upload *upload, struct rdb_job **job, struct rdb_err *err);

/* Restores a backup into the cluster. If "name" is not NULL, restores only the database or table
 * with this name. If "as" is not NULL, the restored database or table is named "as". Blocks until
 * the restore has ended. Returns 0 or an error of rdb_restore_run(). */
int rdb_upload_whole(struct rdb_upload *upload, struct rdb_job *job, struct rdb_archive *archive,
	const char *name, const char *as, struct rdb_err *err); /* upload_whole.c */

/* If the job has not ended yet, ends the job with the upload's outcome. Then drops the caller's
 * reference to the job. Does nothing if job is NULL. */
void rdb_upload_whole_end(struct rdb_upload *upload, struct rdb_job *job);

/* Appends the node's path to *out, for use in messages. The path is relative to the mount point,
 * for example "restore/blog/posts.json". */
void rdb_upload_path(struct rdb_upload_node *entry, struct rdb_buf *out);

/* Logs the node's path, followed by the text. */
void rdb_upload_log(struct rdb_upload_node *entry, enum rdb_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void rdb_upload_table_unref(struct rdb_upload_table *table); /* upload_table.c */
/* Handles the removal of one of a table's files. "kind" is the kind of the removed file. If the
 * .info file was removed, frees the file's stored text. If the file with the documents was removed,
 * ends a restore that only waits for an .info file. */
void rdb_upload_table_forget(struct rdb_upload_table *table, enum rdb_upload_kind kind);
void rdb_upload_tables_stop(struct rdb_uploads *all); /* upload_table.c */

#endif
