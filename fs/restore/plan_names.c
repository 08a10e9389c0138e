#include "restore/restore_plan.h"

#include "reql/term.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *option_as(const struct rdb_restore_plan *plan)
{
	return plan->options->policy.mounted ? "" : "--as ";
}

static int refuse_several(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"%s%s would put several databases into one: restore them one after the other (-i "
		"DATABASE)",
		option_as(plan), plan->options->as);
}

/* Applies the option --as (a new database name) to plan->databases, the databases that contain no
 * table. Returns 0, -ENOMEM, or -EINVAL if a plan without tables has several databases. */
static int rename_databases(struct rdb_restore_plan *plan, struct rdb_err *err)
{
	if (!plan->options->as)
		return 0;
	if (plan->count == 0 && plan->databases.count > 1)
		return refuse_several(plan, err);
	/* Replace the list with the database that --as names. If the plan has tables, leave the
	 * list empty, because the restore of a table creates the table's database. */
	rdb_databases_free(&plan->databases);
	if (plan->count == 0 && rdb_databases_add(&plan->databases, plan->options->as) != 0)
		return rdb_err_sys(err, ENOMEM, "the tables to restore");
	return 0;
}

static int rename_tables(struct rdb_restore_plan *plan, struct rdb_err *err)
{
	const char *as = plan->options->as, *dot = as ? strchr(as, '.') : NULL;

	if (!as)
		return 0;
	if (dot && plan->count != 1)
		return rdb_err_set(err, EINVAL,
			"%s%s is the name of one table, and %zu are to be restored",
			option_as(plan), as, plan->count);
	for (size_t i = 0; i < plan->count; i++) {
		struct rdb_restore_plan_table *table = &plan->tables[i];
		if (strcmp(table->from_db, plan->tables[0].from_db) != 0)
			return refuse_several(plan, err);
		snprintf(table->db, sizeof(table->db), "%.*s",
			dot ? (int)(dot - as) : (int)strlen(as), as);
		if (dot)
			snprintf(table->table, sizeof(table->table), "%s", dot + 1);
	}
	return 0;
}

static int check_databases(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->databases.count; i++) {
		const char *name = plan->databases.names[i];
		if (!rdb_term_is_name(name))
			return rdb_err_set(err, EINVAL,
				"%s: the server does not allow this database name%s", name,
				plan->options->policy.mounted ? "" : " (--as gives another)");
		if (strcmp(name, "rethinkdb") == 0)
			return rdb_err_set(
				err, EPERM, "the database \"rethinkdb\" is the server's own");
		if (plan->options->dry_run)
			rdb_restore_say(plan->options,
				"%s: a database without tables, created unless it exists", name);
	}
	return 0;
}

static int check_names(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct rdb_restore_plan_table *table = &plan->tables[i];
		if (!rdb_term_is_name(table->db) || !rdb_term_is_name(table->table))
			return rdb_err_set(err, EINVAL,
				"%s.%s: the server does not allow this name%s", table->db,
				table->table,
				plan->options->policy.mounted ? "" : " (--as gives another)");
		if (strcmp(table->db, "rethinkdb") == 0)
			return rdb_err_set(err, EPERM,
				"%s.%s: the database \"rethinkdb\" is the server's own: nothing "
				"can be restored into it",
				table->db, table->table);
	}
	return 0;
}

int rdb_plan_names_apply(struct rdb_restore_plan *plan, struct rdb_err *err)
{
	int ret = rename_tables(plan, err);

	if (ret == 0)
		ret = rename_databases(plan, err);
	if (ret == 0)
		ret = check_names(plan, err);
	return ret ? ret : check_databases(plan, err);
}
