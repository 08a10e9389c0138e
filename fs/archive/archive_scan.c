#include "archive/archive_scan.h"

#include "archive/scan_private.h"
#include "base/log.h"
#include "format/info.h"
#include "format/member_name.h"
#include "format/recognise.h"
#include "format/tar.h"
#include "gz/crc.h"
#include "gz/gunzip.h"
#include "gz/inflate.h"
#include "index/embed.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK RDB_SCAN_CHUNK
#define NO_MEMBER UINT32_MAX
#define COMPLAINTS 10         /* members that are not shown and are named in the log */
#define HEADER_MAX (4u << 20) /* bytes of one header that libarchive holds */

/*
 * Distance of checkpoints. One takes about 14 KB: every 3 MiB of archive makes an index of 0.5 % of
 * it, if that is at least 4 MiB of content; at the latest every 16 MiB of content, half of which a
 * random read decodes, at 1.4 ms per MiB. For archives that compress extremely well the distance
 * doubles after every 4096 checkpoints.
 */
#define CHECKPOINT_SOURCE (3u << 20)
#define CHECKPOINT_MIN (4u << 20)
#define CHECKPOINT_MAX (16u << 20)
#define CHECKPOINT_MANY 4096

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
	scan->number = NO_MEMBER;
	rdb_shape_init(&scan->shape);
	scan->chunk = malloc(CHUNK);
	if (!scan->chunk) {
		free(scan);
		return -ENOMEM;
	}
	*out = scan;
	return 0;
}

void rdb_scan_free(struct rdb_scan *scan)
{
	if (!scan)
		return;
	if (scan->tar)
		archive_read_free(scan->tar);
	rdb_decoder_close(scan->decoder);
	rdb_gunzip_free(scan->gunzip);
	rdb_buf_free(&scan->state);
	rdb_buf_free(&scan->info);
	rdb_json_split_free(&scan->split);
	free(scan->chunk);
	rdb_shape_free(&scan->shape);
	free(scan);
}

uint64_t rdb_scan_progress(struct rdb_scan *scan)
{
	return atomic_load_explicit(&scan->progress, memory_order_relaxed);
}

/* ---- the content, and checkpoints on the way ---- */

/* Offset up to which tar has parsed the content. */
static uint64_t tar_offset(const struct rdb_scan *scan)
{
	return scan->tar_base + (uint64_t)archive_filter_bytes(scan->tar, 0);
}

/* Offset behind the current member and its padding, where the next one begins. */
static uint64_t member_end(const struct rdb_scan *scan)
{
	return (scan->data_end + RDB_TAR_BLOCK - 1) / RDB_TAR_BLOCK * RDB_TAR_BLOCK;
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

/*
 * Called between two chunks. While tar returns a member's data, all content before is counted, so
 * the scan can be resumed here.
 */
static void take_checkpoint(struct rdb_scan *scan)
{
	const struct rdb_decoder_ops *ops = scan->decoder->ops;
	struct rdb_resume here = {
		.checkpoint =
			{
				.offset = ops->offset(scan->decoder),
				.source_offset = ops->source_offset(scan->decoder),
				.member = ops->member(scan->decoder),
			},
		.number = scan->number,
		.data_end = scan->data_end,
		.count = scan->count,
	};

	here.valid = !scan->gunzip && scan->data_end > here.checkpoint.offset &&
		     !rdb_shape_is_undecided(&scan->shape) &&
		     (scan->number == NO_MEMBER || scan->kind != RDB_MEMBER_INFO);
	ops->crc(scan->decoder, &here.checkpoint.crc);
	rdb_buf_clear(&scan->state);
	if (ops->save && ops->save(scan->decoder, &scan->state) != 0)
		return;
	rdb_index_checkpoint(scan->content->index, &here, &scan->state);
	scan->last = here.checkpoint;
	scan->checkpoints++;
}

/* Records the state at the current member's end within the chunk, so that damage found later is
 * noticed before a reader has received all of the member. */
static void mark_end(struct rdb_scan *scan)
{
	uint64_t end = rdb_scan_offset(scan), start = end - scan->chunk_len;
	struct rdb_mark mark = {
		.offset = scan->data_end, .member = scan->decoder->ops->member(scan->decoder)};

	if (!scan->crc_known || scan->number == NO_MEMBER || scan->data_end <= scan->crc_at ||
		scan->data_end > end)
		return;
	mark.crc = rdb_crc32(scan->crc, scan->chunk + (scan->crc_at - start),
		(size_t)(mark.offset - scan->crc_at));
	scan->crc = mark.crc;
	scan->crc_at = mark.offset;
	rdb_index_mark(scan->content->index, &mark);
}

/* Length up to the next offset where streams begin a block, but at most to the end of a large
 * member: readers enter the next table at that end. */
static size_t next_len(struct rdb_scan *scan, uint64_t offset)
{
	size_t len = CHUNK - (size_t)(offset % CHUNK);
	uint64_t end = member_end(scan);

	if (end <= offset || end - offset > len || end < scan->last.offset + CHECKPOINT_MIN ||
		scan->checkpoints >= CHECKPOINT_MANY)
		return len;
	scan->boundary = end;
	return (size_t)(end - offset);
}

/* Decodes the next chunk of the content; 0 at its end. Remembers errors. */
static ssize_t next_chunk(struct rdb_scan *scan)
{
	const struct rdb_decoder_ops *ops = scan->decoder->ops;
	uint64_t offset = rdb_scan_offset(scan);
	uint64_t member;
	ssize_t n;

	if ((ops->restart || ops->save) && !rdb_index_is_embedded(scan->content->index) &&
		(checkpoint_is_due(scan, offset, ops->source_offset(scan->decoder)) ||
			(scan->boundary > 0 && offset == scan->boundary)))
		take_checkpoint(scan);
	member = ops->member(scan->decoder);
	scan->crc_known = ops->crc(scan->decoder, &scan->crc);
	scan->crc_at = offset;
	n = ops->read(scan->decoder, scan->chunk, next_len(scan, offset), &scan->error);
	scan->chunk_len = n > 0 ? (size_t)n : 0;
	scan->chunk_used = 0;
	scan->crc_known = scan->crc_known && ops->member(scan->decoder) == member;
	mark_end(scan);
	if (n < 0)
		scan->error_ret = (int)n;
	atomic_store_explicit(
		&scan->progress, ops->source_offset(scan->decoder), memory_order_relaxed);
	return n;
}

static la_ssize_t feed_tar(struct archive *tar, void *arg, const void **data)
{
	struct rdb_scan *scan = arg;

	if (scan->step == RDB_SCAN_HEADER && scan->header > HEADER_MAX) {
		archive_set_error(tar, EINVAL, "a header of more than 4 MiB");
		return ARCHIVE_FATAL;
	}
	if (scan->chunk_used == scan->chunk_len && next_chunk(scan) < 0) {
		archive_set_error(tar, EIO, "see the decoder's error");
		return ARCHIVE_FATAL;
	}
	size_t n = scan->chunk_len - scan->chunk_used;
	*data = scan->chunk + scan->chunk_used;
	scan->chunk_used = scan->chunk_len;
	scan->header += n;
	return (la_ssize_t)n;
}

/* ---- members ---- */

/* Only the first few complaints are logged: a hostile archive could have millions. A second pass
 * logs none. */
static void complain(struct rdb_scan *scan, const char *path, const char *why)
{
	if (scan->shape.tops != 1)
		return;
	if (scan->complaints++ < COMPLAINTS)
		rdb_log_warning("%s: %s is not shown: %s", scan->content->name,
			path ? path : "an entry", why);
	else if (scan->complaints == COMPLAINTS + 1)
		rdb_log_warning("%s: more entries are not shown", scan->content->name);
}

static bool is_backup_facts(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, RDB_EMBED_FILE) == 0;
}

/* Returns the reason why an entry is not shown; NULL: it is shown. */
static const char *why_not(
	struct rdb_scan *scan, struct archive_entry *entry, const char *path, struct rdb_name *name)
{
	la_int64_t size = archive_entry_size(entry);

	if (!path)
		return "its name is not UTF-8";
	if (archive_entry_filetype(entry) != AE_IFREG && !archive_entry_hardlink(entry))
		return "not a regular file";
	if (archive_entry_sparse_count(entry) > 0)
		return "a sparse file";
	if (!rdb_name_parse(path, name)) {
		rdb_shape_other(&scan->shape, path);
		return "not TOP/DATABASE/TABLE.json, .ndjson, .csv or .info";
	}
	if (size < 0 || (uint64_t)size > (uint64_t)INT64_MAX - rdb_scan_offset(scan))
		return "its size is impossible";
	return NULL;
}

static bool was_known(struct rdb_scan *scan, struct rdb_member *member, uint64_t offset)
{
	uint64_t known_offset;

	return rdb_catalog_find(scan->catalog, member->db, member->file, member) == 0 &&
	       rdb_catalog_get(scan->catalog, member->number, member, &known_offset) == 0 &&
	       known_offset == offset;
}

static int add_member(struct rdb_scan *scan, struct archive_entry *entry,
	const struct rdb_name *name, uint64_t offset)
{
	struct rdb_member member = {
		.db = name->db,
		.file = name->file,
		.kind = name->kind,
		.size = (uint64_t)archive_entry_size(entry),
		.mtime = {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)},
	};
	int ret = rdb_catalog_add(scan->catalog, &member, offset);

	if (ret == -EEXIST && !was_known(scan, &member, offset)) {
		complain(scan, archive_entry_pathname(entry), "a second one of that name");
		return 0;
	}
	if (ret == -EROFS) {
		complain(scan, archive_entry_pathname(entry), "the archive's index lacks it");
		return 0;
	}
	if (ret != 0 && ret != -EEXIST)
		return ret;
	if (!scan->shape.top) {
		if (rdb_shape_set(&scan->shape, name->top) != 0)
			return -ENOMEM;
		rdb_index_top(scan->content->index, name->top);
		rdb_catalog_set_top(scan->catalog, name->top);
		if (scan->shape.stray)
			complain(scan, scan->shape.stray, "not in a database's folder");
	}
	if (ret == 0) /* otherwise the member was found by a scan that began anew: the index already
			 has it */
		rdb_index_member(scan->content->index, &member, offset);
	scan->number = member.number;
	scan->kind = member.kind;
	if (member.kind == RDB_MEMBER_CSV)
		rdb_json_count_init_csv(&scan->count, ',');
	if (scan->hooks.found)
		scan->hooks.found(scan->hooks.arg);
	return 0;
}

/* Copies the facts about the file that a link refers to. */
static void copy_facts(struct rdb_scan *scan, uint32_t to, uint32_t from, enum rdb_member_kind kind)
{
	struct rdb_table_facts facts;

	rdb_catalog_table(scan->catalog, from, &facts);
	if (kind == RDB_MEMBER_INFO && facts.indexes >= 0) {
		rdb_catalog_set_info(scan->catalog, to, facts.indexes, facts.primary_key);
		rdb_index_info(scan->content->index, to, facts.indexes, facts.primary_key);
	} else if (kind != RDB_MEMBER_INFO && facts.documents >= 0) {
		rdb_catalog_set_documents(scan->catalog, to, facts.documents);
		rdb_index_documents(scan->content->index, to, facts.documents);
	}
}

/* A hard link is another name for the bytes of an earlier member. */
static int add_link(
	struct rdb_scan *scan, struct archive_entry *entry, const char *path, struct rdb_name *name)
{
	const char *target = archive_entry_hardlink(entry);
	struct rdb_name to;
	struct rdb_member member;
	uint64_t offset;
	uint32_t from;
	int ret;

	if (!rdb_name_parse(target, &to) || !scan->shape.top ||
		strcmp(to.top, scan->shape.top) != 0 || to.kind != name->kind ||
		rdb_catalog_find(scan->catalog, to.db, to.file, &member) != 0 ||
		rdb_catalog_get(scan->catalog, member.number, &member, &offset) != 0) {
		complain(scan, path, "a link to what is not shown");
		return 0;
	}
	from = member.number;
	member.db = name->db;
	member.file = name->file;
	ret = rdb_catalog_add(scan->catalog, &member, offset);
	if (ret == -EEXIST && !was_known(scan, &member, offset))
		complain(scan, path, "a second one of that name");
	if (ret != 0)
		return ret == -EEXIST || ret == -EROFS ? 0 : ret;
	rdb_index_member(scan->content->index, &member, offset);
	copy_facts(scan, member.number, from, member.kind);
	if (scan->hooks.found)
		scan->hooks.found(scan->hooks.arg);
	return 0;
}

static const char *path_of(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	return path ? path : archive_entry_pathname_utf8(entry);
}

static int begin_member(struct rdb_scan *scan, struct archive_entry *entry)
{
	uint64_t offset = tar_offset(scan);
	const char *path = path_of(entry), *why;
	struct rdb_name name;
	int ret;

	scan->empty = false;
	scan->number = NO_MEMBER;
	scan->data_end = 0;
	scan->begun = scan->torn = false;
	rdb_json_count_init(&scan->count);
	rdb_buf_clear(&scan->info);
	scan->step = RDB_SCAN_DATA;
	scan->is_facts = archive_entry_filetype(entry) == AE_IFREG && path && is_backup_facts(path);
	if (archive_entry_filetype(entry) == AE_IFDIR || scan->is_facts ||
		(path && rdb_name_path_is_clutter(path)))
		return 0;
	why = why_not(scan, entry, path, &name);
	if (why) {
		complain(scan, path, why);
		return 0;
	}
	why = rdb_shape_refuse(&scan->shape, path, &name);
	if (why) {
		if (!rdb_shape_is_undecided(&scan->shape))
			complain(scan, path, why);
		return 0;
	}
	if (archive_entry_hardlink(entry))
		return add_link(scan, entry, path, &name);
	scan->data_end = offset + (uint64_t)archive_entry_size(entry);
	ret = add_member(scan, entry, &name, offset);
	mark_end(scan);
	return ret;
}

static void take_text(struct rdb_scan *scan, const char *data, size_t len)
{
	if (scan->is_facts && scan->info.len + len <= RDB_EMBED_INDEX_MAX + RDB_TAR_BLOCK)
		rdb_buf_add(&scan->info, data, len);
	if (scan->number == NO_MEMBER)
		return;
	if (scan->kind != RDB_MEMBER_INFO)
		rdb_json_count_feed(&scan->count, data, len);
	else if (scan->info.len + len <= RDB_INFO_MAX)
		rdb_buf_add(&scan->info, data, len);
}

static void take_gzip(struct rdb_scan *scan, const char *data, size_t len)
{
	const char *text;
	ssize_t n = 0;

	rdb_gunzip_feed(scan->gunzip, data, len);
	while (!scan->torn && (n = rdb_gunzip_next(scan->gunzip, &text, NULL)) > 0)
		take_text(scan, text, (size_t)n);
	scan->torn |= n < 0;
}

/* The first byte of a table's file shows whether it is gzip. */
static void take_data(struct rdb_scan *scan, const char *data, size_t len)
{
	bool begins = !scan->begun && len > 0;

	scan->begun |= begins;
	if (begins && scan->number != NO_MEMBER && rdb_gunzip_is(data, len))
		scan->torn = rdb_gunzip_create(&scan->gunzip) != 0;
	if (scan->gunzip)
		take_gzip(scan, data, len);
	else
		take_text(scan, data, len);
}

static void end_info(struct rdb_scan *scan)
{
	char primary_key[128];
	int64_t indexes;

	if (rdb_info_parse(scan->info.data, scan->info.len, &indexes, primary_key) != 0)
		return;
	rdb_catalog_set_info(scan->catalog, scan->number, indexes, primary_key);
	rdb_index_info(scan->content->index, scan->number, indexes, primary_key);
}

static void end_documents(struct rdb_scan *scan)
{
	int64_t documents = (int64_t)rdb_json_count_documents(&scan->count);

	if (!rdb_json_count_clean(&scan->count))
		return;
	rdb_catalog_set_documents(scan->catalog, scan->number, documents);
	rdb_index_documents(scan->content->index, scan->number, documents);
}

static bool take_database(void *arg, const char *db)
{
	struct rdb_scan *scan = arg;

	if (rdb_catalog_add_db(scan->catalog, db) == 0)
		rdb_index_database(scan->content->index, db);
	return true;
}

/* Reads, of rdbfs's facts, only the names of databases: the others are for archives that are opened
 * without a scan. */
static void end_facts(struct rdb_scan *scan)
{
	const char *facts = rdb_embed_facts(&scan->info);
	struct rdb_json_span databases;

	scan->ours |= facts != NULL;
	if (facts && rdb_info_array(
			     (struct rdb_json_span){facts, strlen(facts)}, "databases", &databases))
		rdb_info_each_name(databases, take_database, scan);
	rdb_buf_free(&scan->info);
	scan->is_facts = false;
}

static void end_member(struct rdb_scan *scan)
{
	if (scan->is_facts)
		end_facts(scan);
	if (scan->gunzip && rdb_gunzip_end(scan->gunzip, NULL) != 0)
		scan->torn = true;
	if (scan->torn)
		scan->number = NO_MEMBER;
	if (scan->number != NO_MEMBER && scan->kind == RDB_MEMBER_INFO)
		end_info(scan);
	else if (scan->number != NO_MEMBER)
		end_documents(scan);
	rdb_gunzip_free(scan->gunzip);
	scan->gunzip = NULL;
	scan->number = NO_MEMBER;
	scan->data_end = 0;
	scan->step = RDB_SCAN_HEADER;
}

/* ---- how it ends ---- */

/* An archive of zeros only is Python's tarfile without a member, which `rethinkdb dump` makes of a
 * cluster without tables. An uncompressed file of zeros may be anything. */
static bool is_empty_dump(const struct rdb_scan *scan)
{
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
	outcome->end = ret == 0 ? RDB_OUTCOME_OK : RDB_OUTCOME_DAMAGED;
	outcome->passing = scan->error.code == EIO;
	if (ret != 0 && scan->error.code)
		outcome->error = scan->error;
	else if (ret != 0)
		rdb_err_set(&outcome->error, -ret, "%s", words);
	if (scan->tar_error.code && scan->error.code)
		rdb_err_prefix(&outcome->error, "%s; ", scan->tar_error.text);
	else if (scan->tar_error.code)
		outcome->error = scan->tar_error;
	rdb_catalog_totals(scan->catalog, &tables, &documents);
	if (tables == 0 && rdb_shape_again(&scan->shape)) {
		scan->step = RDB_SCAN_AGAIN;
		return;
	}
	if (tables == 0 && (ret != 0 || !(scan->ours || is_empty_dump(scan)))) {
		outcome->end = RDB_OUTCOME_UNREADABLE;
		if (ret == 0)
			rdb_shape_missing(&scan->shape, &outcome->error);
	}
	scan->step = RDB_SCAN_DONE;
	if (outcome->end == RDB_OUTCOME_DAMAGED && !outcome->passing)
		rdb_scan_judge(scan, found);
}

/* Handles an error in tar: it may result from earlier damage, which only the checksum can show. */
static void end_tar(struct rdb_scan *scan, const char *words)
{
	uint64_t tables, documents;

	rdb_catalog_totals(scan->catalog, &tables, &documents);
	if (scan->content->format == RDB_FORMAT_PLAIN || tables == 0) {
		end_scan(scan, -EIO, words);
		return;
	}
	rdb_err_set(&scan->tar_error, EIO, "%s", words);
	scan->number = NO_MEMBER;
	scan->data_end = 0;
	scan->step = RDB_SCAN_DRAIN;
}

/* Reports libarchive's error text, unless the decoder failed: its error takes precedence. */
static void end_tar_damaged(struct rdb_scan *scan)
{
	uint64_t at = tar_offset(scan);
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
			"the tar archive is damaged behind byte %llu of its content: %s",
			(unsigned long long)at, words ? words : "unknown error");
	if (scan->error_ret)
		end_scan(scan, scan->error_ret, text);
	else
		end_tar(scan, text);
}

/* ---- the steps ---- */

/* Starts libarchive at the current offset, for tar only and without filters. */
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

/* Starts reading behind the end of tar, with the bytes of the chunk that libarchive has not parsed.
 */
static void begin_tail(struct rdb_scan *scan)
{
	uint64_t at = tar_offset(scan), end = rdb_scan_offset(scan);
	size_t left = (size_t)(end - at);

	scan->step = RDB_SCAN_DRAIN;
	if (left > scan->chunk_len)
		left = scan->chunk_len;
	rdb_tail_init(&scan->tail, end - left);
	rdb_tail_feed(&scan->tail, scan->chunk + (scan->chunk_len - left), left);
}

/* A tar archive ends with zeros. Without them the only known fact is that nothing follows. */
static void step_header(struct rdb_scan *scan)
{
	struct archive_entry *entry;
	uint64_t before = tar_offset(scan);
	int ret;

	scan->header = 0;
	ret = archive_read_next_header(scan->tar, &entry);
	if (ret == ARCHIVE_EOF && tar_offset(scan) == before) {
		end_tar(scan, "the tar archive has no end mark: it is cut short, and tables may be "
			      "missing");
	} else if (ret == ARCHIVE_EOF) {
		begin_tail(scan);
	} else if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN) {
		end_tar_damaged(scan);
	} else {
		ret = begin_member(scan, entry);
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
		end_member(scan);
	else if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN)
		end_tar_damaged(scan);
	else
		take_data(scan, data, len);
}

/* Counts the rest of the member that contains the checkpoint; tar begins behind it. */
static void step_resumed(struct rdb_scan *scan)
{
	uint64_t padded = (scan->data_end + 511) / 512 * 512;
	uint64_t at = rdb_scan_offset(scan);
	ssize_t n = next_chunk(scan);

	if (n <= 0) {
		end_scan(scan, n < 0 ? (int)n : -EIO, "the archive ends within a table");
		return;
	}
	if (at < scan->data_end) {
		uint64_t left = scan->data_end - at;
		take_data(scan, scan->chunk, left < (uint64_t)n ? (size_t)left : (size_t)n);
	}
	if (rdb_scan_offset(scan) < padded)
		return;
	scan->chunk_used = (size_t)(padded - at);
	end_member(scan);
	begin_tar(scan);
}

/* Declares the archive damaged if members that look like tables are not shown. */
static void check_all_is_shown(struct rdb_scan *scan)
{
	rdb_tail_end(&scan->tail);
	if (scan->tar_error.code)
		return;
	if (scan->tail.kind == RDB_TAIL_ARCHIVE)
		rdb_err_set(&scan->tar_error, EIO,
			"a second archive follows behind byte %llu of its content: only the first "
			"is shown; take them apart to use both",
			(unsigned long long)scan->tail.at);
	else
		rdb_shape_check(&scan->shape, &scan->tar_error);
}

/* Returns an error if other members, which are not shown, stand beside a nested archive. */
static int check_around(struct rdb_scan *scan)
{
	const struct rdb_decoder_ops *ops = scan->decoder->ops;
	int ret = ops->finish ? ops->finish(scan->decoder, &scan->error) : 0;

	if (ret != -EEXIST)
		return ret;
	if (!scan->tar_error.code)
		rdb_err_set(&scan->tar_error, EIO, "%s", scan->error.text);
	rdb_err_clear(&scan->error);
	return 0;
}

/* Reads from the end of tar to the checksum. */
static void step_drain(struct rdb_scan *scan)
{
	ssize_t n = next_chunk(scan);

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
		rdb_log_warning("%s: what stands behind the end of the archive is ignored",
			scan->content->name);
	end_scan(scan, (int)n, "");
}

/* Selects the counting code for this machine: the index may have been written on one with other
 * instruction sets. */
static void choose_kernel(struct rdb_json_count *count)
{
	struct rdb_json_count here;

	rdb_json_count_init(&here);
	count->scan.kernel = here.scan.kernel;
}

int rdb_scan_enter(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint)
{
	const struct rdb_decoder_ops *ops = scan->decoder->ops;
	int ret;

	if (!checkpoint->saved) {
		if (!ops->restart)
			return -EINVAL;
		ops->restart(scan->decoder, checkpoint->source_offset, checkpoint->offset);
		return 0;
	}
	rdb_buf_clear(&scan->state);
	ret = rdb_index_state(scan->content->index, checkpoint, &scan->state);
	return ret ? ret : ops->load(scan->decoder, scan->state.data, scan->state.len, NULL);
}

static int begin_resumed(struct rdb_scan *scan)
{
	const struct rdb_checkpoint *checkpoint = &scan->resume.checkpoint;
	struct rdb_member member;
	uint64_t offset;
	int ret = rdb_scan_enter(scan, checkpoint);

	if (ret != 0)
		return ret;
	scan->number = scan->resume.number;
	if (scan->number != NO_MEMBER &&
		rdb_catalog_get(scan->catalog, scan->number, &member, &offset) != 0)
		return -EINVAL;
	scan->kind = scan->number == NO_MEMBER ? RDB_MEMBER_INFO : member.kind;
	scan->data_end = scan->resume.data_end;
	scan->count = scan->resume.count;
	choose_kernel(&scan->count);
	scan->begun = true;
	scan->last = *checkpoint;
	if (scan->resume.top[0] && rdb_shape_set(&scan->shape, scan->resume.top) != 0)
		return -ENOMEM;
	scan->step = RDB_SCAN_RESUMED;
	return 0;
}

static void begin(struct rdb_scan *scan)
{
	const struct rdb_content *content = scan->content;
	int ret = rdb_content_open(content, &scan->decoder, &scan->error);

	if (ret == 0 && scan->resume.valid && begin_resumed(scan) == 0)
		return;
	if (ret == 0)
		ret = scan->decoder->ops->rewind(scan->decoder, &scan->error);
	if (ret == 0)
		begin_tar(scan);
	else
		end_scan(scan, ret, "out of memory");
}

/* Starts a second pass, for tables in folders that the first pass ignores. */
static void step_again(struct rdb_scan *scan)
{
	int ret;

	archive_read_free(scan->tar);
	scan->tar = NULL;
	scan->chunk_len = scan->chunk_used = 0;
	rdb_gunzip_free(scan->gunzip);
	scan->gunzip = NULL;
	scan->error_ret = 0;
	rdb_err_clear(&scan->error);
	rdb_err_clear(&scan->tar_error);
	scan->outcome = (struct rdb_scan_outcome){0};
	scan->number = NO_MEMBER;
	scan->data_end = 0;
	ret = scan->decoder->ops->rewind(scan->decoder, &scan->error);
	if (ret == 0)
		begin_tar(scan);
	else
		end_scan(scan, ret, "out of memory");
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
