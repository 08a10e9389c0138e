/* The options after -o, in the form of mount(8) and fstab. */
#ifndef RDB_CMD_WORDS_H
#define RDB_CMD_WORDS_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Reads the argument of an option -o, which is a list of NAME or NAME=VALUE, separated by commas. A
 * backslash makes the next byte, such as a comma, a part of the name or value. As the value of a
 * delimiter option, "\t" means a tab. Ignores options that only concern /etc/fstab, such as
 * "noauto". Stores options for libfuse, with their backslashes, in settings->fuse_words. Returns 0,
 * -ENOMEM, or -EINVAL.
 */
int rdb_words_parse(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
