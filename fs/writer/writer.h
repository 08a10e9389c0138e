/*
 * Writes one archive: a gzip file around a tar of TOP/DATABASE/TABLE.info and
 * TOP/DATABASE/TABLE.json, as `rethinkdb restore` reads it. The last member of the tar is an index
 * (embed.h).
 *
 * Tables are written in parallel. The archive itself is a trunk (trunk.h). One table at a time owns
 * the trunk and is appended directly. The size in this table's tar header is left open, as a stored
 * block, and is filled in when the table ends. The text of the other tables is compressed and
 * stored in the spool, which is one file without a name beside the archive (spool.h).
 *
 * When the owner ends, the tables that ended in the spool are copied into the archive, in the order
 * of their end. The next owner is then the open table with the largest estimate. Text of this
 * table that is in the spool is copied first. Large tables should therefore begin first. Archive
 * and spool together never need more than the archive's final size and one chunk.
 *
 * If the output has branches (output.h), one more table is written directly for each branch. At the
 * end the branches are joined. In a pipe no size can be filled in, so every table is spooled until
 * the table is complete. The disk then needs space for all spooled tables.
 *
 * The memory needed is that of rdb_deflater (2 * threads + 2 chunks in progress, and one chunk for
 * each open table). For each MiB of text, 16 bytes of index are needed, and 24 bytes more while the
 * text is in the spool.
 *
 * Errors of the archive are final: the first error is stored, and afterwards every call except
 * rdb_writer_abort() returns this error. rdb_wtable_abort() does not affect other tables.
 *
 * Any thread may call the functions rdb_writer_*. No other call may be in progress during
 * rdb_writer_commit() and rdb_writer_abort(). A table is used by one thread at a time. The calls
 * wait for the disk and for free processors. The program must ignore SIGPIPE and SIGXFSZ, so that
 * writing to a closed pipe or a too large file returns an errno.
 */
#ifndef RDB_WRITER_WRITER_H
#define RDB_WRITER_WRITER_H

#include "base/cancel.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_output;
struct rdb_writer;
struct rdb_wtable;

/* Options of rdb_writer_create(). All strings are copied. */
struct rdb_writer_options {
	/* Destination of the archive. rdb_writer_create() takes ownership of the output, even if
	 * rdb_writer_create() fails. If NULL, the archive is written to "path", or to "fd" if
	 * "path" is also NULL. */
	struct rdb_output *output;
	const char *path; /* the archive's final name; if NULL, fd is used */
	int fd;           /* descriptor of a stream; not closed */
	/* Folder for the temporary file (spool.h). NULL means $TMPDIR or /var/tmp. Ignored if the
	 * output has its own folder (output.h). */
	const char *spool;
	/* Name of the archive's top folder, which contains all members. If NULL, the name is the
	 * archive's file name without the extension .tar.gz or .tgz. The file name is that of
	 * "output", or that of "path" if "output" is NULL. */
	const char *top;
	const char *type; /* type of the backup, such as daily: at most 16 of a-z, 0-9 and "-" */
	int level;        /* ISA-L for 0 to 3, zlib for 4 to 9 */
	unsigned threads; /* threads for compression; 0 means one per processor */
	bool low;         /* threads run at idle priority */
	bool overwrite;   /* replaces an existing archive; used only with path */
	/* Cancel request (base/cancel.h) with which any thread can cancel the writer, or NULL.
	 * After rdb_cancel_fire(), all functions that write to the archive return -ECANCELED. The
	 * request must outlive the writer. */
	const struct rdb_cancel *cancel;
	int64_t time; /* mtime of all members in seconds; 0 means the time of writing */
};

/*
 * Begins an archive. An archive that is written to "path" has a hidden name (partial.h) until the
 * archive is complete.
 * Returns:
 *   0        *out is the writer
 *   -EINVAL  "level", "type", "top" or "path" is not valid
 *   -EINVAL  "output", "path" and "top" are all NULL
 *   -EEXIST  the archive exists, and "overwrite" is false
 *   -EBUSY   another process is writing the archive
 *   -ENOMEM  memory is exhausted
 *   other    an error of open() or write()
 */
int rdb_writer_create(
	const struct rdb_writer_options *options, struct rdb_writer **out, struct rdb_err *err);

/*
 * Begins a table. "info" is the content of the table's .info file. "estimate" is the table's
 * expected size, in a unit that is the same for all tables.
 * Returns:
 *   0              *out is the table
 *   -EINVAL        a name cannot be a file's name
 *   -ENAMETOOLONG  a name is too long for a file
 *   -ENOMEM        memory is exhausted
 *   other          the archive has already failed with this error
 */
int rdb_writer_table(struct rdb_writer *writer, const char *db, const char *table, const char *info,
	uint64_t estimate, struct rdb_wtable **out, struct rdb_err *err);

/* Appends text to the table's .json file. The texts of all calls for a table together must be
 * "[\n", then the documents, then "\n]\n". */
int rdb_wtable_write(struct rdb_wtable *table, const void *text, size_t len, struct rdb_err *err);

/* Ends the table and frees it, also on failure. "documents" is the number of the table's documents,
 * or -1 if unknown. */
int rdb_wtable_end(struct rdb_wtable *table, int64_t documents, struct rdb_err *err);

/* Discards and frees a table for which rdb_wtable_end() was not called. The archive then contains
 * nothing of the table. table may be NULL. */
void rdb_wtable_abort(struct rdb_wtable *table);

/* Sets the JSON text for the section FACT of the archive's index (see index/embed.h). This section
 * has facts about the backup. Returns 0 or -ENOMEM. */
int rdb_writer_facts(struct rdb_writer *writer, const char *json, struct rdb_err *err);

struct rdb_writer_totals {
	uint64_t text;    /* bytes written to tables so far */
	uint64_t archive; /* bytes of the archive so far, without spooled tables */
	uint64_t waiting; /* compressed bytes of tables in the spool */
	uint64_t tables;  /* number of ended tables */
};

void rdb_writer_totals(struct rdb_writer *writer, struct rdb_writer_totals *out);

/*
 * Makes the complete archive durable and visible, and frees the writer. After an error, the
 * writer still exists, and the caller must call rdb_writer_abort().
 * Returns:
 *   0           the archive is complete
 *   -EEXIST     another process has created a file with the final name
 *   -EINVAL     a table was neither ended nor aborted
 *   -ECANCELED  the archive was cancelled
 *   other       an error of writing the archive, such as -ENOSPC, -EIO or -EPIPE
 */
int rdb_writer_commit(
	struct rdb_writer *writer, struct rdb_writer_totals *totals, struct rdb_err *err);

/* Cancels the archive: all later calls on the writer and its tables return -ECANCELED, and waiting
 * calls return -ECANCELED at once. Any thread may call this function, until rdb_writer_commit() or
 * rdb_writer_abort() is called. */
void rdb_writer_cancel(struct rdb_writer *writer);

/* Removes the archive, and frees the writer and its open tables. writer may be NULL. */
void rdb_writer_abort(struct rdb_writer *writer);

#endif
