#include "cmd/backup_argument.h"

#include "base/log.h"
#include "base/printable.h"
#include "cmd/latest.h"
#include "cmd/paths.h"
#include "cmd/settings.h"
#include "cmd/store_options.h"
#include "compose/store_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CACHE (UINT64_C(32) << 20) /* bytes */

int rdb_backup_argument_env(
	const struct rdb_settings *settings, struct rdb_archive_env **out, struct rdb_err *err)
{
	struct rdb_archive_env_options options = {.cache_size = CACHE};
	char *indexes = rdb_command_cache_dir(settings);
	int ret;

	options.index_dir = indexes;
	ret = rdb_archive_env_create(&options, out, err);
	free(indexes);
	return ret;
}

/* ---- checking an archive ---- */

/* Stores the facts about an archive in *facts. Usually reads the whole archive first, to find
 * damage. Returns 0 even for a damaged archive. */
static int read_to_end(struct rdb_archive *archive, const char *name,
	struct rdb_archive_facts *facts, struct rdb_err *err)
{
	int ret = rdb_archive_list_complete(archive, NULL);

	if (ret == 0)
		rdb_archive_facts(archive, facts);
	/* Read the whole archive, unless it has checksums or is an export. Later reads verify the
	 * checksums, and reading an export would only count its documents. */
	if (ret == 0 && !facts->checked && (facts->size > 0 || facts->tables == 0))
		ret = rdb_archive_complete(archive, NULL, facts);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s", name);
	return facts->state == RDB_ARCHIVE_UNREACHABLE
		       ? rdb_archive_err_unreachable(facts, name, err)
		       : 0;
}

/* Checks the archive, and warns of damage. Returns -EIO if no table is readable. After an error,
 * drops the caller's reference to the archive. */
static int complete(struct rdb_archive *archive, const char *name, struct rdb_err *err)
{
	struct rdb_archive_facts facts;
	int ret = read_to_end(archive, name, &facts, err);

	if (ret == 0 && facts.state == RDB_ARCHIVE_UNREADABLE)
		ret = rdb_err_set(err, EIO, "%s: %s", name, facts.error.text);
	if (ret == 0 && facts.state == RDB_ARCHIVE_DAMAGED)
		rdb_log_warning("%s is damaged: %s", name, facts.error.text);
	if (ret != 0)
		rdb_archive_unref(archive);
	return ret;
}

int rdb_backup_argument_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, const char *name, struct rdb_archive **out,
	struct rdb_err *err)
{
	struct rdb_source *source;
	int dirfd, ret;

	if (entry->kind == RDB_ENTRY_FOLDER) {
		ret = rdb_store_open_folder(store, entry, &dirfd, err);
		return ret ? ret : rdb_archive_open_dir(env, dirfd, name, out, err);
	}
	ret = rdb_store_open_entry(store, entry, &source, err);
	return ret ? ret : rdb_archive_open(env, source, name, out, err);
}

/* ---- remote stores ---- */

/* Opens the archive "file" of the store, or the store's only archive if "file" is NULL. */
static int open_file(struct rdb_archive_env *env, struct rdb_store *store, const char *file,
	const char *name, struct rdb_archive **out, struct rdb_err *err)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *entry = NULL, *last;
	int ret = rdb_store_list(store, &listing, err);

	if (ret != 0)
		return ret;
	last = listing->count ? listing->entries[listing->count - 1] : NULL;
	if (file)
		entry = rdb_listing_find_file(listing, file);
	else if (rdb_store_is_single(store))
		entry = last;
	if (entry)
		ret = rdb_backup_argument_entry(env, store, entry, name, out, err);
	else if (!file && last)
		ret = rdb_err_set(err, EISDIR,
			"%s is a folder of %zu backup%s: name one of them, as %s%s", name,
			listing->count, rdb_plural(listing->count), store->where, last->path);
	else
		ret = rdb_err_set(err, ENOENT, "%s: no such archive", name);
	rdb_listing_unref(listing);
	return ret;
}

static int open_remote(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *name, struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_store *store = NULL;
	const char *file = NULL;
	char *source = NULL;
	int ret = 0;

	if (rdb_store_is_service(name)) /* the address of one archive is no source there */
		ret = rdb_store_split(name, &source, &file, err);
	if (ret == 0)
		ret = rdb_command_store_open(settings, source ? source : name, NULL, &store, err);
	if (ret == 0)
		ret = open_file(env, store, file, name, out, err);
	rdb_store_close(store);
	free(source);
	return ret;
}

/* ---- files and folders ---- */

int rdb_backup_argument_file(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *path, struct rdb_archive **out, struct rdb_err *err)
{
	int fd;

	if (rdb_store_is_remote(path))
		return open_remote(settings, env, path, out, err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return rdb_err_sys(err, errno, "%s", path);
	return rdb_archive_open_fd(env, fd, path, out, err);
}

/* ---- backups of a source ---- */

static const struct rdb_entry *find(const struct rdb_listing *listing, const char *name)
{
	const struct rdb_entry *entry = rdb_listing_find(listing, name);

	return entry ? entry : rdb_listing_find_file(listing, name);
}

static int open_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, struct rdb_archive **out, struct rdb_err *err)
{
	int ret = rdb_backup_argument_entry(env, store, entry, entry->name, out, err);

	return ret ? ret : complete(*out, entry->name, err);
}

/* ---- the latest ---- */

/* Opens a backup, or stores NULL in *out if the backup is damaged. Returns an error if reading
 * fails, because the backup may be undamaged. */
static int open_undamaged(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;
	int ret = rdb_backup_argument_entry(env, store, entry, entry->name, &archive, err);

	*out = NULL;
	if (ret != 0)
		return ret;
	ret = read_to_end(archive, entry->name, &facts, err);
	if (ret == 0 && !rdb_archive_state_is_damaged(facts.state)) {
		*out = archive;
		return 0;
	}
	if (ret == 0)
		rdb_log_warning("%s is passed over for latest: it is damaged: %s", entry->name,
			facts.error.text);
	rdb_archive_unref(archive);
	return ret;
}

static int open_latest(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_listing *listing, struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_latest *sorted = rdb_latest_sort(env, store, listing);
	size_t i = 0;
	int ret = 0;

	if (!sorted)
		return rdb_err_sys(err, ENOMEM, "latest");
	*out = NULL;
	for (; i < listing->count && ret == 0 && !*out; i++)
		ret = open_undamaged(env, store, sorted[i].entry, out, err);
	if (ret == 0 && *out && sorted[i - 1].guessed)
		rdb_log_warning("latest is %s by the time of its file: neither its name nor the "
				"archive has a known time; name the backup to be sure",
			sorted[i - 1].entry->name);
	free(sorted);
	if (ret != 0 || *out)
		return ret;
	return rdb_err_set(err, ENOENT, "there is no latest backup in %s: %s", store->where,
		listing->count ? "all are damaged" : "it has none");
}

static int open_name(struct rdb_archive_env *env, struct rdb_store *store, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	int ret = rdb_store_list(store, &listing, err);

	if (ret != 0)
		return ret;
	entry = find(listing, name);
	if (entry)
		ret = open_entry(env, store, entry, out, err);
	else if (strcmp(name, "latest") == 0)
		ret = open_latest(env, store, listing, out, err);
	else
		ret = rdb_err_set(err, ENOENT,
			"%s: no such file, and no backup of that name in %s: name another source "
			"with --source",
			name, store->where);
	rdb_listing_unref(listing);
	return ret;
}

static int open_in_source(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *name, struct rdb_archive **out, struct rdb_err *err)
{
	char *fallback = settings->source ? NULL : rdb_path_backups(NULL);
	const char *source = settings->source ? settings->source : fallback;
	struct rdb_store *store;
	int ret;

	if (!source)
		return rdb_err_set(err, ENOENT, "%s: no such file", name);
	ret = rdb_command_store_open(settings, source, NULL, &store, err);
	if (ret == -ENOENT && fallback)
		ret = rdb_err_set(err, ENOENT,
			"%s: no such file, and no folder of backups at %s: name one with --source",
			name, fallback);
	free(fallback);
	if (ret != 0)
		return ret;
	ret = open_name(env, store, name, out, err);
	rdb_store_close(store);
	return ret;
}

int rdb_backup_argument_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *argument, struct rdb_archive **out, struct rdb_err *err)
{
	struct stat st;
	int ret;

	ret = rdb_store_check_scheme(argument, err);
	if (ret == 0 && stat(argument, &st) != 0 && !rdb_store_is_remote(argument))
		return open_in_source(settings, env, argument, out, err);
	if (ret == 0)
		ret = rdb_backup_argument_file(settings, env, argument, out, err);
	return ret ? ret : complete(*out, argument, err);
}
