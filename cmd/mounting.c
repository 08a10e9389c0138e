#include "cmd/mounting.h"

#include "base/log.h"
#include "cmd/paths.h"
#include "cmd/store_options.h"
#include "cmd/value.h"
#include "compose/store_kind.h"
#include "mount/mountpoint.h"
#include "remote/remote_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUSE_CONF "/etc/fuse.conf"

/* ---- source and indexes ---- */

static bool is_default_source(const char *source)
{
	return strcmp(source, "none") == 0 || strcmp(source, "rdbfs") == 0;
}

/* Returns the source argument of the mount. Returns NULL if the argument is missing, or if it is
 * "none" or "rdbfs": fstab uses these words for a mount without a source. */
static const char *source_argument(const struct rdb_settings *settings)
{
	const struct rdb_list *args = &settings->args;

	return args->count == 2 && !is_default_source(args->items[0]) ? args->items[0] : NULL;
}

static int default_source(struct rdb_mounting *m, struct rdb_err *err)
{
	m->source_unnamed = true;
	m->source = rdb_path_backups(err);
	return m->source ? rdb_path_make(m->source, err) : -EINVAL;
}

static int choose_source(struct rdb_mounting *m, struct rdb_err *err)
{
	const char *argument = source_argument(m->settings);

	if (argument && rdb_option_origin("source", m->settings) == RDB_ORIGIN_ARGV)
		return rdb_err_set(err, EINVAL,
			"the folder of backups is given twice: %s and source=%s", argument,
			m->settings->source);
	if (argument && !*argument)
		return rdb_err_set(err, EINVAL, "the folder of backups has no name");
	if (!argument && !m->settings->source)
		return default_source(m, err);
	if (!argument)
		argument = m->settings->source;
	return rdb_path_source(argument, &m->source, err);
}

static int check_index_dir(const char *dir, struct rdb_err *err)
{
	int ret = rdb_path_make(dir, err);

	if (ret == 0 && faccessat(AT_FDCWD, dir, R_OK | X_OK, AT_EACCESS) != 0)
		ret = rdb_err_sys(err, errno, "%s", dir);
	return ret;
}

static void choose_index_dir(struct rdb_mounting *m)
{
	struct rdb_err err;

	m->index_dir = m->settings->index_dir ? strdup(m->settings->index_dir) : rdb_path_indexes();
	if (!m->index_dir)
		return;
	if (check_index_dir(m->index_dir, &err) == 0) {
		/* If the folder is read-only, only warn, and still use the folder, because rdbfs
		 * can read the indexes in the folder. */
		if (faccessat(AT_FDCWD, m->index_dir, W_OK, AT_EACCESS) != 0)
			rdb_log_warning(
				"new indexes are not kept: %s: %s", m->index_dir, strerror(errno));
		return;
	}
	rdb_log_warning("indexes are not kept: %s", err.text);
	free(m->index_dir);
	m->index_dir = NULL;
}

/* ---- options for libfuse ---- */

/* Adds the option fsname=SOURCE to the options for libfuse, because mount(8) and findmnt show
 * fsname as the source. */
static int add_fsname(struct rdb_mounting *m, const char *source)
{
	char *word = malloc(strlen("fsname=") + 2 * strlen(source) + 1), *end;
	int ret;

	if (!word)
		return -ENOMEM;
	end = stpcpy(word, "fsname=");
	for (; *source; source++) {
		if (*source == ',' || *source == '\\')
			*end++ = '\\';
		*end++ = *source;
	}
	*end = '\0';
	ret = rdb_list_add(&m->fuse_words, word, strlen(word));
	free(word);
	return ret;
}

static int choose_fuse_words(struct rdb_mounting *m, struct rdb_err *err)
{
	const struct rdb_list *words = &m->settings->fuse_words;
	const struct rdb_list *args = &m->settings->args;
	int ret = args->count == 2 ? add_fsname(m, args->items[0]) : 0;

	for (size_t i = 0; i < words->count && ret == 0; i++)
		ret = rdb_list_add(&m->fuse_words, words->items[i], strlen(words->items[i]));
	return ret ? rdb_err_sys(err, ENOMEM, "mounting") : 0;
}

/* ---- store ---- */

static void warn_of_passed_over(struct rdb_store *store)
{
	const struct rdb_listing *listing;
	struct rdb_buf words = {0};

	if (rdb_store_list(store, &listing, NULL) != 0)
		return;
	if (rdb_listing_passed_over(listing, &words) == 0 && words.len > 0)
		rdb_log_warning("%s: %.*s", store->where, (int)words.len, words.data);
	rdb_buf_free(&words);
	rdb_listing_unref(listing);
}

static int open_store(struct rdb_mounting *m, struct rdb_err *err)
{
	const struct rdb_store_options with = {.budget = &m->budget};
	int ret;

	if (m->settings->mirror && !rdb_store_is_service(m->source))
		return rdb_err_set(err, EINVAL,
			"--mirror copies backups of a hosting service, and %s is none", m->source);
	rdb_budget_init(&m->budget, m->settings->cache_size);
	ret = rdb_command_store_open(m->settings, m->source, &with, &m->store, err);
	if (ret == 0 && m->settings->mirror) {
		struct rdb_store *service = m->store;
		m->store = NULL;
		ret = rdb_store_mirror(service, m->settings->mirror, &m->store, err);
	}
	if (ret == 0)
		warn_of_passed_over(m->store);
	return ret;
}

/* ---- checks ---- */

static int check_others(const struct rdb_settings *settings, struct rdb_err *err)
{
	if (settings->allow_other && settings->allow_root)
		return rdb_err_set(err, EINVAL, "allow-other and allow-root exclude one another");
	if ((settings->allow_other || settings->allow_root) && geteuid() != 0)
		return rdb_mountpoint_allowed(FUSE_CONF, err);
	return 0;
}

static int check(struct rdb_mounting *m, struct rdb_err *err)
{
	int ret = rdb_mountpoint_check(m->mountpoint, err);

	if (ret == 0 && m->store->path && rdb_path_is_folder(m->store->path))
		ret = rdb_mountpoint_apart(
			m->mountpoint, m->store->path, "the folder of backups", err);
	if (ret == 0 && m->settings->mirror)
		ret = rdb_mountpoint_apart(
			m->mountpoint, m->settings->mirror, "the folder of copies", err);
	if (ret == 0 && m->index_dir)
		ret = rdb_mountpoint_apart(
			m->mountpoint, m->index_dir, "the folder of indexes", err);
	if (ret == 0 && !m->settings->nonempty)
		ret = rdb_mountpoint_empty(m->mountpoint, err);
	if (ret == 0)
		ret = rdb_mountpoint_fuse(RDB_MOUNTPOINT_FUSE, err);
	return ret;
}

int rdb_mounting_choose(struct rdb_mounting *m, struct rdb_err *err)
{
	const struct rdb_list *args = &m->settings->args;
	int ret = check_others(m->settings, err);

	if (ret == 0)
		ret = rdb_mountpoint_resolve(args->items[args->count - 1], &m->mountpoint, err);
	if (ret == 0)
		ret = choose_source(m, err);
	if (ret == 0)
		ret = open_store(m, err);
	if (ret != 0)
		return ret;
	choose_index_dir(m);
	ret = check(m, err);
	return ret != 0 ? ret : choose_fuse_words(m, err);
}
