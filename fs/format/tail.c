#include "format/tail.h"

#include <string.h>

void rdb_tail_init(struct rdb_tail *tail, uint64_t offset)
{
	*tail = (struct rdb_tail){.offset = offset};
}

static size_t count_zeros(const char *data, size_t len)
{
	static const char zeros[4096];
	size_t at = 0;

	while (len - at >= sizeof(zeros) && memcmp(data + at, zeros, sizeof(zeros)) == 0)
		at += sizeof(zeros);
	while (at < len && data[at] == 0)
		at++;
	return at;
}

/* Begins to collect the block that contains the first nonzero byte after the tar archive. */
static void begin_block(struct rdb_tail *tail)
{
	tail->len = (size_t)(tail->offset % RDB_TAR_BLOCK);
	tail->at = tail->offset - tail->len;
	memset(tail->block, 0, tail->len);
}

static void end_block(struct rdb_tail *tail)
{
	tail->kind = rdb_tar_is_header(tail->block) ? RDB_TAIL_ARCHIVE : RDB_TAIL_GARBAGE;
}

void rdb_tail_feed(struct rdb_tail *tail, const char *data, size_t len)
{
	size_t skip, want;

	if (tail->kind != RDB_TAIL_ZEROS) {
		tail->offset += len;
		return;
	}
	skip = tail->len > 0 ? 0 : count_zeros(data, len);
	tail->offset += skip;
	if (skip == len)
		return;
	if (tail->len == 0)
		begin_block(tail);
	want = RDB_TAR_BLOCK - tail->len;
	if (want > len - skip)
		want = len - skip;
	memcpy(tail->block + tail->len, data + skip, want);
	tail->len += want;
	tail->offset += len - skip;
	if (tail->len == RDB_TAR_BLOCK)
		end_block(tail);
}

void rdb_tail_end(struct rdb_tail *tail)
{
	if (tail->kind == RDB_TAIL_ZEROS && tail->len > 0)
		tail->kind = RDB_TAIL_GARBAGE;
}
