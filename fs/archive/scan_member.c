/* Functions with which the scan of an archive begins, reads and ends a member (a file in the
 * archive). */
#include "archive/scan_private.h"
#include "base/log.h"
#include "format/info.h"
#include "format/member_name.h"
#include "index/embed.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#define COMPLAINTS 10 /* largest number of members that the log names */

/* ---- its header ---- */

/* Logs that the archive's entry "path" is not shown. "why" is the reason, and ends the message.
 * Does nothing in a second pass over the archive, because the first pass has logged the entries. */
static void complain(struct rdb_scan *scan, const char *path, const char *why)
{
	if (scan->shape.tops != 1) /* a second pass (format/shape.h) */
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
		return "its size is not valid";
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
		complain(
			scan, archive_entry_pathname(entry), "an earlier member has the same name");
		return 0;
	}
	if (ret == -EROFS) {
		complain(scan, archive_entry_pathname(entry),
			"the index in the archive does not list it");
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
			complain(scan, scan->shape.stray, "not in the folder of a database");
	}
	if (ret == 0) /* a member that existed is already in the index */
		rdb_index_member(scan->content->index, &member, offset);
	scan->member.number = member.number;
	scan->member.kind = member.kind;
	scan->member.blank = rdb_name_blank(member.file);
	if (member.kind == RDB_MEMBER_CSV)
		rdb_json_count_init_csv(&scan->member.count, ',');
	if (scan->hooks.found)
		scan->hooks.found(scan->hooks.arg);
	return 0;
}

static void set_info(
	struct rdb_scan *scan, uint32_t number, int64_t indexes, const char *primary_key)
{
	rdb_catalog_set_info(scan->catalog, number, indexes, primary_key);
	rdb_index_info(scan->content->index, number, indexes, primary_key);
}

static void set_documents(struct rdb_scan *scan, uint32_t number, int64_t documents)
{
	rdb_catalog_set_documents(scan->catalog, number, documents);
	rdb_index_documents(scan->content->index, number, documents);
}

/* Copies the known facts about a table, for example its number of documents, from the member "from"
 * to the hard link "to". Both parameters are indexes of members. */
static void copy_facts(struct rdb_scan *scan, uint32_t to, uint32_t from, enum rdb_member_kind kind)
{
	struct rdb_table_facts facts;

	rdb_catalog_table(scan->catalog, from, &facts);
	if (kind == RDB_MEMBER_INFO && facts.indexes >= 0)
		set_info(scan, to, facts.indexes, facts.primary_key);
	else if (kind != RDB_MEMBER_INFO && facts.documents >= 0)
		set_documents(scan, to, facts.documents);
}

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
		complain(scan, path, "a link to a member that is not shown");
		return 0;
	}
	from = member.number;
	member.db = name->db;
	member.file = name->file;
	ret = rdb_catalog_add(scan->catalog, &member, offset);
	if (ret == -EEXIST && !was_known(scan, &member, offset))
		complain(scan, path, "an earlier member has the same name");
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

int rdb_scan_begin_member(struct rdb_scan *scan, struct archive_entry *entry)
{
	uint64_t offset = rdb_scan_tar_offset(scan);
	const char *path = path_of(entry), *why;
	struct rdb_name name;
	int ret;

	scan->empty = false;
	scan->member.number = RDB_SCAN_NO_MEMBER;
	scan->member.data_end = 0;
	scan->member.begun = scan->member.torn = false;
	scan->member.blank = RDB_BLANK_NONE;
	rdb_json_count_init(&scan->member.count);
	rdb_buf_clear(&scan->member.text);
	scan->step = RDB_SCAN_DATA;
	scan->member.is_facts =
		archive_entry_filetype(entry) == AE_IFREG && path && is_backup_facts(path);
	if (archive_entry_filetype(entry) == AE_IFDIR || scan->member.is_facts ||
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
	scan->member.data_end = offset + (uint64_t)archive_entry_size(entry);
	ret = add_member(scan, entry, &name, offset);
	rdb_scan_mark(scan);
	return ret;
}

/* Replaces the kernel (variant of the scanning code) in *count by the fastest kernel for this
 * processor, because *count may come from an index of another machine. */
static void choose_kernel(struct rdb_json_count *count)
{
	struct rdb_json_scan here;

	rdb_json_scan_init(&here);
	count->scan.kernel = here.kernel;
}

int rdb_scan_resume_member(struct rdb_scan *scan)
{
	const struct rdb_resume *resume = &scan->resume;
	struct rdb_member member = {.kind = RDB_MEMBER_INFO, .file = ""};
	uint64_t offset;

	if (resume->number != RDB_SCAN_NO_MEMBER &&
		rdb_catalog_get(scan->catalog, resume->number, &member, &offset) != 0)
		return -EINVAL;
	scan->member.number = resume->number;
	scan->member.kind = member.kind;
	scan->member.blank = rdb_name_blank(member.file);
	scan->member.data_end = resume->data_end;
	scan->member.count = resume->count;
	choose_kernel(&scan->member.count);
	scan->member.begun = true;
	return 0;
}

/* ---- its data ---- */

static void feed_text(struct rdb_scan *scan, const char *data, size_t len)
{
	if (scan->member.is_facts &&
		scan->member.text.len + len <= RDB_EMBED_INDEX_MAX + RDB_TAR_BLOCK)
		rdb_buf_add(&scan->member.text, data, len);
	if (scan->member.number == RDB_SCAN_NO_MEMBER)
		return;
	if (scan->member.kind != RDB_MEMBER_INFO)
		rdb_json_count_feed(&scan->member.count, data, len);
	else if (scan->member.text.len + len <= RDB_INFO_MAX)
		rdb_buf_add(&scan->member.text, data, len);
}

static void feed_gzip(struct rdb_scan *scan, const char *data, size_t len)
{
	const char *text;
	ssize_t n = 0;

	rdb_gunzip_feed(scan->member.gunzip, data, len);
	while (!scan->member.torn && (n = rdb_gunzip_next(scan->member.gunzip, &text, NULL)) > 0)
		feed_text(scan, text, (size_t)n);
	scan->member.torn |= n < 0;
}

void rdb_scan_feed_member(struct rdb_scan *scan, const char *data, size_t len)
{
	bool begins = !scan->member.begun && len > 0;

	scan->member.begun |= begins;
	if (begins && scan->member.number != RDB_SCAN_NO_MEMBER && rdb_gunzip_is(data, len))
		scan->member.torn = rdb_gunzip_create(&scan->member.gunzip) != 0;
	if (scan->member.gunzip)
		feed_gzip(scan, data, len);
	else
		feed_text(scan, data, len);
}

/* ---- its end ---- */

static void end_info(struct rdb_scan *scan)
{
	const struct rdb_buf *text = &scan->member.text;
	char primary_key[128];
	int64_t indexes;

	if (rdb_info_parse(text->data, text->len, &indexes, primary_key) == 0)
		set_info(scan, scan->member.number, indexes, primary_key);
}

static void end_documents(struct rdb_scan *scan)
{
	const struct rdb_json_count *count = &scan->member.count;
	const bool may_be_blank =
		rdb_blank_is_complete(scan->member.blank, scan->member.gunzip != NULL);

	if (rdb_json_count_complete(count, may_be_blank))
		set_documents(scan, scan->member.number, (int64_t)rdb_json_count_documents(count));
}

static bool add_database(void *arg, const char *db)
{
	struct rdb_scan *scan = arg;

	if (rdb_catalog_add_db(scan->catalog, db) == 0)
		rdb_index_database(scan->content->index, db);
	return true;
}

/* Adds databases without tables to the catalogue, and records the time when the backup began. Reads
 * both from "facts", the JSON text that rdbfs has stored in the archive. */
static void add_facts(struct rdb_scan *scan, struct rdb_json_span facts)
{
	struct rdb_json_span databases;

	if (rdb_info_array(facts, "databases", &databases))
		rdb_info_each_name(databases, add_database, scan);
	if (rdb_info_time(facts, "started", &scan->outcome.taken))
		rdb_index_taken(scan->content->index, scan->outcome.taken);
}

/* Reads the facts about the backup from the collected text of the current member, and frees the
 * text. rdbfs has stored these facts as JSON in the archive. */
static void end_facts(struct rdb_scan *scan)
{
	const char *facts = rdb_embed_facts(&scan->member.text);

	scan->ours |= facts != NULL;
	if (facts)
		add_facts(scan, (struct rdb_json_span){facts, strlen(facts)});
	rdb_buf_free(&scan->member.text);
	scan->member.is_facts = false;
}

void rdb_scan_end_member(struct rdb_scan *scan)
{
	if (scan->member.is_facts)
		end_facts(scan);
	if (scan->member.gunzip && rdb_gunzip_end(scan->member.gunzip, NULL) != 0)
		scan->member.torn = true;
	if (scan->member.torn)
		scan->member.number = RDB_SCAN_NO_MEMBER;
	if (scan->member.number != RDB_SCAN_NO_MEMBER && scan->member.kind == RDB_MEMBER_INFO)
		end_info(scan);
	else if (scan->member.number != RDB_SCAN_NO_MEMBER)
		end_documents(scan);
	rdb_scan_drop_member(scan);
	scan->step = RDB_SCAN_HEADER;
}

void rdb_scan_drop_member(struct rdb_scan *scan)
{
	rdb_gunzip_free(scan->member.gunzip);
	scan->member.gunzip = NULL;
	scan->member.number = RDB_SCAN_NO_MEMBER;
	scan->member.data_end = 0;
}
