/* The options after -o, in the form of mount(8) and fstab. */
#ifndef RDB_CMD_WORDS_H
#define RDB_CMD_WORDS_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Parses the options after -o: NAME or NAME=VALUE, separated by commas, with backslashes as
 * escapes. Stores options for libfuse in settings->fuse_words. Ignores options for other
 * programs.
 * Returns:
 *   0        success
 *   -EINVAL  an option is refused
 *   -ENOMEM  memory is exhausted
 */
int rdb_words_parse(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
