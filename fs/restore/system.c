#include "restore/system.h"

#include "archive/archive_system.h"
#include "reql/term.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the backup's documents ---- */

static bool is_whole(const json_t *documents)
{
	static const char *const tables[] = {"users", "permissions", "table_config"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!json_is_array(json_object_get(documents, tables[i])))
			return false;
	return true;
}

int rdb_system_read(struct rdb_system *system, struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_buf text = {0};
	int ret = rdb_archive_system(archive, &text, err);

	if (ret == 0) {
		system->documents = json_loadb(text.data, text.len, 0, NULL);
		if (!is_whole(system->documents))
			ret = rdb_err_set(err, EBADMSG,
				"the backup's users, permissions and table configuration can't be "
				"read");
	}
	rdb_buf_free(&text);
	return ret;
}

void rdb_system_free(struct rdb_system *system)
{
	json_decref(system->documents);
	system->documents = NULL;
}

const json_t *rdb_system_rows(const struct rdb_system *system, const char *table)
{
	return json_object_get(system->documents, table);
}

int rdb_system_ask(struct rdb_system *system, const char *table, json_t **out, struct rdb_err *err)
{
	json_t *rows = NULL;
	int ret = RDB_CLIENT_ASK(system->client, &rows, NULL, err, rdb_query_system_array, table);

	if (ret == -ENOENT) /* RethinkDB before 2.3 has no users */
		rdb_err_set(err, ENOENT, "this server has no table rethinkdb.%s: leave out %s",
			table, strcmp(table, "users") == 0 ? "--users" : "--table-config");
	if (ret == 0 && !json_is_array(rows))
		ret = rdb_err_set(err, EPROTO, "the server's answer is not a list");
	if (ret == 0)
		*out = rows;
	else
		json_decref(rows);
	return ret;
}

const char *rdb_system_text(const json_t *row, const char *member)
{
	const char *text = json_string_value(json_object_get(row, member));

	return text ? text : "";
}

const json_t *rdb_system_find(const json_t *rows, const char *member, const char *text)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (strcmp(rdb_system_text(row, member), text) == 0)
			return row;
	}
	return NULL;
}

/* ---- names ---- */

static bool is_restored(const struct rdb_scope *scope, const char *db, const char *table)
{
	if (table)
		return rdb_scope_has_table(scope, db, table);
	if (rdb_scope_excludes_database(scope, db))
		return false;
	if (scope->only_count == 0)
		return true;
	for (size_t i = 0; i < scope->only_count; i++) {
		size_t len = strcspn(scope->only[i], ".");
		if (strlen(db) == len && memcmp(scope->only[i], db, len) == 0)
			return true;
	}
	return false;
}

bool rdb_system_target(const struct rdb_system *system, const char *db, const char *table,
	char to_db[RDB_SYSTEM_NAME], char to_table[RDB_SYSTEM_NAME])
{
	const char *as = system->as;
	size_t as_db = as ? strcspn(as, ".") : 0;

	if (!is_restored(&system->scope, db, table) || strlen(db) >= RDB_SYSTEM_NAME ||
		as_db >= RDB_SYSTEM_NAME || (table && strlen(table) >= RDB_SYSTEM_NAME))
		return false;
	snprintf(to_db, RDB_SYSTEM_NAME, "%.*s", as ? (int)as_db : RDB_SYSTEM_NAME - 1,
		as ? as : db);
	if (table)
		snprintf(to_table, RDB_SYSTEM_NAME, "%s", as && as[as_db] ? as + as_db + 1 : table);
	return true;
}

/* ---- lines ---- */

__attribute__((format(printf, 3, 0))) static void emit(
	void (*out)(void *, const char *), void *arg, const char *fmt, va_list args)
{
	char line[RDB_ERR_TEXT];

	vsnprintf(line, sizeof(line), fmt, args);
	if (out)
		out(arg, line);
}

void rdb_system_say(struct rdb_system *system, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit(system->say, system->arg, fmt, args);
	va_end(args);
}

void rdb_system_warn(struct rdb_system *system, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit(system->warn, system->arg, fmt, args);
	va_end(args);
}
