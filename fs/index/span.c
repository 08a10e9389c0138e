#include "index/span.h"

#include "gz/crc.h"

#include <errno.h>

void rdb_span_enter(struct rdb_span *span, const struct rdb_checkpoint *checkpoint)
{
	*span = (struct rdb_span){
		.start = checkpoint->offset,
		.end = checkpoint->span_end,
		.expected = checkpoint->span_crc,
	};
}

uint64_t rdb_span_left(const struct rdb_span *span, uint64_t offset)
{
	return span->end > offset ? span->end - offset : UINT64_MAX;
}

bool rdb_span_is_open(const struct rdb_span *span, uint64_t offset)
{
	return span->end > offset && span->start < offset;
}

static void enter_next(struct rdb_span *span, struct rdb_index *index)
{
	struct rdb_checkpoint checkpoint;
	uint64_t at = span->end;

	*span = (struct rdb_span){0};
	if (rdb_index_find(index, at, &checkpoint) && checkpoint.offset == at)
		rdb_span_enter(span, &checkpoint);
}

int rdb_span_feed(struct rdb_span *span, struct rdb_index *index, uint64_t offset, const void *data,
	size_t len)
{
	const uint8_t *at = data;

	while (len > 0 && span->end > offset) {
		size_t n = span->end - offset < len ? (size_t)(span->end - offset) : len;
		span->crc = rdb_crc32(span->crc, at, n);
		at += n;
		offset += n;
		len -= n;
		if (offset < span->end)
			break;
		if (span->crc != span->expected) {
			span->end = 0;
			return -EILSEQ;
		}
		enter_next(span, index);
	}
	return 0;
}

uint64_t rdb_span_end(struct rdb_index *index, uint64_t offset)
{
	struct rdb_checkpoint checkpoint;

	if (offset == 0 || !rdb_index_find(index, offset - 1, &checkpoint) ||
		checkpoint.span_end < offset)
		return 0;
	return checkpoint.span_end;
}
