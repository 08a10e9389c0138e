/*
 * A cancel request: any thread fires it, and work that waits in poll() sees it at once. It stays
 * fired. One object serves any number of waiters.
 */
#ifndef RDB_BASE_CANCEL_H
#define RDB_BASE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

struct rdb_cancel {
	int fd; /* readable once fired; for poll() only, never read */
	atomic_bool fired;
};

/* 0, -EMFILE, -ENFILE, -ENOMEM. */
int rdb_cancel_init(struct rdb_cancel *cancel);

/* Any thread, any number of times; safe in a signal handler. */
void rdb_cancel_fire(struct rdb_cancel *cancel);

/* False for NULL. */
bool rdb_cancel_fired(const struct rdb_cancel *cancel);

/* Call when no thread waits on it any more. */
void rdb_cancel_destroy(struct rdb_cancel *cancel);

#endif
