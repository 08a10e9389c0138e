/* Decides which content of a damaged archive can be trusted. */
#include "archive/scan_private.h"
#include "index/span.h"
#include "json/document.h"

#include <errno.h>

#define SUSPECT (4u << 20) /* bytes before damage that may be wrong */

static void add_damage(struct rdb_scan *scan, uint64_t from, uint64_t to)
{
	const struct rdb_damage damage = {.from = from, .to = to};

	rdb_index_damage(scan->content->index, &damage);
}

/* Marks the content of the current gzip member up to the scan's position as possibly damaged. */
static void distrust(struct rdb_scan *scan, int ret)
{
	uint64_t from = scan->decoder->ops->member(scan->decoder);
	uint64_t to = rdb_scan_offset(scan);

	if (ret == -EILSEQ && !scan->tar_error.code && to - from > SUSPECT)
		from = to - SUSPECT;
	add_damage(scan, from, to);
}

/* Ends the scan and returns true if "ret" is an error of the archive's source. The scan's outcome
 * is not stored, so a later scan checks again. */
static bool stop_if_source_failed(struct rdb_scan *scan, int ret)
{
	if (ret >= 0)
		return false;
	rdb_scan_record_error(scan, ret);
	if (!scan->source_failed)
		return false;
	scan->outcome.end = RDB_OUTCOME_UNREACHABLE;
	scan->outcome.error = scan->error;
	scan->step = RDB_SCAN_DONE;
	return true;
}

/* ---- the last whole table of an archive that is cut short ---- */

static bool find_suspect(struct rdb_scan *scan)
{
	uint64_t end = rdb_scan_offset(scan), offset;
	struct rdb_member member;
	bool found = false;

	for (uint32_t i = 0; rdb_catalog_get(scan->catalog, i, &member, &offset) == 0; i++) {
		if (member.kind != RDB_MEMBER_JSON || offset > end || member.size > end - offset ||
			(found && offset < scan->suspect_at))
			continue;
		scan->suspect = member;
		scan->suspect_at = offset;
		found = true;
	}
	return found;
}

/* Begins to read the last complete table again, because decoders may return wrong bytes shortly
 * before the end of a truncated archive. If the decoder cannot return to the table, marks the table
 * as damaged. */
static void begin_recheck(struct rdb_scan *scan)
{
	struct rdb_checkpoint checkpoint;
	int ret = -ENOENT;

	if (!find_suspect(scan))
		return;
	if (rdb_index_find(scan->content->index, scan->suspect_at, &checkpoint))
		ret = rdb_scan_enter(scan, &checkpoint);
	if (ret != 0)
		ret = scan->decoder->ops->rewind(scan->decoder, &scan->error);
	if (stop_if_source_failed(scan, ret))
		return;
	if (ret != 0) {
		add_damage(scan, scan->suspect_at, scan->suspect_at + scan->suspect.size);
		return;
	}
	rdb_json_split_init(&scan->split, 0);
	scan->step = RDB_SCAN_RECHECK;
}

static bool is_document(const struct rdb_json_piece *piece)
{
	const struct rdb_json_want want = {.object = true};

	return rdb_json_document(piece->data, piece->len, &want, NULL, NULL) == 0;
}

static bool feed(struct rdb_scan *scan, const char *data, size_t len)
{
	struct rdb_json_piece piece;
	int ret;

	rdb_json_split_feed(&scan->split, data, len);
	while ((ret = rdb_json_split_next(&scan->split, &piece, NULL)) == 1)
		if (!is_document(&piece))
			return false;
	return ret == 0;
}

static bool ends_well(struct rdb_scan *scan)
{
	struct rdb_json_piece piece;
	int ret = rdb_json_split_end(&scan->split, &piece, NULL);

	return ret == 0 || (ret == 1 && is_document(&piece));
}

static bool feed_chunk(struct rdb_scan *scan, uint64_t at, size_t len)
{
	uint64_t start = scan->suspect_at, end = start + scan->suspect.size;
	size_t skip = at < start ? (size_t)(start - at) : 0;
	size_t stop = end - at < len ? (size_t)(end - at) : len;

	return skip >= stop || feed(scan, scan->chunk + skip, stop - skip);
}

void rdb_scan_recheck(struct rdb_scan *scan)
{
	uint64_t at = rdb_scan_offset(scan), end = scan->suspect_at + scan->suspect.size;
	bool good = true, over = at >= end;
	ssize_t n;

	if (!over) {
		n = scan->decoder->ops->read(
			scan->decoder, scan->chunk, RDB_SCAN_CHUNK, &scan->error);
		if (stop_if_source_failed(scan, (int)n))
			return;
		good = n > 0 && feed_chunk(scan, at, (size_t)n);
	}
	if (good && !over)
		return;
	if (!good || !ends_well(scan))
		add_damage(scan, scan->suspect_at, end);
	scan->step = RDB_SCAN_DONE;
}

/* ---- an archive with a checksum for each span ---- */

/* Returns true if no damage was found in the span, a content range with its own checksum. If the
 * source fails, ends the scan and returns true. */
static bool span_is_good(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint)
{
	struct rdb_span span;
	uint64_t at;

	if (rdb_scan_enter(scan, checkpoint) != 0)
		return false;
	rdb_span_enter(&span, checkpoint);
	while ((at = rdb_scan_offset(scan)) < checkpoint->span_end) {
		uint64_t left = checkpoint->span_end - at;
		size_t want = left < RDB_SCAN_CHUNK ? (size_t)left : RDB_SCAN_CHUNK;
		ssize_t n =
			scan->decoder->ops->read(scan->decoder, scan->chunk, want, &scan->error);
		if (stop_if_source_failed(scan, (int)n))
			return true;
		if (n <= 0 ||
			rdb_span_feed(&span, scan->content->index, at, scan->chunk, (size_t)n) != 0)
			return false;
	}
	return true;
}

static void add_damaged_span(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint)
{
	struct rdb_checkpoint next;
	struct rdb_damage damage = {
		.from = checkpoint->offset,
		.to = checkpoint->span_end,
		.source_from = checkpoint->source_offset,
		.source_to = scan->content->source->identity.size,
	};

	if (rdb_index_next(scan->content->index, checkpoint->offset, &next))
		damage.source_to = next.source_offset;
	rdb_index_damage(scan->content->index, &damage);
}

void rdb_scan_verify(struct rdb_scan *scan)
{
	struct rdb_checkpoint checkpoint;

	if (rdb_index_find(scan->content->index, scan->verified, &checkpoint) &&
		checkpoint.offset == scan->verified && checkpoint.span_end > checkpoint.offset) {
		if (!span_is_good(scan, &checkpoint))
			add_damaged_span(scan, &checkpoint);
		scan->verified = checkpoint.span_end;
		return;
	}
	scan->step = RDB_SCAN_DONE;
}

/* ---- what to do ---- */

void rdb_scan_judge(struct rdb_scan *scan, int ret)
{
	rdb_scan_unshare(scan);
	if (rdb_index_is_embedded(scan->content->index))
		scan->step = RDB_SCAN_VERIFY;
	else if (ret == -EBADMSG || ret == -EILSEQ || (ret != 0 && scan->tar_error.code))
		distrust(scan, ret);
	else if (ret == -ENODATA)
		begin_recheck(scan);
}
