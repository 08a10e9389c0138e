/*
 * The catalogue of one backup: which tables it has, what is known about them, and readers for
 * their bytes. The same for an archive (.tar, .tar.gz, …) and for a folder of exported files.
 *
 * Opening reads nothing but the index cache. The first scan, front to back, runs on the
 * environment's threads and makes members known one by one; lookups are answered from what is
 * known so far.
 *
 * Threads: everything here may be called by any thread, but for one struct rdb_reader, which
 * serves one caller at a time where it doesn't say otherwise. Nothing here but rdb_reader_read()
 * waits for I/O, unless it says so.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_H
#define RDB_ARCHIVE_ARCHIVE_H

#include "base/budget.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>

struct rdb_archive;
struct rdb_archive_env;
struct rdb_reader;

/* ---- what all archives of a process share ---- */

/* When the end of a table is served of an archive that has one checksum, at its end. */
enum rdb_verify {
	RDB_VERIFY_LAZY,   /* at once: damage is noticed later, by the scan */
	RDB_VERIFY_STRICT, /* once the scan has verified the archive */
};

struct rdb_archive_env_options {
	uint64_t cache_size; /* bytes that decompressed data and decoders may take, all told */
	struct rdb_budget *budget; /* what limits them instead, with other caches; NULL: cache_size
				    */
	const char *index_dir;     /* where indexes are kept; NULL: nowhere. Copied. */
	unsigned decoders;  /* how many may run so that one reader has two; 0: one a processor */
	bool allow_damaged; /* serve the last bytes of tables whose checksum is wrong */
	enum rdb_verify verify;
};

/* 0 or -ENOMEM. An index folder that can't be used is logged and done without. */
int rdb_archive_env_create(const struct rdb_archive_env_options *options,
	struct rdb_archive_env **out, struct rdb_err *err);

/* Waits for the scans under way (they notice and stop). Every archive must be closed before. */
void rdb_archive_env_destroy(struct rdb_archive_env *env);

/* Bytes held now, for .rdbfs/status. */
uint64_t rdb_archive_env_used(struct rdb_archive_env *env);

/* ---- one backup ---- */

enum rdb_archive_state {
	RDB_ARCHIVE_UNVERIFIED, /* nothing known yet, or read from an index but not to its end */
	RDB_ARCHIVE_SCANNING,   /* the first scan is waiting or under way */
	RDB_ARCHIVE_OK,         /* read to its end, checksums and all */
	RDB_ARCHIVE_DAMAGED,    /* what lies before the damage is there; facts.error says more */
	RDB_ARCHIVE_UNREADABLE, /* no table at all, and no word of rdbfs that it has none: listing
				   it fails with EIO */
};

/* "unverified", "indexing", "ok", "damaged", "damaged": the words of user.rdbfs.state. */
const char *rdb_archive_state_name(enum rdb_archive_state state);

/*
 * Opens an archive over its bytes, or a folder of exported tables. name is the backup's name,
 * for messages. Takes source (or dirfd) over, also on failure. Returns one reference.
 * Waits only for local reads of a few KiB (the identity, the index).
 *   -EIO      not even its ends can be read
 *   -ENOMEM
 */
int rdb_archive_open(struct rdb_archive_env *env, struct rdb_source *source, const char *name,
	struct rdb_archive **out, struct rdb_err *err);
int rdb_archive_open_dir(struct rdb_archive_env *env, int dirfd, const char *name,
	struct rdb_archive **out, struct rdb_err *err);

/* Either of them, by what fd is. Takes it over, also on failure. */
int rdb_archive_open_fd(struct rdb_archive_env *env, int fd, const char *name,
	struct rdb_archive **out, struct rdb_err *err);

struct rdb_archive *rdb_archive_ref(struct rdb_archive *archive);
void rdb_archive_unref(struct rdb_archive *archive); /* the last one stops the scan */

/*
 * Starts the scan unless one ran or runs. urgent: somebody waits, so not at idle priority. That
 * holds until the next member is found: whoever goes on waiting says so again. 0, or -ENOMEM: no
 * thread can be had now; the archive is as before, and a later call tries again.
 */
int rdb_archive_scan(struct rdb_archive *archive, bool urgent);

struct rdb_archive_facts {
	enum rdb_archive_state state;
	uint64_t scanned;   /* bytes of the archive read by the scan so far */
	uint64_t size;      /* bytes of the archive */
	uint64_t documents; /* in all tables known so far; final when state is OK */
	uint64_t tables;
	uint64_t damaged; /* tables, when DAMAGED and all others are known to be whole; else 0 */
	struct rdb_err error; /* words when DAMAGED or UNREADABLE */
	char server[64];      /* version of the server dumped, "" unknown */
	char top[128];        /* the one top folder, truncated; "" unknown */
	bool checked; /* it tells what it should contain: no wrong byte is read unnoticed, whatever
			 the state */
};

void rdb_archive_facts(struct rdb_archive *archive, struct rdb_archive_facts *facts);

/* The state's word, and "damaged: 1 of 21 tables" where that is known. */
#define RDB_ARCHIVE_STATE_TEXT 80
void rdb_archive_state_text(
	const struct rdb_archive_facts *facts, char out[RDB_ARCHIVE_STATE_TEXT]);

/*
 * Scans it to its end, not at idle priority, and waits for that: its checksums and its structure
 * are verified then. cancel may be NULL. 0: the facts are final; -ECANCELED
 */
int rdb_archive_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel,
	struct rdb_archive_facts *facts);

/* Waits until the listings of the tables are complete, which an archive that brings its index along
 * has at once. Starts the scan where that is needed. cancel may be NULL. 0, -ECANCELED, or -ENOMEM:
 * no thread can scan it now */
int rdb_archive_list_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel);

/* ---- members ---- */

enum rdb_member_kind { RDB_MEMBER_INFO, RDB_MEMBER_JSON, RDB_MEMBER_CSV };

struct rdb_member {
	const char *db;   /* database; lives as long as the archive */
	const char *file; /* "posts.json"; lives as long as the archive */
	enum rdb_member_kind kind;
	uint32_t number; /* of the member within its archive; dense from 0 */
	uint64_t size;   /* bytes */
	struct timespec mtime;
};

struct rdb_database {
	const char *name;      /* lives as long as the archive */
	uint32_t number;       /* of the database within its archive; dense from 0 */
	struct timespec mtime; /* of its newest member known so far; 0: it has none */
};

/* What a table is; unknown counts are -1, unknown texts empty. */
struct rdb_table_facts {
	int64_t documents;
	int64_t indexes;
	bool damaged; /* known once the archive's state is DAMAGED */
	char primary_key[128];
};

/*
 * Looks a member or a database up.
 *   0         found
 *   -ENOENT   the archive has none of that name
 *   -EAGAIN   not known yet: the scan has not come that far (use rdb_archive_wait)
 *   -EIO      not found before the damage: whether it is there can't be known
 */
int rdb_archive_find(
	struct rdb_archive *archive, const char *db, const char *file, struct rdb_member *out);
int rdb_archive_find_db(struct rdb_archive *archive, const char *db, struct rdb_database *out);

/* What is known of the table that a member (its .json or its .info) belongs to. */
void rdb_archive_table_facts(
	struct rdb_archive *archive, uint32_t number, struct rdb_table_facts *out);

/* A part of a member that is damaged. */
struct rdb_damaged_part {
	uint64_t from, to;               /* offsets in the member's text */
	uint64_t source_from, source_to; /* offsets in the archive; equal: not known */
};

/* The first damaged part of a member that ends behind an offset of its text. False: there is none,
 * or the archive was not read to its end. */
bool rdb_archive_member_damage(struct rdb_archive *archive, uint32_t number, uint64_t offset,
	struct rdb_damaged_part *out);

/*
 * Complete, sorted listings. emit returns false to stop. from: entries to skip, for readdir.
 * Calls emit without a lock held; the strings live as long as the archive.
 *   -EAGAIN   the scan has not ended
 *   -EIO      unreadable
 *   -ENOENT   no such database
 */
int rdb_archive_each_db(struct rdb_archive *archive, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg);
int rdb_archive_each_member(struct rdb_archive *archive, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg);

/*
 * To be called back when something new is known: wake(arg) runs once, on the caller's thread,
 * while it is added (what it waits for may have come just before), then on the scan's thread
 * after each new member and at the end of the scan, until the waiter is removed. It must not
 * wait. When remove returns, no wake is running nor will run (do not call it from inside wake).
 */
struct rdb_waiter {
	void (*wake)(void *arg);
	void *arg;
	struct rdb_waiter *next; /* the archive's */
};

void rdb_archive_wait(struct rdb_archive *archive, struct rdb_waiter *waiter);
void rdb_archive_wait_remove(struct rdb_archive *archive, struct rdb_waiter *waiter);

/* ---- reading a table at any offset ---- */

#define RDB_READ_MAX (1024 * 1024) /* bytes one read may ask for */
#define RDB_READ_IOV 16

struct rdb_block;

struct rdb_read {
	struct iovec iov[RDB_READ_IOV];
	int count;
	size_t len; /* bytes in all; fewer than asked for only at the end of the member */
	struct rdb_block *blocks[RDB_READ_IOV]; /* what they are in, one each */
};

/* Gives the bytes back. Any thread may, while others read on. Does nothing the second time. */
void rdb_read_done(struct rdb_read *read);

/* Holds a reference to the archive. 0, -ENOMEM. Cheap: memory is taken by the first read. */
int rdb_reader_open(struct rdb_archive *archive, uint32_t number, struct rdb_reader **out);
void rdb_reader_close(struct rdb_reader *reader);

/*
 * Reads. The bytes are the caller's to look at until rdb_read_done(), whatever is read or closed
 * meanwhile. Waits for the disk and for its own decompression, never for another reader's.
 *   -EIO      the medium failed, the archive is damaged there, or it changed since it was opened
 *   -EAGAIN   RDB_VERIFY_STRICT, and the end of the table is asked for before the scan has verified
 *             the archive: see rdb_archive_scan(), rdb_archive_wait()
 *   -ENOMEM
 * After a failure out holds nothing.
 */
int rdb_reader_read(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/*
 * The same without waiting, by any thread, also while another reads: true when the bytes asked
 * for were decompressed before. Never those at the end of the member.
 */
bool rdb_reader_ready(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out);

/*
 * Decompresses up to 256 KiB of what follows what was read, so that the next read finds it there.
 * Waits as rdb_reader_read() does. A failure is left to the read that comes upon it.
 */
void rdb_reader_ahead(struct rdb_reader *reader);

/*
 * A second thread may do this beside the one that reads and goes ahead, when it has been found
 * useful: decompresses 256 KiB of what is farther ahead, behind a checkpoint of the index. False:
 * there was nothing to do.
 */
bool rdb_reader_help(struct rdb_reader *reader);
bool rdb_reader_can_help(struct rdb_reader *reader); /* By any thread. */

/* How many bytes rdb_reader_ahead() has come ahead; SIZE_MAX when it has nothing to do, or when
 * the last reads did not follow one another. By any thread. */
size_t rdb_reader_lead(struct rdb_reader *reader);

#endif
