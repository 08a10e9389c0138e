#include "base/log.h"
#include "cmd/command.h"
#include "cmd/keep.h"
#include "cmd/mounting.h"
#include "cmd/paths.h"
#include "cmd/value.h"
#include "compose/store_kind.h"
#include "dump/dump_plan.h"
#include "staging/leftover.h"
#include "views/views.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

/* ---- backups ---- */

static int parse_schedule(
	const struct rdb_list *texts, struct rdb_schedule *out, struct rdb_err *err)
{
	int ret = 0;

	for (size_t i = 0; i < texts->count && ret == 0; i++)
		ret = rdb_schedule_parse(texts->items[i], out, err);
	return ret;
}

static int prepare_keeper(struct rdb_mounting *m, struct rdb_err *err)
{
	struct rdb_keeper_config config = {
		.store = m->store, .types = m->types, .monitor = m->monitor};
	int ret = parse_schedule(&m->settings->schedule, &config.schedule, err);

	rdb_command_dump_options(m->settings, &config.dump);
	if (ret == 0)
		ret = rdb_plan_check_scope(&config.dump.scope, err);
	if (ret != 0)
		return ret;
	if (rdb_store_can_trigger(m->store) && config.schedule.count > 0)
		return rdb_err_set(err, EINVAL,
			"a hosting service makes backups by its own schedule: leave --schedule "
			"out");
	rdb_keep_rules(m->settings, config.schedule.count > 0, RDB_ORIGIN_DEFAULT, &config.rules);
	if (rdb_store_can_trigger(m->store) && !m->settings->mirror &&
		rdb_retention_has_rules(&config.rules))
		rdb_log_warning("the --keep- options have no effect: the service removes its "
				"backups by itself; --mirror DIR copies them into a folder, where "
				"the options apply");
	/* Check whether backups can be made. A store that can trigger a hosting service can always
	 * make backups. If no backup can be made, a schedule is an error. Without a schedule, mount
	 * without a keeper (the object that makes backups). */
	ret = rdb_store_can_trigger(m->store) ? 0 : rdb_store_can_create(m->store, err);
	if (ret != 0 && config.schedule.count > 0)
		return ret;
	if (ret != 0) {
		rdb_err_clear(err);
		return 0;
	}
	config.dump.cluster = m->cluster;
	config.dump.low = true;
	ret = rdb_keeper_create(&config, &m->keeper);
	return ret ? rdb_err_sys(err, -ret, "mounting") : 0;
}

/* ---- preparation ---- */

static int prepare(struct rdb_mounting *m, struct rdb_err *err)
{
	int ret = rdb_mounting_choose(m, err);

	if (ret == 0 && rdb_types_create(m->store, &m->types) != 0)
		ret = rdb_err_sys(err, ENOMEM, "mounting");
	if (ret == 0)
		ret = rdb_mounting_cluster(m, err);
	if (ret == 0)
		ret = rdb_command_monitor(m->settings, &m->monitor, err);
	return ret != 0 ? ret : prepare_keeper(m, err);
}

/* ---- mounting ---- */

/* Warns if the default folder is used and contains no backups. The warning names the option
 * --source, because a new user's backups are often in another folder. */
static void hint_at_source(const struct rdb_mounting *m)
{
	const struct rdb_listing *listing;

	if (!m->source_unnamed || rdb_store_list(m->store, &listing, NULL) != 0)
		return;
	if (listing->count == 0)
		rdb_log_warning(
			"there are no backups in %s, the default folder: --source DIR names "
			"another one",
			m->source);
	rdb_listing_unref(listing);
}

/* Returns when to verify archives, as the option "verify" says. The default for remote stores is
 * lazy, because verification would download whole archives. Other stores default to strict. */
static enum rdb_verify verify(const struct rdb_mounting *m)
{
	if (m->settings->verify == RDB_SETTINGS_UNSAID)
		return rdb_store_is_remote(m->source) ? RDB_VERIFY_LAZY : RDB_VERIFY_STRICT;
	return m->settings->verify == 0 ? RDB_VERIFY_STRICT : RDB_VERIFY_LAZY;
}

static int create_archives(struct rdb_mounting *m, struct rdb_err *err)
{
	const struct rdb_archive_env_options options = {
		.cache_size = m->settings->cache_size,
		.budget = &m->budget,
		.index_dir = m->index_dir,
		.allow_damaged = m->settings->allow_damaged,
		.verify = verify(m),
	};

	return rdb_archive_env_create(&options, &m->archives, err);
}

static void open_log(const struct rdb_settings *settings, enum rdb_log_target target)
{
	enum rdb_log_level level = (enum rdb_log_level)settings->log_level;

	rdb_log_open(target, settings->debug ? RDB_LOG_DEBUG : level);
}

/* Reports that the mount is ready, and opens the log of the running mount. In the foreground, log
 * lines are written without blocking, because requests must not wait for a process that reads the
 * log slowly. */
static void serving(void *arg)
{
	struct rdb_mounting *m = arg;

	m->ready = true;
	if (m->foreground) {
		if (m->settings->log_format == 0)
			rdb_log_set_format(RDB_LOG_TIMED);
		open_log(m->settings, RDB_LOG_TO_READER);
	} else {
		open_log(m->settings, RDB_LOG_TO_SYSLOG);
		rdb_background_ready(&m->background);
	}
	rdb_notify("READY=1");
}

static int open_journal(struct rdb_mounting *m, struct rdb_err *err)
{
	char *dir = NULL;
	int ret = -ENOENT;

	m->state_dir = rdb_path_state(err);
	if (m->state_dir)
		dir = rdb_path_restoring(m->state_dir);
	if (m->state_dir && !dir)
		ret = rdb_err_sys(err, ENOMEM, "mounting");
	if (dir)
		ret = rdb_leftovers_create(m->cluster, dir, &m->leftovers, err);
	free(dir);
	return ret;
}

static int create_leftovers(struct rdb_mounting *m, struct rdb_err *err)
{
	int ret = open_journal(m, err);

	if (ret == 0 || ret == -ENOMEM)
		return ret;
	rdb_log_warning("should rdbfs be killed, half a restored table may stay in the cluster: %s",
		err->text);
	rdb_err_clear(err);
	return rdb_leftovers_create(m->cluster, NULL, &m->leftovers, err);
}

static struct rdb_restore_policy restore_policy(const struct rdb_mounting *m)
{
	struct rdb_restore_policy policy = rdb_command_restore_policy(m->settings, m->state_dir);

	policy.existing = (enum rdb_existing)m->settings->existing;
	policy.complete = m->settings->index_errors != 1;
	policy.mounted = true;
	policy.leftovers = m->leftovers;
	return policy;
}

/* Returns which backups to index in advance, as the option "index" says. By default, backups that
 * must be downloaded are indexed only when they are read. */
static enum rdb_indexer_choice choose_index(const struct rdb_mounting *m)
{
	const struct rdb_settings *s = m->settings;

	if (m->store->lazy && rdb_option_origin("index", s) == RDB_ORIGIN_DEFAULT)
		return RDB_INDEXER_NONE;
	return s->index == 0   ? RDB_INDEXER_NEWEST
	       : s->index == 1 ? RDB_INDEXER_ALL
			       : RDB_INDEXER_NONE;
}

static int create_mount(struct rdb_mounting *m, struct rdb_err *err)
{
	const struct rdb_settings *s = m->settings;
	const struct rdb_filesystem_config config = {
		.mount = {.mountpoint = m->mountpoint,
			.uid = (uid_t)s->uid,
			.gid = (gid_t)s->gid,
			.umask = (mode_t)s->umask,
			.allow_other = s->allow_other,
			.allow_root = s->allow_root,
			.auto_unmount = s->auto_unmount,
			.remote = !m->store->path,
			.debug = s->debug,
			.fuse_options = (const char *const *)m->fuse_words.items,
			.children = rdb_views_children(m->views),
			.ready = serving,
			.ready_arg = m},
		.backups = {.store = m->store,
			.archives = m->archives,
			.types = m->types,
			.keeper = m->keeper,
			.monitor = m->monitor,
			.index = choose_index(m),
			.allow_delete = s->allow_delete},
		.uploads = {.cluster = m->cluster,
			.archives = m->archives,
			.policy = restore_policy(m),
			.rename_wait = (unsigned)s->rename_wait},
	};

	return rdb_filesystem_create(&config, &m->filesystem, err);
}

static int mount_and_serve(struct rdb_mounting *m, struct rdb_err *err)
{
	int ret = create_archives(m, err);

	hint_at_source(m);

	if (ret == 0)
		ret = create_leftovers(m, err);
	if (ret == 0 && rdb_views_create(&m->views) != 0)
		ret = rdb_err_sys(err, ENOMEM, "mounting");
	if (ret == 0)
		ret = create_mount(m, err);
	if (ret == 0 && !m->foreground)
		ret = rdb_background_enter(&m->background, err);
	if (ret == 0)
		rdb_leftovers_sweep(m->leftovers);
	if (ret == 0)
		ret = rdb_filesystem_serve(m->filesystem, err);
	rdb_notify("STOPPING=1");
	return ret;
}

static void release(struct rdb_mounting *m)
{
	rdb_filesystem_destroy(m->filesystem);
	rdb_views_destroy(m->views);
	rdb_keeper_destroy(m->keeper);
	rdb_monitor_destroy(m->monitor);
	rdb_types_destroy(m->types);
	rdb_leftovers_destroy(m->leftovers);
	free(m->state_dir);
	rdb_cluster_free(m->cluster);
	if (m->archives)
		rdb_archive_env_destroy(m->archives);
	rdb_store_close(m->store);
	rdb_list_free(&m->fuse_words);
	free(m->index_dir);
	free(m->source);
	free(m->mountpoint);
}

/* Reports an error to the waiting parent, or to the log if the parent has ended. */
static void pass_on(struct rdb_mounting *m, int exit_code, struct rdb_err *err)
{
	if (m->foreground || err->code == 0)
		return;
	if (m->ready)
		rdb_log_error("%s", err->text);
	else if (m->background.pipe >= 0)
		rdb_background_failed(&m->background, exit_code, err->text);
	else
		return;
	rdb_err_clear(err);
}

int rdb_command_mount(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct rdb_mounting m = {
		.settings = settings,
		.background.pipe = -1,
		.foreground = settings->foreground || settings->debug,
	};
	int ret, code = RDB_EXIT_OK;

	open_log(settings, RDB_LOG_TO_STDERR);
	/* Ignore SIGPIPE, so that the mount continues when the log's reader or the parent ends. */
	signal(SIGPIPE, SIG_IGN);
	ret = prepare(&m, err);
	if (ret == 0 && !settings->fake)
		ret = mount_and_serve(&m, err);
	if (ret != 0)
		code = m.ready ? RDB_EXIT_FAILED : ret == -EINVAL ? RDB_EXIT_USAGE : RDB_EXIT_MOUNT;
	pass_on(&m, code, err);
	release(&m);
	return code;
}
