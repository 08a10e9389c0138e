/*
 * Tables of a backup, each with its documents and metadata. The scan of the backup must be
 * complete. Not thread-safe.
 */
#ifndef RDB_COMPARE_BACKUP_TABLES_H
#define RDB_COMPARE_BACKUP_TABLES_H

#include "archive/archive.h"

#include <stdbool.h>

struct rdb_backup_table {
	const char *db; /* valid as long as the archive */
	char *name;
	struct rdb_member documents, info;
	bool has_documents, has_info;
	char primary_key[128]; /* "id" if the backup has no metadata of the table */
};

struct rdb_backup_tables {
	struct rdb_backup_table *items; /* sorted by database and name */
	size_t count, cap;
};

/* Lists the tables that the names (DATABASE or DATABASE.TABLE) select. If "count" is 0, lists all
 * tables. Returns 0, -EIO, -ENOMEM, or -ENOENT if one of the names selects no table. */
int rdb_backup_tables_list(struct rdb_archive *archive, const char *const *names, size_t count,
	struct rdb_backup_tables *out, struct rdb_err *err);
void rdb_backup_tables_free(struct rdb_backup_tables *tables);

/*
 * Appends the text of a table's .info file to "out", or nothing if the backup has no such file.
 * Returns:
 *   0         success
 *   -ENOMEM   memory is exhausted
 *   -EINVAL   the text exceeds RDB_INFO_MAX bytes
 *   -EIO      the text ends early
 *   another   an error of rdb_reader_read()
 */
int rdb_backup_table_info(struct rdb_archive *archive, const struct rdb_backup_table *table,
	struct rdb_buf *out, struct rdb_err *err);

#endif
