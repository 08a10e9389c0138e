/*
 * Remote objects as sources of bytes. Content is read in blocks of 1 MiB: random reads make one
 * request for each block, sequential reads one streaming request. Blocks, and bytes that streams
 * have received ahead, share one budget; the least recently used block is dropped first. A block
 * that several readers want is fetched once. The kind of store makes the requests (struct
 * rdb_object_ops).
 *
 * Threads: any. Reads wait for the network, without holding a lock.
 */
#ifndef RDB_STORE_OBJECT_SOURCE_H
#define RDB_STORE_OBJECT_SOURCE_H

#include "base/budget.h"
#include "base/cancel.h"
#include "base/source.h"
#include "http/http.h"

#include <stdint.h>

#define RDB_OBJECT_BLOCK ((uint64_t)1 << 20)
#define RDB_OBJECT_WINDOW_MAX ((uint64_t)16 << 20)

struct rdb_object_cache;

/*
 * Creates a cache. bytes: limit for all sources of the cache; 0: 32 MiB; an active reader always
 * has room for one block. budget: counts the bytes together with other caches', and must outlive
 * this one; NULL: none. Returns one reference; each source holds one too. Returns 0 or -ENOMEM.
 */
int rdb_object_cache_create(
	uint64_t bytes, struct rdb_budget *budget, struct rdb_object_cache **out);
struct rdb_object_cache *rdb_object_cache_ref(struct rdb_object_cache *cache);
void rdb_object_cache_unref(struct rdb_object_cache *cache);

/* Bytes held now. */
uint64_t rdb_object_cache_used(struct rdb_object_cache *cache);

/* Ends current and future reads with -EINTR. */
void rdb_object_cache_cancel(struct rdb_object_cache *cache);

/*
 * Requests for one version of an object, on any thread, without a lock. Errors as in http.h;
 * -ESTALE -ENOENT -ERANGE: the version no longer exists.
 */
struct rdb_object_ops {
	/* Reads exactly len bytes at off. */
	int (*get)(void *object, uint64_t off, void *buf, size_t len,
		const struct rdb_cancel *cancel, struct rdb_err *err);
	/* Starts reading len bytes from off on; up to window bytes arrive ahead. */
	int (*stream)(void *object, uint64_t off, uint64_t len, size_t window,
		const struct rdb_cancel *cancel, struct rdb_http_stream **out, struct rdb_err *err);
	/* Optional. Copies a whole block that keep() has stored. Returns false if the block must be
	 * fetched. */
	bool (*recall)(void *object, uint64_t off, void *buf, size_t len);
	/* Optional. Receives each fetched block. */
	void (*keep)(void *object, uint64_t off, const void *data, size_t len);
	void (*close)(void *object);
};

/*
 * Creates a source of one version of an object; sends no request. Takes ownership of object, also
 * on failure. name is for messages; copied. The source holds a reference to cache. Reads return
 * -EIO if the object was replaced or removed.
 *   -ENOMEM
 */
int rdb_object_source(struct rdb_object_cache *cache, const struct rdb_object_ops *ops,
	void *object, const char *name, const struct rdb_identity *identity,
	struct rdb_source **out, struct rdb_err *err);

#endif
