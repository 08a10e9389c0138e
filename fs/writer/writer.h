/*
 * Writes one archive: a gzip member around a tar of TOP/DATABASE/TABLE.info and .json, as
 * `rethinkdb restore` reads it, with an index as its last member (embed.h).
 *
 * Tables are written in parallel. The archive itself is a trunk (trunk.h), to which one table at a
 * time, its owner, is appended directly: the size in the table's tar header is left open, as a
 * stored block, and filled in when the table ends. Meanwhile the other tables are stored,
 * compressed, in the spool, one file without a name beside the archive (spool.h). The next owner is
 * the open table with the largest estimate, even if it has text in the spool: that text is copied
 * first. Tables that ended in the spool are copied, first come first served, before there is a next
 * owner. So begin large tables first, with honest estimates. What is on disk at any time is at most
 * the archive's final size and one chunk.
 *
 * An output with branches (output.h) takes as many tables directly as it has branches; at the end
 * the branches are joined. In a pipe no size can be filled in, so every table is spooled until it
 * is complete; the disk then holds all spooled tables.
 *
 * Memory: that of rdb_deflater (2 * threads + 2 chunks in progress, one for each open table), 16
 * bytes of index and, for each MiB of spooled text, 24 more.
 *
 * Errors of the archive are final: the first one is stored, and from then on every call but abort
 * returns it. Aborting a table (rdb_wtable_abort) does not affect others.
 *
 * Threads: rdb_writer_* may be called by any thread; commit and abort only when no other call is in
 * progress. A table is used by one thread at a time. Calls wait for the disk and for the cores. The
 * program must ignore SIGPIPE (pipes) and SIGXFSZ (file size limits) to get their errno.
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

/* Everything is copied. */
struct rdb_writer_options {
	struct rdb_output *output; /* target; the writer takes ownership, also on failure; NULL:
				      path or fd is used */
	const char *path;          /* the archive's final name; NULL: write to fd */
	int fd;                    /* descriptor, written in order, not closed */
	/* Folder for the spool if the output has none; NULL: $TMPDIR, else /var/tmp. With an output
	 * that has branches, a missing folder is an error only for tables that find no free branch.
	 */
	const char *spool;
	/* Name of the folder in the archive; NULL: that of output or path without .tar.gz, .tgz. */
	const char *top;
	const char *type; /* type of backup: on-demand, daily, …: lower-case letters, digits, "-";
			     at most 16 */
	int level;        /* 0 to 3: ISA-L, 4 to 9: zlib */
	unsigned threads; /* for compression; 0: one per processor */
	bool low;         /* threads run at idle priority */
	bool overwrite;   /* with path: replace an existing archive */
	const struct rdb_cancel *cancel; /* makes writes, create and commit return -ECANCELED; must
					    outlive the writer; NULL: none */
	int64_t time; /* mtime of all members, in seconds; 0: the time of writing */
};

/*
 * Creates the archive under a hidden name (partial.h), mode 0600.
 *   -EINVAL   level, type or top is not valid; no top given for fd
 *   -EEXIST   the archive exists, and overwrite is false
 *   -EBUSY    another process is writing it
 *   -ENOENT -ENOTDIR -EACCES -EROFS -ENOSPC -EDQUOT -EIO -ENAMETOOLONG …: of open() and write()
 *   -ENOMEM
 */
int rdb_writer_create(
	const struct rdb_writer_options *options, struct rdb_writer **out, struct rdb_err *err);

/*
 * Begins a table. info: text of its .info, which is stored before the .json. estimate: bytes of
 * text to follow, or any number that is comparable between tables.
 *   -EINVAL   a name is empty, "." or "..", or has a slash or a control character
 *   -ENAMETOOLONG
 *   -ENOMEM, and the archive's errors
 */
int rdb_writer_table(struct rdb_writer *writer, const char *db, const char *table, const char *info,
	uint64_t estimate, struct rdb_wtable **out, struct rdb_err *err);

/* Adds text of the .json, as readers will see it: "[\n", rows, "\n]\n". */
int rdb_wtable_write(struct rdb_wtable *table, const void *text, size_t len, struct rdb_err *err);

/* Ends the table and frees it, also on failure. documents: their number, -1: unknown. */
int rdb_wtable_end(struct rdb_wtable *table, int64_t documents, struct rdb_err *err);

/* Discards the table: the archive will contain nothing of it. Frees it. Accepts NULL. */
void rdb_wtable_abort(struct rdb_wtable *table);

/* Sets the facts of the index, JSON text (see embed.h). Returns 0 or -ENOMEM. */
int rdb_writer_facts(struct rdb_writer *writer, const char *json, struct rdb_err *err);

struct rdb_writer_totals {
	uint64_t text;    /* bytes written to tables so far */
	uint64_t archive; /* bytes of archive so far, without spooled tables; at the end, all */
	uint64_t waiting; /* compressed bytes of spooled tables */
	uint64_t tables;  /* ended */
};

void rdb_writer_totals(struct rdb_writer *writer, struct rdb_writer_totals *out);

/*
 * Completes the archive, makes it durable and visible under its name, and, on success, frees the
 * writer. After a failure abort must still be called, and no archive exists.
 *   -EEXIST   another process made a file of this name meanwhile
 *   -EINVAL   a table has not ended
 *   the archive's errors: -ENOSPC -EDQUOT -EIO -EPIPE -ECANCELED -ENOMEM …
 */
int rdb_writer_commit(
	struct rdb_writer *writer, struct rdb_writer_totals *totals, struct rdb_err *err);

/*
 * Makes every call return -ECANCELED, also waiting ones. Any thread may call this, but not after
 * commit or abort.
 */
void rdb_writer_cancel(struct rdb_writer *writer);

/* Removes the archive; frees the writer and its open tables. Accepts NULL. */
void rdb_writer_abort(struct rdb_writer *writer);

#endif
