/*
 * A request that is answered later. Its owner keeps it in a list, under the owner's lock. A request
 * whose process is interrupted is removed from the list and answered with EINTR. To answer a
 * request, remove it from the list first and claim it then; so it is answered once.
 *
 * Interruptions are signals that end the process or ask it to end (mount/caller.h); after other
 * signals the request keeps waiting. If the process's signals can't be read, every signal counts.
 */
#ifndef RDB_MOUNT_PENDING_H
#define RDB_MOUNT_PENDING_H

#include "base/timer.h"

#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdbool.h>

struct rdb_pending {
	fuse_req_t req;
	pthread_mutex_t *lock; /* guards the fields below and the list */
	struct rdb_pending *next;
	struct rdb_pending **link; /* the pointer to this request; NULL: in no list */
	bool interrupted;          /* interrupted while in no list */
	void (*drop)(struct rdb_pending *pending); /* frees the request after EINTR was answered */
	struct rdb_alarm alarm;                    /* checks the process again */
	bool watched; /* the alarm is set; guarded by the request's own lock */
};

/* Initialises a request: from this call on the process can interrupt it. The caller does not hold
 * the lock. */
void rdb_pending_init(struct rdb_pending *pending, fuse_req_t req, pthread_mutex_t *lock,
	void (*drop)(struct rdb_pending *pending));

/* Inserts the request before *place; the caller holds the lock. Returns false if the request was
 * interrupted: the caller then claims it and answers EINTR. */
bool rdb_pending_insert(struct rdb_pending *pending, struct rdb_pending **place);

/* Removes the request from its list; the caller holds the lock. */
void rdb_pending_remove(struct rdb_pending *pending);

/* Takes ownership of a request that is in no list, to answer it; the caller does not hold the lock.
 * Waits for an interruption that is being handled. */
fuse_req_t rdb_pending_claim(struct rdb_pending *pending);

#endif
