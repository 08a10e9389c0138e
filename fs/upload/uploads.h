/*
 * An upload is a file that is being copied into restore/, from its creation until its content is in
 * the cluster or has failed. The upload's kind handles the bytes: a table's documents, a table's
 * .info file (its metadata), an archive, a document or a link. The code here is common to all
 * kinds. Requests wait until they can be answered, and a failure is reported by a call whose result
 * the copying program checks.
 *
 * Under a temporary name of rsync, the rename reports a failure, because rsync aborts its whole run
 * when a write or close fails. Until the rename, all bytes are accepted and dropped after a
 * failure. Slow work is done when the file is closed, because the kernel blocks look-ups in a
 * directory during a rename in this directory.
 *
 * All functions are thread-safe and do not wait.
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

/* Operations of a kind of upload; NULL if there is nothing to do. They must not wait. Two
 * operations of an upload never run at the same time, except cancel(), which may be called at any
 * time. */
struct rdb_upload_ops {
	/* Starts the upload. Returns 0 if the upload is open, -EINPROGRESS if the upload will call
	 * rdb_upload_completed() later, or the error for which the upload is refused. */
	int (*start)(struct rdb_upload *upload, struct rdb_err *err);
	/* Appends all bytes or none to the upload. NULL for a link. Returns 0, -EAGAIN if there is
	 * no room now, or the error with which the upload has failed. After -EAGAIN, the upload
	 * calls rdb_upload_room() as soon as there is room. */
	int (*write)(struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err);
	/* Some programs write a file under a temporary name, and rename it afterwards. If
	 * "prepares" is true, complete() is called twice for such a file: with "last" false when
	 * the file is closed, so that slow work is done then, and with "last" true at the rename.
	 * If "prepares" is false, complete() is called only at the rename. */
	bool prepares;
	/* Called when all bytes were written. "last" is false if the file has a temporary name, and
	 * a rename will therefore follow. Returns 0 if the upload is complete, -EINPROGRESS if
	 * rdb_upload_completed() will be called later, or another negative errno if the upload has
	 * failed. */
	int (*complete)(struct rdb_upload *upload, bool last, struct rdb_err *err);
	/* Cancels the background work of the upload. */
	void (*cancel)(struct rdb_upload *upload);
	void (*free)(struct rdb_upload *upload); /* frees the kind's data */
};

/* RDB_UPLOAD_DONE and the states after it are final. */
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

	LIST_ENTRY(rdb_upload) link; /* guarded by the lock of all uploads */
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
	/* document writers, one for each kind of request (enum rdb_document_request_kind); NULL
	 * before the first request of the kind. RDB_DOCUMENT_CHECK and RDB_DOCUMENT_WRITE have
	 * separate writers, so that a check never waits behind writes: until a check of a new
	 * file's name is answered, the kernel keeps the file's directory locked. */
	struct rdb_document_writer *documents[RDB_DOCUMENT_REQUESTS];
	LIST_HEAD(, rdb_upload_table) tables;
	LIST_HEAD(, rdb_upload_restore) restores; /* restores that still belong to a table */
	atomic_bool stopping;
};

/* Creates the uploads of a mount, and adds the directory restore/. Called before the mount begins.
 * Returns 0 or -ENOMEM. */
int rdb_uploads_create(
	struct rdb_mount *mount, const struct rdb_uploads_config *config, struct rdb_uploads **out);

/* Returns the struct rdb_uploads of the mount to which the node belongs. */
static inline struct rdb_uploads *rdb_uploads_of(const struct rdb_upload_node *entry)
{
	return (void *)((char *)entry->all - offsetof(struct rdb_uploads, entries));
}

/* Starts a thread of the pool in advance, so that at least one thread exists to do queued work.
 * Returns 0 or -EAGAIN. */
int rdb_uploads_start(struct rdb_uploads *all);

/* Fails all uploads in progress, and answers the requests that wait for these uploads. Waits until
 * the incomplete tables of unfinished restores are dropped, if the cluster can be reached. */
void rdb_uploads_stop(struct rdb_uploads *all);

/* Frees the uploads of a mount. Must be called after all handles and nodes were freed. all may be
 * NULL. */
void rdb_uploads_destroy(struct rdb_uploads *all);

/* ---- one upload ---- */

/*
 * Starts the upload of the file that the node "entry" stands for. "fresh" is true if the node was
 * created for this upload. Stores the upload in *out, with a reference for the caller. The upload
 * may already have failed when the function returns 0. Returns 0, or
 *   -ENOMEM if memory is short;
 *   -EBUSY if the node has another upload in progress;
 *   -EINVAL if "name" is not the name of a file that can be restored.
 */
int rdb_upload_begin(struct rdb_upload_node *entry, const struct rdb_upload_name *name, bool fresh,
	struct rdb_upload **out);

/* In both functions, "upload" may be NULL. */
struct rdb_upload *rdb_upload_ref(struct rdb_upload *upload);
void rdb_upload_unref(struct rdb_upload *upload);

/* Returns the node's unfinished upload with a reference for the caller, or NULL if there is none.
 */
struct rdb_upload *rdb_upload_of(struct rdb_upload_node *entry);

enum rdb_upload_state rdb_upload_state(struct rdb_upload *upload);

/* Makes an unfinished upload fail with ECANCELED. "why" is the reason in messages. If the file has
 * a temporary name, the upload stays attached to the node, so that the rename fails too. */
void rdb_upload_interrupt(struct rdb_upload *upload, const char *why);

/* Like rdb_upload_interrupt(), but always detaches the upload from its node. */
void rdb_upload_cancel(struct rdb_upload *upload, const char *why);

/* Like rdb_upload_cancel(). If the file was created for this upload, also removes the file's node.
 */
void rdb_upload_discard(struct rdb_upload *upload, const char *why);

/* Called after a file with a temporary name was closed. If the file is not renamed in time, cancels
 * the upload and removes the file. */
void rdb_upload_await_rename(struct rdb_upload *upload);

/* Called when another copy of the same file begins. If this upload's file was closed but not
 * renamed, and the closing process has ended, cancels the upload and removes the file. */
void rdb_upload_supersede(struct rdb_upload *upload);

/* Reports the end of the work for which start() or complete() has returned -EINPROGRESS. err->code
 * is 0 if the work has succeeded. The caller holds no lock. */
void rdb_upload_completed(struct rdb_upload *upload, const struct rdb_err *err);

/* Reports that there is room again after write() has returned -EAGAIN. The caller holds no lock. */
void rdb_upload_room(struct rdb_upload *upload);

/* ---- requests ---- */

/* A request that waits for an upload. The request is the first member of a larger object that was
 * allocated by malloc(). */
struct rdb_upload_request {
	struct rdb_request request; /* the first member */
	struct rdb_upload *upload;  /* with a reference */
};

/* Starts a request that waits for an upload. The caller must have set request->upload. The
 * parameter req is libfuse's handle of the kernel's request, which ops->answer() answers. Takes
 * ownership of "request", which ops->free() frees, and of req. */
void rdb_upload_request_start(
	struct rdb_upload_request *request, const struct rdb_request_ops *ops, fuse_req_t req);

/* Frees the request. The function pointer "free" in struct rdb_request_ops points to this function,
 * or to a function that calls this function last. */
void rdb_upload_request_free(struct rdb_request *request);

static inline struct rdb_upload *rdb_upload_of_request(const struct rdb_request *request)
{
	return ((const struct rdb_upload_request *)request)->upload;
}

/* Attempts of requests that wait for an upload (struct rdb_request_ops). They return 0, a negative
 * errno, or RDB_REQUEST_WAITS. */
int rdb_upload_try_open(struct rdb_request *request);
int rdb_upload_try_prepare(struct rdb_request *request); /* 0 when ended */
int rdb_upload_try_finish(struct rdb_request *request);  /* the final result */

/* Attempts to write, with the same results. */
int rdb_upload_try_write(struct rdb_upload *upload, const void *data, size_t len, uint64_t off);

/*
 * Answers req, by which the kernel closes one descriptor of the upload's file. Cancels the upload
 * if the writing program was interrupted or killed, or exits before its transfer is finished.
 * Finishes the upload, unless the file is probably still open in another descriptor.
 */
void rdb_upload_close(struct rdb_upload *upload, fuse_req_t req); /* upload_close.c */

/* ---- kinds ---- */

/* Returns the functions for uploads of this kind, or NULL if files of this kind cannot be restored.
 */
const struct rdb_upload_ops *rdb_upload_ops_of(enum rdb_upload_kind kind); /* upload_kind.c */

extern const struct rdb_upload_ops rdb_upload_documents_ops; /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_info_ops;      /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_archive_ops;   /* upload_archive.c */
extern const struct rdb_upload_ops rdb_upload_document_ops;  /* upload_document.c */
extern const struct rdb_upload_ops rdb_upload_target_ops;    /* upload_link.c */

/* Checks that the mount has a cluster. Returns 0 or -ECONNREFUSED. */
int rdb_upload_check_cluster(const struct rdb_upload *upload, struct rdb_err *err);

/* Returns a new job, in the state before rdb_job_start(). Its title is the path of the node or, if
 * "child" is not NULL, of this name in the node. Returns NULL if memory or file descriptors are
 * exhausted. */
struct rdb_job *rdb_upload_job(struct rdb_upload_node *entry, const char *child);

/* Begins the job, and adds the job to the running jobs that the mount's status shows. */
void rdb_upload_job_show(struct rdb_uploads *all, struct rdb_job *job);

/* Creates a job whose title is the upload's path, lists the job, and stores the job in *job.
 * Returns 0, or -ENOMEM with a text in err. */
int rdb_upload_own_job(struct rdb_upload *upload, struct rdb_job **job, struct rdb_err *err);

/*
 * Restores a backup, or one database or table of the backup. "name" is DB, DB.TABLE, or NULL for
 * the whole backup. "as" is the new name or NULL. Ends the job. Waits for the cluster. Returns 0 or
 * an error of rdb_restore_run().
 */
int rdb_upload_whole(struct rdb_upload *upload, struct rdb_job *job, struct rdb_archive *archive,
	const char *name, const char *as, struct rdb_err *err); /* upload_whole.c */

/* Ends the job with the outcome of the upload, if the job has not ended yet. Then drops the
 * caller's reference to the job. job may be NULL. */
void rdb_upload_whole_end(struct rdb_upload *upload, struct rdb_job *job);

/* Appends to out the path of a node below the mount point, for example "restore/blog/posts.json".
 * Used in messages. */
void rdb_upload_path(struct rdb_upload_node *entry, struct rdb_buf *out);

/* Logs a message that begins with this path, followed by the text that fmt and its arguments
 * give. */
void rdb_upload_log(struct rdb_upload_node *entry, enum rdb_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void rdb_upload_table_unref(struct rdb_upload_table *table); /* upload_table.c */
/* Must be called after a program has removed one of a table's two files, the .info file or the
 * documents, from restore/. "kind" is the kind of the removed file. If the other file is copied
 * later, the removed file is not restored together with it. */
void rdb_upload_table_forget(struct rdb_upload_table *table, enum rdb_upload_kind kind);
void rdb_upload_tables_stop(struct rdb_uploads *all); /* upload_table.c */

#endif
