/*
 * The command line of mount(8). For a line in fstab, mount(8) calls this program under the name
 * mount.rdbfs:
 *
 *   mount.rdbfs SOURCE MOUNTPOINT [-sfnv] [-N NAMESPACE] [-o WORDS] [-t TYPE]
 *
 * The option letters have the meanings of mount(8), not those of rdbfs.
 */
#ifndef RDB_CMD_HELPER_H
#define RDB_CMD_HELPER_H

#include "base/err.h"
#include "cmd/settings.h"

/* Returns whether the program was called by the name mount.rdbfs. */
bool rdb_helper_is(const char *program);

/* Parses the arguments with which mount(8) calls mount.rdbfs. Returns 0, or an error of
 * rdb_arguments_parse(). */
int rdb_helper_parse(
	int argc, const char *const argv[], struct rdb_settings *settings, struct rdb_err *err);

#endif
