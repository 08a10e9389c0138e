#include "base/budget.h"

#include "unit/check.h"

static void give_back(void *arg)
{
	rdb_budget_add(arg, RDB_BUDGET_DECODED, -30);
}

static void one_user_may_use_all(void)
{
	struct rdb_budget budget;

	rdb_budget_init(&budget, 100);
	CHECK(rdb_budget_fits(&budget, RDB_BUDGET_DECODED, 100));
	CHECK(!rdb_budget_fits(&budget, RDB_BUDGET_DECODED, 101));
	rdb_budget_add(&budget, RDB_BUDGET_DECODED, 100);
	CHECK(!rdb_budget_is_over(&budget, RDB_BUDGET_DECODED));
	rdb_budget_add(&budget, RDB_BUDGET_DECODED, 1);
	CHECK(rdb_budget_is_over(&budget, RDB_BUDGET_DECODED));
	rdb_budget_add(&budget, RDB_BUDGET_DECODED, -101);
	CHECK(rdb_budget_fits(&budget, RDB_BUDGET_DECODED, 100));
}

/* Each user may use half; the first one uses the rest. */
static void two_users_have_half_each(void)
{
	struct rdb_budget budget;

	rdb_budget_init(&budget, 100);
	rdb_budget_add(&budget, RDB_BUDGET_DECODED, 80);
	CHECK(rdb_budget_fits(&budget, RDB_BUDGET_RECEIVED, 50));
	CHECK(!rdb_budget_fits(&budget, RDB_BUDGET_RECEIVED, 51));
	rdb_budget_add(&budget, RDB_BUDGET_RECEIVED, 50);
	CHECK(!rdb_budget_is_over(&budget, RDB_BUDGET_RECEIVED));
	CHECK(rdb_budget_is_over(&budget, RDB_BUDGET_DECODED));
	budget.shrink[RDB_BUDGET_DECODED] = give_back;
	budget.shrink_arg[RDB_BUDGET_DECODED] = &budget;
	rdb_budget_shrink_others(&budget, RDB_BUDGET_RECEIVED);
	CHECK_INT(budget.used[RDB_BUDGET_DECODED], 50);
	rdb_budget_shrink_others(&budget, RDB_BUDGET_RECEIVED);
	CHECK_INT(budget.used[RDB_BUDGET_DECODED], 50);
}

int main(void)
{
	RUN(one_user_may_use_all);
	RUN(two_users_have_half_each);
	CHECK_EXIT();
}
