/*
 * The two threads beside the loop: one waits for the signals that end a mount, one for the moment
 * when the kernel has been answered and the mount serves.
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
	bool readying;   /* the thread ready was started */
	bool blocked;    /* before is to be restored */
	sigset_t before; /* the signal mask */
	atomic_bool ended;
};

/* By the thread that will run the loop, before it mounts: it and the threads that it starts no
 * longer hear the signals that end a mount, which would leave a dead one behind. */
void rdb_stop_block(struct rdb_stop *stop);

/* Those that came meanwhile count. 0 or -EIO. */
int rdb_stop_start(struct rdb_stop *stop, struct rdb_mount *mount, struct rdb_err *err);

/* By the same thread when the loop has ended. */
void rdb_stop_end(struct rdb_stop *stop);

/* By the same thread when the connection is closed, which a thread that was never answered waits
 * for. The signals are heard again. */
void rdb_stop_join(struct rdb_stop *stop);

#endif
