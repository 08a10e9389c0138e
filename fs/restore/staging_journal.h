/*
 * Journal of staging tables: a folder with one file, a record, for each table that is being
 * filled and has to be dropped if this process is killed. The process that fills the table holds
 * the lock of the file, so an unlocked record belongs to a dead process.
 *
 * A record is a JSON object:
 *	cluster  "host:port"
 *	db, table  the name of the table
 *	before   an earlier name that the table may still have; absent: none
 *	id       its UUID in the cluster; "": not known
 *	boot     the machine's start during which the record was created; "": not known
 *	made_db  whether the table's database was created for it
 *
 * Threads: any, but one thread at a time for an entry.
 */
#ifndef RDB_RESTORE_STAGING_JOURNAL_H
#define RDB_RESTORE_STAGING_JOURNAL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* ---- one record ---- */

struct json_t;

struct rdb_staging_record {
	const char *cluster, *db, *table;
	const char *before; /* NULL: none */
	const char *id, *boot;
	bool made_db;
	struct json_t *root; /* owns the texts of a parsed record; else NULL */
};

/* Appends the record's text. -ENOMEM. */
int rdb_staging_record_format(const struct rdb_staging_record *record, struct rdb_buf *out);

/*
 * Parses a record. Text after the object is ignored, since a shorter record is written over a
 * longer one. The record must be freed after success.
 *   -EINVAL  invalid: a member is missing or of another type, the id is too long, or a table
 *            without id has a name that is no staging name
 */
int rdb_staging_record_parse(const char *text, size_t len, struct rdb_staging_record *out);
void rdb_staging_record_free(struct rdb_staging_record *record);

/*
 * Returns whether the table may be complete. For a table that is filled under its own name only the
 * record says that it is not; and a record from before the last start of the machine may have been
 * removed and reappeared, with a disk that lost its last writes or was reset to an earlier state.
 */
bool rdb_staging_record_is_doubtful(const struct rdb_staging_record *record, const char *boot);

/* ---- the folder ---- */

struct rdb_staging_journal;

/* A record in the folder; zero-initialised: no record. */
struct rdb_staging_entry {
	struct rdb_staging_journal *journal; /* NULL: none */
	char *file;
	int fd; /* locked */
};

/* Opens a journal. dir is created if missing (0700). -ENOMEM; errors of mkdir and open. */
int rdb_staging_journal_open(const char *dir, struct rdb_staging_journal **out);
void rdb_staging_journal_close(struct rdb_staging_journal *journal); /* NULL: no effect */

/* Returns the id of this start of the machine; "": not known. */
const char *rdb_staging_journal_boot(const struct rdb_staging_journal *journal);

/* Creates a record, which is locked before others can find it. Errors of open, flock, write. */
int rdb_staging_journal_add(struct rdb_staging_journal *journal,
	const struct rdb_staging_record *record, struct rdb_staging_entry *out);

/* Calls take for each record of a dead process, with the time of its last change. If take returns
 * true, it owns the entry, which is locked; else the entry is closed. */
void rdb_staging_journal_each_dead(struct rdb_staging_journal *journal,
	bool (*take)(void *arg, const struct rdb_staging_record *record,
		const struct rdb_staging_entry *entry, time_t changed),
	void *arg);

/* Replaces the record's content. -EIO -ENOMEM. */
int rdb_staging_entry_write(
	const struct rdb_staging_entry *entry, const struct rdb_staging_record *record);

/* Removes the record, and invalidates it for sweeps that have opened it already. 0, or a negative
 * errno: it is still valid. */
int rdb_staging_entry_remove(const struct rdb_staging_entry *entry);

/* Closes the entry; the record stays, unlocked. */
void rdb_staging_entry_close(struct rdb_staging_entry *entry);

#endif
