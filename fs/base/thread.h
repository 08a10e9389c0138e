/* Threads for work in the background. Any thread may call. */
#ifndef RDB_BASE_THREAD_H
#define RDB_BASE_THREAD_H

#include <pthread.h>

/* Starts a thread with all signals blocked, so that the main thread handles them. Returns 0, or an
 * error of pthread_create(). */
int rdb_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/* Returns the number of processors that the process may use, at least 1. */
unsigned rdb_thread_processors(void);

#endif
