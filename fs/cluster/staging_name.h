/* Staging names. A table or an index has such a name, which begins with RDB_STAGING_PREFIX, while
 * it is being built, and is renamed when it is complete. */
#ifndef RDB_CLUSTER_STAGING_NAME_H
#define RDB_CLUSTER_STAGING_NAME_H

#include <stdbool.h>
#include <string.h>

#define RDB_STAGING_PREFIX "rdbfs_restore_"

static inline bool rdb_staging_is(const char *name)
{
	return strncmp(name, RDB_STAGING_PREFIX, strlen(RDB_STAGING_PREFIX)) == 0;
}

/* Makes a unique staging name for a table. The name has a random part, the character "suffix" and
 * the beginning of the table's name. The caller frees *out. Returns 0, -ENOMEM, or -EIO if no
 * random number is available. */
int rdb_staging_name_make(const char *table, char suffix, char **out);

#endif
