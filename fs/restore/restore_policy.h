/*
 * How tables are restored, as the user asked for it: one set of choices for all tables of a restore
 * or of a mount. Zero-initialised members are the defaults.
 */
#ifndef RDB_RESTORE_RESTORE_POLICY_H
#define RDB_RESTORE_RESTORE_POLICY_H

#include <stdbool.h>

struct rdb_leftovers;

/* What to do with a table that exists already. */
enum rdb_existing {
	RDB_EXISTING_REFUSE, /* -EEXIST, before anything is sent */
	RDB_EXISTING_MERGE,  /* write into it; documents of the same key are replaced */
	/* Fill another, then swap them. While there is no .info it has the primary key, the indexes
	 * and the write hook of the one that exists. */
	RDB_EXISTING_REPLACE,
	RDB_EXISTING_SYNC, /* write only what differs (restore/sync_table.h) */
};

/* How the user asks for it: "--force", or "existing=merge" where it is mounted. */
const char *rdb_existing_option(enum rdb_existing existing, bool mounted);

struct rdb_restore_policy {
	enum rdb_existing existing;
	int shards, replicas;  /* 0: the server's default */
	unsigned clients;      /* connections at once; 0: 8 for a backup, 4 for a single table */
	int patience;          /* seconds of retries while the cluster fails; 0: 60; <0: none */
	bool hard_durability;  /* each batch is on disk before it is acknowledged */
	bool no_indexes;       /* neither indexes nor write hooks */
	bool keep_extra;       /* RDB_EXISTING_SYNC: what the backup lacks stays */
	bool complete;         /* an index or write hook that is missing is a failure */
	bool mounted;          /* messages name the mount's options, not those of rdbfs restore */
	char delimiter;        /* of comma-separated values; 0: a comma */
	const char *spool_dir; /* for documents that wait for their .info; NULL: TMPDIR, else
				  /var/tmp */
	/* A folder where a restore notes which tables are restored, so that the next try of the
	 * same archive into the same cluster passes over them; NULL: nowhere. */
	const char *state_dir;
	/* Outlives the restore. NULL: what cannot be dropped at once is only logged. */
	struct rdb_leftovers *leftovers;
};

#endif
