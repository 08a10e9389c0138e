/* Opens an archive without a scan, by means of the index that rdbfs has embedded in the archive
 * (index/embed.h). */
#include "archive/archive_private.h"

#include "base/log.h"
#include "format/info.h"
#include "format/member_name.h"
#include "json/split.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR ((uint64_t)1 << 20)      /* bytes at each end that a remote source holds in memory */
#define CHECKED 256                   /* number of headers that are compared with the index */
#define TABLE_FACTS_MAX (1024 * 1024) /* bytes of the facts about a table */

/* Compares a member's tar header with the embedded index. Ignores a difference if the content
 * around the header is damaged. */
static int check_header(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err)
{
	int ret = rdb_embed_check_member(source, embed, number, err);
	int damaged;

	if (ret != -EBADMSG || !embed->sums)
		return ret;
	damaged = rdb_embed_check_span(
		source, embed, rdb_embed_span_at(embed, embed->members[number].out), NULL);
	return damaged == -EBADMSG ? 0 : damaged == 0 ? ret : damaged;
}

/* Returns true if the member's header can be read without a further request to a remote store. */
static bool is_at_hand(const struct rdb_source *source, const struct rdb_embed_member *member)
{
	return !source->remote || member->in < NEAR / 2 ||
	       member->in + NEAR >= source->identity.size;
}

static int check_headers(
	struct rdb_archive *archive, const struct rdb_embed *embed, struct rdb_err *err)
{
	struct rdb_source *source = archive->content.source;
	size_t step = embed->member_count / CHECKED + 1;
	int ret = 0;

	for (size_t i = 0; i < embed->member_count && ret == 0; i += step)
		if (is_at_hand(source, &embed->members[i]))
			ret = check_header(source, embed, i, err);
	return ret;
}

int rdb_embedded_read(struct rdb_archive *archive, struct rdb_embed *embed, struct rdb_err *err)
{
	int ret = rdb_embed_read(archive->content.source, embed, err);

	if (ret != 0 && ret != -EBADMSG)
		return ret;
	if (ret == 0) {
		ret = check_headers(archive, embed, err);
		if (ret != 0)
			rdb_embed_free(embed);
	}
	if (ret == 0 && !embed->sums) {
		rdb_embed_free(embed);
		return -ENOENT;
	}
	if (ret == -EBADMSG) {
		rdb_log_warning("%s: the index in the archive is not used, and the archive is "
				"scanned instead: %s",
			archive->name, err->text);
		ret = -ENOENT;
	}
	return ret;
}

static int add_member(struct rdb_archive *archive, const struct rdb_embed_member *embedded)
{
	struct rdb_member member = {
		.size = embedded->size,
		.mtime = {.tv_sec = embedded->mtime},
	};
	struct rdb_name name;
	char path[2 * RDB_NAME_MAX + 8];
	int ret;

	if (snprintf(path, sizeof(path), "t/%s", embedded->name) >= (int)sizeof(path) ||
		!rdb_name_parse(path, &name))
		return -EINVAL;
	member.db = name.db;
	member.file = name.file;
	member.kind = name.kind;
	ret = rdb_catalog_add(archive->catalog, &member, embedded->data);
	if (ret == 0 && embedded->documents >= 0)
		rdb_catalog_set_documents(archive->catalog, member.number, embedded->documents);
	return ret == -ENOMEM ? ret : ret == 0 ? 0 : -EINVAL;
}

static void set_table_facts(struct rdb_archive *archive, struct rdb_json_span table)
{
	char db[RDB_NAME_MAX + 1], name[RDB_NAME_MAX + 1], file[RDB_NAME_MAX + 6], key[128];
	struct rdb_member member;
	int64_t indexes;

	if (!rdb_info_text(table, "db", db, sizeof(db)) ||
		!rdb_info_text(table, "table", name, sizeof(name)) ||
		!rdb_info_text(table, "primary_key", key, sizeof(key)) ||
		!rdb_info_number(table, "indexes", &indexes))
		return;
	snprintf(file, sizeof(file), "%s.json", name);
	if (rdb_catalog_find(archive->catalog, db, file, &member) == 0)
		rdb_catalog_set_info(archive->catalog, member.number, indexes, key);
}

static bool add_database(void *arg, const char *db)
{
	struct rdb_archive *archive = arg;

	return rdb_catalog_add_db(archive->catalog, db) == 0;
}

static void set_facts(struct rdb_archive *archive, const char *text)
{
	struct rdb_json_span facts = {text, strlen(text)}, tables, databases;
	struct rdb_json_piece table;
	struct rdb_json_split split;

	rdb_info_text(facts, "server", archive->outcome.server, sizeof(archive->outcome.server));
	rdb_info_time(facts, "started", &archive->outcome.taken);
	if (rdb_info_array(facts, "databases", &databases))
		rdb_info_each_name(databases, add_database, archive);
	if (!rdb_info_array(facts, "tables", &tables))
		return;
	rdb_json_split_init(&split, TABLE_FACTS_MAX);
	rdb_json_split_feed(&split, tables.data, tables.len);
	while (rdb_json_split_next(&split, &table, NULL) == 1)
		set_table_facts(archive, (struct rdb_json_span){table.data, table.len});
	rdb_json_split_free(&split);
}

/* Orders the members as a scan would find them, because each member's index in the catalogue
 * depends on the order. */
static int by_place(const void *a, const void *b)
{
	const struct rdb_embed_member *x = a, *y = b;

	return (x->data > y->data) - (x->data < y->data);
}

int rdb_embedded_fill(struct rdb_archive *archive, struct rdb_embed *embed)
{
	int ret = 0;

	qsort(embed->members, embed->member_count, sizeof(*embed->members), by_place);

	for (size_t i = 0; i < embed->member_count && ret == 0; i++)
		ret = add_member(archive, &embed->members[i]);
	for (size_t i = 0; i < embed->checkpoint_count && ret == 0; i++) {
		struct rdb_checkpoint checkpoint = {
			.offset = embed->checkpoints[i].out,
			.source_offset = embed->checkpoints[i].in,
			.span_crc = embed->checkpoints[i].crc,
			.span_end = i + 1 < embed->checkpoint_count ? embed->checkpoints[i + 1].out
								    : embed->label.text,
		};
		ret = rdb_index_add(archive->content.index, &checkpoint);
	}
	if (ret != 0)
		return ret;
	set_facts(archive, embed->facts);
	rdb_catalog_set_top(archive->catalog, embed->top);
	return rdb_catalog_complete(archive->catalog);
}
