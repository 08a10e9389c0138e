/* What the settings say about stores (store/store.h). */
#ifndef RDB_CMD_STORE_OPTIONS_H
#define RDB_CMD_STORE_OPTIONS_H

#include "cmd/settings.h"
#include "store/store.h"

/* Strings belong to the settings. *state: allocated, the caller's, outlives the options: the names
 * of folders; NULL: source is local. */
void rdb_command_store_options(const struct rdb_settings *settings, const char *source,
	struct rdb_store_options *out, char **state);

#endif
