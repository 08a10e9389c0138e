/* Threads for background work. Any thread may call. */
#ifndef RDB_BASE_THREAD_H
#define RDB_BASE_THREAD_H

#include <pthread.h>

/*
 * Starts a thread that blocks all signals, so that the main thread handles them. Returns 0, or the
 * negative errno of pthread_create(): -EAGAIN.
 */
int rdb_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

#endif
