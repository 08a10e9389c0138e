/*
 * Tables of a backup whose scan is complete, each with its documents and its metadata. Not
 * thread-safe.
 */
#ifndef RDB_COMPARE_BACKUP_TABLES_H
#define RDB_COMPARE_BACKUP_TABLES_H

#include "archive/archive.h"

#include <stdbool.h>

struct rdb_backup_table {
	const char *db; /* lives as long as the archive */
	char *name;
	struct rdb_member documents, info;
	bool has_documents, has_info;
	char primary_key[128]; /* "id" if the backup has no metadata */
};

struct rdb_backup_tables {
	struct rdb_backup_table *items; /* sorted by database and name */
	size_t count, cap;
};

/*
 * Lists the tables. names: DATABASE or DATABASE.TABLE to select; none: all.
 *   -ENOENT   the backup lacks such a database or table
 *   -EIO      the archive cannot be listed
 *   -ENOMEM
 */
int rdb_backup_tables_list(struct rdb_archive *archive, const char *const *names, size_t count,
	struct rdb_backup_tables *out, struct rdb_err *err);
void rdb_backup_tables_free(struct rdb_backup_tables *tables);

/* <0, 0, >0: order by database, then by name. */
int rdb_backup_table_compare(const struct rdb_backup_table *a, const struct rdb_backup_table *b);

/* Appends the text of a table's .info, nothing if the backup has none. Errors as for
 * rdb_reader_read(), and -EINVAL if the text exceeds RDB_INFO_MAX. */
int rdb_backup_table_info(struct rdb_archive *archive, const struct rdb_backup_table *table,
	struct rdb_buf *out, struct rdb_err *err);

#endif
