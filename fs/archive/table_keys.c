#include "archive/table_keys.h"

#include "archive/info.h"
#include "archive/table_walk.h"
#include "json/key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct rdb_table_keys {
	struct rdb_archive *archive;
	struct rdb_member member;
	char name[128]; /* of the primary key */
	bool guessed;   /* the backup does not say the name */
	bool mixed;
};

struct rdb_table_cursor {
	struct rdb_table_keys *keys;
	struct rdb_table_walk *walk;
	uint64_t from; /* ordinal of the first document wanted */
};

/* ---- the primary key's name ---- */

static int append_read(const struct rdb_read *read, struct rdb_buf *out)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < read->count; i++)
		ret = rdb_buf_add(out, read->iov[i].iov_base, read->iov[i].iov_len);
	return ret;
}

static int read_member(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_buf *out)
{
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	int ret = rdb_reader_open(archive, member->number, &reader);

	if (ret != 0)
		return ret;
	while (ret == 0 && out->len < member->size) {
		ret = rdb_reader_read(
			reader, out->len, (size_t)(member->size - out->len), &read, NULL);
		if (ret == 0)
			ret = read.len ? append_read(&read, out) : -EIO;
		rdb_read_done(&read);
	}
	rdb_reader_close(reader);
	return ret;
}

/* Of a folder, whose files are counted in the background, only the .info itself says it. */
static void read_name(struct rdb_table_keys *keys)
{
	struct rdb_member info;
	struct rdb_buf file = {0}, text = {0};
	int64_t indexes;
	size_t len = strcspn(keys->member.file, "."); /* names of tables have no dots */

	if (rdb_buf_printf(&file, "%.*s.info", (int)len, keys->member.file) == 0 &&
		rdb_buf_cstr(&file) &&
		rdb_archive_find(keys->archive, keys->member.db, file.data, &info) == 0 &&
		info.size <= RDB_INFO_MAX && read_member(keys->archive, &info, &text) == 0)
		(void)rdb_info_parse(text.data, text.len, &indexes, keys->name);
	rdb_buf_free(&file);
	rdb_buf_free(&text);
}

static void find_name(struct rdb_table_keys *keys)
{
	struct rdb_table_facts facts;

	rdb_archive_table_facts(keys->archive, keys->member.number, &facts);
	memcpy(keys->name, facts.primary_key, sizeof(keys->name));
	if (!keys->name[0])
		read_name(keys);
	keys->guessed = !keys->name[0];
	if (keys->guessed)
		memcpy(keys->name, "id", sizeof("id"));
}

/* ---- documents ---- */

static int explain(const struct rdb_table_keys *keys, const struct rdb_json_piece *document,
	int ret, struct rdb_err *err)
{
	if (ret == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "document %" PRIu64, document->number);
	if (keys->guessed)
		return rdb_err_set(err, EIO,
			"the backup has no .info of this table, which would name its primary key, "
			"and document %" PRIu64 " has no usable \"id\"",
			document->number);
	return rdb_err_set(err, EIO, "document %" PRIu64 " has no usable primary key \"%s\"",
		document->number, keys->name);
}

/* The next document and its key: 1, 0, or an error. */
static int next_document(const struct rdb_table_keys *keys, struct rdb_table_walk *walk,
	struct rdb_table_document *out, struct rdb_primary_key *key, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int ret = rdb_table_walk_next(walk, &piece, err), found;

	if (ret != 1)
		return ret;
	*out = (struct rdb_table_document){
		.text = {piece.data, piece.len}, .ordinal = piece.number - 1};
	found = rdb_json_key(piece.data, piece.len, keys->name, &out->key);
	if (found == 0)
		found = rdb_primary_key_encode(out->key, key);
	return found == 0 ? 1 : explain(keys, &piece, found, err);
}

static int look_at_first(
	struct rdb_table_keys *keys, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	struct rdb_table_document document;
	struct rdb_primary_key key;
	struct rdb_table_walk *walk;
	int ret = rdb_table_walk_open(keys->archive, &keys->member, NULL, cancel, &walk);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s/%s", keys->member.db, keys->member.file);
	ret = next_document(keys, walk, &document, &key, err);
	keys->mixed = ret == 1 && !rdb_primary_key_is_string(&key);
	rdb_table_walk_close(walk);
	return ret < 0 ? ret : 0;
}

/* ---- opening ---- */

int rdb_table_keys_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_cancel *cancel, struct rdb_table_keys **out, struct rdb_err *err)
{
	struct rdb_table_keys *keys;
	int ret = rdb_archive_list_complete(archive, cancel);

	if (ret != 0)
		return rdb_err_set(err, ECANCELED, "cancelled");
	keys = calloc(1, sizeof(*keys));
	if (!keys)
		return rdb_err_sys(err, ENOMEM, "%s/%s", member->db, member->file);
	keys->archive = rdb_archive_ref(archive);
	keys->member = *member;
	find_name(keys);
	ret = look_at_first(keys, cancel, err);
	if (ret != 0) {
		rdb_table_keys_close(keys);
		return ret;
	}
	*out = keys;
	return 0;
}

void rdb_table_keys_close(struct rdb_table_keys *keys)
{
	if (!keys)
		return;
	rdb_archive_unref(keys->archive);
	free(keys);
}

const char *rdb_table_keys_name(const struct rdb_table_keys *keys)
{
	return keys->name;
}

bool rdb_table_keys_mixed(const struct rdb_table_keys *keys)
{
	return keys->mixed;
}

/* ---- looking up ---- */

int rdb_table_keys_find(struct rdb_table_keys *keys, const struct rdb_primary_key *key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, struct rdb_err *err)
{
	struct rdb_table_document document;
	struct rdb_primary_key found;
	struct rdb_table_walk *walk;
	int ret = rdb_table_walk_open(keys->archive, &keys->member, NULL, cancel, &walk);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s/%s", keys->member.db, keys->member.file);
	while ((ret = next_document(keys, walk, &document, &found, err)) == 1)
		if (rdb_primary_key_compare(&found, key) == 0)
			break;
	if (ret == 1)
		ret = rdb_buf_add(text, document.text.data, document.text.len);
	else if (ret == 0)
		ret = rdb_err_set(err, ENOENT, "no document has this key");
	rdb_table_walk_close(walk);
	return ret;
}

/* ---- in the order of the table ---- */

int rdb_table_cursor_open(struct rdb_table_keys *keys, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_table_cursor **out)
{
	struct rdb_table_cursor *cursor = calloc(1, sizeof(*cursor));

	if (!cursor)
		return -ENOMEM;
	if (rdb_table_walk_open(keys->archive, &keys->member, NULL, cancel, &cursor->walk) != 0) {
		free(cursor);
		return -ENOMEM;
	}
	cursor->keys = keys;
	cursor->from = ordinal;
	*out = cursor;
	return 0;
}

void rdb_table_cursor_close(struct rdb_table_cursor *cursor)
{
	if (!cursor)
		return;
	rdb_table_walk_close(cursor->walk);
	free(cursor);
}

int rdb_table_cursor_next(
	struct rdb_table_cursor *cursor, struct rdb_table_document *out, struct rdb_err *err)
{
	struct rdb_primary_key key;
	int ret;

	do
		ret = next_document(cursor->keys, cursor->walk, out, &key, err);
	while (ret == 1 && out->ordinal < cursor->from);
	return ret;
}
