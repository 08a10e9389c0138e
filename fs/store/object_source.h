/*
 * Remote objects as sources of bytes. Their content is read in blocks of 1 MiB, each by a request
 * of its own where reading jumps, by one streaming request where it goes on. Blocks and what
 * streams have received ahead share one budget; what was used least recently goes first. A block
 * that several readers want is fetched once. The kind of store makes the requests (struct
 * rdb_object_ops).
 *
 * Threads: any. Reads wait for the network; no lock is held meanwhile.
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

/* bytes: what all sources of the cache may hold; a reader at work always gets one block. The cache
 * has one reference, and each source holds one. 0 or -ENOMEM. */
int rdb_object_cache_create(uint64_t bytes, struct rdb_object_cache **out);
struct rdb_object_cache *rdb_object_cache_ref(struct rdb_object_cache *cache);
void rdb_object_cache_unref(struct rdb_object_cache *cache);

/* From now on the cache's bytes count in a budget shared with other caches, which outlives it.
 * Before any source is opened. */
void rdb_object_cache_share(struct rdb_object_cache *cache, struct rdb_budget *budget);

/* Bytes held now. */
uint64_t rdb_object_cache_used(struct rdb_object_cache *cache);

/* Ends reads under way, and those to come, with -EINTR. */
void rdb_object_cache_cancel(struct rdb_object_cache *cache);

/*
 * Requests for one version of an object, by any thread, with no lock held. Errors as of http.h;
 * -ESTALE -ENOENT -ERANGE: the version exists no longer.
 */
struct rdb_object_ops {
	/* Reads exactly len bytes at off. */
	int (*get)(void *object, uint64_t off, void *buf, size_t len,
		const struct rdb_cancel *cancel, struct rdb_err *err);
	/* Begins to read len bytes from off on, of which up to window arrive ahead. */
	int (*stream)(void *object, uint64_t off, uint64_t len, size_t window,
		const struct rdb_cancel *cancel, struct rdb_http_stream **out, struct rdb_err *err);
	/* Optional. Copies a whole block that was kept; false: fetch it. */
	bool (*recall)(void *object, uint64_t off, void *buf, size_t len);
	/* Optional. Is given each block that was fetched. */
	void (*keep)(void *object, uint64_t off, const void *data, size_t len);
	void (*close)(void *object);
};

/*
 * One version of an object; sends no request. Takes object over, also on failure; name is for
 * messages and is copied. The source holds a reference to cache. Reads return -EIO also when the
 * object was replaced or removed.
 *   -ENOMEM
 */
int rdb_object_source(struct rdb_object_cache *cache, const struct rdb_object_ops *ops,
	void *object, const char *name, const struct rdb_identity *identity,
	struct rdb_source **out, struct rdb_err *err);

#endif
