/*
 * Bytes that can be read at any offset: the common interface of all layers (file or remote object,
 * then gzip, then a table; a fault-injecting layer in tests).
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
	 * Reads up to len bytes at off. Returns fewer only at the end of the content, 0 at or past
	 * it.
	 *   -EIO      the medium failed, or the content has changed since open
	 *   -EINTR    cancelled
	 *   -ENOMEM
	 */
	ssize_t (*pread)(struct rdb_source *source, void *buf, size_t len, uint64_t off,
		struct rdb_err *err);
	/* Frees the source and everything it owns. Cannot fail: nothing has to be written back. */
	void (*close)(struct rdb_source *source);
};

/* Version of the content: two sources of equal identity hold equal bytes. */
struct rdb_identity {
	uint64_t size; /* bytes */
	struct timespec mtime;
	/* Hash of a remote object's location and version (ETag); 0: a local file. Equal hashes need
	 * no comparison of the content. */
	uint64_t version;
};

struct rdb_source {
	const struct rdb_source_ops *ops;
	struct rdb_identity identity; /* constant after open */
	uint64_t home;                /* location, see writer/home.h; 0: unknown */
	bool remote;                  /* each pread may be a request: prefer few large ones */
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
 * Opens a regular file as a source. Takes ownership of the descriptor, also on failure. Every read
 * checks that size and mtime are those seen at open: a file that is overwritten in place returns
 * EIO, never a mixture of old and new bytes. name is for messages and is copied.
 *   -EINVAL  not a regular file
 *   -EIO -ENOMEM
 */
int rdb_source_file(int fd, const char *name, struct rdb_source **out, struct rdb_err *err);

/* Reads exactly len bytes; -EIO with a message when the content ends before. */
int rdb_source_read_exact(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err);

#endif
