/* The tables of a backup, facts about them, and readers of their bytes, for archives and for
 * folders of exported files alike. Until the first scan has ended, look-ups find only what it has
 * found so far. Any thread may call all functions, except some of struct rdb_reader. A function
 * waits only if its comment says so. */
#ifndef RDB_ARCHIVE_ARCHIVE_H
#define RDB_ARCHIVE_ARCHIVE_H

#include "base/budget.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "format/member.h"
#include "index/index_key.h"
#include "io/source.h"
#include "stream/read.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct rdb_archive;
struct rdb_archive_env;
struct rdb_reader;

/* ---- what all archives of a process share ---- */

/* Decides when readers get the last bytes of a table. Applies to archives that have only one
 * checksum, stored after all tables. Until the scan has verified this checksum, damage in the
 * tables may be undetected. */
enum rdb_verify {
	RDB_VERIFY_LAZY,   /* at once, although the scan may report damage later */
	RDB_VERIFY_STRICT, /* only when the scan has verified the archive */
};

struct rdb_archive_env_options {
	uint64_t cache_size;       /* bytes for decompressed data and decoders together */
	struct rdb_budget *budget; /* shared budget, used instead of cache_size; may be NULL */
	const char *index_dir; /* path of the folder of indexes, or NULL; the string is copied */
	/* Maximum number of decoders that all readers together use. A reader that has no decoder
	 * gets one even beyond this maximum. 0 means the number of processors. */
	unsigned decoders;
	bool allow_damaged; /* serve bytes that may be damaged, and the ends of damaged tables */
	enum rdb_verify verify;
};

/* Creates the caches and settings that all open archives share. Logs a warning if the folder of
 * indexes cannot be used. Returns 0 or -ENOMEM. */
int rdb_archive_env_create(const struct rdb_archive_env_options *options,
	struct rdb_archive_env **out, struct rdb_err *err);

/* Stops the running scans, waits for their end, and frees the environment. The caller must first
 * drop all references to archives. */
void rdb_archive_env_destroy(struct rdb_archive_env *env);

/* Returns the number of bytes of memory that decompressed data and decoders use. The value is shown
 * in .rdbfs/status. */
uint64_t rdb_archive_env_used(struct rdb_archive_env *env);

/* ---- one backup ---- */

enum rdb_archive_state {
	RDB_ARCHIVE_UNVERIFIED, /* not scanned to the end */
	RDB_ARCHIVE_SCANNING,   /* the first scan is waiting or running */
	RDB_ARCHIVE_OK,         /* read to the end, and all checksums are right */
	RDB_ARCHIVE_DAMAGED,    /* the content before the damage is available */
	RDB_ARCHIVE_UNREADABLE, /* no table is readable, so listing the archive fails with -EIO */
	/* The archive's disk or remote store has failed, but the archive may be undamaged. Listing
	 * fails with -EIO if tables may be missing. */
	RDB_ARCHIVE_UNREACHABLE,
	RDB_ARCHIVE_STATES, /* number of states */
};

/*
 * Returns the text that the attribute user.rdbfs.state shows for a state of an archive.
 * Returns:
 *   "unverified"   for RDB_ARCHIVE_UNVERIFIED
 *   "indexing"     for RDB_ARCHIVE_SCANNING
 *   "ok"           for RDB_ARCHIVE_OK
 *   "damaged"      for RDB_ARCHIVE_DAMAGED and RDB_ARCHIVE_UNREADABLE
 *   "unreachable"  for RDB_ARCHIVE_UNREACHABLE
 */
const char *rdb_archive_state_name(enum rdb_archive_state state);

/* Returns true if the state is RDB_ARCHIVE_DAMAGED or RDB_ARCHIVE_UNREADABLE, the two states of an
 * archive that is known to be damaged. Returns false for any other state. An archive in the state
 * RDB_ARCHIVE_UNREACHABLE may be undamaged. */
bool rdb_archive_state_is_damaged(enum rdb_archive_state state);

/* Returns true if the state is the result of a scan that has ended, or of a failed opening. */
bool rdb_archive_state_is_final(enum rdb_archive_state state);

/* Open an archive. Each function takes ownership of "source" or "dirfd", even on failure.
 * rdb_archive_open() reads the start and the end of the archive. The parameter "name" is used in
 * messages. Both return 0, -ENOMEM or -EIO. */
int rdb_archive_open(struct rdb_archive_env *env, struct rdb_source *source, const char *name,
	struct rdb_archive **out, struct rdb_err *err);
int rdb_archive_open_dir(struct rdb_archive_env *env, int dirfd, const char *name,
	struct rdb_archive **out, struct rdb_err *err);

/* Opens an archive file or a folder of exported tables. Takes ownership of fd, also on failure.
 * Returns 0, or an error of rdb_source_file() or rdb_archive_open(). */
int rdb_archive_open_fd(struct rdb_archive_env *env, int fd, const char *name,
	struct rdb_archive **out, struct rdb_err *err);

struct rdb_archive *rdb_archive_ref(struct rdb_archive *archive);
/* Drops a reference. If no reference is left, stops the scan and frees the archive. archive may be
 * NULL. */
void rdb_archive_unref(struct rdb_archive *archive);

/* Starts the archive's scan at low priority, unless the scan has begun. If "urgent" is true, the
 * scan gets normal priority until it finds the next member, even if the scan has begun before.
 * Returns 0, or -ENOMEM if no thread is available now. */
int rdb_archive_scan(struct rdb_archive *archive, bool urgent);

struct rdb_archive_facts {
	enum rdb_archive_state state;
	uint64_t scanned;   /* bytes of the archive that the scan has read */
	uint64_t size;      /* bytes of the archive */
	uint64_t documents; /* documents of all tables found so far; final in the state OK */
	uint64_t tables;
	uint64_t damaged; /* number of damaged tables if checked is true; else 0 */
	/* Reason for the states DAMAGED, UNREADABLE and UNREACHABLE. For UNREACHABLE, the text ends
	 * with what to do next. */
	struct rdb_err error;
	char server[64]; /* version of the dumped server; "" if unknown */
	char top[128];   /* name of the archive's top folder, truncated to fit; "" if unknown */
	time_t taken;    /* start of the backup, if rdbfs has recorded it; 0 if unknown */
	bool checked;    /* the archive has checksums of all ranges, so no wrong byte is served */
};

void rdb_archive_facts(struct rdb_archive *archive, struct rdb_archive_facts *facts);

/* Sets *facts for an archive of "size" bytes that could not be opened or read. *err is the reason.
 * The state is RDB_ARCHIVE_UNVERIFIED if this process has no memory or descriptors left, and
 * RDB_ARCHIVE_UNREACHABLE otherwise. */
void rdb_archive_facts_unopened(
	struct rdb_archive_facts *facts, uint64_t size, const struct rdb_err *err);

/* Sets *err to the message "NAME can't be read: REASON". NAME is the archive's name "name", and
 * REASON is the text of facts->error. Returns -EIO. Called in the state RDB_ARCHIVE_UNREACHABLE.
 * "err" may be NULL. */
int rdb_archive_err_unreachable(
	const struct rdb_archive_facts *facts, const char *name, struct rdb_err *err);

/*
 * Reads the facts about a remote archive from the folder of indexes, without reading the archive.
 * The version in *identity must be known. If the folder has no index for the archive, stores the
 * facts of an archive that was never scanned, and returns 0.
 *
 * Returns:
 *   0        *facts is set
 *   -ENOENT  the archive must be opened, because the archive contains its own index
 *   -ENOMEM  memory is exhausted
 *   -EIO     any other failure
 */
int rdb_archive_facts_stored(struct rdb_archive_env *env, const struct rdb_identity *identity,
	struct rdb_archive_facts *facts);

/* Size in bytes of the array for the text of rdb_archive_state_text(), such as "damaged: 1 of 21
 * tables". */
#define RDB_ARCHIVE_STATE_TEXT 80
void rdb_archive_state_text(
	const struct rdb_archive_facts *facts, char out[RDB_ARCHIVE_STATE_TEXT]);

/* Waits until the archive's scan has ended, and stores the final facts in *facts. Starts the scan
 * if needed. If no thread can run the scan, facts->state is RDB_ARCHIVE_UNREADABLE. cancel may be
 * NULL. Returns 0, or -ECANCELED if *cancel has fired. */
int rdb_archive_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel,
	struct rdb_archive_facts *facts);

/*
 * Waits until all tables of the archive are listed. Starts the scan if needed. cancel may be NULL.
 *
 * Returns:
 *   0           all tables are listed, or the scan has ended with an error
 *   -ECANCELED  *cancel has fired
 *   -ENOMEM     no thread can run the scan
 */
int rdb_archive_list_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel);

/* Waits until the name of the archive's top folder is known, or the archive is known to have none.
 * Parameters and results are those of rdb_archive_list_complete(). */
int rdb_archive_top_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel);

/* ---- members ---- */

/*
 * Look up a member or a database of the archive.
 *
 * Returns:
 *   0        *out is set
 *   -ENOENT  the archive has no such name
 *   -EAGAIN  the scan may still find the name (see struct rdb_waiter)
 *   -EIO     the name may be in a part that is damaged, or was not read because the source failed
 */
int rdb_archive_find(
	struct rdb_archive *archive, const char *db, const char *file, struct rdb_member *out);
int rdb_archive_find_db(struct rdb_archive *archive, const char *db, struct rdb_database *out);

/* Stores in *out the facts about a table. "number" is the number of the table's member in the
 * archive (struct rdb_member). */
void rdb_archive_table_facts(
	struct rdb_archive *archive, uint32_t number, struct rdb_table_facts *out);

/* A damaged byte range in the text of a member. */
struct rdb_damaged_part {
	uint64_t from, to;               /* first offset and end in the member's text */
	uint64_t source_from, source_to; /* first offset and end in the archive; equal if unknown */
};

/* Finds, in a member's text, the first damaged range that ends after the offset. Returns false if
 * no such range is known. All ranges are known only after the scan has read the whole archive. */
bool rdb_archive_member_damage(struct rdb_archive *archive, uint32_t number, uint64_t offset,
	struct rdb_damaged_part *out);

/*
 * rdb_archive_each_db() calls emit() for each database, and rdb_archive_each_member() calls emit()
 * for each member of the database "db". The calls are in ascending order of the names, begin at the
 * position "from", and end when emit() returns false. No lock is held during emit(). The strings
 * passed to emit() live as long as the archive.
 *
 * Returns:
 *   0        all entries were emitted, or emit() returned false
 *   -EAGAIN  the scan has not yet found all entries, and emit() was not called
 *   -EIO     the archive is unreadable, or its source failed before all entries were found
 *   -ENOENT  rdb_archive_each_member() was called with an unknown database
 */
int rdb_archive_each_db(struct rdb_archive *archive, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg);
int rdb_archive_each_member(struct rdb_archive *archive, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg);

/* wake(arg) is called after each new member and at the end of the archive's scan. wake() must
 * neither wait nor call rdb_archive_wait_remove(). */
struct rdb_waiter {
	void (*wake)(void *arg);
	void *arg;
	struct rdb_waiter *next; /* link in the archive's list of waiters */
};

/* Adds the waiter, and calls wake() once. The scan's thread makes the later calls. */
void rdb_archive_wait(struct rdb_archive *archive, struct rdb_waiter *waiter);
void rdb_archive_wait_remove(struct rdb_archive *archive, struct rdb_waiter *waiter);

/* ---- for layers above ---- */

/* Returns the object that a higher layer keeps with the archive. The first call creates the object
 * with create(). When the archive is freed, destroy() frees the object. Returns NULL if memory is
 * exhausted. */
void *rdb_archive_attach(
	struct rdb_archive *archive, void *(*create)(void), void (*destroy)(void *object));

/* Returns true if the archive is a folder and the list of its tables is complete. Each table in a
 * folder has its own file. Therefore, some tables may be readable even in the state
 * RDB_ARCHIVE_UNREACHABLE. */
bool rdb_archive_is_listed_folder(const struct rdb_archive *archive);

/* Returns the backup's name for messages. The name lives as long as the archive. */
const char *rdb_archive_name(const struct rdb_archive *archive);

/* Returns the descriptor of the folder in which indexes are kept, or -1 if indexes are not kept. */
int rdb_archive_index_dir(const struct rdb_archive *archive);

/* Identifies the content of a member. Members with equal identities have equal bytes. */
struct rdb_member_identity {
	unsigned char key[RDB_INDEX_KEY]; /* hash of the archive or, in a folder, of the file */
	uint32_t number;                  /* number of the member in the archive; 0 in a folder */
};

/* Stores the identity of a member's content in *out. If the archive is a folder, reads the start
 * and the end of the member's file. Returns 0, or an error of opening or reading this file. */
int rdb_archive_identify(struct rdb_archive *archive, const struct rdb_member *member,
	struct rdb_member_identity *out);

/* ---- reading a table at any offset ---- */

/* Opens a reader of the member "number". The reader allocates its buffers at its first read.
 * Returns 0, or -ENOMEM if the reader cannot be allocated. */
int rdb_reader_open(struct rdb_archive *archive, uint32_t number, struct rdb_reader **out);
void rdb_reader_close(struct rdb_reader *reader);

/* Lets the reader read a damaged table to its end, except the damaged ranges. Has no effect if the
 * damaged ranges are unknown. Call before the first read. Do not call to copy a whole table,
 * because copying a damaged table must fail. */
void rdb_reader_accept_parts(struct rdb_reader *reader);

/*
 * Reads the table's "len" bytes at the offset "off", but at most RDB_READ_MAX bytes. The
 * result *out stays valid until rdb_read_done(), even after rdb_reader_close(). Never waits
 * for other readers.
 *
 * Returns:
 *   0        *out is set
 *   -ENOMEM  memory is exhausted
 *   -EIO     the bytes are damaged or cannot be read
 *   -EAGAIN  the table's end is held back until the archive is verified (RDB_VERIFY_STRICT);
 *            start rdb_archive_scan(), and read again after the scan's end
 */
int rdb_reader_read(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/* Returns whether the archive's source has failed since the reader was opened, for example in an
 * outage. Bytes that could not be read may then be undamaged. */
bool rdb_reader_source_failed(const struct rdb_reader *reader);

/* Stores the len bytes at "off" in *out and returns true, if the bytes are already decompressed.
 * The caller must then call rdb_read_done(). Does not wait. Any thread may call this function, even
 * during a read. */
bool rdb_reader_ready(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out);

/* Decompresses in advance up to 256 KiB of the bytes after the reader's last read. Skips bytes
 * that are already decompressed. Waits for the disk and the decompression. The next read reports
 * errors. */
void rdb_reader_ahead(struct rdb_reader *reader);

/* Decompresses one block (at most 256 KiB) that the reader will probably need later. Called by a
 * second thread, while another thread calls rdb_reader_ahead() for the reader's next bytes. Returns
 * false if nothing was decompressed. */
bool rdb_reader_help(struct rdb_reader *reader);

/* Returns true if rdb_reader_help() would now find a block to decompress. Any thread may call this
 * function. */
bool rdb_reader_can_help(struct rdb_reader *reader);

/* Returns how many bytes after the end of the reader's last read are already decompressed, or
 * SIZE_MAX if reading ahead is useless. Any thread may call this function. */
size_t rdb_reader_lead(struct rdb_reader *reader);

#endif
