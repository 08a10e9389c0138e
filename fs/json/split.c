#include "json/split.h"
#include "base/byte_order_mark.h"
#include "json/chars.h"

#include <errno.h>

static const char *const EXPECTED[] = {
	[RDB_JSON_GAP_BEGIN] = "'[' or a document",
	[RDB_JSON_GAP_FIRST] = "a document or ']'",
	[RDB_JSON_GAP_AFTER] = "',' or ']' after a document",
	[RDB_JSON_GAP_NEXT] = "a document after ','",
	[RDB_JSON_GAP_END] = "nothing after the array of documents",
	[RDB_JSON_GAP_STREAM] = "another document",
};

void rdb_json_split_init(struct rdb_json_split *split, size_t limit)
{
	*split = (struct rdb_json_split){.limit = limit ? limit : RDB_JSON_LIMIT};
	rdb_json_scan_init(&split->scan);
}

void rdb_json_split_accept_blank(struct rdb_json_split *split)
{
	split->may_be_blank = true;
}

void rdb_json_split_enter(
	struct rdb_json_split *split, bool in_array, uint64_t offset, uint64_t number)
{
	split->scan.mode = in_array ? RDB_JSON_ARRAY : RDB_JSON_STREAM;
	split->gap = in_array ? RDB_JSON_GAP_FIRST : RDB_JSON_GAP_STREAM;
	split->offset = offset;
	split->number = number;
}

void rdb_json_split_free(struct rdb_json_split *split)
{
	rdb_buf_free(&split->carry);
}

void rdb_json_split_feed(struct rdb_json_split *split, const char *data, size_t len)
{
	split->offset += split->len;
	split->data = data;
	split->len = len;
	split->base = split->scanned = split->at = 0;
	split->mark = split->marks.count = 0;
}

static int fail(struct rdb_json_split *split, int ret, uint64_t at, const char *expected)
{
	split->ret = ret;
	split->fault = (struct rdb_json_fault){at, expected};
	return ret;
}

/* ---- between documents ---- */

static bool step_bom(struct rdb_json_split *split, char c)
{
	if (split->offset + split->at != split->bom || split->bom == RDB_BYTE_ORDER_MARK_LEN ||
		c != RDB_BYTE_ORDER_MARK[split->bom])
		return false;
	split->bom++;
	return true;
}

static bool is_in_bom(const struct rdb_json_split *split)
{
	return split->bom % RDB_BYTE_ORDER_MARK_LEN != 0;
}

bool rdb_json_split_is_blank(const struct rdb_json_split *split)
{
	return split->gap == RDB_JSON_GAP_BEGIN && !split->inside && !is_in_bom(split);
}

static bool step_gap(struct rdb_json_split *split, char c)
{
	enum rdb_json_gap gap = split->gap;

	if (step_bom(split, c))
		return true;
	if (is_in_bom(split))
		return false;
	if (rdb_json_is_space(c))
		return true;
	if (c == '[' && gap == RDB_JSON_GAP_BEGIN)
		split->gap = RDB_JSON_GAP_FIRST;
	else if (c == ',' && gap == RDB_JSON_GAP_AFTER)
		split->gap = RDB_JSON_GAP_NEXT;
	else if (c == ']' && (gap == RDB_JSON_GAP_FIRST || gap == RDB_JSON_GAP_AFTER))
		split->gap = RDB_JSON_GAP_END;
	else
		return false;
	return true;
}

static int pass_gap(struct rdb_json_split *split, size_t to)
{
	for (; split->at < to; split->at++)
		if (!step_gap(split, split->data[split->at]))
			return fail(
				split, -EINVAL, split->offset + split->at, EXPECTED[split->gap]);
	return 0;
}

/* ---- documents ---- */

static int begin_document(struct rdb_json_split *split, size_t at)
{
	int ret = pass_gap(split, at);

	if (ret != 0)
		return ret;
	split->begin = split->offset + at;
	if (split->gap == RDB_JSON_GAP_AFTER || split->gap == RDB_JSON_GAP_END || is_in_bom(split))
		return fail(split, -EINVAL, split->begin, EXPECTED[split->gap]);
	if (split->gap == RDB_JSON_GAP_BEGIN)
		split->gap = RDB_JSON_GAP_STREAM;
	else if (split->gap != RDB_JSON_GAP_STREAM)
		split->gap = RDB_JSON_GAP_AFTER;
	split->inside = true;
	return 0;
}

static int check_limit(struct rdb_json_split *split, size_t to)
{
	if (to - split->at <= split->limit - split->carry.len)
		return 0;
	return fail(split, -EMSGSIZE, split->begin, "a smaller document");
}

static int carry(struct rdb_json_split *split, size_t to)
{
	int ret = check_limit(split, to);

	if (ret != 0 || to == split->at)
		return ret;
	ret = rdb_buf_add(&split->carry, split->data + split->at, to - split->at);
	if (ret != 0)
		return fail(split, ret, split->begin, "memory");
	split->at = to;
	return 0;
}

static void set_piece(
	struct rdb_json_split *split, const char *data, size_t len, struct rdb_json_piece *piece)
{
	split->inside = false;
	*piece = (struct rdb_json_piece){data, len, split->begin, ++split->number};
}

static int return_carry(struct rdb_json_split *split, struct rdb_json_piece *piece)
{
	set_piece(split, split->carry.data, split->carry.len, piece);
	split->returned = true;
	return 1;
}

static int end_document(struct rdb_json_split *split, size_t to, struct rdb_json_piece *piece)
{
	int ret;

	if (split->carry.len > 0) {
		ret = carry(split, to);
		return ret ? ret : return_carry(split, piece);
	}
	ret = check_limit(split, to);
	if (ret != 0)
		return ret;
	set_piece(split, split->data + split->at, to - split->at, piece);
	split->at = to;
	return 1;
}

/* ---- the walk over the marks ---- */

static bool scan_more(struct rdb_json_split *split)
{
	size_t left = split->len - split->scanned;

	if (left == 0)
		return false;
	split->base = split->scanned;
	split->scanned +=
		rdb_json_scan(&split->scan, split->data + split->base, left, &split->marks);
	split->mark = 0;
	return true;
}

static int step_mark(struct rdb_json_split *split, struct rdb_json_piece *piece)
{
	uint32_t mark = split->marks.at[split->mark++];
	size_t at = split->base + (mark >> 1);

	return mark & 1 ? end_document(split, at, piece) : begin_document(split, at);
}

static int walk(struct rdb_json_split *split, struct rdb_json_piece *piece)
{
	int ret = 0;

	do {
		while (ret == 0 && split->mark < split->marks.count)
			ret = step_mark(split, piece);
	} while (ret == 0 && scan_more(split));
	if (ret != 0)
		return ret;
	return split->inside ? carry(split, split->len) : pass_gap(split, split->len);
}

static int end(struct rdb_json_split *split, struct rdb_json_piece *piece)
{
	uint64_t at = split->offset + split->len;
	bool clean = rdb_json_scan_clean(&split->scan);

	if (split->inside && clean)
		return return_carry(split, piece);
	if (split->inside)
		return fail(split, -EINVAL, at, "the rest of a document");
	if (!clean && !(split->may_be_blank && rdb_json_split_is_blank(split)))
		return fail(split, -EINVAL, at, EXPECTED[split->gap]);
	return 0;
}

static inline int next_document(struct rdb_json_split *split,
	int (*work)(struct rdb_json_split *split, struct rdb_json_piece *piece),
	struct rdb_json_piece *piece, struct rdb_json_fault *fault)
{
	int ret;

	if (split->returned)
		rdb_buf_clear(&split->carry);
	split->returned = false;
	ret = split->ret ? split->ret : work(split, piece);
	if (ret < 0 && fault)
		*fault = split->fault;
	return ret;
}

int rdb_json_split_next(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault)
{
	return next_document(split, walk, piece, fault);
}

int rdb_json_split_end(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault)
{
	return next_document(split, end, piece, fault);
}
