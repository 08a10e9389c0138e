#include "keys/table_walk.h"

#include "format/member_name.h"

#include <errno.h>
#include <stdlib.h>

#define STEP_MIN ((size_t)4096) /* smallest read in bytes; a larger read that fails is halved */
#define STEP_FIRST                                                                                 \
	((size_t)64 * 1024) /* bytes of the first read; each later read is twice as long */

struct rdb_table_walk {
	struct rdb_archive *archive;
	struct rdb_member member;
	const struct rdb_cancel *cancel;
	struct rdb_reader *reader;
	struct rdb_documents documents;
	bool started;
	struct rdb_table_place place; /* start of the walk, if from_place is set */
	bool from_place;

	uint64_t off; /* offset of the next read */
	size_t step;  /* bytes of the next read */
	struct rdb_read read;
	int part; /* index in iov of the part of the read that is parsed next */

	int ret; /* the first error, whose text is in err */
	struct rdb_err err;
};

int rdb_table_walk_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_table_place *place, const struct rdb_cancel *cancel,
	struct rdb_table_walk **out)
{
	struct rdb_table_walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return -ENOMEM;
	walk->member = *member;
	walk->cancel = cancel;
	walk->step = STEP_FIRST;
	if (place && place->layout != RDB_LAYOUT_PACKED) {
		walk->place = *place;
		walk->from_place = true;
	}
	if (rdb_reader_open(archive, member->number, &walk->reader) != 0) {
		free(walk);
		return -ENOMEM;
	}
	rdb_reader_accept_parts(walk->reader);
	walk->archive = rdb_archive_ref(archive);
	*out = walk;
	return 0;
}

void rdb_table_walk_close(struct rdb_table_walk *walk)
{
	if (!walk)
		return;
	rdb_read_done(&walk->read);
	if (walk->started)
		rdb_documents_free(&walk->documents);
	rdb_reader_close(walk->reader);
	rdb_archive_unref(walk->archive);
	free(walk);
}

/* ---- reading ---- */

/* Returns how many of the table's next len bytes lie before the archive's damage, or 0 if this
 * number is unknown. Called when a read of these bytes has failed. May scan the archive to its end.
 */
static size_t before_damage(const struct rdb_table_walk *walk, size_t len)
{
	struct rdb_archive_facts facts;
	struct rdb_damaged_part part;

	rdb_archive_facts(walk->archive, &facts);
	if (facts.checked && facts.state != RDB_ARCHIVE_DAMAGED)
		(void)rdb_archive_complete(walk->archive, walk->cancel, &facts);
	if (!rdb_archive_member_damage(walk->archive, walk->member.number, walk->off, &part) ||
		part.from <= walk->off || part.from - walk->off >= len)
		return 0;
	return (size_t)(part.from - walk->off);
}

static int read_some(struct rdb_table_walk *walk, size_t len, struct rdb_err *err)
{
	struct rdb_archive_facts facts;
	size_t whole;
	int ret;

	for (;;) {
		if (rdb_cancel_fired(walk->cancel))
			return rdb_err_set(err, ECANCELED, "cancelled");
		ret = rdb_reader_read(walk->reader, walk->off, len, &walk->read, err);
		if (ret == -EAGAIN)
			ret = rdb_archive_complete(walk->archive, walk->cancel, &facts);
		else if (ret == -EIO && (whole = before_damage(walk, len)) > 0)
			len = whole;
		else if (ret != -EIO || len <= STEP_MIN)
			return ret;
		else
			len = len / 2;
		if (ret == -ECANCELED)
			return rdb_err_set(err, ECANCELED, "cancelled");
	}
}

/* Passes the next piece of the table's text, up to the offset "end", to walk->documents. Returns 1,
 * or 0 if no text is left. */
static int feed(struct rdb_table_walk *walk, uint64_t end, struct rdb_err *err)
{
	const struct iovec *part;
	int ret;

	if (walk->part == walk->read.count) {
		uint64_t left = end - walk->off;
		size_t len = left < walk->step ? (size_t)left : walk->step;
		rdb_read_done(&walk->read);
		walk->part = 0;
		if (len == 0)
			return 0;
		ret = read_some(walk, len, err);
		if (ret != 0)
			return ret;
		if (walk->read.len == 0)
			return rdb_err_set(err, EIO, "the table ends early");
		walk->off += walk->read.len;
		walk->step = walk->step < RDB_READ_MAX ? walk->step * 2 : RDB_READ_MAX;
	}
	part = &walk->read.iov[walk->part++];
	rdb_documents_feed(&walk->documents, part->iov_base, part->iov_len);
	return 1;
}

static int feed_head(struct rdb_table_walk *walk, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int ret;

	while ((ret = feed(walk, walk->place.head, err)) == 1) {
		ret = rdb_documents_next(&walk->documents, &piece, err);
		if (ret != 0)
			return ret < 0 ? ret
				       : rdb_err_set(
						 err, EIO, "the row of column names has changed");
	}
	return ret;
}

static int start(struct rdb_table_walk *walk, struct rdb_err *err)
{
	char delimiter = walk->member.kind == RDB_MEMBER_CSV ? ',' : 0;
	int ret = rdb_documents_init(&walk->documents, delimiter, err);

	if (ret != 0)
		return ret;
	rdb_documents_accept_blank(&walk->documents, rdb_name_blank(walk->member.file));
	walk->started = true;
	if (!walk->from_place)
		return 0;
	if (walk->place.layout == RDB_LAYOUT_ROWS)
		ret = feed_head(walk, err);
	rdb_documents_enter(&walk->documents, walk->place.layout == RDB_LAYOUT_ARRAY,
		walk->place.offset, walk->place.ordinal);
	walk->off = walk->place.offset;
	return ret;
}

/* ---- documents ---- */

static int next(struct rdb_table_walk *walk, struct rdb_json_piece *document, struct rdb_err *err)
{
	int ret = walk->started ? 0 : start(walk, err);

	while (ret == 0) {
		ret = rdb_documents_next(&walk->documents, document, err);
		if (ret != 0)
			return ret;
		ret = feed(walk, walk->member.size, err);
		if (ret == 0)
			return rdb_documents_end(&walk->documents, document, err);
		if (ret == 1)
			ret = 0;
	}
	return ret;
}

int rdb_table_walk_next(
	struct rdb_table_walk *walk, struct rdb_json_piece *document, struct rdb_err *err)
{
	int ret = walk->ret ? walk->ret : next(walk, document, &walk->err);

	if (ret >= 0)
		return ret;
	if (ret == -EINVAL)
		ret = -EIO;
	walk->err.code = -ret;
	walk->ret = ret;
	if (err)
		*err = walk->err;
	return ret;
}

uint64_t rdb_table_walk_offset(const struct rdb_table_walk *walk)
{
	return walk->off;
}

enum rdb_table_layout rdb_table_walk_layout(const struct rdb_table_walk *walk)
{
	return rdb_documents_layout(&walk->documents);
}
