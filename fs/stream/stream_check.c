/* Checks the content that a stream decodes against the checksums in the archive's index. */
#include "stream/stream_private.h"

#include "gz/crc.h"

#include <errno.h>

struct rdb_stream_sum rdb_stream_sum_of(const struct rdb_stream *stream)
{
	const struct rdb_decoder_ops *ops = stream->decoder->ops;
	struct rdb_stream_sum sum = {.at = rdb_stream_position(stream)};

	sum.known = ops->crc(stream->decoder, &sum.crc);
	sum.member = ops->member(stream->decoder);
	return sum;
}

static int changed(const struct rdb_stream *stream, uint64_t at, struct rdb_err *err)
{
	return rdb_err_set(err, EIO,
		"%s: the content before byte %llu differs from when it was indexed; check the "
		"disk, and the archive with 'rdbfs check'",
		stream->content->name, (unsigned long long)at);
}

static int check_marks(const struct rdb_stream *stream, struct rdb_stream_sum sum,
	const struct rdb_stream_sum *end, const char *data, struct rdb_err *err)
{
	struct rdb_mark mark;

	if (!sum.known || sum.member != end->member)
		return 0;
	while (rdb_index_next_mark(stream->content->index, sum.at, &mark) &&
		mark.offset <= end->at) {
		size_t len = (size_t)(mark.offset - sum.at);
		sum.crc = rdb_crc32(sum.crc, data, len);
		sum.at = mark.offset;
		data += len;
		if (mark.member == sum.member && mark.crc != sum.crc)
			return changed(stream, mark.offset, err);
	}
	return 0;
}

/* Compares the CRC of the decoded content with the CRC that the scan has stored in the checkpoint
 * at sum->at. Returns -EIO if both CRCs are known and differ. Otherwise returns 0. */
static int check_checkpoint(
	const struct rdb_stream *stream, const struct rdb_stream_sum *sum, struct rdb_err *err)
{
	struct rdb_checkpoint checkpoint;

	if (!sum->known || !rdb_index_find(stream->content->index, sum->at, &checkpoint) ||
		checkpoint.offset != sum->at || !checkpoint.saved)
		return 0;
	if (checkpoint.member != sum->member || checkpoint.crc == sum->crc)
		return 0;
	return changed(stream, sum->at, err);
}

int rdb_stream_check_span(struct rdb_stream *stream, uint64_t offset, const void *data, size_t len,
	struct rdb_err *err)
{
	struct rdb_span *span = &stream->span;

	if (rdb_span_feed(span, stream->content->index, offset, data, len) == 0)
		return 0;
	return rdb_err_set(err, EIO,
		"%s: its content after byte %llu does not match its checksum: the archive is "
		"damaged there; restore the archive from another copy",
		stream->content->name, (unsigned long long)span->start);
}

int rdb_stream_check_indexed(const struct rdb_stream *stream, const struct rdb_stream_sum *before,
	const char *data, struct rdb_err *err)
{
	struct rdb_stream_sum after = rdb_stream_sum_of(stream);
	int ret = check_marks(stream, *before, &after, data, err);

	return ret ? ret : check_checkpoint(stream, &after, err);
}
