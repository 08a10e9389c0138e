#include "archive/archive_scan.h"

#include "archive/scan_private.h"
#include "base/log.h"
#include "format/recognise.h"
#include "format/tar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX (4u << 20) /* largest number of bytes of a tar header in libarchive */

int rdb_scan_create(const struct rdb_content *content, struct rdb_catalog *catalog,
	const struct rdb_resume *resume, const struct rdb_scan_hooks *hooks, struct rdb_scan **out)
{
	struct rdb_scan *scan = calloc(1, sizeof(*scan));

	if (!scan)
		return -ENOMEM;
	scan->content = content;
	scan->catalog = catalog;
	scan->hooks = *hooks;
	scan->resume = *resume;
	scan->member.number = RDB_SCAN_NO_MEMBER;
	rdb_shape_init(&scan->shape);
	scan->own = scan->chunk = malloc(RDB_SCAN_CHUNK);
	if (!scan->own) {
		free(scan);
		return -ENOMEM;
	}
	rdb_scan_share(scan);
	*out = scan;
	return 0;
}

void rdb_scan_free(struct rdb_scan *scan)
{
	if (!scan)
		return;
	if (scan->tar)
		archive_read_free(scan->tar);
	rdb_scan_drop_member(scan);
	if (scan->outcome.end == RDB_OUTCOME_OK)
		rdb_scan_bequeath(scan);
	else
		rdb_scan_unshare(scan);
	rdb_decoder_close(scan->decoder);
	rdb_buf_free(&scan->state);
	rdb_buf_free(&scan->member.text);
	rdb_json_split_free(&scan->split);
	free(scan->own);
	rdb_shape_free(&scan->shape);
	free(scan);
}

uint64_t rdb_scan_progress(struct rdb_scan *scan)
{
	return atomic_load_explicit(&scan->progress, memory_order_relaxed);
}

/* ---- how it ends ---- */

/* Returns true if the scanned content is the backup of a cluster without tables. For such a
 * cluster, `rethinkdb dump` writes a compressed archive whose decompressed content is only zeros.
 */
static bool is_empty_dump(const struct rdb_scan *scan)
{
	/* Accept content of only zeros (an archive without members) only if the archive is
	 * compressed. Damage can fill an uncompressed file with zeros, but damaged compressed data
	 * does not decompress to zeros. */
	return scan->empty && scan->tail.kind == RDB_TAIL_ZEROS &&
	       scan->content->format != RDB_FORMAT_PLAIN && rdb_scan_offset(scan) == RDB_TAR_RECORD;
}

static void end_scan(struct rdb_scan *scan, int ret, const char *words)
{
	struct rdb_scan_outcome *outcome = &scan->outcome;
	uint64_t tables, documents;

	int found = ret;

	if (ret == 0 && scan->tar_error.code)
		ret = -EIO;
	outcome->end = ret == 0              ? RDB_OUTCOME_OK
		       : scan->source_failed ? RDB_OUTCOME_UNREACHABLE
					     : RDB_OUTCOME_DAMAGED;
	if (ret != 0 && scan->error.code)
		outcome->error = scan->error;
	else if (ret != 0)
		rdb_err_set(&outcome->error, -ret, "%s", words);
	if (scan->tar_error.code && scan->error.code)
		rdb_err_prefix(&outcome->error, "%s; ", scan->tar_error.text);
	else if (scan->tar_error.code)
		outcome->error = scan->tar_error;
	rdb_catalog_totals(scan->catalog, &tables, &documents);
	scan->step = RDB_SCAN_DONE;
	if (outcome->end == RDB_OUTCOME_UNREACHABLE)
		return;
	if (tables == 0 && rdb_shape_again(&scan->shape)) {
		scan->step = RDB_SCAN_AGAIN;
		return;
	}
	if (tables == 0 && (ret != 0 || !(scan->ours || is_empty_dump(scan)))) {
		outcome->end = RDB_OUTCOME_UNREADABLE;
		if (ret == 0)
			rdb_shape_missing(&scan->shape, &outcome->error);
	}
	if (outcome->end == RDB_OUTCOME_DAMAGED)
		rdb_scan_judge(scan, found);
}

/* After an error in the tar format, lets the scan continue to the checksum of the compressed data,
 * because the checksum shows whether damage is the cause. */
static void end_tar(struct rdb_scan *scan, const char *words)
{
	uint64_t tables, documents;

	rdb_catalog_totals(scan->catalog, &tables, &documents);
	if (scan->content->format == RDB_FORMAT_PLAIN || tables == 0) {
		end_scan(scan, -EIO, words);
		return;
	}
	rdb_err_set(&scan->tar_error, EIO, "%s", words);
	scan->member.number = RDB_SCAN_NO_MEMBER;
	scan->member.data_end = 0;
	scan->step = RDB_SCAN_DRAIN;
}

static void end_tar_damaged(struct rdb_scan *scan)
{
	uint64_t at = rdb_scan_tar_offset(scan);
	const char *words = archive_error_string(scan->tar), *foreign = NULL;
	bool is_archive;
	char text[256];

	if (at == 0)
		(void)rdb_recognise(scan->content->source, &is_archive, &foreign, NULL);

	if (scan->content->source->identity.size == 0)
		strcpy(text, "the file is empty");
	else if (foreign)
		snprintf(text, sizeof(text), "%s", foreign);
	else if (at == 0)
		strcpy(text,
			"neither a tar archive nor one packed with gzip, zstd, xz, bzip2 or lz4");
	else
		snprintf(text, sizeof(text),
			"the tar archive is damaged after byte %llu of its content: %s",
			(unsigned long long)at, words ? words : "unknown error");
	if (scan->error_ret)
		end_scan(scan, scan->error_ret, text);
	else
		end_tar(scan, text);
}

/* ---- the steps ---- */

static la_ssize_t feed_tar(struct archive *tar, void *arg, const void **data)
{
	struct rdb_scan *scan = arg;

	if (scan->step == RDB_SCAN_HEADER && scan->header > HEADER_MAX) {
		archive_set_error(tar, EINVAL, "a header of more than 4 MiB");
		return ARCHIVE_FATAL;
	}
	if (scan->chunk_used == scan->chunk_len && rdb_scan_next_chunk(scan) < 0) {
		archive_set_error(tar, EIO, "see the decoder's error");
		return ARCHIVE_FATAL;
	}
	size_t n = scan->chunk_len - scan->chunk_used;
	*data = scan->chunk + scan->chunk_used;
	scan->chunk_used = scan->chunk_len;
	scan->header += n;
	return (la_ssize_t)n;
}

static void begin_tar(struct rdb_scan *scan)
{
	scan->tar_base = rdb_scan_offset(scan) - (scan->chunk_len - scan->chunk_used);
	scan->empty = scan->tar_base == 0;
	scan->tar = archive_read_new();
	scan->step = RDB_SCAN_HEADER;
	if (!scan->tar)
		end_scan(scan, -ENOMEM, "out of memory");
	else if (archive_read_support_format_tar(scan->tar) != ARCHIVE_OK ||
		 archive_read_open(scan->tar, scan, NULL, feed_tar, NULL) != ARCHIVE_OK)
		end_tar_damaged(scan);
}

/* Begins to examine the bytes after the tar archive. Some of the bytes may already be in
 * scan->chunk. */
static void begin_tail(struct rdb_scan *scan)
{
	uint64_t at = rdb_scan_tar_offset(scan), end = rdb_scan_offset(scan);
	size_t left = (size_t)(end - at);

	scan->step = RDB_SCAN_DRAIN;
	if (left > scan->chunk_len)
		left = scan->chunk_len;
	rdb_tail_init(&scan->tail, end - left);
	rdb_tail_feed(&scan->tail, scan->chunk + (scan->chunk_len - left), left);
}

static void step_header(struct rdb_scan *scan)
{
	struct archive_entry *entry;
	uint64_t before = rdb_scan_tar_offset(scan);
	int ret;

	scan->header = 0;
	ret = archive_read_next_header(scan->tar, &entry);
	if (ret == ARCHIVE_EOF && rdb_scan_tar_offset(scan) == before) {
		end_tar(scan, "the tar archive has no end mark: it is cut short, and tables may be "
			      "missing");
	} else if (ret == ARCHIVE_EOF) {
		begin_tail(scan);
	} else if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN) {
		end_tar_damaged(scan);
	} else {
		ret = rdb_scan_begin_member(scan, entry);
		if (ret != 0)
			end_scan(scan, ret,
				ret == -E2BIG ? "it has too many members" : "out of memory");
	}
}

static void step_data(struct rdb_scan *scan)
{
	const void *data;
	size_t len;
	la_int64_t offset;
	int ret = archive_read_data_block(scan->tar, &data, &len, &offset);

	if (ret == ARCHIVE_EOF)
		rdb_scan_end_member(scan);
	else if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN)
		end_tar_damaged(scan);
	else
		rdb_scan_feed_member(scan, data, len);
}

/* Counts the documents in the next chunk of a member in which an earlier scan was interrupted.
 * After the member's last chunk, continues with the tar header of the next member. */
static void step_resumed(struct rdb_scan *scan)
{
	uint64_t behind = rdb_scan_behind_member(scan);
	uint64_t at = rdb_scan_offset(scan);
	ssize_t n = rdb_scan_next_chunk(scan);

	if (n <= 0) {
		end_scan(scan, n < 0 ? (int)n : -EIO, "the archive ends within a table");
		return;
	}
	if (at < scan->member.data_end) {
		uint64_t left = scan->member.data_end - at;
		rdb_scan_feed_member(
			scan, scan->chunk, left < (uint64_t)n ? (size_t)left : (size_t)n);
	}
	if (rdb_scan_offset(scan) < behind)
		return;
	scan->chunk_used = (size_t)(behind - at);
	rdb_scan_end_member(scan);
	begin_tar(scan);
}

static void check_all_is_shown(struct rdb_scan *scan)
{
	rdb_tail_end(&scan->tail);
	if (scan->tar_error.code)
		return;
	if (scan->tail.kind == RDB_TAIL_ARCHIVE)
		rdb_err_set(&scan->tar_error, EIO,
			"a second archive follows after byte %llu of its content: only the first "
			"is shown; split the file to use both",
			(unsigned long long)scan->tail.at);
	else
		rdb_shape_check(&scan->shape, &scan->tar_error);
}

/* Verifies the rest of the zip file or other outer archive around this archive. If only the outer
 * archive is damaged, sets scan->tar_error and returns 0. */
static int check_around(struct rdb_scan *scan)
{
	const struct rdb_decoder_ops *ops = scan->decoder->ops;
	int ret = ops->finish ? ops->finish(scan->decoder, &scan->error) : 0;

	rdb_scan_record_error(scan, ret);
	if (ret != -EEXIST)
		return ret;
	if (!scan->tar_error.code)
		rdb_err_set(&scan->tar_error, EIO, "%s", scan->error.text);
	rdb_err_clear(&scan->error);
	return 0;
}

static void step_drain(struct rdb_scan *scan)
{
	ssize_t n = rdb_scan_next_chunk(scan);

	if (n > 0) {
		if (!scan->tar_error.code)
			rdb_tail_feed(&scan->tail, scan->chunk, (size_t)n);
		return;
	}
	if (n == 0)
		n = check_around(scan);
	if (n == 0)
		check_all_is_shown(scan);
	if (n == 0 &&
		(scan->tail.kind == RDB_TAIL_GARBAGE || scan->decoder->ops->garbage(scan->decoder)))
		rdb_log_warning("%s: the data after the end of the archive is ignored",
			scan->content->name);
	end_scan(scan, (int)n, "");
}

static int begin_resumed(struct rdb_scan *scan)
{
	const struct rdb_checkpoint *checkpoint = &scan->resume.checkpoint;
	int ret = rdb_scan_enter(scan, checkpoint);

	if (ret != 0)
		return ret;
	ret = rdb_scan_resume_member(scan);
	if (ret != 0)
		return ret;
	scan->last = *checkpoint;
	if (scan->resume.top[0] && rdb_shape_set(&scan->shape, scan->resume.top) != 0)
		return -ENOMEM;
	scan->step = RDB_SCAN_RESUMED;
	return 0;
}

static void begin_at_start(struct rdb_scan *scan, int ret)
{
	if (ret == 0)
		ret = scan->decoder->ops->rewind(scan->decoder, &scan->error);
	rdb_scan_record_error(scan, ret);
	if (ret == 0)
		begin_tar(scan);
	else
		end_scan(scan, ret, "out of memory");
}

static void begin(struct rdb_scan *scan)
{
	const struct rdb_content *content = scan->content;
	int ret = rdb_content_open(content, &scan->decoder, &scan->error);

	if (ret == 0 && scan->resume.valid && begin_resumed(scan) == 0)
		return;
	begin_at_start(scan, ret);
}

/* Resets the scan, and starts a second pass at the archive's beginning. The second pass finds
 * tables one folder higher or deeper than usual. */
static void step_again(struct rdb_scan *scan)
{
	archive_read_free(scan->tar);
	scan->tar = NULL;
	scan->chunk_len = scan->chunk_used = 0;
	scan->error_ret = 0;
	scan->source_failed = false;
	rdb_err_clear(&scan->error);
	rdb_err_clear(&scan->tar_error);
	scan->outcome = (struct rdb_scan_outcome){0};
	rdb_scan_drop_member(scan);
	begin_at_start(scan, 0);
}

static void run_step(struct rdb_scan *scan)
{
	switch (scan->step) {
	case RDB_SCAN_HEADER:
		step_header(scan);
		break;
	case RDB_SCAN_DATA:
		step_data(scan);
		break;
	case RDB_SCAN_RESUMED:
		step_resumed(scan);
		break;
	case RDB_SCAN_DRAIN:
		step_drain(scan);
		break;
	case RDB_SCAN_AGAIN:
		step_again(scan);
		break;
	case RDB_SCAN_VERIFY:
		rdb_scan_verify(scan);
		break;
	case RDB_SCAN_RECHECK:
		rdb_scan_recheck(scan);
		break;
	case RDB_SCAN_DONE:
		break;
	}
}

enum rdb_stream_pace rdb_scan_pace(struct rdb_scan *scan, bool (*hurry)(void *arg), void *arg)
{
	return scan->stream ? rdb_stream_scan_pace(scan->stream, hurry, arg) : RDB_STREAM_ALONE;
}

void rdb_scan_lead(struct rdb_scan *scan, bool leads)
{
	if (scan->stream)
		rdb_stream_scan_run(scan->stream, leads);
}

enum rdb_scan_result rdb_scan_run(struct rdb_scan *scan, struct rdb_scan_outcome *outcome)
{
	if (!scan->decoder)
		begin(scan);
	while (scan->step != RDB_SCAN_DONE) {
		if (scan->hooks.pause && scan->hooks.pause(scan->hooks.arg))
			return RDB_SCAN_PAUSED;
		run_step(scan);
	}
	*outcome = scan->outcome;
	return RDB_SCAN_ENDED;
}
