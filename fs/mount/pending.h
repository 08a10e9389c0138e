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

/* Initialises a request that may wait in a list guarded by "lock". From now on, a signal to the
 * requesting process can interrupt the request. The caller must not hold "lock", because an
 * interruption acquires "lock". */
void rdb_pending_init(struct rdb_pending *pending, fuse_req_t req, pthread_mutex_t *lock,
	void (*drop)(struct rdb_pending *pending));

/* Inserts the request into a list before *place. The caller holds the list's lock. If a signal has
 * interrupted the request, returns false instead. The caller must then release the lock, call
 * rdb_pending_claim(), and answer with EINTR. */
bool rdb_pending_insert(struct rdb_pending *pending, struct rdb_pending **place);

/* Removes the request from its list. The caller holds pending->lock, the lock of the list. */
void rdb_pending_remove(struct rdb_pending *pending);

/* Returns the FUSE request, which the caller must answer. Afterwards no signal interrupts the
 * request. Waits while another thread handles an interruption. Before the call, the caller removes
 * the pending request from its list and releases pending->lock. */
fuse_req_t rdb_pending_claim(struct rdb_pending *pending);

#endif
