#include "cmd/remote_archive.h"

#include "cmd/store_options.h"
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>

static int open_file(struct rdb_archive_env *env, struct rdb_store *store, const char *file,
	const char *name, struct rdb_archive **out, struct rdb_err *err)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	struct rdb_source *source;
	int ret = rdb_store_list(store, &listing, err);

	if (ret != 0)
		return ret;
	entry = rdb_listing_find_file(listing, file);
	if (entry)
		ret = rdb_store_open_entry(store, entry, &source, err);
	else
		ret = rdb_err_set(err, ENOENT, "%s: no such archive", name);
	if (ret == 0)
		ret = rdb_archive_open(env, source, name, out, err);
	rdb_listing_unref(listing);
	return ret;
}

int rdb_remote_archive_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *name, struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_store_options options;
	struct rdb_store *store = NULL;
	const char *file;
	char *source = NULL, *state = NULL;
	int ret = rdb_store_split(name, &source, &file, err);

	if (ret == 0) {
		rdb_command_store_options(settings, source, &options, &state);
		ret = rdb_store_open(source, &options, &store, err);
	}
	if (ret == 0)
		ret = open_file(env, store, file, name, out, err);
	rdb_store_close(store);
	free(state);
	free(source);
	return ret;
}
