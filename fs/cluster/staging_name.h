/* Prefix in the names of tables and indexes that are being built. They are renamed when they are
 * complete. */
#ifndef RDB_CLUSTER_STAGING_NAME_H
#define RDB_CLUSTER_STAGING_NAME_H

#include <stdbool.h>
#include <string.h>

#define RDB_STAGING_PREFIX "rdbfs_restore_"

static inline bool rdb_staging_is(const char *name)
{
	return strncmp(name, RDB_STAGING_PREFIX, strlen(RDB_STAGING_PREFIX)) == 0;
}

/* Makes a staging name for a table: unique, with the suffix between its number and the table's
 * name. The caller frees it. *out is NULL after an error: -EIO, -ENOMEM. */
int rdb_staging_name_make(const char *table, char suffix, char **out);

#endif
