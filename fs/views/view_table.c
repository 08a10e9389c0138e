#include "views/view_table.h"

#include "base/log.h"
#include "views/view_recent.h"
#include "json/key_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the objects ---- */

/* The caller holds views->lock. */
static struct rdb_view_table *find_table(
	struct rdb_views *views, const struct rdb_backup *backup, const struct rdb_member *member)
{
	struct rdb_view_table *table;

	LIST_FOREACH(table, &views->tables, link)
	if (table->backup->id == backup->id && table->member.number == member->number)
		return table;
	return NULL;
}

/* The caller holds views->lock. */
static struct rdb_view_table *new_table(
	struct rdb_views *views, struct rdb_backup *backup, const struct rdb_member *member)
{
	struct rdb_view_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->views = views;
	table->backup = rdb_backup_ref(backup);
	table->member = *member;
	table->number = ++views->numbers;
	pthread_mutex_init(&table->lock, NULL);
	LIST_INSERT_HEAD(&views->tables, table, link);
	return table;
}

int rdb_view_table_get(struct rdb_views *views, struct rdb_backup *backup,
	const struct rdb_member *member, struct rdb_view_table **out)
{
	struct rdb_view_table *table;

	pthread_mutex_lock(&views->lock);
	table = find_table(views, backup, member);
	if (!table)
		table = new_table(views, backup, member);
	if (table)
		table->refs++;
	pthread_mutex_unlock(&views->lock);
	*out = table;
	return table ? 0 : -ENOMEM;
}

/* The caller holds table->views->lock. */
static void remove_table(struct rdb_view_table *table)
{
	LIST_REMOVE(table, link);
	for (size_t i = 0; i < RDB_RECENT_TABLES; i++)
		if (table->views->recent[i] == table)
			table->views->recent[i] = NULL;
}

struct rdb_view_table *rdb_view_table_ref(struct rdb_view_table *table)
{
	pthread_mutex_lock(&table->views->lock);
	table->refs++;
	pthread_mutex_unlock(&table->views->lock);
	return table;
}

void rdb_view_table_unref(struct rdb_view_table *table)
{
	struct rdb_views *views = table->views;
	bool last;

	pthread_mutex_lock(&views->lock);
	last = --table->refs == 0;
	if (last)
		remove_table(table);
	pthread_mutex_unlock(&views->lock);
	if (!last)
		return;
	rdb_view_recent_drop(table);
	rdb_table_keys_close(table->keys);
	rdb_backup_unref(table->backup);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* ---- failures ---- */

/* Stores the error of a failed read of the table. Returns true if the error's text is new, so that
 * the caller must log the error. */
static bool note(struct rdb_view_table *table, const struct rdb_err *err)
{
	bool news;

	pthread_mutex_lock(&table->lock);
	news = strcmp(table->error.text, err->text) != 0;
	if (news)
		table->error = *err;
	pthread_mutex_unlock(&table->lock);
	return news;
}

void rdb_view_table_failed(struct rdb_view_table *table, int ret, const struct rdb_err *err)
{
	if (ret == 0 || ret == -ENOENT || ret == -ECANCELED || ret == -EINTR || ret == -ESTALE)
		return;
	if (note(table, err))
		rdb_log_error("the documents of %s/%s/%.*s can't be read: %s", table->backup->name,
			table->member.db, (int)rdb_name_table(table->member.file),
			table->member.file, err->text[0] ? err->text : strerror(-ret));
}

/* ---- keys ---- */

static struct rdb_table_keys *opened_keys(struct rdb_view_table *table)
{
	struct rdb_table_keys *keys;

	pthread_mutex_lock(&table->lock);
	keys = table->keys;
	pthread_mutex_unlock(&table->lock);
	return keys;
}

static struct rdb_table_keys *keep_keys(struct rdb_view_table *table, struct rdb_table_keys *keys)
{
	struct rdb_table_keys *unused = NULL;

	pthread_mutex_lock(&table->lock);
	if (table->keys)
		unused = keys;
	else
		table->keys = keys;
	keys = table->keys;
	pthread_mutex_unlock(&table->lock);
	rdb_table_keys_close(unused);
	return keys;
}

int rdb_view_table_keys(struct rdb_view_table *table, const struct rdb_cancel *cancel,
	struct rdb_table_keys **out, struct rdb_err *err)
{
	struct rdb_table_keys *keys = opened_keys(table);
	struct rdb_archive *archive;
	int ret = 0;

	if (!keys) {
		ret = rdb_backup_open_wait(table->backup, &archive);
		if (ret == 0)
			ret = rdb_table_keys_open(archive, &table->member, cancel, &keys, err);
		if (ret == 0)
			keys = keep_keys(table, keys);
	}
	*out = keys;
	return ret;
}

int rdb_view_table_find(struct rdb_view_table *table, struct rdb_json_span key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err)
{
	struct rdb_primary_key encoded;
	struct rdb_table_keys *keys;
	size_t before = text->len;
	int ret = rdb_primary_key_encode(key, &encoded);

	if (ret == -EINVAL)
		return -ENOENT;
	if (ret == 0 && rdb_view_recent_find(table, &encoded, text, ordinal))
		return 0;
	if (ret == 0)
		ret = rdb_view_table_keys(table, cancel, &keys, err);
	if (ret == 0)
		ret = rdb_table_keys_find(keys, &encoded, cancel, text, ordinal, err);
	if (ret == 0)
		rdb_view_recent_found(table, keys, &encoded, *ordinal, text->len - before);
	return ret;
}

/* ---- names ---- */

/* Returns 1 if the key's file name is "name", 0 if not, or a negative errno. */
static int has_name(struct rdb_json_span key, bool mixed, const char *name)
{
	char own[RDB_KEY_NAME_MAX + 1];
	int ret = rdb_key_name(key, mixed, own);

	return ret ? ret : strcmp(own, name) == 0;
}

int rdb_view_table_find_cut(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_table_cursor *cursor = NULL;
	struct rdb_table_document document;
	struct rdb_table_keys *keys;
	int ret = rdb_view_table_keys(table, cancel, &keys, err), found = 0;

	if (ret == 0)
		ret = rdb_table_cursor_open(keys, 0, cancel, &cursor);
	if (ret != 0)
		return ret;
	while (found == 0 && (ret = rdb_table_cursor_next(cursor, &document, err)) == 1)
		found = has_name(document.key, rdb_table_keys_mixed(keys), name);
	if (ret == 1) {
		ret = found < 0 ? found : rdb_primary_key_text(document.key, out);
		if (ret == 0)
			ret = rdb_buf_putc(out, '\n');
	} else if (ret == 0) {
		ret = -ENOENT;
	}
	rdb_table_cursor_close(cursor);
	return ret;
}

bool rdb_view_next_key(const struct rdb_buf *keys, struct rdb_json_span *key)
{
	size_t at = key->data ? (size_t)(key->data - keys->data) + key->len + 1 : 0;
	const char *end = at < keys->len ? memchr(keys->data + at, '\n', keys->len - at) : NULL;

	if (!end)
		return false;
	*key = (struct rdb_json_span){keys->data + at, (size_t)(end - keys->data) - at};
	return true;
}

/* Appends to *out every key that the file name "name" can stand for, each followed by a line feed.
 * For example, 17.json can stand for the number 17 or the string "17". */
static int keys_of_name(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_buf *out, struct rdb_err *err)
{
	int ret = rdb_key_name_parse(name, true, out);

	return ret == -ENAMETOOLONG ? rdb_view_table_find_cut(table, name, cancel, out, err) : ret;
}

/* Creates a struct rdb_view_document for the document with the number "ordinal" in the table. Takes
 * ownership of the contents of "text", even after an error. */
static int new_document(struct rdb_view_table *table, uint64_t ordinal, struct rdb_buf *text,
	struct rdb_json_span key, struct rdb_view_document **out)
{
	return rdb_view_document_new(table->backup, rdb_view_ino(table->number, ordinal),
		RDB_VIEW_PRESENT, text, key, out);
}

int rdb_view_table_document(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_view_document **out, struct rdb_err *err)
{
	struct rdb_buf candidates = {0}, text = {0};
	struct rdb_json_span key = {0};
	uint64_t ordinal = 0;
	int ret = keys_of_name(table, name, cancel, &candidates, err);

	if (ret == 0) {
		ret = -ENOENT;
		while (ret == -ENOENT && rdb_view_next_key(&candidates, &key))
			ret = rdb_view_table_find(table, key, cancel, &text, &ordinal, err);
	}
	if (ret == 0)
		ret = new_document(table, ordinal, &text, key, out);
	rdb_buf_free(&candidates);
	rdb_buf_free(&text);
	return ret;
}

bool rdb_view_table_recent(
	struct rdb_view_table *table, const char *name, struct rdb_view_document **out)
{
	struct rdb_buf candidates = {0}, text = {0};
	struct rdb_primary_key encoded;
	struct rdb_json_span key = {0};
	uint64_t ordinal;
	bool found = rdb_key_name_parse(name, true, &candidates) == 0 &&
		     rdb_view_next_key(&candidates, &key) &&
		     rdb_primary_key_encode(key, &encoded) == 0 &&
		     rdb_view_recent_find(table, &encoded, &text, &ordinal) &&
		     new_document(table, ordinal, &text, key, out) == 0;

	rdb_buf_free(&candidates);
	rdb_buf_free(&text);
	return found;
}

/* ---- ordinals ---- */

static int make_document(struct rdb_view_table *table, const struct rdb_table_document *document,
	struct rdb_view_document **out)
{
	struct rdb_buf key = {0}, text = {0};
	int ret = rdb_primary_key_text(document->key, &key);

	if (ret == 0)
		ret = rdb_buf_add(&text, document->text.data, document->text.len);
	if (ret == 0)
		ret = new_document(table, document->ordinal, &text,
			(struct rdb_json_span){key.data, key.len}, out);
	rdb_buf_free(&key);
	rdb_buf_free(&text);
	return ret;
}

int rdb_view_table_at(struct rdb_view_table *table, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_view_document **out, struct rdb_err *err)
{
	struct rdb_table_cursor *cursor = NULL;
	struct rdb_table_document document;
	struct rdb_table_keys *keys;
	int ret = rdb_view_table_keys(table, cancel, &keys, err);

	if (ret == 0)
		ret = rdb_table_cursor_open(keys, ordinal, cancel, &cursor);
	if (ret != 0)
		return ret;
	ret = rdb_table_cursor_next(cursor, &document, err);
	if (ret == 1)
		ret = document.ordinal == ordinal ? make_document(table, &document, out) : -ENOENT;
	else if (ret == 0)
		ret = -ENOENT;
	rdb_table_cursor_close(cursor);
	return ret;
}
