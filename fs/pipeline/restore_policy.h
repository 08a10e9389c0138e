/*
 * The user's options for restoring tables, used for all tables of a restore or of a mount. A member
 * that is zero means the default.
 */
#ifndef RDB_PIPELINE_RESTORE_POLICY_H
#define RDB_PIPELINE_RESTORE_POLICY_H

#include "base/err.h"

#include <stdbool.h>

struct rdb_leftovers;

/* Handling of a table that exists before the restore. */
enum rdb_existing {
	RDB_EXISTING_REFUSE, /* fail with -EEXIST before any data is sent */
	RDB_EXISTING_MERGE,  /* write into the table; replace documents with the same key */
	/* fill a new table and exchange it with the existing table; if the restore has no .info
	 * file (a table's description), give the new table the existing table's primary key,
	 * indexes and write hook */
	RDB_EXISTING_REPLACE,
	RDB_EXISTING_SYNC, /* write only the differences (restore/sync_table.h) */
};

/* Returns the option's text for messages, for example "existing=merge" for a mount or "--force" for
 * a command. */
const char *rdb_existing_option(enum rdb_existing existing, bool mounted);

/*
 * Stores a message in *err. The message says which of the tables to restore exist already,
 * and which options allow the restore to change or replace these tables.
 * Returns -EEXIST.
 *   subject   text that says which tables exist
 *   harmless  text that says how to restore under another name instead
 *   several   true if more than one table exists
 *   mounted   true to name options of rdbfs mount, false to name options of rdbfs restore
 */
int rdb_existing_refuse(
	const char *subject, const char *harmless, bool several, bool mounted, struct rdb_err *err);

/* Sets the error for a blank file (empty or only white space) of an existing table. A blank file
 * without an .info file may be an incomplete copy, so it must not change the table. The caller has
 * checked the file and the table. Returns -EINVAL. */
int rdb_existing_refuse_blank(struct rdb_err *err);

struct rdb_restore_policy {
	enum rdb_existing existing;
	int shards, replicas;  /* 0 means the server's default */
	unsigned clients;      /* connections; 0 means 8 for a backup, or 4 for a table */
	int patience;          /* seconds of retries during failures; 0 means 60, < 0 means none */
	bool hard_durability;  /* each batch is on disk before it is acknowledged */
	bool no_indexes;       /* restore neither indexes nor write hooks */
	bool keep_extra;       /* for existing=sync: keep documents and indexes not in the backup */
	bool complete;         /* count a missing index or write hook as a failure */
	bool mounted;          /* messages name the options of a mount, not of the command */
	char delimiter;        /* delimiter of comma-separated values; 0 means comma */
	const char *spool_dir; /* folder for documents on disk; NULL means TMPDIR or /var/tmp */
	/* Folder of progress files, or NULL to use no progress file. With a progress file, the next
	 * run of the same restore skips the tables that this run has restored. */
	const char *state_dir;
	/* Drops unfinished tables later if the restore cannot drop them. Must outlive the restore.
	 * If NULL, these tables stay in the cluster. */
	struct rdb_leftovers *leftovers;
};

#endif
