/*
 * One file that is being copied into restore/: from its creation until its content is in the
 * cluster, or has failed. The upload's kind (a table's documents, its .info, an archive) handles
 * the bytes; this module has the common part: requests wait until they can be answered, and a
 * failure is reported by a call whose result the copying program checks.
 *
 * Under a temporary name (rsync's) a failure is reported by the rename, since rsync aborts its
 * whole run on a failed write or close; until then all bytes written are accepted and dropped. Slow
 * work is done when the file is closed, since the kernel blocks look-ups in a directory during a
 * rename in it.
 *
 * Threads: any; no function blocks.
 */
#ifndef RDB_UPLOAD_UPLOADS_H
#define RDB_UPLOAD_UPLOADS_H

#include "base/err.h"
#include "base/pool.h"
#include "base/queue.h"
#include "base/timer.h"
#include "mount/mount.h"
#include "mount/request_queue.h"
#include "upload/upload_name.h"
#include "upload/upload_node.h"

struct rdb_document_writer;
struct rdb_jobs;
struct rdb_upload;
struct rdb_upload_restore;
struct rdb_upload_spool;
struct rdb_upload_table;
struct rdb_uploads;

/* Calls for one upload are serialized, except cancel, which may be called at any time. None may
 * block. */
struct rdb_upload_ops {
	/* Starts the upload. Returns 0; -EINPROGRESS: rdb_upload_opened() follows; else the reason
	 * for a refusal. */
	int (*start)(struct rdb_upload *push, struct rdb_err *err);
	/* Takes all bytes or none: 0; -EAGAIN: full, rdb_upload_room() follows; else a failure. */
	int (*write)(struct rdb_upload *push, const void *data, size_t len, struct rdb_err *err);
	/* true: complete is also called, with "last" false, when the file is closed under a
	 * temporary name and the rename is still expected, so that slow work is done then. */
	bool prepares;
	/* Completes the file. Returns 0; -EINPROGRESS: rdb_upload_completed() follows; else a
	 * failure. */
	int (*complete)(struct rdb_upload *push, bool last, struct rdb_err *err);
	/* Cancels the work in progress. */
	void (*cancel)(struct rdb_upload *push);
	void (*free)(struct rdb_upload *push); /* frees the kind's data; may be NULL */
};

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
	struct rdb_upload_node *receipt; /* with a reference */
	struct rdb_upload_name name;     /* file "" of a document: set by the rename */
	bool fresh;                      /* the node was created for this upload */

	atomic_uint refs;

	pthread_mutex_t lock; /* guards the rest */
	enum rdb_upload_state state;
	struct rdb_err err;
	uint64_t taken;   /* bytes written */
	bool interrupted; /* the last write was interrupted; reset by the next write */
	bool released;    /* the upload's file is closed */
	pid_t closer;     /* process that closed the file last; 0: unknown */
	struct rdb_request_queue waits;

	/* Used by the upload's kind. */
	union {
		struct rdb_upload_table *table;
		struct rdb_upload_spool *spool; /* of an archive */
		struct rdb_upload_document *document;
		struct rdb_job *job; /* job of a link's restore */
	};

	struct rdb_alarm alarm; /* expires if no rename arrives; holds a reference */

	LIST_ENTRY(rdb_upload) link; /* guarded by the lock of all uploads */
};

/* ---- all uploads of a mount ---- */

struct rdb_uploads {
	struct rdb_mount *mount;
	struct rdb_upload_nodes receipts;
	struct rdb_pool *pool;     /* for work that blocks on the cluster: tables, whole backups */
	struct rdb_spares *spares; /* NULL: no cluster is known */

	pthread_mutex_t lock; /* guards the rest, and push and table of nodes */
	LIST_HEAD(, rdb_upload) list;
	struct rdb_document_writer *documents; /* NULL: no document so far */
	LIST_HEAD(, rdb_upload_table) tables;
	LIST_HEAD(, rdb_upload_restore) restores; /* those not retired */
	atomic_bool stopping;
};

/* Returns 0 or -ENOMEM. */
int rdb_uploads_create(struct rdb_mount *mount, struct rdb_uploads **out);

/* Starts one thread of the pool, so that queued work always runs even if no further thread can be
 * started. Returns 0 or -EAGAIN. */
int rdb_uploads_start(struct rdb_uploads *all);

/* Fails all uploads in progress, and answers the requests that wait for them. */
void rdb_uploads_stop(struct rdb_uploads *all);

/* Call after rdb_uploads_stop(): waits until partial restores are undone, as far as the cluster can
 * be reached. */
void rdb_uploads_settle(struct rdb_uploads *all);

/* Requires that no handles and nodes are left. NULL: no effect. */
void rdb_uploads_destroy(struct rdb_uploads *all);

/* ---- one upload ---- */

/*
 * Starts an upload for a node, which holds one reference while the upload is in progress. *out may
 * already have failed.
 *   -EBUSY   another upload is in progress for the node
 *   -EINVAL  a file of that name cannot be restored
 *   -ENOMEM
 */
int rdb_upload_begin(struct rdb_uploads *all, struct rdb_upload_node *receipt,
	const struct rdb_upload_name *name, bool fresh, struct rdb_upload **out);

struct rdb_upload *rdb_upload_ref(struct rdb_upload *push);
void rdb_upload_unref(struct rdb_upload *push);

/* Returns the upload in progress of a node, with a reference; NULL: complete. */
struct rdb_upload *rdb_upload_of(struct rdb_uploads *all, struct rdb_upload_node *receipt);

/* Fails the upload with ECANCELED, unless it is done: no program is waiting for it. */
void rdb_upload_cancel(struct rdb_upload *push, const char *why);

/* As rdb_upload_cancel(), while the file is still open: an upload under a temporary name stays for
 * the rename. */
void rdb_upload_interrupt(struct rdb_upload *push);

/* As rdb_upload_cancel(), when the writing program will not complete it. Also removes a node that
 * was created for this upload. */
void rdb_upload_give_up(struct rdb_upload *push);

/*
 * Waits for the rename of a file under a temporary name, whose last descriptor was closed. Unless
 * the rename arrives in time, the upload is cancelled and its name removed; earlier, when another
 * copy of the same file arrives and the program that closed the file has exited.
 */
void rdb_upload_await_rename(struct rdb_upload *push);
bool rdb_upload_is_abandoned(struct rdb_upload *push);
void rdb_upload_abandon(struct rdb_upload *push, const char *why);

/* Called by the upload's kind, without a lock held. err->code 0: success. */
void rdb_upload_opened(struct rdb_upload *push, const struct rdb_err *err);
void rdb_upload_room(struct rdb_upload *push);
void rdb_upload_completed(struct rdb_upload *push, const struct rdb_err *err);

/* ---- requests ---- */

/* A request that waits for an upload; part of a larger object, from malloc. */
struct rdb_upload_request {
	struct rdb_request request; /* the first member */
	struct rdb_upload *push;    /* with its own reference */
};

/* Takes ownership of the request and the object. push must be set. */
void rdb_upload_request_start(
	struct rdb_upload_request *request, const struct rdb_request_ops *ops, fuse_req_t req);

/* Frees the request. For use as ops.free, or as the last call of a function that is. */
void rdb_upload_request_free(struct rdb_request *request);

static inline struct rdb_upload *rdb_upload_of_request(const struct rdb_request *request)
{
	return ((const struct rdb_upload_request *)request)->push;
}

/* For use as ops.attempt: RDB_REQUEST_WAITS, 0, or a negative errno. */
int rdb_upload_try_open(struct rdb_upload *push);
int rdb_upload_try_write(struct rdb_upload *push, const void *data, size_t len, uint64_t off);
int rdb_upload_try_prepare(struct rdb_upload *push); /* 0: ended; finish has the result */
int rdb_upload_try_finish(struct rdb_upload *push);  /* the final result */

/* ---- kinds ---- */

extern const struct rdb_upload_ops rdb_upload_documents_ops; /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_info_ops;      /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_archive_ops;   /* upload_archive.c */
extern const struct rdb_upload_ops rdb_upload_document_ops;  /* upload_document.c */
extern const struct rdb_upload_ops rdb_upload_target_ops;    /* upload_link.c */
extern const struct rdb_upload_ops rdb_upload_ignored_ops;   /* upload.c */

/* Checks that the mount has a cluster. Returns 0 or -ECONNREFUSED. */
int rdb_upload_check_cluster(const struct rdb_upload *push, struct rdb_err *err);

/* Returns a job that has not begun. NULL: no memory, or no descriptors. */
struct rdb_job *rdb_upload_job(struct rdb_buf *title);

/* Begins the job and lists it in the mount's status. */
void rdb_upload_job_show(struct rdb_uploads *all, struct rdb_job *job);

/* Creates a listed job with the upload's path as title in *job. Returns 0, or -ENOMEM with a text.
 */
int rdb_upload_own_job(struct rdb_upload *push, struct rdb_job **job, struct rdb_err *err);

/* Appends "restore/blog/posts.json", for messages; static text when out of memory. */
void rdb_upload_path(struct rdb_upload_node *receipt, struct rdb_buf *out);

void rdb_upload_table_unref(struct rdb_upload_table *table); /* upload_table.c */
/* Reports that the node of the table's documents, or of its .info, has been removed. */
void rdb_upload_table_forget(struct rdb_upload_table *table, enum rdb_upload_kind kind);
void rdb_upload_tables_stop(struct rdb_uploads *all); /* upload_table.c */

#endif
