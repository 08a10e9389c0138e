#include "pipeline/document_table.h"

#include "base/wait.h"
#include "cluster/inherit.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_SECONDS 5 /* seconds for which the data of a table is reused */

void rdb_document_table_forget(struct rdb_document_table *table)
{
	free(table->db);
	free(table->name);
	*table = (struct rdb_document_table){.db = NULL};
}

static bool is_known(const struct rdb_document_table *table, const char *db, const char *name)
{
	return table->db && rdb_wait_now() / 1000 < table->until && strcmp(table->db, db) == 0 &&
	       strcmp(table->name, name) == 0;
}

static int ask_hook(struct rdb_client *client, const char *db, const char *name, bool *hook,
	struct rdb_err *err)
{
	json_t *value = NULL;
	int ret = rdb_inherit_hook(client, db, name, &value, err);

	*hook = ret == 0 && json_is_object(value);
	json_decref(value);
	/* Ignore -EACCES: the user lacks the permission that reading and bypassing a write hook
	 * require. Leave *hook false, so that later writes do not try to bypass the hook. */
	if (ret != -EACCES)
		return ret;
	rdb_err_clear(err);
	return 0;
}

static int ask_key(struct rdb_client *client, const char *db, const char *name,
	char key[RDB_PRIMARY_KEY_MAX], struct rdb_err *err)
{
	json_t *info = NULL;
	int ret = RDB_CLIENT_ASK(client, &info, NULL, err, rdb_query_table_info, db, name);
	const char *primary = json_string_value(json_object_get(info, "primary_key"));

	if (ret == 0 && (!primary || strlen(primary) >= RDB_PRIMARY_KEY_MAX))
		ret = rdb_err_set(
			err, EPROTO, "the server does not report the table's primary key");
	if (ret == 0)
		strcpy(key, primary);
	json_decref(info);
	return ret;
}

int rdb_document_table_learn(struct rdb_document_table *table, struct rdb_client *client,
	const char *db, const char *name, struct rdb_err *err)
{
	int ret;

	if (is_known(table, db, name))
		return 0;
	rdb_document_table_forget(table);
	ret = ask_key(client, db, name, table->key, err);
	if (ret == 0)
		ret = ask_hook(client, db, name, &table->hook, err);
	if (ret != 0)
		return ret;
	table->db = strdup(db);
	table->name = strdup(name);
	table->until = rdb_wait_now() / 1000 + FACTS_SECONDS;
	if (table->db && table->name)
		return 0;
	rdb_document_table_forget(table);
	return rdb_err_sys(err, ENOMEM, "a document");
}
