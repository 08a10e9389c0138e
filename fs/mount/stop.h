/*
 * The two threads beside libfuse's loop: one waits for the signals that end a mount, one for the
 * moment when the mount serves.
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
	bool readying;   /* the thread in ready was started */
	bool blocked;    /* before must be restored */
	sigset_t before; /* the signal mask */
	atomic_bool ended;
};

/* Blocks the signals that end a mount, in the calling thread and in the threads that it starts:
 * they would otherwise leave a dead mount behind. Called by the thread that will run the loop,
 * before it mounts. */
void rdb_stop_block(struct rdb_stop *stop);

/* Starts the two threads. Signals that arrived since rdb_stop_block() have their effect now.
 * Returns 0 or -EIO. */
int rdb_stop_start(struct rdb_stop *stop, struct rdb_mount *mount, struct rdb_err *err);

/* Ends the thread that waits for signals, when the loop has ended. Called by the thread that called
 * rdb_stop_start(). */
void rdb_stop_end(struct rdb_stop *stop);

/* Waits for the threads, and unblocks the signals. Called by the thread that called
 * rdb_stop_start(), when the connection is closed, which ends the wait of a thread whose request
 * was never answered. */
void rdb_stop_join(struct rdb_stop *stop);

#endif
