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

/* Called by the thread that will run the loop, before it mounts: it and the threads that it starts
 * block the signals that end a mount, which would otherwise leave a dead mount behind. */
void rdb_stop_block(struct rdb_stop *stop);

/* Signals that arrived meanwhile count. 0 or -EIO. */
int rdb_stop_start(struct rdb_stop *stop, struct rdb_mount *mount, struct rdb_err *err);

/* Called by the same thread when the loop has ended. */
void rdb_stop_end(struct rdb_stop *stop);

/* Called by the same thread when the connection is closed; a thread whose request was never
 * answered waits for that. Unblocks the signals. */
void rdb_stop_join(struct rdb_stop *stop);

#endif
