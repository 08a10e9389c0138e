#include "compose/filesystem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct rdb_filesystem {
	struct rdb_mount *mount;
	struct rdb_backup_tree *backups;
	struct rdb_uploads *uploads;
};

static int add_trees(struct rdb_filesystem *filesystem, const struct rdb_filesystem_config *config,
	struct rdb_err *err)
{
	int ret = rdb_backup_tree_create(filesystem->mount, &config->backups, &filesystem->backups);

	if (ret == 0)
		ret = rdb_uploads_create(filesystem->mount, &config->uploads, &filesystem->uploads);
	return ret ? rdb_err_sys(err, -ret, "mounting") : 0;
}

int rdb_filesystem_create(const struct rdb_filesystem_config *config, struct rdb_filesystem **out,
	struct rdb_err *err)
{
	struct rdb_filesystem *filesystem = calloc(1, sizeof(*filesystem));
	int ret;

	if (!filesystem)
		return rdb_err_sys(err, ENOMEM, "mounting");
	ret = rdb_mount_create(&config->mount, &filesystem->mount, err);
	if (ret == 0)
		ret = add_trees(filesystem, config, err);
	if (ret == 0)
		ret = rdb_mount_begin(filesystem->mount, err);
	if (ret != 0) {
		rdb_filesystem_destroy(filesystem);
		return ret;
	}
	*out = filesystem;
	return 0;
}

int rdb_filesystem_serve(struct rdb_filesystem *filesystem, struct rdb_err *err)
{
	int ret = rdb_uploads_start(filesystem->uploads);

	if (ret != 0)
		return rdb_err_set(err, EIO, "no thread could be started: %s", strerror(-ret));
	ret = rdb_mount_start(filesystem->mount, err);
	if (ret != 0)
		return ret;
	rdb_backup_tree_start(filesystem->backups);
	return rdb_mount_serve(filesystem->mount, err);
}

/* Ends all background work, and answers the kernel's waiting requests. The connection to the kernel
 * must still be open, because the answers are sent through this connection. */
static void end_work(struct rdb_filesystem *filesystem)
{
	struct rdb_mount *mount = filesystem->mount;

	atomic_store(&mount->stopping, true);
	rdb_backup_tree_stop(filesystem->backups);
	rdb_notifier_end(&mount->notifier);
	rdb_tree_stop_children(mount);
	if (filesystem->uploads)
		rdb_uploads_stop(filesystem->uploads);
}

void rdb_filesystem_destroy(struct rdb_filesystem *filesystem)
{
	if (!filesystem)
		return;
	if (filesystem->mount) {
		end_work(filesystem);
		rdb_mount_end(filesystem->mount);
	}
	rdb_uploads_destroy(filesystem->uploads);
	rdb_backup_tree_destroy(filesystem->backups);
	rdb_mount_destroy(filesystem->mount);
	free(filesystem);
}
