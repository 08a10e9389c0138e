#include "json/document_scan.h"
#include "base/byte_order_mark.h"
#include "json/block_scan.h"
#include "json/chars.h"

#include <errno.h>

#define PIECE_MAX ((size_t)1 << 30)

/* ---- byte by byte: the definition, and bytes that fill no block ---- */

static void step_string(struct rdb_json_scan *scan, char c)
{
	if (scan->escaped) {
		scan->escaped = 0;
		return;
	}
	scan->escaped = c == '\\';
	if (c == '"')
		scan->string = ~scan->string;
}

static void end_bare(struct rdb_json_scan *scan, size_t at, struct rdb_json_marks *marks)
{
	if (scan->bare)
		rdb_json_mark(marks, at, true);
	scan->bare = false;
}

/* Processes the byte c outside the brackets of documents. Marks the start of a document at c, or
 * the end of a number, string or word before c. */
static void step_level(struct rdb_json_scan *scan, char c, size_t at, struct rdb_json_marks *marks)
{
	if (rdb_json_is_gap(c)) {
		end_bare(scan, at, marks);
	} else if (rdb_json_is_open(c)) {
		end_bare(scan, at, marks);
		rdb_json_mark(marks, at, false);
		scan->depth = 1;
	} else if (rdb_json_is_close(c)) {
		end_bare(scan, at, marks);
		scan->mode = scan->mode == RDB_JSON_ARRAY ? RDB_JSON_END : RDB_JSON_BROKEN;
	} else if (!scan->bare) {
		rdb_json_mark(marks, at, false);
		scan->bare = true;
	}
}

static void step_document(
	struct rdb_json_scan *scan, char c, size_t at, struct rdb_json_marks *marks)
{
	bool inside = scan->string;

	step_string(scan, c);
	if (inside)
		return;
	if (scan->depth == 0) {
		step_level(scan, c, at, marks);
	} else if (rdb_json_is_open(c)) {
		scan->depth++;
	} else if (rdb_json_is_close(c) && --scan->depth == 0) {
		rdb_json_mark(marks, at + 1, true);
	}
}

static bool step_mark(struct rdb_json_scan *scan, char c)
{
	if (scan->mark == RDB_BYTE_ORDER_MARK_LEN || c != RDB_BYTE_ORDER_MARK[scan->mark])
		return false;
	scan->mark++;
	return true;
}

static void step(struct rdb_json_scan *scan, char c, size_t at, struct rdb_json_marks *marks)
{
	if (scan->mode == RDB_JSON_BEGIN) {
		if (rdb_json_is_space(c) || step_mark(scan, c))
			return;
		scan->mode = c == '[' ? RDB_JSON_ARRAY : RDB_JSON_STREAM;
		if (c == '[')
			return;
	}
	if (scan->mode == RDB_JSON_ARRAY || scan->mode == RDB_JSON_STREAM)
		step_document(scan, c, at, marks);
	else if (!rdb_json_is_space(c))
		scan->mode = RDB_JSON_BROKEN;
}

/* ---- both ---- */

static bool has_room(const struct rdb_json_marks *marks, size_t more)
{
	return RDB_JSON_MARKS - marks->count >= more;
}

static bool takes_blocks(const struct rdb_json_scan *scan)
{
	return scan->kernel != RDB_JSON_BYTES && !scan->bare &&
	       (scan->mode == RDB_JSON_ARRAY || scan->mode == RDB_JSON_STREAM);
}

size_t rdb_json_scan(
	struct rdb_json_scan *scan, const char *data, size_t len, struct rdb_json_marks *marks)
{
	size_t at = 0, stop;

	marks->count = 0;
	if (len > PIECE_MAX)
		len = PIECE_MAX;
	while (at < len && has_room(marks, RDB_JSON_BLOCK)) {
		if (takes_blocks(scan))
			at = rdb_json_block_scan(scan, data, at, len, marks);
		stop = len - at > RDB_JSON_BLOCK ? at + RDB_JSON_BLOCK : len;
		for (; at < stop && has_room(marks, 2); at++)
			step(scan, data[at], at, marks);
	}
	return at;
}

void rdb_json_scan_init(struct rdb_json_scan *scan)
{
	if (rdb_json_scan_init_kernel(scan, RDB_JSON_AVX512) != 0 &&
		rdb_json_scan_init_kernel(scan, RDB_JSON_AVX2) != 0 &&
		rdb_json_scan_init_kernel(scan, RDB_JSON_SSE2) != 0)
		rdb_json_scan_init_kernel(scan, RDB_JSON_BYTES);
}

int rdb_json_scan_init_kernel(struct rdb_json_scan *scan, enum rdb_json_kernel kernel)
{
	if (kernel != RDB_JSON_BYTES && !rdb_json_block_has(kernel))
		return -ENOTSUP;
	*scan = (struct rdb_json_scan){.mode = RDB_JSON_BEGIN, .kernel = kernel};
	return 0;
}

bool rdb_json_scan_clean(const struct rdb_json_scan *scan)
{
	if (scan->mode == RDB_JSON_END)
		return true;
	return scan->mode == RDB_JSON_STREAM && scan->depth == 0 && !scan->string;
}
