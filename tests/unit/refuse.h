/*
 * Memory and threads that are refused on demand. A program that includes this file is linked with
 * REFUSE_OPTIONS (tests/CMakeLists.txt), which redirects its calls and those of the library.
 */
#ifndef RDB_TESTS_REFUSE_H
#define RDB_TESTS_REFUSE_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_long refuse_granted = LONG_MAX; /* remaining allocations that succeed */
static atomic_bool refuse_threads;

/* From now on that many allocations succeed, then none. */
static inline void refuse_memory_after(long granted)
{
	atomic_store(&refuse_granted, granted);
}

static inline void refuse_nothing(void)
{
	atomic_store(&refuse_granted, LONG_MAX);
	atomic_store(&refuse_threads, false);
}

static inline bool refuse_is_refused(void)
{
	return atomic_load(&refuse_granted) < LONG_MAX && atomic_fetch_sub(&refuse_granted, 1) <= 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
int __real_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *arg), void *arg);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
int __wrap_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *arg), void *arg);

void *__wrap_malloc(size_t size)
{
	return refuse_is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refuse_is_refused() ? NULL : __real_calloc(count, size);
}

int __wrap_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *arg), void *arg)
{
	return atomic_load(&refuse_threads) ? EAGAIN
					    : __real_pthread_create(thread, attr, run, arg);
}

#endif
