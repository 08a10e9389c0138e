/* Decodes the content of an archive in chunks for the scan, and adds checkpoints and checksums to
 * the index. */
#include "archive/scan_private.h"
#include "format/tar.h"
#include "gz/crc.h"

#include <errno.h>

/* Distances from one checkpoint to the next. A checkpoint is a position where decoding can begin,
 * and takes 14 KB in the index. The scan adds a checkpoint after CHECKPOINT_MAX bytes, or earlier
 * if CHECKPOINT_MIN and CHECKPOINT_SOURCE are both reached. */
#define CHECKPOINT_SOURCE (3u << 20) /* compressed bytes */
#define CHECKPOINT_MIN (4u << 20)    /* decompressed bytes */
#define CHECKPOINT_MAX (16u << 20)   /* decompressed bytes, which take 1.4 ms per MiB */
#define CHECKPOINT_MANY 4096 /* number of checkpoints after which the three distances double */

int rdb_scan_enter(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint)
{
	return rdb_content_enter(scan->content, scan->decoder, checkpoint, &scan->state);
}

uint64_t rdb_scan_offset(const struct rdb_scan *scan)
{
	return scan->decoder->ops->offset(scan->decoder);
}

uint64_t rdb_scan_tar_offset(const struct rdb_scan *scan)
{
	return scan->tar_base + (uint64_t)archive_filter_bytes(scan->tar, 0);
}

uint64_t rdb_scan_behind_member(const struct rdb_scan *scan)
{
	return scan->member.data_end + rdb_tar_padding(scan->member.data_end);
}

static bool checkpoint_is_due(const struct rdb_scan *scan, uint64_t offset, uint64_t source_offset)
{
	uint64_t since = offset > scan->last.offset ? offset - scan->last.offset : 0;
	uint64_t source_since = source_offset - scan->last.source_offset;
	unsigned doublings = scan->checkpoints / CHECKPOINT_MANY;

	if (doublings > 16)
		doublings = 16;
	return since >= (uint64_t)CHECKPOINT_MAX << doublings ||
	       (since >= (uint64_t)CHECKPOINT_MIN << doublings &&
		       source_since >= (uint64_t)CHECKPOINT_SOURCE << doublings);
}

/* Adds a checkpoint at the scan's position to the index. Stores the number of documents counted so
 * far with the checkpoint, so that a later scan can resume at the checkpoint. */
static void add_checkpoint(struct rdb_scan *scan)
{
	const struct rdb_decoder_ops *ops = scan->decoder->ops;
	struct rdb_resume here = {
		.checkpoint =
			{
				.offset = ops->offset(scan->decoder),
				.source_offset = ops->source_offset(scan->decoder),
				.member = ops->member(scan->decoder),
			},
		.number = scan->member.number,
		.data_end = scan->member.data_end,
		.count = scan->member.count,
	};

	here.valid =
		!scan->member.gunzip && scan->member.data_end > here.checkpoint.offset &&
		!rdb_shape_is_undecided(&scan->shape) &&
		(scan->member.number == RDB_SCAN_NO_MEMBER || scan->member.kind != RDB_MEMBER_INFO);
	ops->crc(scan->decoder, &here.checkpoint.crc);
	rdb_buf_clear(&scan->state);
	if (ops->save && ops->save(scan->decoder, &scan->state, NULL) != 0)
		return;
	rdb_index_checkpoint(scan->content->index, &here, &scan->state);
	scan->last = here.checkpoint;
	scan->checkpoints++;
}

void rdb_scan_mark(struct rdb_scan *scan)
{
	uint64_t end = rdb_scan_offset(scan), start = end - scan->chunk_len;
	struct rdb_mark mark = {.offset = scan->member.data_end,
		.member = scan->decoder->ops->member(scan->decoder)};

	if (!scan->crc_known || scan->member.number == RDB_SCAN_NO_MEMBER ||
		scan->member.data_end <= scan->crc_at || scan->member.data_end > end)
		return;
	mark.crc = rdb_crc32(scan->crc, scan->chunk + (scan->crc_at - start),
		(size_t)(mark.offset - scan->crc_at));
	scan->crc = mark.crc;
	scan->crc_at = mark.offset;
	rdb_index_mark(scan->content->index, &mark);
}

/* Returns the length of the chunk that begins at "offset". If a checkpoint may be added at the
 * current member's end, the chunk ends at the member's end. */
static size_t next_len(struct rdb_scan *scan, uint64_t offset)
{
	size_t len = RDB_SCAN_CHUNK - (size_t)(offset % RDB_SCAN_CHUNK);
	uint64_t end = rdb_scan_behind_member(scan);

	if (end <= offset || end - offset > len || end < scan->last.offset + CHECKPOINT_MIN ||
		scan->checkpoints >= CHECKPOINT_MANY)
		return len;
	scan->boundary = end;
	return (size_t)(end - offset);
}

void rdb_scan_record_error(struct rdb_scan *scan, int ret)
{
	if (ret == -EIO || ret == -EINTR)
		scan->source_failed = true;
}

static void use_own(struct rdb_scan *scan)
{
	rdb_block_unref(scan->block);
	scan->block = NULL;
	scan->chunk = scan->own;
}

void rdb_scan_share(struct rdb_scan *scan)
{
	const struct rdb_content *content = scan->content;

	if (content->cache && content->format != RDB_FORMAT_PLAIN &&
		!rdb_index_is_embedded(content->index))
		(void)!rdb_stream_scan_open(content, &scan->stream);
}

void rdb_scan_unshare(struct rdb_scan *scan)
{
	if (scan->stream)
		rdb_stream_scan_close(scan->stream, NULL);
	scan->stream = NULL;
	use_own(scan);
}

void rdb_scan_bequeath(struct rdb_scan *scan)
{
	if (scan->stream) {
		rdb_stream_scan_close(scan->stream, scan->decoder);
		scan->decoder = NULL;
	}
	scan->stream = NULL;
	use_own(scan);
}

static void next_memory(struct rdb_scan *scan)
{
	use_own(scan);
	scan->block = scan->stream ? rdb_stream_scan_block(scan->stream) : NULL;
	if (scan->block)
		scan->chunk = scan->block->data;
}

ssize_t rdb_scan_next_chunk(struct rdb_scan *scan)
{
	const struct rdb_decoder_ops *ops = scan->decoder->ops;
	uint64_t offset = rdb_scan_offset(scan);
	uint64_t member;
	ssize_t n;

	if ((ops->restart || ops->save) && !rdb_index_is_embedded(scan->content->index) &&
		(checkpoint_is_due(scan, offset, ops->source_offset(scan->decoder)) ||
			(scan->boundary > 0 && offset == scan->boundary)))
		add_checkpoint(scan);
	member = ops->member(scan->decoder);
	scan->crc_known = ops->crc(scan->decoder, &scan->crc);
	scan->crc_at = offset;
	next_memory(scan);
	n = ops->read(scan->decoder, scan->chunk, next_len(scan, offset), &scan->error);
	scan->chunk_len = n > 0 ? (size_t)n : 0;
	scan->chunk_used = 0;
	scan->crc_known = scan->crc_known && ops->member(scan->decoder) == member;
	rdb_scan_mark(scan);
	if (n > 0 && scan->block)
		rdb_stream_scan_add(scan->stream, offset, rdb_block_ref(scan->block), (size_t)n);
	if (n < 0) {
		scan->error_ret = (int)n;
		rdb_scan_record_error(scan, (int)n);
	}
	atomic_store_explicit(
		&scan->progress, ops->source_offset(scan->decoder), memory_order_relaxed);
	return n;
}
