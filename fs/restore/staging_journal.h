/*
 * The journal of staging tables: a folder with a record, which is a file, of each table that is
 * being filled and has to be dropped should this process be killed. The process that fills the
 * table holds the lock of the file, so an unlocked record is one of a dead process.
 *
 * A record is a JSON object:
 *	cluster  "host:port"
 *	db, table  the name of the table
 *	before   a name that it may have before it has this one; absent: none
 *	id       its UUID in the cluster; "": not known
 *	boot     the start of the machine that the record was made in; "": not known
 *	made_db  whether the table's database was made for it
 *
 * Threads: any, but an entry is one thread's at a time.
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
	struct json_t *root; /* owns the texts of one that was parsed; else NULL */
};

/* Appends the record's text. -ENOMEM. */
int rdb_staging_record_format(const struct rdb_staging_record *record, struct rdb_buf *out);

/*
 * What follows the object is ignored, since a record that becomes shorter is written over a longer
 * one. Free it if this succeeds.
 *   -EINVAL  no record: a member is missing or of another type, the id is too long for one, or a
 *            table without id has a name that is no staging name
 */
int rdb_staging_record_parse(const char *text, size_t len, struct rdb_staging_record *out);
void rdb_staging_record_free(struct rdb_staging_record *record);

/*
 * Whether the table may be complete. Of a table that is filled under its own name only the record
 * tells that it is not; and one from before the machine was started may have come back after it was
 * removed, with a disk that lost its last writes or was set back.
 */
bool rdb_staging_record_is_doubtful(const struct rdb_staging_record *record, const char *boot);

/* ---- the folder ---- */

struct rdb_staging_journal;

/* A record in the folder; zero-initialised: none. */
struct rdb_staging_entry {
	struct rdb_staging_journal *journal; /* NULL: none */
	char *file;
	int fd; /* locked */
};

/* dir is made if missing (0700). -ENOMEM; errors of mkdir and open. */
int rdb_staging_journal_open(const char *dir, struct rdb_staging_journal **out);
void rdb_staging_journal_close(struct rdb_staging_journal *journal); /* NULL is nothing */

/* This start of the machine; "": not known. */
const char *rdb_staging_journal_boot(const struct rdb_staging_journal *journal);

/* Makes a record that is locked as soon as it can be found. Errors of open, flock, write. */
int rdb_staging_journal_add(struct rdb_staging_journal *journal,
	const struct rdb_staging_record *record, struct rdb_staging_entry *out);

/* Calls take with each record of a dead process, and the time at which it was changed last. take
 * returns whether it takes the entry over, which is locked; else the entry is closed. */
void rdb_staging_journal_each_dead(struct rdb_staging_journal *journal,
	bool (*take)(void *arg, const struct rdb_staging_record *record,
		const struct rdb_staging_entry *entry, time_t changed),
	void *arg);

/* Writes the record anew. -EIO -ENOMEM. */
int rdb_staging_entry_write(
	const struct rdb_staging_entry *entry, const struct rdb_staging_record *record);

/* Removes the record, so that no sweep that has it open already finds it either. 0, or a negative
 * errno: it is still valid. */
int rdb_staging_entry_remove(const struct rdb_staging_entry *entry);

/* Closes it; the record stays, unlocked. */
void rdb_staging_entry_close(struct rdb_staging_entry *entry);

#endif
