/* The state of a mount, shared by the files of the mounting command. */
#ifndef RDB_CMD_MOUNTING_H
#define RDB_CMD_MOUNTING_H

#include "base/budget.h"
#include "cmd/background.h"
#include "cmd/settings.h"
#include "compose/filesystem.h"

struct rdb_mounting {
	const struct rdb_settings *settings;
	char *mountpoint;
	char *source;
	bool source_unnamed;      /* no source was given: the default folder is used */
	char *index_dir;          /* NULL if indexes are not stored */
	struct rdb_budget budget; /* limit for decoded and received data in memory, in bytes */
	char *state_dir;          /* folder of the journal of interrupted restores; NULL if none */
	struct rdb_list fuse_words;
	struct rdb_store *store;
	struct rdb_archive_env *archives;
	struct rdb_cluster *cluster;
	struct rdb_types *types;
	struct rdb_monitor *monitor; /* NULL without monitoring */
	struct rdb_keeper *keeper;   /* makes the backups; NULL if the source is read-only */
	struct rdb_leftovers *leftovers;
	struct rdb_views *views;
	struct rdb_filesystem *filesystem;
	struct rdb_background background;
	bool foreground;
	bool ready;
};

/*
 * Determines and checks the mount point, the source, the folder in which the indexes of archives
 * are stored, and libfuse's options. Then opens the store. The caller frees the fields of *m even
 * after an error. Returns 0, or a negative errno with a message in *err.
 */
int rdb_mounting_choose(struct rdb_mounting *m, struct rdb_err *err);

/*
 * Creates the struct rdb_cluster from the settings, as rdb_secret_cluster() does. If the settings
 * name no cluster, asks the hosting service that stores the backups for the cluster's address. The
 * service's certificate is then used too, unless the settings have TLS options. If the service does
 * not report an address, the settings' default address is used.
 */
int rdb_mounting_cluster(struct rdb_mounting *m, struct rdb_err *err);

#endif
