/*
 * Remote objects as sources of bytes, in blocks of 1 MiB: one request for each random read, one
 * streaming request for sequential reads. Blocks and the bytes that streams have received ahead
 * share one budget. Each kind of store implements the requests (struct rdb_object_ops).
 *
 * Threads: any. Reads wait for the network, without a lock.
 */
#ifndef RDB_DOWNLOAD_OBJECT_SOURCE_H
#define RDB_DOWNLOAD_OBJECT_SOURCE_H

#include "base/budget.h"
#include "base/cancel.h"
#include "http/http.h"
#include "io/source.h"

#include <stdint.h>

#define RDB_OBJECT_BLOCK ((uint64_t)1 << 20)
#define RDB_OBJECT_WINDOW_MAX ((uint64_t)16 << 20)

struct rdb_object_cache;

/* Creates a cache with one reference. *budget limits the cache, and must outlive the cache. If
 * "budget" is NULL, the limit is "bytes" bytes, or 32 MiB if "bytes" is 0. Returns 0 or -ENOMEM. */
int rdb_object_cache_create(
	uint64_t bytes, struct rdb_budget *budget, struct rdb_object_cache **out);
struct rdb_object_cache *rdb_object_cache_ref(struct rdb_object_cache *cache);
void rdb_object_cache_unref(struct rdb_object_cache *cache);

/* Cancels all present and future reads of the cache's sources. A cancelled read returns -EINTR,
 * unless the cache holds all bytes of the read. */
void rdb_object_cache_cancel(struct rdb_object_cache *cache);

/* Operations on one version of an object. The operations must be thread-safe: the cache calls them
 * on any thread, and holds no lock. Operations with an int result return 0, an error of http.h, or
 * -ESTALE, -ENOENT or -ERANGE if the version no longer exists. */
struct rdb_object_ops {
	/* Reads exactly "len" bytes at the object's offset "off" into "buf". */
	int (*get)(void *object, uint64_t off, void *buf, size_t len,
		const struct rdb_cancel *cancel, struct rdb_err *err);
	/* Starts a stream of the len bytes at the offset off. At most "window" received bytes wait
	 * for the caller to read them. */
	int (*stream)(void *object, uint64_t off, uint64_t len, size_t window,
		const struct rdb_cancel *cancel, struct rdb_http_stream **out, struct rdb_err *err);
	/* Reads bytes from the blocks that keep() has stored. Returns false if a byte is missing or
	 * unreadable. The pointer "recall" is NULL if objects of this kind do not store blocks. */
	bool (*recall)(void *object, uint64_t off, void *buf, size_t len);
	/* Stores a fetched block, so that recall() can return the block later. The pointer "keep"
	 * is NULL if objects of this kind do not store blocks. */
	void (*keep)(void *object, uint64_t off, const void *data, size_t len);
	void (*close)(void *object);
};

/* Creates a source that reads one version of a remote object. Sends no request. Takes ownership of
 * "object", also on failure. Reads return -EIO after the version was replaced or removed. Returns 0
 * or -ENOMEM. */
int rdb_object_source(struct rdb_object_cache *cache, const struct rdb_object_ops *ops,
	void *object, const char *name, const struct rdb_identity *identity,
	struct rdb_source **out, struct rdb_err *err);

#endif
