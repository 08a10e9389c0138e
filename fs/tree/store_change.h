/* Changes of the store: updates the backups, and notifies the kernel. */
#ifndef RDB_TREE_STORE_CHANGE_H
#define RDB_TREE_STORE_CHANGE_H

struct rdb_backup;

/* Callback for rdb_store_watch(), called after a change of the store's listing. Does not wait: the
 * notifier's thread, which notifies the kernel of changed directories, updates the backups later.
 * arg is the struct rdb_backup_tree. */
void rdb_store_change_notify(void *arg);

/* Called when too many archives are open. Makes a thread ask the kernel to forget the backup's
 * directory and the files in it that no process has open. The backup's archive can be closed when
 * the kernel has forgotten all of them. arg is the struct rdb_backup_tree. */
void rdb_store_change_crowded(void *arg, struct rdb_backup *backup);

#endif
