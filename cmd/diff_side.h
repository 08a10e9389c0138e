/*
 * One of the two sides that `rdbfs diff` compares: the tables of a backup, or of a cluster.
 * Not thread-safe.
 */
#ifndef RDB_CMD_DIFF_SIDE_H
#define RDB_CMD_DIFF_SIDE_H

#include "archive/table_keys.h"
#include "cmd/settings.h"
#include "compare/backup_tables.h"
#include "compare/cluster_tables.h"
#include "compare/document_source.h"

struct rdb_diff_table {
	const char *db, *name; /* live as long as the side */
	/* NULL: a backup without an .info does not say, a cluster only in rdb_diff_side_info() */
	const char *primary_key;
	bool has_documents;
	size_t number; /* in the backup or the cluster */
};

/* Zero-initialised is empty and valid. */
struct rdb_diff_side {
	const struct rdb_settings *settings;
	const char *name;              /* the backup, or HOST:PORT */
	struct rdb_diff_table *tables; /* sorted by database and name */
	size_t count;
	bool hooks_unknown; /* the user may not read write hooks there */

	struct rdb_archive *archive; /* NULL: a cluster */
	struct rdb_backup_tables backup;
	struct rdb_cluster *cluster; /* NULL: a backup */
	struct rdb_client client;
	struct rdb_plan plan;
	struct rdb_describe *describes; /* of the cluster's tables, once asked for */
};

/*
 * Opens a backup, or the cluster that the settings name, and lists the tables that the option -i
 * names (none: all). found, an element for each of these names, is set for those that exist here.
 * Close it also after an error. Errors of rdb_backup_argument_open(), rdb_backup_tables_list(),
 * rdb_secret_cluster() and rdb_cluster_tables_list().
 */
int rdb_diff_side_open_backup(struct rdb_diff_side *side, const struct rdb_settings *settings,
	struct rdb_archive_env *env, const char *name, bool *found, struct rdb_err *err);
int rdb_diff_side_open_cluster(struct rdb_diff_side *side, const struct rdb_settings *settings,
	bool *found, struct rdb_err *err);
void rdb_diff_side_close(struct rdb_diff_side *side);

/* Appends the text of a table's metadata, as of an .info; nothing where a backup has none. Errors
 * as rdb_backup_table_info() and rdb_cluster_table_describe(). */
int rdb_diff_side_info(struct rdb_diff_side *side, struct rdb_diff_table *table,
	struct rdb_buf *out, struct rdb_err *err);

/* The documents of a table whose metadata was asked for. key: name of the primary key by which they
 * are compared; what is found out about their order then is kept. Errors as
 * rdb_archive_documents(). */
int rdb_diff_side_documents(const struct rdb_diff_side *side, const struct rdb_diff_table *table,
	const char *key, struct rdb_document_source **out, struct rdb_err *err);

/* Whether the documents are in the order of that key, as far as that is known. */
enum rdb_table_order rdb_diff_side_order(
	const struct rdb_diff_side *side, const struct rdb_diff_table *table, const char *key);

/* <0, 0, >0: order by database, then by name. */
int rdb_diff_table_compare(const struct rdb_diff_table *a, const struct rdb_diff_table *b);

#endif
