/*
 * One file that is being copied into restore/: from its creation until what it holds is in the
 * cluster, or why it isn't is known. What becomes of the bytes is its kind's (a table's
 * documents, its .info, an archive); here is what all have in common: requests wait until they
 * can be answered, and a failure is told where the copying program takes note of it.
 *
 * Under a temporary name (rsync's) a failure is kept for the rename, since rsync gives up its
 * whole run on a failed write or close; until then everything it writes is swallowed. What takes
 * long is done when it closes the file, since nobody can look into a directory while the kernel
 * waits for a rename in it.
 *
 * Threads: any; nothing here waits.
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

/* Calls of one push never come two at a time, but cancel may at any time. None may wait. */
struct rdb_upload_ops {
	/* 0; -EINPROGRESS: rdb_upload_opened() follows; else why it may not be restored. */
	int (*start)(struct rdb_upload *push, struct rdb_err *err);
	/* All or nothing: 0; -EAGAIN: full, rdb_upload_room() follows; else the failure. */
	int (*write)(struct rdb_upload *push, const void *data, size_t len, struct rdb_err *err);
	/* complete is also called when all has been written, as it seems, but the rename that says
	 * so is still to come: then "last" is false, and what takes long may be done. */
	bool prepares;
	/* All has been written. 0; -EINPROGRESS: rdb_upload_completed() follows; else the failure.
	 */
	int (*complete)(struct rdb_upload *push, bool last, struct rdb_err *err);
	/* Gives up what has begun. */
	void (*cancel)(struct rdb_upload *push);
	void (*free)(struct rdb_upload *push); /* what the kind keeps in it; may be NULL */
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
	/* These never change. */
	const struct rdb_upload_ops *ops;
	struct rdb_uploads *all;
	struct rdb_upload_node *receipt; /* with a reference */
	struct rdb_upload_name name;     /* file "" of a document: set by the rename */
	bool fresh;                      /* the receipt was made for this push */

	atomic_uint refs;

	pthread_mutex_t lock; /* guards the rest */
	enum rdb_upload_state state;
	struct rdb_err err;
	uint64_t taken;   /* bytes written */
	bool interrupted; /* the last write was; the next one, if there is one, goes on */
	bool released;    /* nobody has its file open any more */
	pid_t closer;     /* who closed it last; 0: unknown */
	struct rdb_request_queue waits;

	/* Of its kind. */
	union {
		struct rdb_upload_table *table;
		struct rdb_upload_spool *spool; /* of an archive */
		struct rdb_upload_document *document;
		struct rdb_job *job; /* of a link */
	};

	struct rdb_alarm alarm; /* for a rename that never comes, with a reference */

	LIST_ENTRY(rdb_upload) link; /* pushes' lock */
};

/* ---- all of a mount ---- */

struct rdb_uploads {
	struct rdb_mount *mount;
	struct rdb_upload_nodes receipts;
	struct rdb_pool *pool;     /* for what waits for the cluster: tables, whole backups */
	struct rdb_spares *spares; /* NULL: no cluster is known */

	pthread_mutex_t lock; /* guards the rest, and push and table of receipts */
	LIST_HEAD(, rdb_upload) list;
	struct rdb_document_writer *documents; /* NULL: no document has come yet */
	LIST_HEAD(, rdb_upload_table) tables;
	LIST_HEAD(, rdb_upload_restore) restores; /* that are their tables' */
	atomic_bool stopping;
};

/* 0 or -ENOMEM. */
int rdb_uploads_create(struct rdb_mount *mount, struct rdb_uploads **out);

/* Starts the thread that nothing under way waits for in vain. 0 or -EAGAIN. */
int rdb_uploads_start(struct rdb_uploads *all);

/* Everything under way fails, and who waits is told so. */
void rdb_uploads_stop(struct rdb_uploads *all);

/* After that: waits until what had begun is undone, as far as the cluster can be reached. */
void rdb_uploads_settle(struct rdb_uploads *all);

/* When neither handles nor nodes are left. NULL is nothing. */
void rdb_uploads_destroy(struct rdb_uploads *all);

/* ---- one ---- */

/*
 * A push for a receipt, which it is from now on: one reference. It has begun, and may already
 * have failed.
 *   -EBUSY   another one is under way for the same receipt
 *   -EINVAL  nothing of that name can be restored
 *   -ENOMEM
 */
int rdb_upload_begin(struct rdb_uploads *all, struct rdb_upload_node *receipt,
	const struct rdb_upload_name *name, bool fresh, struct rdb_upload **out);

struct rdb_upload *rdb_upload_ref(struct rdb_upload *push);
void rdb_upload_unref(struct rdb_upload *push);

/* The one that a receipt is under way by, with a reference; NULL: it is complete. */
struct rdb_upload *rdb_upload_of(struct rdb_uploads *all, struct rdb_upload_node *receipt);

/* Nobody waits for it any more: fails with ECANCELED, unless it is done. */
void rdb_upload_cancel(struct rdb_upload *push, const char *why);

/* The same, of one whose file is still open: under a temporary name it stays for the rename. */
void rdb_upload_interrupt(struct rdb_upload *push);

/* As cancel: the program that writes it will not complete it. Nothing is listed that was not. */
void rdb_upload_give_up(struct rdb_upload *push);

/*
 * The file of one under a temporary name was closed for good: unless a rename comes within the
 * time for that, it is given up and its name removed; as it is when another copy finds that the
 * program that closed it is gone.
 */
void rdb_upload_await_rename(struct rdb_upload *push);
bool rdb_upload_is_abandoned(struct rdb_upload *push);
void rdb_upload_abandon(struct rdb_upload *push, const char *why);

/* By its kind, without a lock held. err->code 0: all is well. */
void rdb_upload_opened(struct rdb_upload *push, const struct rdb_err *err);
void rdb_upload_room(struct rdb_upload *push);
void rdb_upload_completed(struct rdb_upload *push, const struct rdb_err *err);

/* ---- requests ---- */

/* A request that waits for an upload; part of a larger object, from malloc. */
struct rdb_upload_request {
	struct rdb_request request; /* the first member */
	struct rdb_upload *push;    /* with a reference of its own */
};

/* Takes over the request and the object. push is set. */
void rdb_upload_request_start(
	struct rdb_upload_request *request, const struct rdb_request_ops *ops, fuse_req_t req);

/* As ops.free, alone or last. */
void rdb_upload_request_free(struct rdb_request *request);

static inline struct rdb_upload *rdb_upload_of_request(const struct rdb_request *request)
{
	return ((const struct rdb_upload_request *)request)->push;
}

/* As ops.attempt: RDB_REQUEST_WAITS, 0, or a negative errno. */
int rdb_upload_try_open(struct rdb_upload *push);
int rdb_upload_try_write(struct rdb_upload *push, const void *data, size_t len, uint64_t off);
int rdb_upload_try_prepare(struct rdb_upload *push); /* 0: it ended; only finish says how */
int rdb_upload_try_finish(struct rdb_upload *push);  /* the final word */

/* ---- kinds ---- */

extern const struct rdb_upload_ops rdb_upload_documents_ops; /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_info_ops;      /* upload_part.c */
extern const struct rdb_upload_ops rdb_upload_archive_ops;   /* upload_archive.c */
extern const struct rdb_upload_ops rdb_upload_document_ops;  /* upload_document.c */
extern const struct rdb_upload_ops rdb_upload_target_ops;    /* upload_link.c */
extern const struct rdb_upload_ops rdb_upload_ignored_ops;   /* upload.c */

/* 0, or -ECONNREFUSED: the mount knows no cluster. */
int rdb_upload_check_cluster(const struct rdb_upload *push, struct rdb_err *err);

/* A job that is not begun yet. NULL: no memory, or no descriptors. */
struct rdb_job *rdb_upload_job(struct rdb_buf *title);

/* It runs, and is shown. */
void rdb_upload_job_show(struct rdb_uploads *all, struct rdb_job *job);

/* One that is shown, titled by the push's path, into *job. 0, or -ENOMEM with words. */
int rdb_upload_own_job(struct rdb_upload *push, struct rdb_job **job, struct rdb_err *err);

/* "restore/blog/posts.json", for messages; static text where memory is out. Appended. */
void rdb_upload_path(struct rdb_upload_node *receipt, struct rdb_buf *out);

void rdb_upload_table_unref(struct rdb_upload_table *table); /* upload_table.c */
/* The receipt of its documents, or of its .info, is removed. */
void rdb_upload_table_forget(struct rdb_upload_table *table, enum rdb_upload_kind kind);
void rdb_upload_tables_stop(struct rdb_uploads *all); /* upload_table.c */

#endif
