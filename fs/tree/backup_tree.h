/*
 * The trees of backups in a mount: the root with its backups, archives/, backup-now and .rdbfs/.
 * struct rdb_backup_tree is what their nodes share. The root's node points to it.
 */
#ifndef RDB_TREE_BACKUP_TREE_H
#define RDB_TREE_BACKUP_TREE_H

#include "backup/backup.h"
#include "backup/indexer.h"
#include "mount/tree.h"
#include "schedule/keeper.h"
#include "store/store.h"
#include "tree/jobs.h"

/* Inode numbers of the fixed nodes (files and directories that always exist). */
enum {
	RDB_INO_LATEST = RDB_INO_FIXED,
	RDB_INO_ARCHIVES,
	RDB_INO_CONTROL,
	RDB_INO_STATUS,
	RDB_INO_STATUS_JSON,
	RDB_INO_LOG,
	RDB_INO_BACKUP_NOW,
	RDB_INO_CLUSTER,
	RDB_INO_BACKUP_TREE_END, /* first number that these trees do not use */
};

/* The pointers refer to objects that the caller owns, and that must outlive the tree. */
struct rdb_backup_tree_config {
	struct rdb_store *store;
	struct rdb_archive_env *archives;
	struct rdb_types *types;
	/* Keeper: an object that makes backups by schedule, and on request through the file
	 * "backup-now". If NULL, the mount makes no backups and has no file "backup-now". The tree
	 * starts and stops the keeper. */
	struct rdb_keeper *keeper;
	struct rdb_monitor *monitor; /* may be NULL */
	enum rdb_indexer_choice index;
	bool allow_delete; /* rmdir of a backup's directory deletes the backup */
};

struct rdb_backup_tree {
	struct rdb_backup_tree_config config;
	struct rdb_mount *mount;
	struct rdb_backups *backups;
	struct rdb_indexer *indexer;
	struct rdb_jobs *jobs;
	_Atomic time_t changed;      /* time of the last change of the listing */
	atomic_bool changing;        /* the task "change" is queued */
	struct rdb_pool_task change; /* updates the backups (store_change.c) */
	atomic_bool unreadable;      /* the store cannot be read; this was logged */
	_Atomic size_t log_size;     /* size of .rdbfs/log as last shown */
	atomic_bool learning;        /* a task is reading the types of backups */
};

/* Adds to a mount the nodes that show backups: the root directory, the symbolic link latest, the
 * directories archives/ and .rdbfs/, and the file backup-now. Must be called before
 * rdb_mount_begin(). Returns 0 or -ENOMEM. */
int rdb_backup_tree_create(struct rdb_mount *mount, const struct rdb_backup_tree_config *config,
	struct rdb_backup_tree **out);

/* Starts to follow changes of the store, to make backups, and to index the archives. If a part
 * cannot be started, logs the error and continues. */
void rdb_backup_tree_start(struct rdb_backup_tree *tree);

/* Stops following the store's changes, stops the keeper (the thread that makes backups), and
 * prevents the archives from starting further tasks. Answers all requests that wait for the keeper
 * or for an archive. "tree" may be NULL. */
void rdb_backup_tree_stop(struct rdb_backup_tree *tree);

/* Frees the tree. Called after rdb_mount_end(). tree may be NULL. */
void rdb_backup_tree_destroy(struct rdb_backup_tree *tree);

static inline struct rdb_backup_tree *rdb_backup_tree_of(const struct rdb_mount *mount)
{
	return mount->root.own;
}

/* ---- the fixed nodes ---- */

extern const struct rdb_node_ops rdb_root_ops;       /* root.c */
extern const struct rdb_node_ops rdb_latest_ops;     /* root.c */
extern const struct rdb_node_ops rdb_archives_ops;   /* original.c */
extern const struct rdb_node_ops rdb_backup_now_ops; /* backup_now.c */
extern const struct rdb_node_ops rdb_control_ops;    /* control.c */
extern const struct rdb_node_ops rdb_status_ops;     /* control.c */
extern const struct rdb_node_ops rdb_json_ops;       /* control.c */
extern const struct rdb_node_ops rdb_log_ops;        /* control.c */
extern const struct rdb_node_ops rdb_cluster_ops;    /* cluster_files.c */

/* Answers a lookup of the name "latest" with the symbolic link *node, or with ENOENT if the mount
 * has no backup. */
void rdb_latest_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node); /* root.c */

/* ---- store_change.c: changes of the store ---- */

/* Called after the store's listing has changed. Queues a task that marks backups as gone if the
 * listing lacks them, and notifies the kernel. Does not wait for the task. arg is the struct
 * rdb_backup_tree. */
void rdb_store_change_notify(void *arg);

/* Makes the kernel forget the unused nodes of "backup", so that the backup's archive can be closed.
 * Called when too many archives are open. Does not wait. arg is the struct rdb_backup_tree. */
void rdb_store_change_crowded(void *arg, struct rdb_backup *backup);

#endif
