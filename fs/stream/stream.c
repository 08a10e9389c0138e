#include "stream/stream_private.h"

#include "base/log.h"
#include "format/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t rdb_stream_position(const struct rdb_stream *stream)
{
	return stream->decoder->ops->offset(stream->decoder);
}

static struct rdb_slot *slot_at(struct rdb_stream *stream, size_t i)
{
	return &stream->slots[(stream->first + i) % RDB_STREAM_SLOTS];
}

void rdb_stream_extent(const struct rdb_stream *stream, uint64_t *start, uint64_t *end)
{
	*end = stream->at;
	*start = stream->count > 0 ? stream->slots[stream->first].start : stream->at;
}

void rdb_stream_free(struct rdb_stream *stream)
{
	for (size_t i = 0; i < RDB_STREAM_SLOTS; i++)
		rdb_block_unref(stream->slots[i].block);
	rdb_decoder_close(stream->decoder);
	free(stream);
}

static uint64_t window_of(const struct rdb_content *content)
{
	const struct rdb_nest *nest = &content->nest;

	return content->format == RDB_FORMAT_NESTED
		       ? rdb_window_size(content->source, nest->outer) +
				 rdb_window_most(nest->inner)
		       : rdb_window_size(content->source, content->format);
}

/* ---- slots ---- */

/* Drops the blocks in all unused slots of the stream. Called after stream->count or
 * stream->unchecked was reduced. The caller holds the cache's lock. */
static void drop_blocks(struct rdb_stream *stream)
{
	for (size_t i = stream->count + stream->unchecked; i < RDB_STREAM_SLOTS; i++) {
		struct rdb_slot *slot = slot_at(stream, i);

		if (slot->block)
			rdb_stream_drop(stream, slot->block);
		slot->block = NULL;
	}
}

static void forget_slots(struct rdb_stream *stream)
{
	pthread_mutex_lock(&stream->cache->lock);
	stream->first = 0;
	stream->count = 0;
	stream->unchecked = 0;
	drop_blocks(stream);
	pthread_mutex_unlock(&stream->cache->lock);
}

static void forget_unchecked(struct rdb_stream *stream)
{
	pthread_mutex_lock(&stream->cache->lock);
	stream->unchecked = 0;
	drop_blocks(stream);
	pthread_mutex_unlock(&stream->cache->lock);
}

void rdb_stream_drop_oldest(struct rdb_stream *stream)
{
	stream->first = (stream->first + 1) % RDB_STREAM_SLOTS;
	stream->count--;
	drop_blocks(stream);
}

void rdb_stream_push(struct rdb_stream *stream, uint64_t start, struct rdb_block *block, size_t len)
{
	*slot_at(stream, stream->count) = (struct rdb_slot){start, len, block};
	stream->count++;
	stream->at = start + len;
	stream->memory += RDB_STREAM_BLOCK;
	rdb_stream_count(stream);
}

/* Lets readers use the decoded blocks that were held back until their checksum was verified. The
 * caller holds the cache's lock. */
static void release(struct rdb_stream *stream)
{
	const struct rdb_slot *last;

	stream->count += stream->unchecked;
	stream->unchecked = 0;
	if (stream->count == 0)
		return;
	last = slot_at(stream, stream->count - 1);
	stream->at = last->start + last->len;
}

/* Returns true if the oldest block must make room for a new block. The caller holds the cache's
 * lock. */
static bool must_drop(struct rdb_stream *stream, uint64_t keep)
{
	const struct rdb_slot *oldest = slot_at(stream, 0);
	size_t held = stream->count + stream->unchecked;

	/* If all slots are full, drop the oldest block. If at least RDB_STREAM_BLOCKS blocks are
	 * held, drop the oldest block only if it ends at or before the offset "keep", because
	 * readers may need the bytes after this offset. */
	return held == RDB_STREAM_SLOTS || (held >= RDB_STREAM_BLOCKS && stream->count > 0 &&
						   oldest->start + oldest->len <= keep);
}

static struct rdb_slot *next_slot(struct rdb_stream *stream, uint64_t keep)
{
	struct rdb_slot *slot;
	struct rdb_block *block;

	pthread_mutex_lock(&stream->cache->lock);
	/* If every slot holds an unverified block, let readers use these blocks now. The loop below
	 * must free a slot for the next block, and can drop only blocks that readers may use. */
	if (stream->unchecked == RDB_STREAM_SLOTS)
		release(stream);
	while (must_drop(stream, keep))
		rdb_stream_drop_oldest(stream);
	slot = slot_at(stream, stream->count + stream->unchecked);
	block = slot->block ? slot->block : rdb_stream_spare(stream->cache);
	pthread_mutex_unlock(&stream->cache->lock);
	if (!block)
		block = rdb_block_create(RDB_STREAM_BLOCK);
	if (block && !slot->block)
		stream->memory += RDB_STREAM_BLOCK;
	slot->block = block;
	return block ? slot : NULL;
}

static void add_slot(struct rdb_stream *stream, struct rdb_slot *slot, uint64_t start, size_t len)
{
	pthread_mutex_lock(&stream->cache->lock);
	slot->start = start;
	slot->len = len;
	stream->unchecked++;
	if (!rdb_span_is_open(&stream->span, start + len))
		release(stream);
	pthread_mutex_unlock(&stream->cache->lock);
}

void rdb_stream_gather(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out)
{
	for (size_t i = 0; i < stream->count && len > 0 && out->count < RDB_READ_IOV; i++) {
		const struct rdb_slot *slot = slot_at(stream, i);
		if (offset < slot->start || offset >= slot->start + slot->len)
			continue;
		size_t skip = (size_t)(offset - slot->start);
		size_t n = slot->len - skip < len ? slot->len - skip : len;
		out->iov[out->count].iov_base = slot->block->data + skip;
		out->iov[out->count].iov_len = n;
		out->blocks[out->count++] = rdb_block_ref(slot->block);
		out->len += n;
		offset += n;
		len -= n;
	}
}

/* ---- decoding ---- */

/* Returns how many bytes to decode at the offset "at". The decoding must not pass the end of the
 * block, nor the end of stream->span (a range with a checksum). */
static size_t next_len(const struct rdb_stream *stream, uint64_t at)
{
	uint64_t left = rdb_span_left(&stream->span, at);
	uint64_t base = left == UINT64_MAX ? 0 : stream->span.start;
	size_t len = RDB_STREAM_BLOCK - (size_t)((at - base) % RDB_STREAM_BLOCK);

	return left < len ? (size_t)left : len;
}

static int end_content(struct rdb_stream *stream, uint64_t at, struct rdb_err *err)
{
	stream->ended = true;
	if (rdb_span_left(&stream->span, at) == UINT64_MAX)
		return 0;
	return rdb_err_set(err, EIO, "%s: the archive ends too early", stream->content->name);
}

static int decode_block(struct rdb_stream *stream, uint64_t keep, struct rdb_err *err)
{
	const struct rdb_stream_sum before = rdb_stream_sum_of(stream);
	struct rdb_slot *slot = next_slot(stream, keep);
	ssize_t n;
	int ret;

	if (!slot)
		return rdb_err_sys(err, ENOMEM, "%s", stream->content->name);
	n = stream->decoder->ops->read(
		stream->decoder, slot->block->data, next_len(stream, before.at), err);
	if (n < 0) {
		rdb_err_prefix(err, "%s: ", stream->content->name);
		return -EIO;
	}
	if (n == 0)
		return end_content(stream, before.at, err);
	ret = rdb_stream_check_indexed(stream, &before, slot->block->data, err);
	if (ret != 0)
		forget_slots(stream); /* no block can be trusted */
	else
		ret = rdb_stream_check_span(stream, before.at, slot->block->data, (size_t)n, err);
	if (ret == 0)
		add_slot(stream, slot, before.at, (size_t)n);
	return ret;
}

int rdb_stream_decode(struct rdb_stream *stream, uint64_t keep, struct rdb_err *err)
{
	int ret = decode_block(stream, keep, err);

	stream->failed = ret != 0;
	if (ret != 0)
		forget_unchecked(stream);
	return ret;
}

/* ---- seeking ---- */

static void enter_span(struct rdb_stream *stream, const struct rdb_checkpoint *checkpoint)
{
	if (!stream->content->lenient)
		rdb_span_enter(&stream->span, checkpoint);
}

static int load(struct rdb_stream *stream, const struct rdb_checkpoint *checkpoint)
{
	struct rdb_buf state = {0};
	int ret = rdb_content_enter(stream->content, stream->decoder, checkpoint, &state);

	if (ret == 0 && rdb_stream_position(stream) != checkpoint->offset)
		ret = -EBADMSG;
	if (ret == 0 && !checkpoint->saved)
		enter_span(stream, checkpoint);
	rdb_buf_free(&state);
	return ret;
}

static int load_before(struct rdb_stream *stream, uint64_t offset)
{
	struct rdb_checkpoint checkpoint;

	while (rdb_index_find(stream->content->index, offset, &checkpoint)) {
		if (load(stream, &checkpoint) == 0)
			return 0;
		rdb_log_debug("%s: the checkpoint at %llu can't be used", stream->content->name,
			(unsigned long long)checkpoint.offset);
		if (checkpoint.offset == 0)
			break;
		offset = checkpoint.offset - 1;
	}
	return -ENOENT;
}

static void begin_seek(struct rdb_stream *stream)
{
	forget_slots(stream);
	stream->ended = false;
	stream->failed = false;
	stream->span = (struct rdb_span){0};
}

static int end_seek(struct rdb_stream *stream, int ret)
{
	stream->failed = ret != 0;
	pthread_mutex_lock(&stream->cache->lock);
	stream->at = rdb_stream_position(stream);
	pthread_mutex_unlock(&stream->cache->lock);
	return ret;
}

int rdb_stream_enter(struct rdb_stream *stream, const struct rdb_checkpoint *checkpoint)
{
	begin_seek(stream);
	return end_seek(stream, load(stream, checkpoint));
}

/* Moves the decoder to a position at or before the offset. */
static int seek(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err)
{
	const struct rdb_decoder_ops *ops = stream->decoder->ops;
	int ret = -ENOENT;

	begin_seek(stream);
	if (stream->content->format == RDB_FORMAT_PLAIN) {
		ops->restart(stream->decoder, offset, offset);
		return end_seek(stream, 0);
	}
	if (ops->load)
		ret = load_before(stream, offset);
	if (ret != 0)
		ret = ops->rewind(stream->decoder, err);
	return end_seek(stream, ret);
}

/* If the archive has a checksum for the range at the start of the content, begins to verify this
 * range. */
static void enter_start(struct rdb_stream *stream)
{
	struct rdb_checkpoint checkpoint;

	if (rdb_index_find(stream->content->index, 0, &checkpoint) && !checkpoint.saved)
		load(stream, &checkpoint);
}

int rdb_stream_create(
	const struct rdb_content *content, struct rdb_stream **out, struct rdb_err *err)
{
	struct rdb_stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return rdb_err_sys(err, ENOMEM, "%s", content->name);
	stream->content = content;
	stream->cache = content->cache;
	stream->memory = sizeof(*stream) + (size_t)window_of(content);
	ret = rdb_content_open(content, &stream->decoder, err);
	if (ret != 0) {
		free(stream);
		return ret;
	}
	enter_start(stream);
	*out = stream;
	return 0;
}

void rdb_stream_adopt(struct rdb_stream *stream, struct rdb_decoder *decoder)
{
	stream->decoder = decoder;
	stream->ended = true;
	stream->memory += (size_t)window_of(stream->content);
	rdb_stream_count(stream);
}

bool rdb_stream_reaches(const struct rdb_stream *stream, uint64_t offset, size_t len)
{
	struct rdb_checkpoint checkpoint;
	uint64_t start, end;

	rdb_stream_extent(stream, &start, &end);
	if (offset < start)
		return false;
	if (stream->failed)
		return offset + len <= end;
	if (offset < end)
		return true;
	if (stream->content->format == RDB_FORMAT_PLAIN)
		return offset - end < RDB_STREAM_BLOCK;
	if (!rdb_index_find(stream->content->index, offset, &checkpoint))
		return true;
	return checkpoint.offset <= end;
}

/* ---- reading ---- */

static int decode_to(struct rdb_stream *stream, uint64_t end, uint64_t keep, struct rdb_err *err)
{
	int ret = 0;

	while (ret == 0 && !stream->ended && stream->at < end)
		ret = rdb_stream_decode(stream, keep, err);
	return ret;
}

/* Decodes the requested bytes from an earlier position at which decoding can begin. Damage before
 * this position does not matter, because the bytes before it are not decoded. */
static int enter_and_decode(
	struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_err *err)
{
	int ret = seek(stream, offset, err);

	return ret ? ret : decode_to(stream, offset + len, offset, err);
}

int rdb_stream_read(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out,
	struct rdb_err *err)
{
	uint64_t keep = rdb_stream_kept_from(offset);
	int ret;

	*out = (struct rdb_read){0};
	if (len > RDB_READ_MAX)
		len = RDB_READ_MAX;
	if (rdb_stream_reaches(stream, offset, len)) {
		ret = decode_to(stream, offset + len, keep, err);
		if (ret != 0 && rdb_index_is_embedded(stream->content->index))
			ret = enter_and_decode(stream, offset, len, err);
	} else {
		ret = enter_and_decode(stream, offset, len, err);
	}
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&stream->cache->lock);
	rdb_stream_gather(stream, offset, len, out);
	pthread_mutex_unlock(&stream->cache->lock);
	return 0;
}

int rdb_stream_confirm(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err)
{
	uint64_t end = rdb_span_end(stream->content->index, offset);
	int ret = 0;

	while (ret == 0 && !stream->ended && rdb_stream_position(stream) < end)
		ret = rdb_stream_decode(stream, offset, err);
	if (ret == 0 && rdb_stream_position(stream) < end)
		ret = rdb_err_set(
			err, EIO, "%s: the archive ends too early", stream->content->name);
	return ret;
}
