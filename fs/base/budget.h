/*
 * Limit on the number of bytes that two caches hold together: one of decoded data, and one of data
 * received from a remote store. One cache may use the whole limit while the other needs nothing,
 * otherwise half. Any thread may call. No lock is used, so the limit may be exceeded until the next
 * use of a cache.
 */
#ifndef RDB_BASE_BUDGET_H
#define RDB_BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum rdb_budget_user { RDB_BUDGET_DECODED, RDB_BUDGET_RECEIVED, RDB_BUDGET_USERS };

struct rdb_budget {
	uint64_t limit;
	_Atomic uint64_t used[RDB_BUDGET_USERS];
	/* For each cache: a function that frees memory of the cache until rdb_budget_is_over()
	 * returns false for the cache, or NULL if the cache has no such function. The pointers are
	 * set before threads start. */
	void (*shrink[RDB_BUDGET_USERS])(void *arg);
	void *shrink_arg[RDB_BUDGET_USERS];
};

void rdb_budget_init(struct rdb_budget *budget, uint64_t limit);

/* Adds "bytes" to the number of bytes that a cache holds. "bytes" is negative if the cache has
 * released memory. */
void rdb_budget_add(struct rdb_budget *budget, enum rdb_budget_user user, int64_t bytes);

/* Returns true if the cache that "user" identifies may hold "bytes" more bytes. */
bool rdb_budget_fits(const struct rdb_budget *budget, enum rdb_budget_user user, uint64_t bytes);

/* Returns true if all caches together exceed the limit, and the cache that "user" identifies holds
 * more than half of the limit. */
bool rdb_budget_is_over(const struct rdb_budget *budget, enum rdb_budget_user user);

/* If the caches together exceed the limit, shrinks each cache that holds more than half of the
 * limit, except the cache "user". The caller must not hold a cache's lock, because shrinking locks
 * the cache. */
void rdb_budget_shrink_others(struct rdb_budget *budget, enum rdb_budget_user user);

#endif
