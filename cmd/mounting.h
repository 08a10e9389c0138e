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

/* Sets in *m the mount point, the source, the folder for archives' indexes and the options for
 * libfuse. Checks the mount point, and opens the store. The caller frees the fields of *m even
 * after an error. */
int rdb_mounting_choose(struct rdb_mounting *m, struct rdb_err *err);

/* Creates m->cluster. If the settings name no cluster, asks the hosting service for the cluster's
 * address and certificate. The certificate is not used if the settings have TLS options. */
int rdb_mounting_cluster(struct rdb_mounting *m, struct rdb_err *err);

#endif
