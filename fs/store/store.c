/* Selects the kind of store by the SOURCE string. Operations that a kind of store lacks have
 * defaults here. */
#include "store/store.h"

#include "format/recognise.h"
#include "store/export.h"
#include "store/file_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- kinds ---- */

typedef int (*open_kind)(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* The kinds of stores. "scheme" is the prefix of the argument SOURCE, "open" the function that
 * opens the store. A SOURCE without one of these prefixes is a path. */
static const struct {
	const char *scheme;
	open_kind open;
} kinds[] = {
	{"s3://", rdb_store_s3},
	{"compose+https://", rdb_store_service},
	{"compose+http://", rdb_store_service},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t find_kind(const char *source)
{
	size_t i = 0;

	while (i < KINDS && strncmp(source, kinds[i].scheme, strlen(kinds[i].scheme)) != 0)
		i++;
	return i;
}

static bool has_archive(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;
	size_t base;

	while (dir && !found && (entry = readdir(dir)))
		found = rdb_name_is_archive(entry->d_name, &base);
	if (dir)
		closedir(dir);
	return found;
}

/* Returns whether a folder is an export: a backup of `rethinkdb export`, with files for each table.
 * Returns false if the folder also has archives, because it is then a folder of backups. */
static bool is_export(const char *path)
{
	struct timespec newest = {0};

	return rdb_export_probe(AT_FDCWD, path, &newest) == 1 && !has_archive(path);
}

/* Checks whether a file has the content of an archive, although its name lacks an archive's
 * extension. */
static int check_archive(const char *path, struct rdb_err *err)
{
	const char *foreign = NULL, *file = strrchr(path, '/');
	struct rdb_source *source;
	bool is_archive = false;
	size_t base;
	int fd, ret;

	if (rdb_name_is_archive(file ? file + 1 : path, &base))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return rdb_err_sys(err, errno, "%s", path);
	ret = rdb_source_file(fd, path, &source, err);
	if (ret != 0)
		return ret;
	ret = rdb_recognise(source, &is_archive, &foreign, err);
	rdb_source_close(source);
	if (ret != 0 || is_archive)
		return ret;
	return rdb_err_set(err, EINVAL, "%s is neither an archive nor a folder of backups%s%s",
		path, foreign ? ": " : "", foreign ? foreign : "");
}

static int open_path(const char *path, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err)
{
	char *real = NULL;
	struct stat st;
	int ret;

	if (options->create_only || stat(path, &st) != 0)
		return rdb_store_directory(path, options, out, err);
	if (S_ISREG(st.st_mode)) {
		ret = check_archive(path, err);
		return ret ? ret : rdb_store_single(path, out, err);
	}
	if (!options->recursive)
		real = realpath(path, NULL);
	if (real && is_export(real))
		ret = rdb_store_single(real, out, err);
	else
		ret = rdb_store_directory(path, options, out, err);
	free(real);
	return ret;
}

int rdb_store_open(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err)
{
	static const struct rdb_store_options defaults;
	size_t kind = find_kind(source);

	if (!options)
		options = &defaults;
	if (kind == KINDS)
		return open_path(source, options, out, err);
	return kinds[kind].open(source, options, out, err);
}

bool rdb_store_is_remote(const char *source)
{
	return find_kind(source) < KINDS;
}

bool rdb_store_is_service(const char *source)
{
	size_t kind = find_kind(source);

	return kind < KINDS && kinds[kind].open == rdb_store_service;
}

/* Returns the length of the part of "target" that names the directory or bucket. "name" is the
 * file's name at the end of "target". For "s3://BUCKET/x.tar.gz", this is the length of
 * "s3://BUCKET". */
static size_t store_length(const char *target, const char *name)
{
	size_t len = (size_t)(name - target);

	return len > 1 ? len - 1 : len; /* without the slash, unless the store is "/" */
}

int rdb_store_split(const char *target, char **source, const char **file, struct rdb_err *err)
{
	const char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
	size_t kind = find_kind(target);
	bool has_store = kind == KINDS || name > target + strlen(kinds[kind].scheme);

	if (!has_store || !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return rdb_err_set(err, EINVAL, "%s is not the name of a file", target);
	*source = slash ? strndup(target, store_length(target, name)) : strdup(".");
	*file = name;
	return *source ? 0 : rdb_err_sys(err, ENOMEM, "%s", target);
}

/* ---- operations that a kind of store may lack ---- */

static int never_writable(const struct rdb_store *store, struct rdb_err *err)
{
	return rdb_err_set(err, EROFS, "%s is read-only: backups can be neither made nor removed",
		store->where);
}

int rdb_store_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *dirfd, struct rdb_err *err)
{
	if (!store->ops->open_folder)
		return rdb_err_set(err, ENOTSUP, "%s has no folders", store->where);
	return store->ops->open_folder(store, entry, dirfd, err);
}

int rdb_store_copied(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out)
{
	return store->ops->copied ? store->ops->copied(store, entry, out) : -ENOENT;
}

int rdb_store_can_create(struct rdb_store *store, struct rdb_err *err)
{
	if (!store->ops->can_create)
		return never_writable(store, err);
	return store->ops->can_create(store, err);
}

int rdb_store_create(struct rdb_store *store, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err)
{
	if (!store->ops->create)
		return never_writable(store, err);
	return store->ops->create(store, backup, out, err);
}

int rdb_store_trigger(
	struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err)
{
	if (!store->ops->trigger)
		return never_writable(store, err);
	return store->ops->trigger(store, trigger, err);
}

int rdb_store_cluster(struct rdb_store *store, struct rdb_store_cluster *out, struct rdb_err *err)
{
	*out = (struct rdb_store_cluster){0};
	if (!store->ops->cluster)
		return rdb_err_set(err, ENOTSUP, "%s does not describe its cluster", store->where);
	return store->ops->cluster(store, out, err);
}

void rdb_store_cluster_free(struct rdb_store_cluster *cluster)
{
	if (cluster->connect)
		explicit_bzero(cluster->connect, strlen(cluster->connect));
	free(cluster->connect);
	free(cluster->certificate);
	*cluster = (struct rdb_store_cluster){0};
}

bool rdb_store_can_trigger(const struct rdb_store *store)
{
	return store->ops->trigger != NULL;
}

int rdb_store_clean(struct rdb_store *store, struct rdb_err *err)
{
	if (!store->ops->clean)
		return never_writable(store, err);
	return store->ops->clean(store, err);
}

int rdb_store_remove(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err)
{
	if (!store->ops->remove)
		return never_writable(store, err);
	return store->ops->remove(store, entry, err);
}

int rdb_store_space(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes)
{
	return store->ops->space ? store->ops->space(store, total, free_bytes) : -ENOSYS;
}

bool rdb_store_can_remove(const struct rdb_store *store)
{
	return store->ops->remove != NULL;
}

bool rdb_store_lists(struct rdb_store *store, const char *file)
{
	const struct rdb_listing *listing;
	bool listed;

	if (rdb_store_list(store, &listing, NULL) != 0)
		return false;
	listed = rdb_listing_find_file(listing, file) != NULL;
	rdb_listing_unref(listing);
	return listed;
}
