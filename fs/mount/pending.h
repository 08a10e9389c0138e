/*
 * Requests that are answered later, or with EINTR if their process is interrupted: by a signal that
 * ends the process or asks it to end (mount/caller.h), or by any signal if the process cannot be
 * examined.
 *
 * The owner keeps a request in a list, guarded by the owner's lock, and removes it before
 * answering, so that each request is answered once.
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
	struct rdb_pending **link; /* the list's pointer to this request; NULL if not listed */
	bool interrupted;          /* the process was interrupted while "link" was NULL */
	void (*drop)(struct rdb_pending *pending); /* frees the request before the answer EINTR */
	struct rdb_alarm alarm;                    /* checks the process again later */
	bool watched;                              /* the alarm is set; guarded by libfuse's lock */
};

/* Initialises a request that may wait in a list guarded by "lock". From this call on, a signal to
 * the process that made the request can interrupt the request. The caller must not hold "lock",
 * because handling an interruption acquires "lock". */
void rdb_pending_init(struct rdb_pending *pending, fuse_req_t req, pthread_mutex_t *lock,
	void (*drop)(struct rdb_pending *pending));

/* Inserts the request into a list before *place. The caller holds the list's lock. Returns false,
 * without inserting the request, if a signal has already interrupted the request. In this case, the
 * caller releases the lock, calls rdb_pending_claim(), and answers the request with EINTR. */
bool rdb_pending_insert(struct rdb_pending *pending, struct rdb_pending **place);

/* Removes the request from its list. The caller holds pending->lock, the lock of the list. */
void rdb_pending_remove(struct rdb_pending *pending);

/* Returns the FUSE request, and makes later interruptions of the request ineffective. If another
 * thread is handling an interruption of the request, first waits until that thread has finished.
 * Before the call, the caller removes the pending request from its list and releases pending->lock.
 * After the call, the caller must answer the FUSE request. */
fuse_req_t rdb_pending_claim(struct rdb_pending *pending);

#endif
