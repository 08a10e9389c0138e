/*
 * A number of bytes that caches share: what was decoded, and what was received from a remote store.
 * Each may use all of it while the other does not need it; when both do, each has half.
 *
 * Threads: any. No lock: a moment's excess is possible, and ends with the next use of a cache.
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
	/* Makes a user give back what is beyond its half; set before threads start; NULL: cannot.
	 */
	void (*shrink[RDB_BUDGET_USERS])(void *arg);
	void *shrink_arg[RDB_BUDGET_USERS];
};

void rdb_budget_init(struct rdb_budget *budget, uint64_t limit);

/* Notes bytes that a user has, or (negative) has no more. */
void rdb_budget_add(struct rdb_budget *budget, enum rdb_budget_user user, int64_t bytes);

/* Whether the user may have so many bytes more. */
bool rdb_budget_fits(const struct rdb_budget *budget, enum rdb_budget_user user, uint64_t bytes);

/* Whether the user has to give bytes back. */
bool rdb_budget_is_over(const struct rdb_budget *budget, enum rdb_budget_user user);

/* Makes the other users give back what they have to. Not with a cache's lock held. */
void rdb_budget_shrink_others(struct rdb_budget *budget, enum rdb_budget_user user);

#endif
