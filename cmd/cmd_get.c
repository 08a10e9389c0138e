/* The command get: prints documents of a backup. */
#include "cmd/backup_argument.h"
#include "cmd/command.h"
#include "cmd/settings.h"
#include "compare/archive_documents.h"
#include "compare/backup_tables.h"
#include "keys/table_keys.h"
#include "json/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Primary key that the user asks for. The text 17 means the number 17 or, if no document has the
 * number 17 as its key, the string "17". */
struct wanted {
	const char *text;
	/* Keys to search for. "value" is the text parsed as JSON, and "string" is the text itself
	 * as a string. A key has the length 0 if the text is not valid as a key of this kind. */
	struct rdb_primary_key value, string;
};

struct get {
	const struct rdb_settings *settings;
	const struct rdb_backup_table *table;
	struct wanted *wanted;
	size_t count;
};

/* ---- keys ---- */

static int set_string(struct wanted *wanted)
{
	struct rdb_buf json = {0};
	int ret = rdb_json_text_encode(wanted->text, strlen(wanted->text), &json);

	if (ret == 0)
		ret = rdb_primary_key_encode(
			(struct rdb_json_span){json.data, json.len}, &wanted->string);
	rdb_buf_free(&json);
	return ret == -ENOMEM ? ret : 0;
}

static int set_wanted(struct wanted *wanted, const char *text, struct rdb_err *err)
{
	const struct rdb_json_want any = {0};
	const struct rdb_json_span json = {text, strlen(text)};
	int ret = 0;

	*wanted = (struct wanted){.text = text};
	if (rdb_json_document(json.data, json.len, &any, NULL, NULL) == 0)
		ret = rdb_primary_key_encode(json, &wanted->value);
	if (ret != -ENOMEM)
		ret = set_string(wanted);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s", text);
	if (wanted->value.len == 0 && wanted->string.len == 0)
		return rdb_err_set(err, EINVAL, "\"%s\" cannot be a primary key", text);
	return 0;
}

/* ---- output ---- */

static void print(const struct get *g, const char *data, size_t len)
{
	if (!g->settings->ndjson) {
		fwrite(data, 1, len, stdout);
	} else {
		for (size_t i = 0; i < len; i++)
			putchar(data[i] == '\n' || data[i] == '\r' ? ' ' : data[i]);
	}
	putchar('\n');
}

static int print_all(struct get *g, struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_document_source *source;
	struct rdb_json_piece document;
	int ret = rdb_archive_documents(
		archive, &g->table->documents, g->settings->args.items[1], NULL, &source, err);

	if (ret != 0)
		return ret;
	while ((ret = rdb_document_source_next(source, &document, err)) == 1)
		print(g, document.data, document.len);
	rdb_document_source_close(source);
	return ret;
}

static int find(struct rdb_table_keys *keys, const struct wanted *wanted, struct rdb_buf *text,
	struct rdb_err *err)
{
	int ret = -ENOENT;

	if (wanted->value.len > 0)
		ret = rdb_table_keys_find(keys, &wanted->value, NULL, text, NULL, err);
	if (ret == -ENOENT && wanted->string.len > 0)
		ret = rdb_table_keys_find(keys, &wanted->string, NULL, text, NULL, err);
	return ret;
}

static int missing(const struct get *g, const char *first, size_t count, struct rdb_err *err)
{
	return rdb_err_set(err, ENOENT, "%s.%s has no document with the key %s%s", g->table->db,
		g->table->name, first, count > 1 ? ", nor with other keys given" : "");
}

static int print_wanted(struct get *g, struct rdb_table_keys *keys, struct rdb_err *err)
{
	const char *first = NULL;
	size_t absent = 0;

	for (size_t i = 0; i < g->count; i++) {
		struct rdb_buf text = {0};
		int ret = find(keys, &g->wanted[i], &text, err);
		if (ret == 0)
			print(g, text.data, text.len);
		else if (ret == -ENOENT && absent++ == 0)
			first = g->wanted[i].text;
		rdb_buf_free(&text);
		if (ret != 0 && ret != -ENOENT)
			return ret;
	}
	return absent ? missing(g, first, absent, err) : 0;
}

/* ---- the command ---- */

static int get_table(struct get *g, struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_table_keys *keys;
	int ret;

	if (!g->table->has_documents)
		return rdb_err_set(err, ENOENT, "the backup has no documents of %s.%s",
			g->table->db, g->table->name);
	if (g->count == 0)
		return print_all(g, archive, err);
	ret = rdb_table_keys_open(archive, &g->table->documents, NULL, &keys, err);
	if (ret != 0)
		return ret;
	ret = print_wanted(g, keys, err);
	rdb_table_keys_close(keys);
	return ret;
}

static int get_from(struct get *g, struct rdb_archive *archive, struct rdb_err *err)
{
	const char *name = g->settings->args.items[1];
	struct rdb_backup_tables tables;
	int ret;

	if (!strchr(name, '.'))
		return rdb_err_set(err, EINVAL, "%s: name a table as DATABASE.TABLE", name);
	ret = rdb_backup_tables_list(archive, &name, 1, &tables, err);
	if (ret != 0)
		return ret;
	g->table = &tables.items[0];
	ret = get_table(g, archive, err);
	rdb_backup_tables_free(&tables);
	return ret;
}

static int set_keys(struct get *g, struct rdb_err *err)
{
	const struct rdb_list *args = &g->settings->args;
	int ret = 0;

	g->wanted = calloc(args->count, sizeof(*g->wanted));
	if (!g->wanted)
		return rdb_err_sys(err, ENOMEM, "keys");
	for (size_t i = 2; ret == 0 && i < args->count; i++)
		ret = set_wanted(&g->wanted[g->count++], args->items[i], err);
	return ret;
}

int rdb_command_get(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct get g = {.settings = settings};
	struct rdb_archive_env *env = NULL;
	struct rdb_archive *archive;
	int ret = set_keys(&g, err);

	if (ret == 0)
		ret = rdb_backup_argument_env(settings, &env, err);
	if (ret == 0)
		ret = rdb_backup_argument_open(
			settings, env, settings->args.items[0], &archive, err);
	if (ret == 0) {
		ret = get_from(&g, archive, err);
		rdb_archive_unref(archive);
	}
	if (env)
		rdb_archive_env_destroy(env);
	free(g.wanted);
	return ret == 0 ? RDB_EXIT_OK : ret == -EINVAL ? RDB_EXIT_USAGE : RDB_EXIT_FAILED;
}
