/*
 * Tables in the cluster. The functions wait for the cluster and are called by one thread. In
 * addition to the listed errors, they return errors of rdb_client_query(), or -EPROTO if the answer
 * is not usable.
 */
#ifndef RDB_CLUSTER_TABLE_H
#define RDB_CLUSTER_TABLE_H

#include "cluster/client.h"
#include "cluster/table_info.h"

#define RDB_TABLE_ID 40 /* size of a buffer for a UUID as text */

struct rdb_table_state {
	bool exists;
	char id[RDB_TABLE_ID];
	char primary_key[RDB_PRIMARY_KEY_MAX];
};

/* Looks up a table and stores its state in *out. If the table or its database does not exist, sets
 * out->exists to false and returns 0. */
int rdb_table_look(struct rdb_client *client, const char *db, const char *table,
	struct rdb_table_state *out, struct rdb_err *err);

/* Counts the documents of a table. The server reads the whole table for the count. */
int rdb_table_count(struct rdb_client *client, const char *db, const char *table, int64_t *count,
	struct rdb_err *err);

/* Stores the error for a table whose primary key differs from the backup's primary key. The
 * parameter "has" is the key's name in the cluster, and "wanted" is the name in the backup. Returns
 * -EINVAL. */
int rdb_table_refuse_key(const char *has, const char *wanted, struct rdb_err *err);

/*
 * Renames a table with the UUID "id". If the server's answer is lost, checks whether the table has
 * the new name.
 * Returns:
 *   0            the table has the new name
 *   -EEXIST      another table has the new name
 *   -EACCES      the user may not rename tables
 *   -EREMOTEIO   the cluster refuses for another reason
 */
int rdb_table_rename(struct rdb_client *client, const char *db, const char *from, const char *to,
	const char *id, struct rdb_err *err);

/* Sets members of a table's configuration. "members" is the text of a JSON object with the new
 * values. Returns 0, or -EINVAL if the cluster refuses the change. */
int rdb_table_configure(struct rdb_client *client, const char *db, const char *table,
	const char *members, struct rdb_err *err);

/* Checks the result of a rename query. Returns 0, -EEXIST if another table has the new name,
 * -EREMOTEIO if the cluster refuses for another reason, or -EPROTO if *result is not the result of
 * a write. */
int rdb_table_rename_check(const struct json_t *result, struct rdb_err *err);

/* Drops a table. Returns 0 also if the table does not exist. */
int rdb_table_drop(
	struct rdb_client *client, const char *db, const char *name, struct rdb_err *err);

/* Drops a table whose database was dropped while the server created the table. "id" is the table's
 * UUID, or "" if the UUID is unknown. If the UUID is unknown, "name" must be a unique name from
 * rdb_staging_name_make(). Sets *dropped to true if a table was dropped, and otherwise leaves
 * *dropped unchanged. Returns 0 even if the table does not exist, or if the user may not drop the
 * table. */
int rdb_table_drop_lost(struct rdb_client *client, const char *id, const char *name, bool *dropped,
	struct rdb_err *err);

/* Corrects "ret", the result of a request that the caller knows to be valid. If "ret" is -EINVAL,
 * the cluster could not execute the request: sets err->code to EREMOTEIO, and returns -EREMOTEIO.
 * Returns any other "ret" unchanged. */
int rdb_table_refused_by_cluster(int ret, struct rdb_err *err);

#endif
