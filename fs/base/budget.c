#include "base/budget.h"

#include <string.h>

void rdb_budget_init(struct rdb_budget *budget, uint64_t limit)
{
	memset(budget, 0, sizeof(*budget));
	budget->limit = limit;
}

void rdb_budget_add(struct rdb_budget *budget, enum rdb_budget_user user, int64_t bytes)
{
	atomic_fetch_add(&budget->used[user], (uint64_t)bytes);
}

static uint64_t total(const struct rdb_budget *budget)
{
	uint64_t sum = 0;

	for (int i = 0; i < RDB_BUDGET_USERS; i++)
		sum += atomic_load(&budget->used[i]);
	return sum;
}

bool rdb_budget_fits(const struct rdb_budget *budget, enum rdb_budget_user user, uint64_t bytes)
{
	return total(budget) + bytes <= budget->limit ||
	       atomic_load(&budget->used[user]) + bytes <= budget->limit / RDB_BUDGET_USERS;
}

bool rdb_budget_is_over(const struct rdb_budget *budget, enum rdb_budget_user user)
{
	return total(budget) > budget->limit &&
	       atomic_load(&budget->used[user]) > budget->limit / RDB_BUDGET_USERS;
}

void rdb_budget_shrink_others(struct rdb_budget *budget, enum rdb_budget_user user)
{
	for (int i = 0; i < RDB_BUDGET_USERS; i++)
		if (i != (int)user && budget->shrink[i] &&
			rdb_budget_is_over(budget, (enum rdb_budget_user)i))
			budget->shrink[i](budget->shrink_arg[i]);
}
