/* The file system of rdbfs: one mount with all trees, which it starts and ends in order. No thread
 * starts before rdb_filesystem_serve(), so that the program can fork after rdb_filesystem_create().
 */
#ifndef RDB_COMPOSE_FILESYSTEM_H
#define RDB_COMPOSE_FILESYSTEM_H

#include "mount/mount.h"
#include "tree/backup_tree.h"
#include "upload/uploads.h"

struct rdb_filesystem;

struct rdb_filesystem_config {
	struct rdb_mount_config mount;
	struct rdb_backup_tree_config backups;
	struct rdb_uploads_config uploads;
};

/* Creates the file system, checks the mount point, and mounts the file system at the mount point.
 * Returns 0, or an error of rdb_mount_create() or rdb_mount_begin(). */
int rdb_filesystem_create(const struct rdb_filesystem_config *config, struct rdb_filesystem **out,
	struct rdb_err *err);

/* Answers requests until the file system is unmounted or SIGINT, SIGTERM or SIGHUP arrives. Returns
 * 0 or -EIO. */
int rdb_filesystem_serve(struct rdb_filesystem *filesystem, struct rdb_err *err);

/* Frees the struct. If the file system is still mounted, unmounts it first. filesystem may be NULL.
 */
void rdb_filesystem_destroy(struct rdb_filesystem *filesystem);

#endif
