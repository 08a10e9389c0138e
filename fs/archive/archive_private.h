/*
 * The struct of an archive, shared by archive_env.c, archive_open.c, archive.c (references and
 * look-ups), scan_task.c (the scan) and reader.c.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_PRIVATE_H
#define RDB_ARCHIVE_ARCHIVE_PRIVATE_H

#include "archive/archive.h"
#include "base/pool.h"
#include "index/catalog.h"
#include "index/embed.h"
#include "index/index.h"
#include "stream/stream.h"

#include <pthread.h>

struct rdb_archive_env {
	struct rdb_stream_cache *cache;
	struct rdb_pool *urgent; /* threads for scans that requests wait for */
	struct rdb_pool *low;    /* thread for one scan at a time, at idle priority */
	int index_dir;           /* descriptor of the folder of indexes; -1 if there is none */
	bool allow_damaged;
	enum rdb_verify verify;
};

struct rdb_archive {
	struct rdb_archive_env *env;
	char *name;
	unsigned char key[RDB_INDEX_KEY]; /* hash of the archive; set by opening */
	struct rdb_content content;       /* the field source is NULL for a folder */
	int dirfd;                        /* descriptor of a folder; else -1 */
	struct rdb_catalog *catalog;
	struct rdb_resume resume;
	bool checked; /* the archive has checksums of ranges (spans); set by opening */

	pthread_mutex_t lock; /* guards the fields below */
	unsigned refs;
	enum rdb_archive_state state;
	struct rdb_scan_outcome outcome;
	struct rdb_scan *scan; /* set to NULL before the scan's thread frees the scan */
	unsigned tasks;        /* number of tasks of the scan that wait or run */
	bool running;          /* a task runs the scan */
	bool running_low;      /* the task runs at idle priority */
	unsigned calm;         /* chunks that the scan decoded since a request last waited */
	bool urgent;           /* a request waits, so the scan must not run at idle priority */
	unsigned awaited;      /* open readers that will wait for the end of the scan */
	void *attached;        /* object of a layer above; NULL if there is none */
	void (*detach)(void *object);

	pthread_mutex_t wake_lock; /* guards waiters; held while they are woken */
	struct rdb_waiter *waiters;
};

/* Frees an archive that has no references and whose scan is neither queued nor running. */
void rdb_archive_free(struct rdb_archive *archive);

/* Frees the archive if it has no references and its scan has no tasks. The caller must hold the
 * archive's lock. The function releases the lock. */
void rdb_archive_release(struct rdb_archive *archive);

/* Stores the outcome of a scan. The scan has just ended, or its outcome was read from the index
 * cache. The caller holds the archive's lock, or is the archive's only user. */
void rdb_archive_set_outcome(struct rdb_archive *archive, const struct rdb_scan_outcome *outcome);

/* Appends advice for the user to the message err->text: check the credentials, the connection and
 * the disk, then retry. Called when the source of an archive has failed. */
void rdb_archive_advise(struct rdb_err *err);

/* Calls wake() of every struct rdb_waiter that waits for the archive. */
void rdb_archive_wake(struct rdb_archive *archive);

/* A reader that must wait for the scan calls rdb_archive_await() before the wait, and
 * rdb_archive_end_await() after the wait. Between the two calls, the scan runs at normal priority
 * without pauses. */
void rdb_archive_await(struct rdb_archive *archive);
void rdb_archive_end_await(struct rdb_archive *archive);

/*
 * Reads the index that the archive contains into *embed. Compares the index with some of the
 * archive's tar headers.
 *
 * Returns:
 *   0        the index is usable
 *   -ENOENT  no index, or an index that is damaged, lacks checksums or differs from the headers
 *   -ENOMEM  memory is exhausted
 *   -EIO     the archive cannot be read
 */
int rdb_embedded_read(struct rdb_archive *archive, struct rdb_embed *embed, struct rdb_err *err);

/* Copies an embedded index into the archive's catalogue and index. Both must be empty before the
 * call. Sorts the members in *embed. Returns 0, -ENOMEM, or -EINVAL if the embedded index is
 * invalid. */
int rdb_embedded_fill(struct rdb_archive *archive, struct rdb_embed *embed);

#endif
