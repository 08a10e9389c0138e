/*
 * The catalogue of one backup: its tables, what is known about them, and readers of their bytes.
 * Archives (.tar, .tar.gz, …) and folders of exported files have the same interface.
 *
 * Opening reads only the index cache. The first scan, front to back, runs on the environment's
 * threads and adds members one by one; look-ups are answered from what is known so far.
 *
 * Threads: any thread may call everything, except that one struct rdb_reader serves one caller at a
 * time where not stated otherwise. Only rdb_reader_read() waits for I/O, unless stated otherwise.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_H
#define RDB_ARCHIVE_ARCHIVE_H

#include "base/budget.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/source.h"
#include "format/member.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>

struct rdb_archive;
struct rdb_archive_env;
struct rdb_reader;

/* ---- what all archives of a process share ---- */

/* When to serve the end of a table of an archive whose only checksum is at its end. */
enum rdb_verify {
	RDB_VERIFY_LAZY,   /* at once: the scan reports damage later */
	RDB_VERIFY_STRICT, /* once the scan has verified the archive */
};

struct rdb_archive_env_options {
	uint64_t cache_size;       /* bytes for decompressed data and decoders together */
	struct rdb_budget *budget; /* budget shared with other caches, used in place of cache_size;
				      NULL: cache_size */
	const char *index_dir;     /* folder of indexes; NULL: none. Copied. */
	unsigned decoders;  /* decoders that may run at once for one reader to have two; 0: one per
			       processor */
	bool allow_damaged; /* serve the last bytes of tables whose checksum is wrong */
	enum rdb_verify verify;
};

/* Creates an environment. Returns 0 or -ENOMEM. An unusable index folder is logged and ignored. */
int rdb_archive_env_create(const struct rdb_archive_env_options *options,
	struct rdb_archive_env **out, struct rdb_err *err);

/* Stops the running scans and waits for them. Every archive must be closed before. */
void rdb_archive_env_destroy(struct rdb_archive_env *env);

/* Bytes of memory in use, for .rdbfs/status. */
uint64_t rdb_archive_env_used(struct rdb_archive_env *env);

/* ---- one backup ---- */

enum rdb_archive_state {
	RDB_ARCHIVE_UNVERIFIED, /* nothing known, or an index that does not reach the end */
	RDB_ARCHIVE_SCANNING,   /* the first scan is waiting or under way */
	RDB_ARCHIVE_OK,         /* read to its end, checksums verified */
	RDB_ARCHIVE_DAMAGED,    /* content before the damage is available; facts.error says more */
	RDB_ARCHIVE_UNREADABLE, /* no table at all, although rdbfs did not write it as empty:
				   listing it fails with EIO */
};

/* Returns the state as in user.rdbfs.state: "unverified", "indexing", "ok", or, in states DAMAGED
 * and UNREADABLE, "damaged". */
const char *rdb_archive_state_name(enum rdb_archive_state state);

/*
 * Opens an archive over its bytes, or a folder of exported tables. name: of the backup, for
 * messages. Takes ownership of source (or dirfd), also on failure. Returns one reference. Waits
 * only for local reads of a few KiB (identity and index).
 *   -EIO      the ends of the archive are unreadable
 *   -ENOMEM
 */
int rdb_archive_open(struct rdb_archive_env *env, struct rdb_source *source, const char *name,
	struct rdb_archive **out, struct rdb_err *err);
int rdb_archive_open_dir(struct rdb_archive_env *env, int dirfd, const char *name,
	struct rdb_archive **out, struct rdb_err *err);

/* Opens an archive or a folder, by the kind of fd. Takes ownership of fd, also on failure. */
int rdb_archive_open_fd(struct rdb_archive_env *env, int fd, const char *name,
	struct rdb_archive **out, struct rdb_err *err);

struct rdb_archive *rdb_archive_ref(struct rdb_archive *archive);
void rdb_archive_unref(struct rdb_archive *archive); /* the last reference stops the scan */

/*
 * Starts the scan unless it runs or has ended. urgent: a request is waiting for the scan, so do not
 * run at idle priority. Urgency lasts until the scan finds the next member: a request that must
 * wait longer calls this again. Returns 0, or -ENOMEM: no thread now; the archive is unchanged, and
 * a later call tries again.
 */
int rdb_archive_scan(struct rdb_archive *archive, bool urgent);

struct rdb_archive_facts {
	enum rdb_archive_state state;
	uint64_t scanned;   /* bytes of the archive that the scan has read */
	uint64_t size;      /* bytes of the archive */
	uint64_t documents; /* in all tables known so far; final in state OK */
	uint64_t tables;
	uint64_t damaged; /* number of damaged tables in state DAMAGED if all others are known to be
			     whole; else 0 */
	struct rdb_err error; /* reason in states DAMAGED and UNREADABLE */
	char server[64];      /* version of the dumped server; "": unknown */
	char top[128];        /* the top folder of the tables, truncated; "": unknown */
	bool checked; /* the archive has checksums of its spans: no wrong byte is served, whatever
			 the state */
};

void rdb_archive_facts(struct rdb_archive *archive, struct rdb_archive_facts *facts);

/* Text of the state, with "damaged: 1 of 21 tables" where that is known. */
#define RDB_ARCHIVE_STATE_TEXT 80
void rdb_archive_state_text(
	const struct rdb_archive_facts *facts, char out[RDB_ARCHIVE_STATE_TEXT]);

/*
 * Scans the archive to its end, urgently, and waits: afterwards checksums and structure are
 * verified. cancel may be NULL. Returns 0 (the facts are final) or -ECANCELED.
 */
int rdb_archive_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel,
	struct rdb_archive_facts *facts);

/* Waits until the listing of the tables is complete; an archive with an embedded index has it at
 * once. Starts the scan if needed. cancel may be NULL. Returns 0, -ECANCELED, or -ENOMEM: no thread
 * for the scan. */
int rdb_archive_list_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel);

/* ---- members ---- */

/*
 * Looks up a member or a database.
 *   0         found
 *   -ENOENT   the archive has none of that name
 *   -EAGAIN   not known yet: the scan has not reached it (use rdb_archive_wait)
 *   -EIO      not found before the damage: it may or may not exist
 */
int rdb_archive_find(
	struct rdb_archive *archive, const char *db, const char *file, struct rdb_member *out);
int rdb_archive_find_db(struct rdb_archive *archive, const char *db, struct rdb_database *out);

/* Facts about the table of a member (its .json or its .info). */
void rdb_archive_table_facts(
	struct rdb_archive *archive, uint32_t number, struct rdb_table_facts *out);

/* A damaged byte range of a member. */
struct rdb_damaged_part {
	uint64_t from, to;               /* offsets in the member's text */
	uint64_t source_from, source_to; /* offsets in the archive; equal: unknown */
};

/* Finds the first damaged byte range, of a member's text, that ends behind the given offset.
 * Returns false if there is none, or if the archive was not read to its end. */
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
 * Callback for progress: wake(arg) runs once on the caller's thread while the waiter is added (the
 * awaited member may have been found just before), then on the scan's thread after each new member
 * and at the end of the scan, until the waiter is removed. It must not wait. After
 * rdb_archive_wait_remove() no wake runs or will run (do not call that from wake).
 */
struct rdb_waiter {
	void (*wake)(void *arg);
	void *arg;
	struct rdb_waiter *next; /* the archive's */
};

void rdb_archive_wait(struct rdb_archive *archive, struct rdb_waiter *waiter);
void rdb_archive_wait_remove(struct rdb_archive *archive, struct rdb_waiter *waiter);

/* ---- reading a table at any offset ---- */

#define RDB_READ_MAX (1024 * 1024) /* bytes of one read at most */
#define RDB_READ_IOV 16

struct rdb_block;

struct rdb_read {
	struct iovec iov[RDB_READ_IOV];
	int count;
	size_t len; /* bytes in all; fewer than requested only at the end of the member */
	struct rdb_block *blocks[RDB_READ_IOV]; /* the blocks that hold the bytes, one per part */
};

/* Releases the bytes. Any thread may, while others continue to read. A second call does nothing. */
void rdb_read_done(struct rdb_read *read);

/* Opens a reader, which holds a reference to the archive. Returns 0 or -ENOMEM. Cheap: the first
 * read allocates memory. */
int rdb_reader_open(struct rdb_archive *archive, uint32_t number, struct rdb_reader **out);
void rdb_reader_close(struct rdb_reader *reader);

/*
 * Reads len bytes of the member at off. The bytes stay valid until rdb_read_done(), whatever is
 * read or closed meanwhile. Waits for the disk and for its own decompression, never for another
 * reader's.
 *   -EIO      the medium failed, the archive is damaged at the bytes, or it changed since it was
 *             opened
 *   -EAGAIN   RDB_VERIFY_STRICT, and the read includes the end of the table before the scan has
 *             verified the archive: see rdb_archive_scan(), rdb_archive_wait()
 *   -ENOMEM
 * After a failure out holds nothing.
 */
int rdb_reader_read(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/*
 * As rdb_reader_read(), without waiting, on any thread, also during another read. Returns true if
 * the bytes were decompressed before; always false for the end of the member.
 */
bool rdb_reader_ready(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out);

/*
 * Decompresses up to 256 KiB behind the last read, for the next one. Waits as rdb_reader_read()
 * does. Errors are not reported: the read that needs the damaged bytes returns them.
 */
void rdb_reader_ahead(struct rdb_reader *reader);

/*
 * Decompresses 256 KiB farther ahead, behind a checkpoint of the index. A second thread may call
 * this while the first one reads and calls rdb_reader_ahead(). Returns false if there is nothing to
 * do.
 */
bool rdb_reader_help(struct rdb_reader *reader);
bool rdb_reader_can_help(struct rdb_reader *reader); /* By any thread. */

/* Returns by how many bytes rdb_reader_ahead() is ahead of the last read; SIZE_MAX if there is
 * nothing to decompress, or the last reads were not sequential. May be called on any thread. */
size_t rdb_reader_lead(struct rdb_reader *reader);

#endif
