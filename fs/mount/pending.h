/*
 * A request that is answered later. Its keeper holds it in a list under a lock of the keeper's;
 * a caller that is interrupted is taken out of there and gets EINTR. Everybody who wants to
 * answer takes it out of the list first and claims it then, so it is answered once.
 *
 * A caller is interrupted by a signal that ends it, or asks it to end (see mount/caller.h); other
 * signals have to wait until it is answered. Where its signals can't be seen, each of them counts.
 */
#ifndef RDB_MOUNT_PENDING_H
#define RDB_MOUNT_PENDING_H

#include "base/timer.h"

#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdbool.h>

struct rdb_pending {
	fuse_req_t req;
	pthread_mutex_t *lock; /* guards the rest and the list */
	struct rdb_pending *next;
	struct rdb_pending **link;                 /* what points to this one; NULL: in no list */
	bool interrupted;                          /* while it was in no list */
	void (*drop)(struct rdb_pending *pending); /* frees it once EINTR was answered */
	struct rdb_alarm alarm;                    /* to look at the caller again */
	bool watched; /* it was set; the request's own lock guards it */
};

/* From here on the caller can be interrupted. The lock must not be held. */
void rdb_pending_init(struct rdb_pending *pending, fuse_req_t req, pthread_mutex_t *lock,
	void (*drop)(struct rdb_pending *pending));

/* Puts it before *place; the lock is held. false: it has been interrupted, and is for the
 * caller to claim and answer with EINTR. */
bool rdb_pending_insert(struct rdb_pending *pending, struct rdb_pending **place);

/* Takes it out of its list; the lock is held. */
void rdb_pending_remove(struct rdb_pending *pending);

/* In no list, the lock not held: the request is the caller's alone now, to be answered. Waits
 * for an interruption that is just being looked at. */
fuse_req_t rdb_pending_claim(struct rdb_pending *pending);

#endif
