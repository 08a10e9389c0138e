/* Stores (store/store.h) as the settings say. */
#ifndef RDB_CMD_STORE_OPTIONS_H
#define RDB_CMD_STORE_OPTIONS_H

#include "cmd/settings.h"
#include "store/store.h"

/*
 * rdb_store_open() with the settings' options, the token of a hosting service among them.
 * with: create_only, recursive and budget are its; NULL: none of them. Errors beside
 * rdb_store_open()'s: as rdb_secret_token().
 */
int rdb_command_store_open(const struct rdb_settings *settings, const char *source,
	const struct rdb_store_options *with, struct rdb_store **out, struct rdb_err *err);

#endif
