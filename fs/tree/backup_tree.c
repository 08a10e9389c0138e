#include "tree/backup_tree.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#define FILES_MAX 65536 /* highest limit of file descriptors to request */
#define FILES_OWN 24    /* descriptors for folders and connections, not for archives */

static const struct rdb_fixed fixed[] = {
	{"latest", {.ino = RDB_INO_LATEST, .ops = &rdb_latest_ops}, RDB_INO_ROOT},
	{"archives", {.ino = RDB_INO_ARCHIVES, .ops = &rdb_archives_ops}, RDB_INO_ROOT},
	{"backup-now", {.ino = RDB_INO_BACKUP_NOW, .ops = &rdb_backup_now_ops}, RDB_INO_ROOT},
	{".rdbfs", {.ino = RDB_INO_CONTROL, .ops = &rdb_control_ops}, RDB_INO_ROOT},
	{"status", {.ino = RDB_INO_STATUS, .ops = &rdb_status_ops}, RDB_INO_CONTROL},
	{"status.json", {.ino = RDB_INO_STATUS_JSON, .ops = &rdb_json_ops}, RDB_INO_CONTROL},
	{"log", {.ino = RDB_INO_LOG, .ops = &rdb_log_ops}, RDB_INO_CONTROL},
	{"cluster", {.ino = RDB_INO_CLUSTER, .ops = &rdb_cluster_ops}, RDB_INO_CONTROL},
};

/* ---- creating ---- */

/* Raises the limit of open files up to FILES_MAX, and returns the new limit. A high limit can break
 * only programs that call select(), and rdbfs does not call select(). */
static size_t raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return FILES_OWN;
	if (limit.rlim_cur < FILES_MAX && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur;
}

static size_t descriptors(void)
{
	size_t limit = raise_limit();

	return limit > FILES_OWN ? limit - FILES_OWN : 0;
}

static void on_opened(void *arg, struct rdb_backup *backup)
{
	rdb_indexer_opened(((struct rdb_backup_tree *)arg)->indexer, backup);
}

static void on_ended(void *arg, struct rdb_backup *backup)
{
	rdb_indexer_ended(((struct rdb_backup_tree *)arg)->indexer, backup);
}

static int new_backups(struct rdb_backup_tree *tree)
{
	const struct rdb_backups_config config = {
		.store = tree->config.store,
		.archives = tree->config.archives,
		.types = tree->config.types,
		.pool = tree->mount->workers,
		.descriptors = descriptors(),
		.opened = on_opened,
		.ended = on_ended,
		.crowded = rdb_store_change_crowded,
		.arg = tree,
	};

	return rdb_backups_create(&config, &tree->backups);
}

static void add_nodes(struct rdb_backup_tree *tree)
{
	tree->mount->root =
		(struct rdb_node){.ino = RDB_INO_ROOT, .ops = &rdb_root_ops, .own = tree};
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		rdb_tree_add(tree->mount, &fixed[i]);
}

int rdb_backup_tree_create(struct rdb_mount *mount, const struct rdb_backup_tree_config *config,
	struct rdb_backup_tree **out)
{
	struct rdb_backup_tree *tree = calloc(1, sizeof(*tree));
	int ret;

	if (!tree)
		return -ENOMEM;
	tree->config = *config;
	tree->mount = mount;
	atomic_init(&tree->changed, mount->started);
	ret = rdb_jobs_create(config->monitor, &tree->jobs);
	if (ret == 0)
		ret = new_backups(tree);
	if (ret == 0)
		ret = rdb_indexer_create(
			config->index, config->store, tree->backups, &tree->indexer);
	if (ret != 0) {
		rdb_backup_tree_stop(tree);
		rdb_backup_tree_destroy(tree);
		return ret;
	}
	add_nodes(tree);
	*out = tree;
	return 0;
}

/* ---- starting and ending ---- */

static void on_backup(void *arg, struct rdb_job *job)
{
	struct rdb_backup_tree *tree = arg;
	struct rdb_job_facts facts;

	if (rdb_jobs_add(tree->jobs, job) == 0)
		return;
	rdb_job_facts(job, &facts);
	rdb_log_error("the backup %s runs, but .rdbfs/status does not show it: out of memory",
		facts.title);
}

static enum rdb_archive_state state_of(void *arg, const struct rdb_entry *entry)
{
	struct rdb_backup_tree *tree = arg;
	struct rdb_backup *backup = rdb_backups_find(tree->backups, entry->id);
	struct rdb_archive_facts facts;

	if (!backup)
		return RDB_ARCHIVE_UNVERIFIED;
	rdb_backup_facts(backup, &facts);
	rdb_backup_unref(backup);
	return facts.state;
}

static void start_keeper(struct rdb_backup_tree *tree)
{
	const struct rdb_keeper_hooks hooks = {.began = on_backup, .state = state_of, .arg = tree};
	struct rdb_err err = {0};

	if (rdb_keeper_start(tree->config.keeper, &hooks, &err) != 0)
		rdb_log_error("no backups can be made: %s", err.text);
}

void rdb_backup_tree_start(struct rdb_backup_tree *tree)
{
	struct rdb_store *store = tree->config.store;
	struct rdb_err err = {0};

	if (rdb_store_watch(store, rdb_store_change_notify, tree, &err) != 0)
		rdb_log_error("changes in %s will not be shown: %s", store->where, err.text);
	if (tree->config.keeper)
		start_keeper(tree);
	rdb_indexer_step(tree->indexer);
}

void rdb_backup_tree_stop(struct rdb_backup_tree *tree)
{
	if (!tree)
		return;
	rdb_store_unwatch(tree->config.store);
	if (tree->config.keeper)
		rdb_keeper_stop(tree->config.keeper);
	if (tree->backups)
		rdb_backups_stop(tree->backups);
}

void rdb_backup_tree_destroy(struct rdb_backup_tree *tree)
{
	if (!tree)
		return;
	rdb_indexer_destroy(tree->indexer);
	rdb_backups_destroy(tree->backups);
	rdb_jobs_destroy(tree->jobs);
	free(tree);
}
