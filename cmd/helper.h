/*
 * As mount(8) calls it for fstab, under the name mount.rdbfs:
 *   mount.rdbfs SOURCE MOUNTPOINT [-sfnv] [-N NAMESPACE] [-o WORDS] [-t TYPE]
 * The letters are mount(8)'s there, not rdbfs's.
 */
#ifndef RDB_CMD_HELPER_H
#define RDB_CMD_HELPER_H

#include "base/err.h"
#include "cmd/settings.h"

/* Whether the program was called by that name. */
bool rdb_helper_is(const char *program);

/* As rdb_options_parse(). */
int rdb_helper_parse(
	int argc, const char *const argv[], struct rdb_settings *settings, struct rdb_err *err);

#endif
