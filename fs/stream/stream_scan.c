/* Readers that follow a scan at a short distance use the content that the scan decodes, so that the
 * content is not decoded twice. */
#include "stream/stream_private.h"

#include "base/condition.h"

#include <errno.h>
#include <stdlib.h>

#define FOLLOWED 100  /* ms without a read after which a reader no longer follows */
#define PATIENCE 100  /* ms for which a scan waits for readers and keeps its thread */
#define SLICE 2       /* ms between two calls of hurry() */
#define STANDSTILL 30 /* ms that a reader waits while no thread runs the scan */

enum follower_state {
	WAITING, /* the scan has not decoded the bytes; the follower is in the cache's list */
	DONE,    /* the bytes were added to the follower's read */
	LEFT,    /* the scan will not decode the bytes any more */
};

/* A reader that waits for bytes of a scan. The lock of the stream cache (stream->cache->lock)
 * guards all fields. */
struct rdb_follower {
	struct rdb_stream *stream;
	uint64_t offset;
	size_t len;
	struct rdb_read *out;
	enum follower_state state;
	struct rdb_follower *next;
};

/* ---- the scan's readers; with the lock held ---- */

static bool is_followed(const struct rdb_stream *stream)
{
	return stream->followed && rdb_wait_now() - stream->followed < FOLLOWED;
}

void rdb_stream_note_follower(struct rdb_stream *stream, uint64_t end)
{
	stream->followed = rdb_wait_now();
	if (end <= stream->followed_to)
		return;
	stream->followed_to = end;
	if (stream->pausing)
		pthread_cond_broadcast(&stream->cache->released);
}

static void unlink_follower(struct rdb_stream_cache *cache, struct rdb_follower *follower)
{
	struct rdb_follower **link = &cache->followers;

	while (*link && *link != follower)
		link = &(*link)->next;
	if (*link)
		*link = follower->next;
}

/* Passes decoded bytes to the readers that wait for the scan. If "leaves" is true, the scan will
 * not decode the awaited bytes, and all waiting readers are woken without bytes. */
static void serve_followers(struct rdb_stream *stream, bool leaves)
{
	struct rdb_stream_cache *cache = stream->cache;
	struct rdb_follower *follower = cache->followers, *next;
	bool served = false;

	for (; follower; follower = next) {
		next = follower->next;
		if (follower->stream != stream ||
			(!leaves && follower->offset + follower->len > stream->at))
			continue;
		if (!leaves)
			rdb_stream_gather(stream, follower->offset, follower->len, follower->out);
		follower->state = !leaves && follower->out->len == follower->len ? DONE : LEFT;
		unlink_follower(cache, follower);
		served = true;
	}
	if (served)
		pthread_cond_broadcast(&cache->released);
}

static void forget(struct rdb_stream *stream)
{
	while (stream->count > 0)
		rdb_stream_drop_oldest(stream);
}

void rdb_stream_scan_shrink(struct rdb_stream *stream)
{
	const struct rdb_follower *follower = stream->cache->followers;

	while (follower && follower->stream != stream)
		follower = follower->next;
	if (!follower)
		forget(stream);
}

/* Returns true if the scan must drop the stream's oldest block before adding a block. The limit is
 * RDB_STREAM_BLOCKS blocks. If a reader that follows the scan needs the oldest block, the limit is
 * cache->slots blocks. */
static bool must_drop(const struct rdb_stream *stream)
{
	const struct rdb_slot *oldest = &stream->slots[stream->first];
	uint64_t keep = rdb_stream_kept_from(rdb_stream_kept_from(stream->followed_to));

	if (stream->count < RDB_STREAM_BLOCKS)
		return false;
	return stream->count >= stream->cache->slots || !is_followed(stream) ||
	       oldest->start + oldest->len <= keep;
}

/* ---- the scan ---- */

int rdb_stream_scan_open(const struct rdb_content *content, struct rdb_stream **out)
{
	struct rdb_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return -ENOMEM;
	stream->content = content;
	stream->cache = content->cache;
	stream->memory = sizeof(*stream);
	stream->scanning = true;
	pthread_mutex_lock(&content->cache->lock);
	stream->busy = true;
	rdb_stream_link(stream);
	rdb_stream_count(stream);
	pthread_mutex_unlock(&content->cache->lock);
	*out = stream;
	return 0;
}

struct rdb_block *rdb_stream_scan_block(struct rdb_stream *stream)
{
	struct rdb_block *block;

	pthread_mutex_lock(&stream->cache->lock);
	while (must_drop(stream))
		rdb_stream_drop_oldest(stream);
	block = rdb_stream_spare(stream->cache);
	pthread_mutex_unlock(&stream->cache->lock);
	return block ? block : rdb_block_create(RDB_STREAM_BLOCK);
}

void rdb_stream_scan_add(
	struct rdb_stream *stream, uint64_t start, struct rdb_block *block, size_t len)
{
	pthread_mutex_lock(&stream->cache->lock);
	if (start != stream->at) { /* the scan has jumped to another offset */
		serve_followers(stream, true);
		forget(stream);
		stream->followed_to = 0;
	}
	rdb_stream_push(stream, start, block, len);
	serve_followers(stream, false);
	pthread_mutex_unlock(&stream->cache->lock);
	rdb_stream_cache_shrink(stream->cache);
}

void rdb_stream_scan_run(struct rdb_stream *stream, bool runs)
{
	pthread_mutex_lock(&stream->cache->lock);
	stream->running = runs;
	stream->stopped = rdb_wait_now();
	pthread_mutex_unlock(&stream->cache->lock);
}

static void wait_for(struct rdb_stream_cache *cache, int ms)
{
	rdb_condition_wait(&cache->released, &cache->lock, rdb_wait_now() + ms);
}

/* Returns true if the next block would replace a block that a reader may still need. */
static bool is_far_ahead(const struct rdb_stream *stream)
{
	size_t slots = stream->cache->slots;

	return stream->at >=
	       stream->followed_to + slots * RDB_STREAM_BLOCK - RDB_READ_MAX - RDB_STREAM_BLOCK;
}

enum rdb_stream_pace rdb_stream_scan_pace(
	struct rdb_stream *stream, bool (*hurry)(void *arg), void *arg)
{
	struct rdb_stream_cache *cache = stream->cache;
	int64_t start = rdb_wait_now();
	enum rdb_stream_pace pace = RDB_STREAM_ALONE;
	bool hurries = hurry(arg);

	pthread_mutex_lock(&cache->lock);
	stream->pausing = true;
	while (is_followed(stream) && is_far_ahead(stream) && !hurries &&
		rdb_wait_now() - start < PATIENCE) {
		wait_for(cache, SLICE);
		pthread_mutex_unlock(&cache->lock);
		hurries = hurry(arg);
		pthread_mutex_lock(&cache->lock);
	}
	stream->pausing = false;
	if (is_followed(stream))
		pace = is_far_ahead(stream) && !hurries ? RDB_STREAM_FAR : RDB_STREAM_FOLLOWED;
	pthread_mutex_unlock(&cache->lock);
	return pace;
}

void rdb_stream_scan_close(struct rdb_stream *stream, struct rdb_decoder *decoder)
{
	struct rdb_stream_cache *cache = stream->cache;

	pthread_mutex_lock(&cache->lock);
	serve_followers(stream, true);
	stream->scanning = false;
	stream->busy = false;
	if (decoder) {
		rdb_stream_adopt(stream, decoder);
	} else {
		forget(stream);
		rdb_stream_remove(stream);
	}
	pthread_mutex_unlock(&cache->lock);
	if (!decoder)
		rdb_stream_free(stream);
	rdb_stream_cache_shrink(cache);
}

/* ---- a reader ---- */

static struct rdb_stream *find_leader(const struct rdb_content *content, uint64_t offset)
{
	struct rdb_stream *stream = content->cache->newest;
	uint64_t start, end;

	for (; stream; stream = stream->older) {
		if (stream->content != content || !stream->scanning)
			continue;
		rdb_stream_extent(stream, &start, &end);
		if (offset >= start && offset <= end)
			break;
	}
	return stream;
}

bool rdb_stream_has_leader(const struct rdb_content *content, uint64_t offset)
{
	bool has;

	pthread_mutex_lock(&content->cache->lock);
	has = find_leader(content, offset) != NULL;
	pthread_mutex_unlock(&content->cache->lock);
	return has;
}

static bool stands_still(const struct rdb_stream *stream)
{
	return !stream->running && rdb_wait_now() - stream->stopped >= STANDSTILL;
}

/* Waits until the scan has decoded the bytes that the follower (a waiting reader) requests. Stops
 * waiting if the scan will not decode these bytes, or if no thread has run the scan for STANDSTILL
 * ms. */
static void await_scan(struct rdb_stream_cache *cache, struct rdb_follower *follower)
{
	follower->next = cache->followers;
	cache->followers = follower;
	while (follower->state == WAITING && !stands_still(follower->stream))
		wait_for(cache, STANDSTILL);
	if (follower->state == WAITING)
		unlink_follower(cache, follower);
}

bool rdb_stream_follow(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out)
{
	struct rdb_follower follower = {.offset = offset, .len = len, .out = out};

	*out = (struct rdb_read){0};
	pthread_mutex_lock(&content->cache->lock);
	follower.stream = find_leader(content, offset);
	if (follower.stream) {
		rdb_stream_note_follower(follower.stream, offset + len);
		if (!follower.stream->running)
			follower.stream->stopped = rdb_wait_now();
		if (offset + len <= follower.stream->at) {
			rdb_stream_gather(follower.stream, offset, len, out);
			follower.state = out->len == len ? DONE : LEFT;
		} else {
			await_scan(content->cache, &follower);
		}
		content->cache->last_use = rdb_wait_now();
	}
	pthread_mutex_unlock(&content->cache->lock);
	if (follower.stream && follower.state == DONE)
		return true;
	rdb_read_done(out);
	*out = (struct rdb_read){0};
	return false;
}
