/* The options after -o, in the form of mount(8) and fstab. */
#ifndef RDB_CMD_WORDS_H
#define RDB_CMD_WORDS_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Reads the argument of an option -o, a list of name or name=value. "\" quotes the next byte,
 * except in "\t". Ignores options such as "noauto" that are meant for fstab. Stores options for
 * libfuse in settings->fuse_words, with their backslashes. Returns 0, -ENOMEM, or -EINVAL.
 */
int rdb_words_parse(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
