/*
 * A cancel request. Any thread fires it, and threads that wait in poll() return at once. It stays
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

/* Returns 0, -EMFILE, -ENFILE or -ENOMEM. */
int rdb_cancel_init(struct rdb_cancel *cancel);

/* May be called by any thread, any number of times, and in a signal handler. */
void rdb_cancel_fire(struct rdb_cancel *cancel);

/* Returns whether the request was fired; false for NULL. */
bool rdb_cancel_fired(const struct rdb_cancel *cancel);

/* Destroys the object. The caller ensures that no thread is waiting on it. */
void rdb_cancel_destroy(struct rdb_cancel *cancel);

#endif
