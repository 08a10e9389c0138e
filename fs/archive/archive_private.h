/*
 * An archive, shared by its parts: archive_env.c, archive_open.c, archive.c (its users and what is
 * known), scan_task.c (its scan), reader.c.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_PRIVATE_H
#define RDB_ARCHIVE_ARCHIVE_PRIVATE_H

#include "archive/archive.h"
#include "archive/stream.h"
#include "base/pool.h"
#include "index/catalog.h"
#include "index/index.h"

#include <pthread.h>

struct rdb_known_keys;

struct rdb_archive_env {
	struct rdb_stream_cache *cache;
	struct rdb_pool *urgent; /* scans that requests wait for */
	struct rdb_pool *low;    /* one scan at a time, at idle priority */
	int index_dir;           /* -1: none */
	bool allow_damaged;
	enum rdb_verify verify;
};

struct rdb_archive {
	struct rdb_archive_env *env;
	char *name;
	unsigned char key[RDB_INDEX_KEY]; /* hash that identifies the archive; unused for a folder.
					     Set by opening. */
	struct rdb_content content;       /* source is NULL for a folder */
	int dirfd;                        /* descriptor of a folder; else -1 */
	struct rdb_catalog *catalog;
	struct rdb_resume resume;
	char server[64];                        /* version of the dumped server. Set by opening. */
	bool checked;                           /* see facts.checked. Set by opening. */
	struct rdb_scan_outcome folder_outcome; /* the scan's */

	pthread_mutex_t lock; /* guards what follows */
	unsigned refs;
	enum rdb_archive_state state;
	struct rdb_scan_outcome outcome;
	struct rdb_scan *scan; /* the scan's thread frees it, after setting this to NULL */
	unsigned tasks;        /* tasks of the scan, waiting or running */
	bool running;          /* one of them runs the scan */
	bool running_low;      /* at idle priority */
	unsigned calm;         /* chunks since a request last waited */
	bool urgent;           /* a request waits for the scan: do not run at idle priority */
	unsigned awaited;      /* open readers that will wait for the end of the scan */

	pthread_mutex_t
		keys_lock; /* guards the list of tables and its elements; held for moments */
	pthread_cond_t keys_changed;
	struct rdb_known_keys *tables; /* tables whose keys are known: known_keys.h */

	pthread_mutex_t wake_lock; /* guards the waiters; held while they are woken */
	struct rdb_waiter *waiters;
};

/* Frees all states of tables, which must be unused (known_keys.c). */
void rdb_known_keys_free_all(struct rdb_archive *archive);

/* Frees an archive without users and without a task of its scan. */
void rdb_archive_free(struct rdb_archive *archive);

/* Frees the archive when neither users nor a scan remain. The caller holds the lock; it is
 * released. */
void rdb_archive_release(struct rdb_archive *archive);

/* Stores the outcome of this or an earlier scan. The caller holds the lock, or is the only user. */
void rdb_archive_set_outcome(struct rdb_archive *archive, const struct rdb_scan_outcome *outcome);

/* Calls wake of all waiters. */
void rdb_archive_wake(struct rdb_archive *archive);

#endif
