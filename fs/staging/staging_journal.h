/*
 * The journal of staging tables. The journal is a folder with a record (a file) for each table
 * that is being filled, and must be dropped if this process is killed. The process that fills the
 * table locks the file, so a record without a lock belongs to a process that has ended.
 *
 * A record is a JSON object with these members:
 *   cluster  "host:port"
 *   db       the table's database
 *   table    the table's name
 *   before   an earlier name that the table may have; missing if there is none
 *   id       the table's UUID in the cluster; "" if unknown
 *   boot     the start of the machine during which the record was created; "" if unknown
 *   made_db  whether the database was created for the table
 *
 * Threads: any thread, but one at a time for each entry.
 */
#ifndef RDB_STAGING_STAGING_JOURNAL_H
#define RDB_STAGING_STAGING_JOURNAL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* ---- one record ---- */

struct json_t;

struct rdb_staging_record {
	const char *cluster, *db, *table;
	const char *before; /* NULL if there is no earlier name */
	const char *id, *boot;
	bool made_db;
	struct json_t *root; /* owns the texts of a parsed record; else NULL */
};

/* Appends the record to "out" as text. Returns 0 or -ENOMEM. */
int rdb_staging_record_format(const struct rdb_staging_record *record, struct rdb_buf *out);

/* Parses a record, which the caller frees after success. Returns 0, or -EINVAL if the text is
 * malformed, lacks a required member, or identifies the table neither by an id nor by temporary
 * names. */
int rdb_staging_record_parse(const char *text, size_t len, struct rdb_staging_record *out);
void rdb_staging_record_free(struct rdb_staging_record *record);

/* Returns true if the recorded table may be complete, so that the caller must not drop the table.
 * "boot" is the machine's present boot id, or "" if unknown. */
bool rdb_staging_record_is_doubtful(const struct rdb_staging_record *record, const char *boot);

/* ---- the folder ---- */

struct rdb_staging_journal;

/* Handle of a record (a file in a journal's folder). The handle keeps the file open and locked. A
 * zero-initialised handle has no record. */
struct rdb_staging_entry {
	struct rdb_staging_journal *journal; /* journal of the record; NULL if there is no record */
	char *file;
	int fd; /* descriptor of the locked file */
};

/* Opens a journal. dir is created with the mode 0700 if it does not exist. Returns 0, -ENOMEM, or
 * an error of mkdir() or open(). */
int rdb_staging_journal_open(const char *dir, struct rdb_staging_journal **out);
void rdb_staging_journal_close(struct rdb_staging_journal *journal); /* journal may be NULL */

/* Returns the machine's boot id, which changes with each restart, or "" if the id is unknown. */
const char *rdb_staging_journal_boot(const struct rdb_staging_journal *journal);

/* Adds a record, which is complete and locked before other processes can find it. Returns 0, or an
 * error of open(), flock() or write(). */
int rdb_staging_journal_add(struct rdb_staging_journal *journal,
	const struct rdb_staging_record *record, struct rdb_staging_entry *out);

/* Receives the record of a process that has ended. *entry is the record's locked file. "changed" is
 * the time of the record's last change. Returns true to take ownership of *entry, or false if the
 * caller must close *entry. */
typedef bool rdb_staging_take(void *arg, const struct rdb_staging_record *record,
	const struct rdb_staging_entry *entry, time_t changed);

/* Finds the records of processes that have ended, locks these records, and passes each record to
 * take(). */
void rdb_staging_journal_each_dead(
	struct rdb_staging_journal *journal, rdb_staging_take *take, void *arg);

/* Replaces the record's content. Returns 0, -EIO or -ENOMEM. */
int rdb_staging_entry_write(
	const struct rdb_staging_entry *entry, const struct rdb_staging_record *record);

/* Removes a record, so that no process drops the recorded table. Returns 0, or an error of unlink()
 * if the record remains. */
int rdb_staging_entry_remove(const struct rdb_staging_entry *entry);

/* Closes the record's file, and thereby unlocks the file. The record stays in the journal. */
void rdb_staging_entry_close(struct rdb_staging_entry *entry);

#endif
