/* The options after -o, in the form of mount(8) and fstab. */
#ifndef RDB_CMD_WORDS_H
#define RDB_CMD_WORDS_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/* Parses the options after -o: NAME or NAME=VALUE, separated by commas, with backslashes as
 * escapes. Ignores options that only other programs use, such as noauto in /etc/fstab. Stores
 * options for libfuse in settings->fuse_words. Returns 0, -ENOMEM, or -EINVAL if an option is
 * refused. */
int rdb_words_parse(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
