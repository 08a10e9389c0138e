/* Functions that update the mount's backups and notify the kernel after the store has changed, for
 * example because a backup was added or removed. */
#include "base/log.h"
#include "tree/listed.h"

#include <stdlib.h>

static void vanished(void *arg, struct rdb_backup *backup)
{
	struct rdb_backup_tree *tree = arg;

	rdb_notify_entry(tree->mount, RDB_INO_CLUSTER, backup->name);
	rdb_notify_entry(tree->mount, RDB_INO_ARCHIVES, backup->file);
	rdb_notify_entries(tree->mount, backup->name);
}

static void changed_task(void *arg)
{
	struct rdb_backup_tree *tree = arg;
	const struct rdb_listing *listing = NULL;

	atomic_store(&tree->changing, false);
	if (rdb_listed_current(tree->mount, &listing) != 0)
		listing = NULL;
	if (rdb_backups_changed(tree->backups, listing, vanished, tree) != 0)
		rdb_log_error("no memory to follow changes in %s", tree->config.store->where);
	atomic_store(&tree->changed, time(NULL));
	rdb_notify_attrs(tree->mount);
	rdb_notify_attr(tree->mount, RDB_INO_ARCHIVES);
	rdb_notify_attr(tree->mount, RDB_INO_CLUSTER);
	if (tree->config.keeper)
		rdb_keeper_wake(tree->config.keeper);
	if (listing) {
		rdb_listing_unref(listing);
		rdb_indexer_step(tree->indexer);
	}
}

void rdb_store_change_notify(void *arg)
{
	struct rdb_backup_tree *tree = arg;

	if (atomic_exchange(&tree->changing, true))
		return;
	tree->change = (struct rdb_pool_task){.run = changed_task, .arg = tree};
	rdb_notifier_submit(&tree->mount->notifier, &tree->change);
}

struct crowd {
	struct rdb_mount *mount;
	struct rdb_backup *backup; /* with a reference */
};

static void crowded_task(void *arg)
{
	struct crowd *crowd = arg;

	rdb_notify_entries(crowd->mount, crowd->backup->name);
	rdb_backup_unref(crowd->backup);
	free(crowd);
}

void rdb_store_change_crowded(void *arg, struct rdb_backup *backup)
{
	struct rdb_backup_tree *tree = arg;
	struct crowd *crowd = malloc(sizeof(*crowd));

	if (!crowd)
		return;
	crowd->mount = tree->mount;
	crowd->backup = rdb_backup_ref(backup);
	if (rdb_notifier_run(&tree->mount->notifier, crowded_task, crowd) == 0)
		return;
	rdb_backup_unref(backup);
	free(crowd);
}
