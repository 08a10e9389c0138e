/*
 * One of the two sides that `rdbfs diff` compares: the tables of a backup or of a cluster. Not
 * thread-safe.
 */
#ifndef RDB_CMD_DIFF_SIDE_H
#define RDB_CMD_DIFF_SIDE_H

#include "archive/table_keys.h"
#include "cmd/settings.h"
#include "compare/backup_tables.h"
#include "compare/cluster_tables.h"
#include "compare/document_source.h"

struct rdb_diff_table {
	const char *db, *name; /* valid as long as the side */
	/* NULL: unknown. A backup without an .info lacks it; for a cluster rdb_diff_side_info()
	 * sets it */
	const char *primary_key;
	bool has_documents;
	size_t number; /* index in the backup or the cluster */
};

/* Zero-initialised is empty and valid. */
struct rdb_diff_side {
	const struct rdb_settings *settings;
	const char *name;              /* the backup, or HOST:PORT */
	struct rdb_diff_table *tables; /* sorted by database and name */
	size_t count;
	bool hooks_unknown; /* the user may not read write hooks of the cluster */

	struct rdb_archive *archive; /* NULL: a cluster */
	struct rdb_backup_tables backup;
	struct rdb_cluster *cluster; /* NULL: a backup */
	struct rdb_client client;
	struct rdb_plan plan;
	struct rdb_describe *describes; /* descriptions of the cluster's tables, once requested */
};

/*
 * Opens a backup, or the cluster that the settings name, and lists the tables that -i names (none:
 * all). found has an element for each of these names, which is set if the name exists on this side.
 * The side must be closed also after an error. Errors as rdb_backup_argument_open(),
 * rdb_backup_tables_list(), rdb_secret_cluster() and rdb_cluster_tables_list().
 */
int rdb_diff_side_open_backup(struct rdb_diff_side *side, const struct rdb_settings *settings,
	struct rdb_archive_env *env, const char *name, bool *found, struct rdb_err *err);
int rdb_diff_side_open_cluster(struct rdb_diff_side *side, const struct rdb_settings *settings,
	bool *found, struct rdb_err *err);
void rdb_diff_side_close(struct rdb_diff_side *side);

/* Appends a table's metadata as in an .info; nothing if the backup lacks it. Errors as
 * rdb_backup_table_info() and rdb_cluster_table_describe(). */
int rdb_diff_side_info(struct rdb_diff_side *side, struct rdb_diff_table *table,
	struct rdb_buf *out, struct rdb_err *err);

/* Opens the documents of a table, after rdb_diff_side_info(). key: name of the primary key for the
 * comparison. The order of documents that is detected while reading is stored. Errors as
 * rdb_archive_documents(). */
int rdb_diff_side_documents(const struct rdb_diff_side *side, const struct rdb_diff_table *table,
	const char *key, struct rdb_document_source **out, struct rdb_err *err);

/* Order of the documents with respect to key, as far as known. */
enum rdb_table_order rdb_diff_side_order(
	const struct rdb_diff_side *side, const struct rdb_diff_table *table, const char *key);

/* Compares by database, then by name. Returns <0, 0, >0. */
int rdb_diff_table_compare(const struct rdb_diff_table *a, const struct rdb_diff_table *b);

#endif
