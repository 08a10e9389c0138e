#include "cmd/settings.h"

#include "base/vault.h"
#include "cluster/session.h"
#include "cmd/options.h"
#include "dump/dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void rdb_settings_init(struct rdb_settings *settings)
{
	*settings = (struct rdb_settings){
		.cache_size = UINT64_C(64) << 20,
		.log_level = 1,
		.umask = 077,
		.patience = RDB_SESSION_PATIENCE,
		.compression = RDB_DUMP_LEVEL,
		.uid = getuid(),
		.gid = getgid(),
	};
}

void rdb_settings_free(struct rdb_settings *settings)
{
	for (size_t i = 0; i < rdb_options_count(); i++)
		rdb_option_reset(rdb_options_at(i), settings);
	rdb_list_free(&settings->args);
	rdb_list_free(&settings->fuse_words);
}

int rdb_list_add(struct rdb_list *list, const char *text, size_t len)
{
	char *copy = strndup(text, len);
	char **items = reallocarray(list->items, list->count + 2, sizeof(items[0]));

	if (items)
		list->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	items[list->count++] = copy;
	items[list->count] = NULL;
	return 0;
}

void rdb_list_free(struct rdb_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct rdb_list){0};
}

void rdb_secret_free(struct rdb_secret *secret)
{
	rdb_vault_free(secret->text);
	*secret = (struct rdb_secret){0};
}
