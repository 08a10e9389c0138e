/*
 * Two threads besides libfuse's loop. The first thread waits for the signals that end a mount. The
 * second thread waits until the mount serves.
 */
#ifndef RDB_MOUNT_STOP_H
#define RDB_MOUNT_STOP_H

#include "base/err.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct rdb_mount;

struct rdb_stop {
	struct rdb_mount *mount;
	pthread_t loop, signals, ready;
	bool readying;   /* the thread "ready" was started */
	bool blocked;    /* the signals are blocked, and the mask "before" must be restored */
	sigset_t before; /* signal mask of the thread before rdb_stop_block() */
	atomic_bool ended;
};

/* Blocks the signals that end a mount, in the calling thread and in the threads that it creates
 * afterwards. Called before mounting, by the thread that later calls rdb_mount_serve(). */
void rdb_stop_block(struct rdb_stop *stop);

/* Starts two threads. The first thread ends the mount if a signal arrives, or has arrived since
 * rdb_stop_block(). The second thread calls config.ready() as soon as the mount answers requests.
 * Returns 0 or -EIO. */
int rdb_stop_start(struct rdb_stop *stop, struct rdb_mount *mount, struct rdb_err *err);

/* Ends the thread that waits for signals. Called after libfuse's loop has ended, by the thread that
 * called rdb_stop_start(). */
void rdb_stop_end(struct rdb_stop *stop);

/* Waits until the thread that calls mount->config.ready() has ended. Then unblocks the signals that
 * rdb_stop_block() has blocked. Called after the connection to the kernel has been closed, by the
 * thread that called rdb_stop_block(). */
void rdb_stop_join(struct rdb_stop *stop);

#endif
