#include "dump/dump_plan.h"

#include "cluster/staging_name.h"
#include "dump/describe.h"
#include "reql/term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 1024
#define ESTIMATES 16 /* largest number of queries in flight */

/* ---- names ---- */

struct name {
	char db[NAME_MAX_BYTES];
	char table[NAME_MAX_BYTES];
};

static int split_name(const char *text, struct name *out, struct rdb_err *err)
{
	size_t db = strcspn(text, ".");
	const char *table = text[db] ? text + db + 1 : "";

	if (db >= sizeof(out->db) || strlen(table) >= sizeof(out->table))
		return rdb_err_set(err, EINVAL, "%.60s...: the name is too long", text);
	memcpy(out->db, text, db);
	out->db[db] = '\0';
	strcpy(out->table, table);
	if (!rdb_term_is_name(out->db) || (text[db] && !rdb_term_is_name(out->table)))
		return rdb_err_set(err, EINVAL,
			"%s: neither DATABASE nor DATABASE.TABLE (names have A-Z, a-z, 0-9, _ and "
			"-)",
			text);
	if (strcmp(out->db, "rethinkdb") == 0)
		return rdb_err_set(err, EPERM,
			"%s: the database rethinkdb is the server's own and is not backed up",
			text);
	return 0;
}

int rdb_plan_check_name(const char *name, struct rdb_err *err)
{
	struct name parts;

	return split_name(name, &parts, err);
}

/* ---- the list ---- */

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the list of tables");
}

static int add_table(struct rdb_plan *plan, const char *db, const char *table, struct rdb_err *err)
{
	struct rdb_plan_table *tables =
		reallocarray(plan->tables, plan->count + 1, sizeof(*tables));
	struct rdb_plan_table added = {
		.db = strdup(db), .table = strdup(table), .estimate = -1, .number = -1};

	if (tables)
		plan->tables = tables;
	if (!tables || !added.db || !added.table) {
		free(added.db);
		free(added.table);
		return out_of_memory(err);
	}
	tables[plan->count++] = added;
	return 0;
}

static int add_empty(struct rdb_plan *plan, const char *db, struct rdb_err *err)
{
	char **empty = reallocarray(plan->empty, plan->empty_count + 1, sizeof(*empty));

	if (!empty)
		return out_of_memory(err);
	plan->empty = empty;
	empty[plan->empty_count] = strdup(db);
	if (!empty[plan->empty_count])
		return out_of_memory(err);
	plan->empty_count++;
	return 0;
}

static bool is_listed(const struct rdb_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->names[i], name) == 0)
			return true;
	return false;
}

static const char *table_in(const char *name, const char *db)
{
	size_t len = strlen(db);

	return strncmp(name, db, len) == 0 && name[len] == '.' ? name + len + 1 : NULL;
}

/* Returns true if scope->only lists the table itself as DB.TABLE. An entry for the whole database
 * does not count. If "table" is NULL, returns true if scope->only lists any table of the database
 * "db". */
static bool is_named(const struct rdb_scope *scope, const char *db, const char *table)
{
	for (size_t i = 0; i < scope->only_count; i++) {
		const char *named = table_in(scope->only[i], db);
		if (named && (!table || strcmp(named, table) == 0))
			return true;
	}
	return false;
}

static int check_tables(const char *db, const struct rdb_names *tables,
	const struct rdb_scope *scope, struct rdb_err *err)
{
	for (size_t i = 0; i < scope->only_count; i++) {
		const char *named = table_in(scope->only[i], db);
		if (named && !is_listed(tables, named))
			return rdb_err_set(
				err, ENOENT, "%s: there is no such table", scope->only[i]);
	}
	return 0;
}

/* Returns true if the scope contains the table. For a table that is being restored, the scope must
 * list the table by name. Listing the table's database is not enough. */
static bool is_wanted(const struct rdb_scope *scope, const char *db, const char *table)
{
	return rdb_scope_has_table(scope, db, table) &&
	       (!rdb_staging_is(table) || is_named(scope, db, table));
}

/* Marks in plan->excluded the excluded names that exist in the database "db". After all databases,
 * rdbfs warns of each unmarked name. */
static void note_excluded(struct rdb_plan *plan, const struct rdb_scope *scope, const char *db,
	const struct rdb_names *tables)
{
	for (size_t i = 0; i < scope->except_count; i++) {
		const char *named = table_in(scope->except[i], db);
		if (strcmp(scope->except[i], db) == 0 || (named && is_listed(tables, named)))
			plan->excluded[i] = true;
	}
}

static int add_tables(struct rdb_conn *conn, const char *db, const struct rdb_scope *scope,
	struct rdb_plan *plan, struct rdb_err *err)
{
	struct rdb_names tables;
	int rc = rdb_admin_tables(conn, db, &tables, err);

	/* Skip a database that was dropped after the databases were listed. If the user has named
	 * what to back up, a missing database is an error. */
	if (rc == -ENOENT && scope->only_count == 0) {
		rdb_err_clear(err);
		return 0;
	}
	if (rc != 0)
		return rc;
	note_excluded(plan, scope, db, &tables);
	rc = check_tables(db, &tables, scope, err);
	for (size_t i = 0; i < tables.count && rc == 0; i++)
		if (is_wanted(scope, db, tables.names[i]))
			rc = add_table(plan, db, tables.names[i], err);
	rdb_names_free(&tables);
	return rc;
}

static int add_database(struct rdb_conn *conn, const char *db, const struct rdb_scope *scope,
	struct rdb_plan *plan, struct rdb_err *err)
{
	bool whole = rdb_scope_has_database(scope, db);
	size_t before = plan->count;
	int rc;

	note_excluded(plan, scope, db, &(const struct rdb_names){NULL, 0});
	if (!whole && !is_named(scope, db, NULL))
		return 0;
	rc = add_tables(conn, db, scope, plan, err);
	if (rc == 0 && whole && plan->count == before)
		rc = add_empty(plan, db, err);
	return rc;
}

static int check_databases(
	const struct rdb_names *databases, const struct rdb_scope *scope, struct rdb_err *err)
{
	struct name name;

	for (size_t i = 0; i < scope->only_count; i++) {
		int rc = split_name(scope->only[i], &name, err);
		if (rc != 0)
			return rc;
		if (!is_listed(databases, name.db))
			return rdb_err_set(err, ENOENT, "%s: there is no such database", name.db);
	}
	return 0;
}

int rdb_plan_check_scope(const struct rdb_scope *scope, struct rdb_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < scope->only_count && rc == 0; i++)
		rc = rdb_plan_check_name(scope->only[i], err);
	for (size_t i = 0; i < scope->except_count && rc == 0; i++)
		rc = rdb_plan_check_name(scope->except[i], err);
	return rc ? rc : rdb_scope_check(scope, err);
}

int rdb_plan_make(struct rdb_conn *conn, const struct rdb_scope *scope, struct rdb_plan *out,
	struct rdb_err *err)
{
	int rc;

	*out = (struct rdb_plan){.excluded = calloc(scope->except_count + 1, sizeof(bool))};
	if (!out->excluded)
		return out_of_memory(err);
	rc = rdb_admin_databases(conn, &out->databases, err);
	if (rc == 0)
		rc = check_databases(&out->databases, scope, err);
	for (size_t i = 0; i < out->databases.count && rc == 0; i++)
		rc = add_database(conn, out->databases.names[i], scope, out, err);
	if (rc != 0)
		rdb_plan_free(out);
	return rc;
}

/* ---- estimates ---- */

static bool is_to_ask(const struct rdb_plan_table *table)
{
	return table->estimate < 0 && !table->gone;
}

static int ask_info(struct rdb_conn *conn, const struct rdb_plan_table *table, int64_t *token,
	struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int rc;

	if (rdb_query_table_info(&query, table->db, table->table) != 0)
		return out_of_memory(err);
	rc = rdb_conn_send(conn, query.data, query.len, token, err);
	rdb_buf_free(&query);
	return rc;
}

static int receive_info(
	struct rdb_conn *conn, struct rdb_plan_table *table, int64_t token, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_json_span info;
	struct rdb_err why = {0};
	int rc = rdb_conn_receive(conn, token, &response, &why);

	if (rc == 0)
		rc = rdb_response_check(&response, &why);
	if (rc == 0)
		rc = rdb_response_atom(&response, &info, &why);
	if (rc == 0)
		rc = rdb_describe_estimate(info, &table->estimate, &why);
	rdb_response_free(&response);
	table->gone = rc == -ENOENT;
	if (rc == 0 || table->gone)
		return 0;
	return rdb_err_set(err, why.code, "%s.%s: %s", table->db, table->table, why.text);
}

int rdb_plan_estimate(struct rdb_conn *conn, struct rdb_plan *plan, struct rdb_err *err)
{
	int64_t tokens[ESTIMATES];
	size_t asked = 0;
	int rc = 0;

	for (size_t i = 0; i < plan->count && rc == 0; i++) {
		for (; asked < plan->count && asked < i + ESTIMATES && rc == 0; asked++)
			if (is_to_ask(&plan->tables[asked]))
				rc = ask_info(conn, &plan->tables[asked],
					&tokens[asked % ESTIMATES], err);
		if (rc == 0 && is_to_ask(&plan->tables[i]))
			rc = receive_info(conn, &plan->tables[i], tokens[i % ESTIMATES], err);
	}
	return rc;
}

/* ---- use ---- */

static int by_name(const void *a, const void *b)
{
	const struct rdb_plan_table *x = a, *y = b;
	int order = strcmp(x->db, y->db);

	return order ? order : strcmp(x->table, y->table);
}

bool rdb_plan_has(const struct rdb_plan *plan, const char *db, const char *table)
{
	struct rdb_plan_table key = {.db = (char *)db, .table = (char *)table};

	return plan->count && bsearch(&key, plan->tables, plan->count, sizeof(key), by_name);
}

static int by_size(const void *a, const void *b)
{
	const struct rdb_plan_table *x = *(struct rdb_plan_table *const *)a;
	const struct rdb_plan_table *y = *(struct rdb_plan_table *const *)b;

	if (x->estimate != y->estimate)
		return x->estimate < y->estimate ? 1 : -1;
	return by_name(x, y);
}

struct rdb_plan_table **rdb_plan_by_size(const struct rdb_plan *plan)
{
	struct rdb_plan_table **order = calloc(plan->count + 1, sizeof(*order));

	if (!order)
		return NULL;
	for (size_t i = 0; i < plan->count; i++)
		order[i] = &plan->tables[i];
	qsort(order, plan->count, sizeof(*order), by_size);
	return order;
}

void rdb_plan_free(struct rdb_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->tables[i].db);
		free(plan->tables[i].table);
	}
	for (size_t i = 0; i < plan->empty_count; i++)
		free(plan->empty[i]);
	rdb_names_free(&plan->databases);
	free(plan->tables);
	free(plan->empty);
	free(plan->excluded);
	*plan = (struct rdb_plan){0};
}
