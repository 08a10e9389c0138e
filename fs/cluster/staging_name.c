#include "cluster/staging_name.h"
#include "base/formatted.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#define NAME_KEPT 64 /* bytes of the table's name that are kept in the staging name */

int rdb_staging_name_make(const char *table, char suffix, char **out)
{
	unsigned number;

	*out = NULL;
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -EIO;
	*out = rdb_formatted(RDB_STAGING_PREFIX "%08x%c%.*s", number, suffix, NAME_KEPT, table);
	return *out ? 0 : -ENOMEM;
}
