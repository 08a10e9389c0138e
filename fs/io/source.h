/*
 * Source of bytes that can be read at any offset: a file, a remote object, or a layer above them,
 * such as decompression. Any number of threads may read at a time. The last user closes the source.
 */
#ifndef RDB_IO_SOURCE_H
#define RDB_IO_SOURCE_H

#include "base/err.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct rdb_source;

struct rdb_source_ops {
	/*
	 * Reads up to len bytes at the offset "off". Reads fewer bytes only at the end of the
	 * content.
	 * Returns:
	 *   > 0      the number of bytes
	 *   0        "off" is at or after the end of the content
	 *   -EIO     reading failed, or the content has changed since the source was opened
	 *   -EINTR   the read was cancelled
	 *   -ENOMEM  memory is exhausted
	 */
	ssize_t (*pread)(struct rdb_source *source, void *buf, size_t len, uint64_t off,
		struct rdb_err *err);
	/* Frees the source and all objects that the source owns. There is no error to return,
	 * because nothing was written. */
	void (*close)(struct rdb_source *source);
};

/* Identity of a version of the source's content. Sources with equal identities have equal bytes. */
struct rdb_identity {
	uint64_t size; /* bytes */
	struct timespec mtime;
	/* For a remote object, a hash of its location and version (ETag). For a local file, 0.
	 * Sources with the same hash have equal bytes, unless the hash is 0. */
	uint64_t version;
};

struct rdb_source {
	const struct rdb_source_ops *ops;
	struct rdb_identity identity; /* constant after open */
	uint64_t home;                /* location as defined in writer/home.h; 0 if unknown */
	bool remote;          /* a read may be a network request, so few large reads are better */
	atomic_uint failures; /* number of reads that returned -EIO */
};

static inline ssize_t rdb_source_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	ssize_t n = source->ops->pread(source, buf, len, off, err);

	if (n == -EIO)
		atomic_fetch_add(&source->failures, 1);
	return n;
}

/* Returns how many bytes can be read at the offset "off": len, or fewer at the source's end. */
static inline size_t rdb_source_limit(const struct rdb_source *source, size_t len, uint64_t off)
{
	uint64_t size = source->identity.size, left = off < size ? size - off : 0;

	return len < left ? len : (size_t)left;
}

static inline void rdb_source_close(struct rdb_source *source)
{
	if (source)
		source->ops->close(source);
}

/* Opens a regular file as a source. Takes ownership of fd, also after an error. If the file is
 * changed later, reads fail with -EIO. Returns 0, -EINVAL, -EIO or -ENOMEM. */
int rdb_source_file(int fd, const char *name, struct rdb_source **out, struct rdb_err *err);

/* Creates a source that reads a byte range of the source "whole". Takes ownership of "whole", also
 * on failure. Returns 0 or -ENOMEM. */
int rdb_source_slice(
	struct rdb_source *whole, uint64_t offset, uint64_t size, struct rdb_source **out);

/* Reads exactly len bytes. Returns 0, -EIO with a message if the content ends too early, or an
 * error of rdb_source_pread(). */
int rdb_source_read_exact(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err);

#endif
