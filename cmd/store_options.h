/* Stores (store/store.h) with the options of the settings. */
#ifndef RDB_CMD_STORE_OPTIONS_H
#define RDB_CMD_STORE_OPTIONS_H

#include "cmd/settings.h"
#include "store/store.h"

/*
 * Opens a store with the settings' options, including the token of a hosting service. with:
 * create_only, recursive and budget are used; NULL: none of them. Errors as rdb_store_open() and
 * rdb_secret_token().
 */
int rdb_command_store_open(const struct rdb_settings *settings, const char *source,
	const struct rdb_store_options *with, struct rdb_store **out, struct rdb_err *err);

#endif
