/*
 * Limit on bytes that two caches share: decoded data, and data received from a remote store. Each
 * cache may use the whole limit while the other needs nothing; when both need more, each has half.
 *
 * Threads: any. There is no lock: the limit may be exceeded briefly, until the next use of a cache.
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
	/* releases a cache's bytes beyond its half; set before threads start; NULL: unsupported */
	void (*shrink[RDB_BUDGET_USERS])(void *arg);
	void *shrink_arg[RDB_BUDGET_USERS];
};

void rdb_budget_init(struct rdb_budget *budget, uint64_t limit);

/* Adds bytes to a cache's share; negative when the cache has released them. */
void rdb_budget_add(struct rdb_budget *budget, enum rdb_budget_user user, int64_t bytes);

/* Returns whether the cache may use that many more bytes. */
bool rdb_budget_fits(const struct rdb_budget *budget, enum rdb_budget_user user, uint64_t bytes);

/* Returns whether the cache uses more than its share and must release bytes. */
bool rdb_budget_is_over(const struct rdb_budget *budget, enum rdb_budget_user user);

/* Makes the other caches release their excess. The caller holds no cache's lock. */
void rdb_budget_shrink_others(struct rdb_budget *budget, enum rdb_budget_user user);

#endif
