#include "stream/stream_private.h"

#define GAP (1024 * 1024)        /* bytes; a jump to a checkpoint nearer than this saves no time */
#define REACH (64 * 1024 * 1024) /* bytes; checkpoints farther ahead are not used */

/* ---- at the front; with the lock held ---- */

static struct rdb_stream *find_at(const struct rdb_content *content, uint64_t at)
{
	struct rdb_stream *found = NULL;

	for (struct rdb_stream *stream = content->cache->newest; stream; stream = stream->older)
		if (stream->content == content && stream->at == at && (!found || !stream->busy))
			found = stream;
	return found;
}

static struct rdb_stream *acquire_front(
	const struct rdb_content *content, uint64_t offset, uint64_t limit)
{
	struct rdb_stream *stream;

	for (;;) {
		uint64_t front = rdb_stream_frontier(content, offset);
		stream = front < limit ? find_at(content, front) : NULL;
		if (!stream || !stream->busy || !stream->helping)
			break;
		rdb_stream_await(stream);
	}
	if (!stream || stream->busy || stream->ended || stream->failed)
		return NULL;
	rdb_stream_use(stream);
	return stream;
}

uint64_t rdb_stream_ahead(const struct rdb_content *content, uint64_t offset, uint64_t limit)
{
	struct rdb_stream *stream;
	bool goes_on;

	pthread_mutex_lock(&content->cache->lock);
	stream = acquire_front(content, offset, limit);
	pthread_mutex_unlock(&content->cache->lock);
	if (!stream)
		return 0;
	goes_on = rdb_stream_decode(stream, rdb_stream_kept_from(offset), NULL) == 0 &&
		  !stream->ended;
	rdb_stream_release(stream);
	return goes_on ? rdb_stream_reach(content, offset) : 0;
}

/* ---- beside it ---- */

/* A range that a second stream decodes in advance, from a checkpoint on. */
struct span {
	struct rdb_checkpoint checkpoint;
	struct rdb_stream *stream; /* NULL if a stream must be created for the range */
	bool begun;                /* the stream has entered the range */
};

/* Returns how many streams are busy for other readers. The stream of "content" at the offset
 * "front" belongs to the calling reader, and is not counted. Streams of scans are not counted. */
static unsigned count_others(const struct rdb_content *content, uint64_t front)
{
	unsigned others = 0;

	for (const struct rdb_stream *stream = content->cache->newest; stream;
		stream = stream->older)
		others += stream->busy && !stream->scanning &&
			  (stream->content != content || stream->at != front);
	return others;
}

static struct rdb_stream *find_in(const struct rdb_content *content, uint64_t place)
{
	struct rdb_stream *stream = content->cache->newest;
	uint64_t start, end;

	for (; stream; stream = stream->older) {
		rdb_stream_extent(stream, &start, &end);
		if (stream->content == content && place >= start && place <= end)
			break;
	}
	return stream;
}

static bool can_continue(const struct rdb_stream *stream, uint64_t limit)
{
	return !stream->busy && stream->wanted == 0 && !stream->ended && !stream->failed &&
	       stream->at < limit && stream->count + stream->unchecked < stream->cache->slots;
}

/* Returns an idle stream that the caller may move to another offset of "content", because no reader
 * needs its decoded bytes. Returns NULL if none. */
static struct rdb_stream *find_abandoned(const struct rdb_content *content, uint64_t offset)
{
	struct rdb_stream *stream = content->cache->oldest;

	while (stream && (stream->busy || stream->wanted > 0 || stream->content != content ||
				 (!stream->abandoned && stream->at > rdb_stream_kept_from(offset))))
		stream = stream->newer;
	return stream;
}

static bool has_room(const struct rdb_stream_cache *cache)
{
	return rdb_stream_fits(
		cache, RDB_STREAM_MEMORY + (cache->slots - RDB_STREAM_BLOCKS) * RDB_STREAM_BLOCK);
}

/* Finds a range before "limit" that another stream can decode in advance for a reader at "offset".
 * Stores the range in *span, or returns false if no range is suitable. The caller holds
 * content->cache->lock. */
static bool find_span(
	const struct rdb_content *content, uint64_t offset, uint64_t limit, struct span *span)
{
	uint64_t front = rdb_stream_frontier(content, offset), at = front;

	if (count_others(content, front) + 2 > content->cache->decoders)
		return false;
	while (rdb_index_next(content->index, at, &span->checkpoint)) {
		at = span->checkpoint.offset;
		if (at >= limit || at - front > REACH)
			return false;
		span->stream = find_in(content, at);
		span->begun = span->stream != NULL;
		if (span->begun)
			return can_continue(span->stream, limit);
		if (at - front < GAP)
			continue;
		span->stream = find_abandoned(content, offset);
		return span->stream || has_room(content->cache);
	}
	return false;
}

bool rdb_stream_can_help(const struct rdb_content *content, uint64_t offset, uint64_t limit)
{
	struct span span;
	bool can;

	pthread_mutex_lock(&content->cache->lock);
	can = find_span(content, offset, limit, &span);
	pthread_mutex_unlock(&content->cache->lock);
	return can;
}

static bool acquire_span(
	const struct rdb_content *content, uint64_t offset, uint64_t limit, struct span *span)
{
	bool found;

	pthread_mutex_lock(&content->cache->lock);
	found = find_span(content, offset, limit, span);
	if (found && span->stream)
		rdb_stream_use(span->stream);
	pthread_mutex_unlock(&content->cache->lock);
	if (!found || (!span->stream && rdb_stream_add(content, &span->stream, NULL) != 0))
		return false;
	pthread_mutex_lock(&content->cache->lock);
	span->stream->helping = true;
	pthread_mutex_unlock(&content->cache->lock);
	return true;
}

bool rdb_stream_help(const struct rdb_content *content, uint64_t offset, uint64_t limit)
{
	struct span span;
	int ret = 0;

	if (!acquire_span(content, offset, limit, &span))
		return false;
	if (!span.begun)
		ret = rdb_stream_enter(span.stream, &span.checkpoint);
	if (ret == 0)
		ret = rdb_stream_decode(span.stream, rdb_stream_kept_from(offset), NULL);
	rdb_stream_release(span.stream);
	return ret == 0;
}
