/*
 * Remote objects as sources of bytes. Content is read in blocks of 1 MiB. Random reads send a
 * request for each block, and sequential reads send a single streaming request. Blocks and the
 * bytes that streams have received ahead share one budget. The least recently used block is
 * dropped first. A block that several readers need is fetched once. Each kind of store implements
 * the requests (struct rdb_object_ops).
 *
 * Threads: any. Reads wait for the network, without a lock.
 */
#ifndef RDB_DOWNLOAD_OBJECT_SOURCE_H
#define RDB_DOWNLOAD_OBJECT_SOURCE_H

#include "base/budget.h"
#include "base/cancel.h"
#include "base/source.h"
#include "http/http.h"

#include <stdint.h>

#define RDB_OBJECT_BLOCK ((uint64_t)1 << 20)
#define RDB_OBJECT_WINDOW_MAX ((uint64_t)16 << 20)

struct rdb_object_cache;

/*
 * Creates a cache for the blocks of remote objects, with one reference. Each source, an object that
 * reads one remote object, holds another reference. "bytes" is the limit for the blocks of all
 * sources together; 0 means 32 MiB. "budget" is a limit shared with other caches, or NULL, and must
 * outlive the cache. Returns 0 or -ENOMEM.
 */
int rdb_object_cache_create(
	uint64_t bytes, struct rdb_budget *budget, struct rdb_object_cache **out);
struct rdb_object_cache *rdb_object_cache_ref(struct rdb_object_cache *cache);
void rdb_object_cache_unref(struct rdb_object_cache *cache);

/* Cancels all reads of the cache's sources, also reads that start later. They return -EINTR. */
void rdb_object_cache_cancel(struct rdb_object_cache *cache);

/*
 * Functions that send requests for one version of an object. Any thread calls them, without a lock.
 * They return 0, an error of http.h, or -ESTALE, -ENOENT or -ERANGE if the version is gone.
 */
struct rdb_object_ops {
	/* Reads exactly len bytes at the offset off into buf. */
	int (*get)(void *object, uint64_t off, void *buf, size_t len,
		const struct rdb_cancel *cancel, struct rdb_err *err);
	/* Starts a stream of the len bytes at the offset off. At most "window" received bytes wait
	 * for the caller to read them. */
	int (*stream)(void *object, uint64_t off, uint64_t len, size_t window,
		const struct rdb_cancel *cancel, struct rdb_http_stream **out, struct rdb_err *err);
	/* Copies a block that keep() has stored to buf, and returns true. Returns false if keep()
	 * has not stored the block. If this pointer is NULL, the blocks are always requested from
	 * the remote store. */
	bool (*recall)(void *object, uint64_t off, void *buf, size_t len);
	/* Stores a fetched block, so that recall() can copy the block later. If the function
	 * pointer is NULL, blocks are not stored. */
	void (*keep)(void *object, uint64_t off, const void *data, size_t len);
	void (*close)(void *object);
};

/*
 * Creates a source that reads one version of an object. Sends no request. Takes ownership of
 * object, also on failure. Copies name. Holds a reference to the cache. Reads return -EIO if the
 * object has changed. Returns 0 or -ENOMEM.
 */
int rdb_object_source(struct rdb_object_cache *cache, const struct rdb_object_ops *ops,
	void *object, const char *name, const struct rdb_identity *identity,
	struct rdb_source **out, struct rdb_err *err);

#endif
