#include "compare/cluster_tables.h"

/* Returns the request's result rc, and copies *why to *err if rc is an error. If rc is 0, restarts
 * the time limit for retries, so that the next request has the full time. */
static int outcome(
	struct rdb_client *client, int rc, const struct rdb_err *why, struct rdb_err *err)
{
	if (rc == 0)
		rdb_client_progress(client);
	return rc ? rdb_err_set(err, why->code, "%s", why->text) : 0;
}

int rdb_cluster_tables_list(struct rdb_client *client, struct rdb_plan *out, struct rdb_err *err)
{
	const struct rdb_scope all = {0};
	struct rdb_err why = {0};
	struct rdb_conn *conn;
	int rc;

	do {
		rc = rdb_client_conn(client, &conn, &why);
		if (rc == 0)
			rc = rdb_plan_make(conn, &all, out, &why);
	} while (rc != 0 && rdb_client_again(client, rdb_cluster_name(client->cluster), &why));
	return outcome(client, rc, &why, err);
}

int rdb_cluster_table_describe(struct rdb_client *client, const char *db, const char *table,
	struct rdb_describe *out, struct rdb_err *err)
{
	struct rdb_err why = {0};
	struct rdb_conn *conn;
	int rc;

	do {
		rc = rdb_client_conn(client, &conn, &why);
		if (rc == 0)
			rc = rdb_describe(conn, db, table, out, &why);
	} while (rc != 0 && rdb_client_again(client, table, &why));
	return outcome(client, rc, &why, err);
}
