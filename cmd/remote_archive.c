#include "cmd/remote_archive.h"

#include "cmd/store_options.h"
#include "compose/store_kind.h"
#include "store/file_name.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rdb_remote_is_folder(const char *name)
{
	const char *file = strrchr(name, '/');
	size_t base;

	return rdb_store_is_remote(name) && file && !rdb_name_is_archive(file + 1, &base);
}

static int open_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, const char *name, struct rdb_archive **out,
	struct rdb_err *err)
{
	struct rdb_source *source;
	int ret = rdb_store_open_entry(store, entry, &source, err);

	return ret ? ret : rdb_archive_open(env, source, name, out, err);
}

static int open_file(struct rdb_archive_env *env, struct rdb_store *store, const char *file,
	const char *name, struct rdb_archive **out, struct rdb_err *err)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	int ret = rdb_store_list(store, &listing, err);

	if (ret != 0)
		return ret;
	entry = rdb_listing_find_file(listing, file);
	ret = entry ? open_entry(env, store, entry, name, out, err)
		    : rdb_err_set(err, ENOENT, "%s: no such archive", name);
	rdb_listing_unref(listing);
	return ret;
}

static int each_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, rdb_remote_archive_each each, void *arg)
{
	struct rdb_archive *archive = NULL;
	struct rdb_err err = {0};
	char *name;

	if (asprintf(&name, "%s%s", store->where, entry->path) < 0)
		return -ENOMEM;
	if (open_entry(env, store, entry, name, &archive, &err) != 0)
		archive = NULL;
	each(arg, archive, name, &err);
	if (archive)
		rdb_archive_unref(archive);
	free(name);
	return 0;
}

static int each_listed(struct rdb_archive_env *env, struct rdb_store *store,
	rdb_remote_archive_each each, void *arg, struct rdb_err *err)
{
	const struct rdb_listing *listing;
	int ret = rdb_store_list(store, &listing, err);

	if (ret != 0)
		return ret;
	if (listing->count == 0)
		ret = rdb_err_set(err, ENOENT, "%s: there are no archives", store->where);
	for (size_t i = 0; i < listing->count && ret == 0; i++)
		if (each_entry(env, store, listing->entries[i], each, arg) != 0)
			ret = rdb_err_sys(err, ENOMEM, "%s", store->where);
	rdb_listing_unref(listing);
	return ret;
}

int rdb_remote_archives(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *source, rdb_remote_archive_each each, void *arg, struct rdb_err *err)
{
	struct rdb_store *store = NULL;
	const struct rdb_store_options with = {.recursive = true};
	int ret = rdb_command_store_open(settings, source, &with, &store, err);

	ret = ret ? ret : each_listed(env, store, each, arg, err);
	rdb_store_close(store);
	return ret;
}

int rdb_remote_archive_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *name, struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_store *store = NULL;
	const char *file;
	char *source = NULL;
	int ret = rdb_store_split(name, &source, &file, err);

	if (ret == 0)
		ret = rdb_command_store_open(settings, source, NULL, &store, err);
	if (ret == 0)
		ret = open_file(env, store, file, name, out, err);
	rdb_store_close(store);
	free(source);
	return ret;
}
