/*
 * Cancel request. Any thread can fire the request. All threads that wait for the request in poll()
 * then return at once. A request stays fired, and any number of threads can wait for one request.
 */
#ifndef RDB_BASE_CANCEL_H
#define RDB_BASE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

struct rdb_cancel {
	int fd; /* readable once the request is fired; for poll() only, never read */
	atomic_bool fired;
};

/* Initialises a cancel request. The request cancels nothing until rdb_cancel_fire() is called.
 * Returns 0, -EMFILE or -ENFILE if no more file descriptors are available, or -ENOMEM. */
int rdb_cancel_init(struct rdb_cancel *cancel);

/* Fires the cancel request. May be called any number of times, by any thread, and by signal
 * handlers. */
void rdb_cancel_fire(struct rdb_cancel *cancel);

/* Returns true if rdb_cancel_fire() was called for this request. The pointer "cancel" may be NULL,
 * and the result is then false. */
bool rdb_cancel_fired(const struct rdb_cancel *cancel);

/* Destroys the cancel request. The caller makes sure that no thread waits for it. */
void rdb_cancel_destroy(struct rdb_cancel *cancel);

#endif
