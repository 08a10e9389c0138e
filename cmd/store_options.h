/* Opening of stores (store/store.h) with the options of the settings. */
#ifndef RDB_CMD_STORE_OPTIONS_H
#define RDB_CMD_STORE_OPTIONS_H

#include "cmd/settings.h"
#include "store/store.h"

/* Opens a store with the options in the settings. If "with" is not NULL, the options create_only,
 * recursive and budget in *with apply too. Returns 0, or an error of rdb_store_open() or
 * rdb_secret_token(). */
int rdb_command_store_open(const struct rdb_settings *settings, const char *source,
	const struct rdb_store_options *with, struct rdb_store **out, struct rdb_err *err);

/* Returns the folder for indexes and downloaded data, and creates it if necessary. Returns NULL if
 * that fails. */
char *rdb_command_cache_dir(const struct rdb_settings *settings);

#endif
