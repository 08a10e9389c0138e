/* What the catalogue's glue and its readers share. */
#ifndef RDB_ARCHIVE_ARCHIVE_PRIVATE_H
#define RDB_ARCHIVE_ARCHIVE_PRIVATE_H

#include "archive/archive.h"
#include "archive/catalog.h"
#include "archive/index.h"
#include "archive/stream.h"
#include "base/pool.h"

#include <pthread.h>

struct rdb_archive_env {
	struct rdb_stream_cache *cache;
	struct rdb_pool *urgent; /* scans that somebody waits for */
	struct rdb_pool *low;    /* one scan at a time, at idle priority */
	int index_dir;           /* -1: none */
	bool allow_damaged;
	enum rdb_verify verify;
};

struct rdb_archive {
	struct rdb_archive_env *env;
	char *name;
	struct rdb_content content; /* source is NULL for a folder */
	int dirfd;                  /* of a folder; else -1 */
	struct rdb_catalog *catalog;
	struct rdb_resume resume;
	char server[64];                         /* version of the server dumped. Set by opening. */
	bool checked;                            /* as facts.checked. Set by opening. */
	struct rdb_index_outcome folder_outcome; /* the scan's */

	pthread_mutex_t lock; /* guards what follows */
	unsigned refs;
	enum rdb_archive_state state;
	struct rdb_index_outcome outcome;
	struct rdb_scan *scan; /* freed by the scan's thread, which unsets it first */
	unsigned tasks;        /* for the scan, waiting or running */
	bool running;          /* one of them runs the scan */
	bool running_low;      /* and does so at idle priority */
	unsigned calm;         /* chunks since somebody last waited */
	bool urgent;           /* somebody waits for the scan: not at idle priority */

	pthread_mutex_t wake_lock; /* guards what follows; held while waiters are woken */
	struct rdb_waiter *waiters;
};

#endif
