/*
 * Objects of an S3 bucket as sources of bytes. Their content is read in blocks of 1 MiB, each by a
 * request of its own where reading jumps, by one streaming request where it goes on. Blocks and
 * what streams have received ahead share one budget; what was used least recently goes first. A
 * block that several readers want is fetched once.
 *
 * Threads: any. Reads wait for the network; no lock is held meanwhile.
 */
#ifndef RDB_STORE_OBJECT_SOURCE_H
#define RDB_STORE_OBJECT_SOURCE_H

#include "base/budget.h"
#include "base/source.h"
#include "s3/client.h"

#include <stdint.h>

#define RDB_OBJECT_BLOCK ((uint64_t)1 << 20)
#define RDB_OBJECT_WINDOW_MAX ((uint64_t)16 << 20)

struct rdb_object_cache;

/* bytes: what all sources of the cache may hold; a reader at work always gets one block. The cache
 * has one reference, and each source holds one. 0 or -ENOMEM. */
int rdb_object_cache_create(uint64_t bytes, struct rdb_object_cache **out);
void rdb_object_cache_unref(struct rdb_object_cache *cache);

/* From now on the cache's bytes count in a budget shared with other caches, which outlives it.
 * Before any source is opened. */
void rdb_object_cache_share(struct rdb_object_cache *cache, struct rdb_budget *budget);

/* Bytes held now. */
uint64_t rdb_object_cache_used(struct rdb_object_cache *cache);

/* Ends reads under way, and those to come, with -EINTR. */
void rdb_object_cache_cancel(struct rdb_object_cache *cache);

/*
 * One version of an object; sends no request. The source holds references to s3 and cache. Reads
 * return -EIO also when the object was replaced or removed.
 *   -ENOMEM
 */
int rdb_object_source(struct rdb_object_cache *cache, struct rdb_s3 *s3, const char *key,
	const char *etag, const struct rdb_identity *identity, struct rdb_source **out,
	struct rdb_err *err);

#endif
