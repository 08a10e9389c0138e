/* What the catalogue's glue and its readers share. */
#ifndef RDB_ARCHIVE_ARCHIVE_PRIVATE_H
#define RDB_ARCHIVE_ARCHIVE_PRIVATE_H

#include "archive/archive.h"
#include "archive/catalog.h"
#include "archive/index.h"
#include "archive/stream.h"
#include "base/pool.h"

#include <pthread.h>

struct rdb_table_state;

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
	unsigned char
		key[RDB_INDEX_KEY]; /* hash of its content, but of a folder. Set by opening. */
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
	unsigned awaited;      /* open readers that will wait for the scan to end */

	pthread_mutex_t keys_lock; /* guards tables and what each says; held for moments */
	pthread_cond_t keys_changed;
	struct rdb_table_state *tables; /* whose keys are known: table_state.h */

	pthread_mutex_t wake_lock; /* guards what follows; held while waiters are woken */
	struct rdb_waiter *waiters;
};

/* Frees all of an archive's tables' states, which nobody uses (table_state.c). */
void rdb_table_states_free(struct rdb_archive *archive);

/*
 * Count a reader in, or out again, whose end waits for the scan: while there is one, the scan does
 * not run at idle priority and does not stop for readers, because that would make it end later. A
 * scan that cannot be started now is started by the request that waits for it.
 */
void rdb_archive_await(struct rdb_archive *archive);
void rdb_archive_await_no_more(struct rdb_archive *archive);

#endif
