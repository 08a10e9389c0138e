/*
 * Bytes that can be read at any offset: the one interface that layers stack on (file or remote
 * object, then gzip, then a table; a fault-injecting layer in the tests).
 *
 * Threads: any number may call pread at once. The last user calls close when no call is running.
 */
#ifndef RDB_BASE_SOURCE_H
#define RDB_BASE_SOURCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct rdb_source;

struct rdb_source_ops {
	/*
	 * Reads up to len bytes at off. Fewer only at the end of the content; 0 at or past it.
	 *   -EIO      the medium failed, or the content is no longer what was opened
	 *   -EINTR    cancelled
	 *   -ENOMEM
	 */
	ssize_t (*pread)(struct rdb_source *source, void *buf, size_t len, uint64_t off,
		struct rdb_err *err);
	/* Frees the source and what it owns. Never fails: there is nothing to write back. */
	void (*close)(struct rdb_source *source);
};

/* Version of the content: two sources of equal identity hold equal bytes. */
struct rdb_identity {
	uint64_t size; /* bytes */
	struct timespec mtime;
	/* A hash of a remote object's place and its version there (ETag); 0: a local file. Equal
	 * ones need no look at the content. */
	uint64_t version;
};

struct rdb_source {
	const struct rdb_source_ops *ops;
	struct rdb_identity identity; /* never changes after open */
	uint64_t home;                /* where it lies, as writer/home.h has it; 0: unknown */
	bool remote;                  /* each pread may be a request: few large ones are better */
};

static inline ssize_t rdb_source_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	return source->ops->pread(source, buf, len, off, err);
}

static inline void rdb_source_close(struct rdb_source *source)
{
	if (source)
		source->ops->close(source);
}

/*
 * A regular file. Owns the descriptor from here on, also on failure. Every read checks that size
 * and mtime are those seen at open: a file that is overwritten in place returns EIO, never a
 * mixture of old and new bytes. name is for messages and is copied.
 *   -EINVAL  not a regular file
 *   -EIO -ENOMEM
 */
int rdb_source_file(int fd, const char *name, struct rdb_source **out, struct rdb_err *err);

/* Reads exactly len bytes: -EIO with words when the content ends before. */
int rdb_source_read_exact(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err);

#endif
