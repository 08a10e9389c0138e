/*
 * A side of the comparison of `rdbfs diff`: the tables of a backup or of a cluster. Not
 * thread-safe.
 */
#ifndef RDB_CMD_DIFF_SIDE_H
#define RDB_CMD_DIFF_SIDE_H

#include "cmd/settings.h"
#include "compare/backup_tables.h"
#include "compare/cluster_tables.h"
#include "compare/document_source.h"
#include "keys/table_keys.h"

struct rdb_diff_table {
	const char *db, *name; /* both valid until the side is closed */
	/* NULL if the primary key is unknown. In a backup, the key is unknown if the table has no
	 * .info file. In a cluster, the key is unknown until rdb_diff_side_info() has read the
	 * table's metadata. */
	const char *primary_key;
	bool has_documents;
	size_t number; /* index of the table in backup.items or plan.tables of the side */
};

/* A side of the comparison. A zero-initialised side is empty. */
struct rdb_diff_side {
	const struct rdb_settings *settings;
	const char *name;              /* name of the backup, or HOST:PORT */
	struct rdb_diff_table *tables; /* sorted by database and name */
	size_t count;
	bool hooks_unknown; /* the user lacks the permission to read the cluster's write hooks */

	struct rdb_archive *archive; /* NULL for a cluster */
	struct rdb_backup_tables backup;
	struct rdb_cluster *cluster; /* NULL for a backup */
	struct rdb_client client;
	struct rdb_plan plan;
	struct rdb_describe *describes; /* descriptions of tables; NULL until requested */
};

/* These two functions open one side of a comparison: the backup "name" or the cluster. found[n]
 * becomes true if the option -i with the index n selects a table of the side. The caller must close
 * the side, even after an error. */
int rdb_diff_side_open_backup(struct rdb_diff_side *side, const struct rdb_settings *settings,
	struct rdb_archive_env *env, const char *name, bool *found, struct rdb_err *err);
int rdb_diff_side_open_cluster(struct rdb_diff_side *side, const struct rdb_settings *settings,
	bool *found, struct rdb_err *err);
void rdb_diff_side_close(struct rdb_diff_side *side);

/* Returns whether the side is a damaged backup. */
bool rdb_diff_side_damaged(const struct rdb_diff_side *side);

/* Returns true if the side is a damaged backup whose unreadable part may contain the table. Called
 * for a table without documents on this side. */
bool rdb_diff_side_may_have(const struct rdb_diff_side *side, const char *db, const char *table);

/* Appends a table's metadata in the format of an .info file. Appends nothing if the side is a
 * backup without metadata for the table. Returns 0, -ENOMEM, or the error if the metadata cannot be
 * read. */
int rdb_diff_side_info(struct rdb_diff_side *side, struct rdb_diff_table *table,
	struct rdb_buf *out, struct rdb_err *err);

/* Opens the documents of a table. The caller must have called rdb_diff_side_info() for this table.
 * "key" is the name of the primary key by which both sides are compared. Returns 0, or an error of
 * rdb_archive_documents(). */
int rdb_diff_side_documents(const struct rdb_diff_side *side, const struct rdb_diff_table *table,
	const char *key, struct rdb_document_source **out, struct rdb_err *err);

/* Returns whether the table's documents are sorted by the primary key "key". In a backup, the order
 * is unknown until rdbfs has read all documents of the table. */
enum rdb_table_order rdb_diff_side_order(
	const struct rdb_diff_side *side, const struct rdb_diff_table *table, const char *key);

#endif
