/* Declarations shared by object_source.c (sources and their blocks), object_stream.c (streaming
 * requests) and object_cache.c (the part that all sources of a store share). */
#ifndef RDB_DOWNLOAD_OBJECT_PRIVATE_H
#define RDB_DOWNLOAD_OBJECT_PRIVATE_H

#include "base/queue.h"
#include "download/object_memory.h"
#include "download/object_source.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct rdb_object;

enum rdb_object_block_state {
	RDB_OBJECT_FETCHING, /* data is NULL; a reader fetches the block, and others wait */
	RDB_OBJECT_PRESENT,  /* data can be copied; the block may be dropped unless it is pinned */
};

struct rdb_object_block {
	struct rdb_object *object;
	uint64_t number;
	enum rdb_object_block_state state;
	unsigned pins;
	char *data;
	size_t len;
	TAILQ_ENTRY(rdb_object_block)
	link; /* link in the list of blocks, least recently used first */
};

/* An HTTP request for an object's bytes, from an offset to the object's end. While no reader uses
 * the request, this struct is in the cache's list "idle". */
struct rdb_object_stream {
	struct rdb_object *object;
	struct rdb_http_stream *http;
	uint64_t at;   /* offset of the next byte */
	uint64_t read; /* bytes read since the window last grew */
	size_t window;
	TAILQ_ENTRY(rdb_object_stream) link;
};

struct rdb_object_cache {
	atomic_uint refs;
	struct rdb_budget *budget; /* points to own, or to a budget shared with decoded data */
	struct rdb_budget own;
	uint64_t window_limit; /* bytes of all windows; the rest of the budget is for blocks */
	struct rdb_cancel cancel;
	pthread_mutex_t lock; /* guards the fields below, and all blocks and streams */
	pthread_cond_t fetched;
	struct rdb_object_memory memory; /* memory of the blocks */
	uint64_t windows;                /* bytes of the windows of streams */
	TAILQ_HEAD(rdb_object_blocks, rdb_object_block) blocks; /* least recently used first */
	TAILQ_HEAD(, rdb_object_stream) idle;                   /* least recently used first */
	unsigned idle_count;
};

struct rdb_object {
	struct rdb_source source;
	struct rdb_object_cache *cache;
	const struct rdb_object_ops *ops;
	void *remote; /* argument of the functions in ops */
	char *name;
};

/* ---- memory; the caller holds the lock ---- */

/* Adds "bytes" to the number of bytes that the cache uses of its budget. If the cache has released
 * memory, "bytes" is negative. */
void rdb_object_cache_add(struct rdb_object_cache *cache, int64_t bytes);

/* Drops blocks that are not in use, the least recently used block first, until there is room for
 * "bytes" more bytes. Returns false if there is too little room even without these blocks. */
bool rdb_object_cache_make_room(struct rdb_object_cache *cache, uint64_t bytes);

void rdb_object_cache_drop(struct rdb_object_cache *cache, struct rdb_object_block *block);

/* ---- windows; the caller does not hold the lock ---- */

/* Reserves memory for the bytes that a stream receives before a reader requests them. Returns false
 * if the limits of the cache leave no room for these bytes. */
bool rdb_object_window_reserve(struct rdb_object_cache *cache, size_t bytes);
void rdb_object_window_release(struct rdb_object_cache *cache, size_t bytes);

/* ---- streams ---- */

/* Finds the object's idle stream whose next byte is at the offset, and removes this stream from the
 * list of idle streams. Returns NULL if there is no such stream. The caller holds the lock. */
struct rdb_object_stream *rdb_object_stream_pop(struct rdb_object *object, uint64_t offset);

/* Removes any one of the object's idle streams from the list of idle streams, and returns this
 * stream. Returns NULL if the object has no idle stream. The caller does not hold the lock. */
struct rdb_object_stream *rdb_object_stream_pop_any(struct rdb_object *object);

/* Closes and frees a stream. The stream must not be in the cache's list of idle streams. */
void rdb_object_stream_close(struct rdb_object_cache *cache, struct rdb_object_stream *stream);

/* Reads len bytes at "offset" from the stream, or from a new stream if stream is NULL. Takes
 * ownership of the stream. After -EIO or -ETIMEDOUT, continues with a new stream, up to a limit of
 * attempts. Returns 0, or the error of the last attempt. */
int rdb_object_stream_fetch(struct rdb_object *object, struct rdb_object_stream *stream,
	uint64_t offset, char *data, size_t len, struct rdb_err *err);

#endif
