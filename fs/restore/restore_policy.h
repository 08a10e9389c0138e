/*
 * Options for restoring tables, as given by the user: one set for all tables of a restore or of a
 * mount. Zero-initialised members are the defaults.
 */
#ifndef RDB_RESTORE_RESTORE_POLICY_H
#define RDB_RESTORE_RESTORE_POLICY_H

#include <stdbool.h>

struct rdb_leftovers;

/* Action for a table that exists already. */
enum rdb_existing {
	RDB_EXISTING_REFUSE, /* -EEXIST, before any data is sent */
	RDB_EXISTING_MERGE,  /* write into it; replace documents of the same key */
	/* Fill another table, then swap the two. Without an .info the new one gets the primary key,
	 * the indexes and the write hook of the existing table. */
	RDB_EXISTING_REPLACE,
	RDB_EXISTING_SYNC, /* write differences only (restore/sync_table.h) */
};

/* Returns the option's spelling: "--force", or "existing=merge" for a mount. */
const char *rdb_existing_option(enum rdb_existing existing, bool mounted);

struct rdb_restore_policy {
	enum rdb_existing existing;
	int shards, replicas;  /* 0: the server's default */
	unsigned clients;      /* connections; 0: 8 for a backup, 4 for a single table */
	int patience;          /* seconds of retries during failures; 0: 60; <0: none */
	bool hard_durability;  /* each batch is on disk before it is acknowledged */
	bool no_indexes;       /* restore neither indexes nor write hooks */
	bool keep_extra;       /* RDB_EXISTING_SYNC: keep documents and indexes not in the backup */
	bool complete;         /* count a missing index or write hook as a failure */
	bool mounted;          /* messages name the mount's options, not those of rdbfs restore */
	char delimiter;        /* delimiter of comma-separated values; 0: comma */
	const char *spool_dir; /* folder for documents that are kept on disk; NULL: TMPDIR, else
				  /var/tmp */
	/* Folder of progress files, so that the next run of the same archive into the same cluster
	 * skips the tables restored so far; NULL: none. */
	const char *state_dir;
	/* Must outlive the restore. NULL: a table that cannot be dropped at once is only logged. */
	struct rdb_leftovers *leftovers;
};

#endif
