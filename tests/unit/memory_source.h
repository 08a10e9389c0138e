/* Sources for tests: bytes in memory, and a layer that makes another source fail or wait. */
#ifndef RDB_TESTS_MEMORY_SOURCE_H
#define RDB_TESTS_MEMORY_SOURCE_H

#include "io/source.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct memory_source {
	struct rdb_source source;
	char *data; /* separate allocation, so that sanitizers detect a read past its end */
};

static ssize_t memory_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct memory_source *memory = (struct memory_source *)source;

	(void)err;
	if (off >= source->identity.size)
		return 0;
	if (len > source->identity.size - off)
		len = (size_t)(source->identity.size - off);
	memcpy(buf, memory->data + off, len);
	return (ssize_t)len;
}

static void memory_close(struct rdb_source *source)
{
	free(((struct memory_source *)source)->data);
	free(source);
}

static const struct rdb_source_ops memory_ops = {.pread = memory_pread, .close = memory_close};

static inline struct rdb_source *memory_source(const void *data, size_t len)
{
	struct memory_source *memory = calloc(1, sizeof(*memory));

	if (!memory || !(memory->data = malloc(len ? len : 1)))
		abort();
	if (len)
		memcpy(memory->data, data, len);
	memory->source.ops = &memory_ops;
	memory->source.identity.size = len;
	return &memory->source;
}

/* A source that can delay the reads of another source (below), and make them fail from an offset
 * on. Owns below. */
struct faulty_source {
	struct rdb_source source;
	struct rdb_source *below;
	atomic_uint_least64_t fail_from; /* source offset; UINT64_MAX: never */
	atomic_uint_least64_t hold_from; /* reads from this offset wait; UINT64_MAX: none */
	atomic_bool held;                /* a read is waiting */
	atomic_uint reads;
};

static ssize_t faulty_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct faulty_source *faulty = (struct faulty_source *)source;

	atomic_fetch_add(&faulty->reads, 1);
	while (off >= atomic_load(&faulty->hold_from)) {
		atomic_store(&faulty->held, true);
		usleep(1000);
	}
	if (off + len > atomic_load(&faulty->fail_from))
		return rdb_err_set(err, EIO, "the disk failed");
	return rdb_source_pread(faulty->below, buf, len, off, err);
}

static void faulty_close(struct rdb_source *source)
{
	rdb_source_close(((struct faulty_source *)source)->below);
	free(source);
}

static const struct rdb_source_ops faulty_ops = {.pread = faulty_pread, .close = faulty_close};

static inline struct faulty_source *faulty_source(struct rdb_source *below)
{
	struct faulty_source *faulty = calloc(1, sizeof(*faulty));

	if (!faulty)
		abort();
	faulty->source.ops = &faulty_ops;
	faulty->source.identity = below->identity;
	faulty->below = below;
	atomic_store(&faulty->fail_from, UINT64_MAX);
	atomic_store(&faulty->hold_from, UINT64_MAX);
	return faulty;
}

#endif
