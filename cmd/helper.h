/*
 * Command line of mount(8), which calls the program for fstab under the name mount.rdbfs:
 *   mount.rdbfs SOURCE MOUNTPOINT [-sfnv] [-N NAMESPACE] [-o WORDS] [-t TYPE]
 * The letters have mount(8)'s meanings, not those of rdbfs.
 */
#ifndef RDB_CMD_HELPER_H
#define RDB_CMD_HELPER_H

#include "base/err.h"
#include "cmd/settings.h"

/* Returns whether the program was called by the name mount.rdbfs. */
bool rdb_helper_is(const char *program);

/* Reads the arguments; errors as rdb_options_parse(). */
int rdb_helper_parse(
	int argc, const char *const argv[], struct rdb_settings *settings, struct rdb_err *err);

#endif
