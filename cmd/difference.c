#include "cmd/difference.h"

#include "base/buf.h"
#include "base/printable.h"
#include "json/same.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 60 /* bytes of the longest value in text output */
#define PATHS_MAX 20 /* largest number of changed members shown per document */

static const char *const type_names[] = {"added", "removed", "modified"};
static const char *const signs[] = {"+", "-", "~"};
static const char *const colours[] = {"\033[32m", "\033[31m", "\033[33m"};

/* ---- for programs ---- */

static int begin_object(struct rdb_buf *line, const char *type, const char *db, const char *table)
{
	return rdb_buf_printf(
		line, "{\"diff_type\": \"%s\", \"db\": \"%s\", \"table\": \"%s\"", type, db, table);
}

/* Appends the member "name" with the JSON value "text" to the line, or nothing if text.data is
 * NULL. Line breaks in the value become spaces, because the output has one line per difference. */
static int add_text(struct rdb_buf *line, const char *name, struct rdb_json_span text)
{
	size_t at;

	if (!text.data)
		return 0;
	if (rdb_buf_printf(line, ", \"%s\": ", name) != 0)
		return -ENOMEM;
	at = line->len;
	if (rdb_buf_add(line, text.data, text.len) != 0)
		return -ENOMEM;
	for (; at < line->len; at++)
		if (line->data[at] == '\n' || line->data[at] == '\r')
			line->data[at] = ' ';
	return 0;
}

static int add_value(struct rdb_buf *line, const char *name, const json_t *value)
{
	char *text;
	int ret;

	if (!value)
		return 0;
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
	if (!text)
		return -ENOMEM;
	ret = add_text(line, name, (struct rdb_json_span){text, strlen(text)});
	free(text);
	return ret;
}

static int end_object(const struct rdb_difference_output *out, struct rdb_buf *line, int ret)
{
	if (ret == 0)
		ret = rdb_buf_puts(line, "}\n");
	if (ret == 0)
		fwrite(line->data, 1, line->len, out->file);
	rdb_buf_free(line);
	return ret;
}

static int table_for_programs(const struct rdb_difference_output *out, const char *type,
	const char *db, const char *table)
{
	struct rdb_buf line = {0};
	int ret = begin_object(&line, type, db, table);

	return end_object(out, &line, ret ? ret : rdb_buf_puts(&line, ", \"object\": \"table\""));
}

static int info_for_programs(const struct rdb_difference_output *out, enum rdb_difference_type type,
	const char *db, const char *table, const struct rdb_info_difference *difference)
{
	const char *name = difference->name;
	struct rdb_buf line = {0};
	int ret = begin_object(&line, type_names[type], db, table);

	if (ret == 0)
		ret = rdb_buf_printf(&line, ", \"object\": \"%s\"%s", difference->object,
			name ? ", \"name\": " : "");
	if (ret == 0 && name)
		ret = rdb_json_text_encode(name, strlen(name), &line);
	if (ret == 0)
		ret = add_value(&line, "from", difference->from);
	if (ret == 0)
		ret = add_value(&line, "to", difference->to);
	return end_object(out, &line, ret);
}

static int document_for_programs(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference *difference)
{
	struct rdb_buf line = {0};
	int ret = begin_object(&line, type_names[difference->type], db, table);

	if (ret == 0)
		ret = add_text(&line, "key", difference->key);
	if (ret == 0)
		ret = add_text(&line, "from", difference->from);
	if (ret == 0)
		ret = add_text(&line, "to", difference->to);
	return end_object(out, &line, ret);
}

/* ---- for people ---- */

static int add_short(struct rdb_buf *line, const char *text, size_t len)
{
	size_t at = line->len, shown = len > VALUE_MAX ? VALUE_MAX : len;
	int ret;

	while (shown > 0 && shown < len && ((unsigned char)text[shown] & 0xc0) == 0x80)
		shown--; /* never cut within a UTF-8 character */
	ret = rdb_buf_add(line, text, shown);
	if (ret == 0)
		rdb_printable(line->data + at, line->len - at);
	if (ret == 0 && shown < len)
		ret = rdb_buf_puts(line, "...");
	return ret;
}

static int add_short_value(struct rdb_buf *line, const json_t *value)
{
	char *text;
	int ret;

	if (!value)
		return rdb_buf_puts(line, "(none)");
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	ret = text ? add_short(line, text, strlen(text)) : -ENOMEM;
	free(text);
	return ret;
}

/* State while a line of text is built. The line lists the members in which two documents differ. */
struct paths {
	struct rdb_buf *line;
	struct rdb_buf path;
	unsigned count;
};

static int add_change(struct paths *paths, const json_t *from, const json_t *to)
{
	struct rdb_buf *line = paths->line;
	int ret;

	if (++paths->count > PATHS_MAX)
		return 0;
	ret = rdb_buf_puts(line, paths->count == 1 ? "  " : ", ");
	ret = ret ? ret
		  : add_short(line, paths->path.data ? paths->path.data : "", paths->path.len);
	ret = ret ? ret : rdb_buf_puts(line, ": ");
	ret = ret ? ret : add_short_value(line, from);
	ret = ret ? ret : rdb_buf_puts(line, " -> ");
	return ret ? ret : add_short_value(line, to);
}

static int compare_members(struct paths *paths, const json_t *from, const json_t *to);

static int compare_values(
	struct paths *paths, const char *name, const json_t *from, const json_t *to)
{
	size_t before = paths->path.len;
	int ret;

	if (from && to && rdb_json_same_values(from, to))
		return 0;
	ret = rdb_buf_printf(&paths->path, "%s%s", before ? "." : "", name);
	if (ret == 0 && json_is_object(from) && json_is_object(to))
		ret = compare_members(paths, from, to);
	else if (ret == 0)
		ret = add_change(paths, from, to);
	paths->path.len = before;
	return ret;
}

static int compare_members(struct paths *paths, const json_t *from, const json_t *to)
{
	const char *name;
	json_t *value;
	int ret = 0;

	json_object_foreach((json_t *)from, name, value)
	{
		if (ret == 0)
			ret = compare_values(paths, name, value, json_object_get(to, name));
	}
	json_object_foreach((json_t *)to, name, value)
	{
		if (ret == 0 && !json_object_get(from, name))
			ret = compare_values(paths, name, NULL, value);
	}
	return ret;
}

/* Parses JSON text. Returns NULL if the text is invalid. Whole numbers become integers, so that the
 * output shows 5 and not 5.0. */
static json_t *parse(struct rdb_json_span text)
{
	json_t *value = json_loadb(
		text.data, text.len, RDB_JSON_SAME_FLAGS & ~JSON_DECODE_INT_AS_REAL, NULL);

	/* If a whole number is too large, parse all numbers as doubles. */
	return value ? value : json_loadb(text.data, text.len, RDB_JSON_SAME_FLAGS, NULL);
}

static int add_paths(struct rdb_buf *line, const struct rdb_difference *difference)
{
	struct paths paths = {.line = line};
	json_t *from = parse(difference->from), *to = parse(difference->to);
	int ret = 0;

	if (json_is_object(from) && json_is_object(to))
		ret = compare_members(&paths, from, to);
	if (ret == 0 && paths.count > PATHS_MAX)
		ret = rdb_buf_printf(line, " and %u more", paths.count - PATHS_MAX);
	rdb_buf_free(&paths.path);
	json_decref(from);
	json_decref(to);
	return ret;
}

static int end_line(const struct rdb_difference_output *out, enum rdb_difference_type type,
	struct rdb_buf *line, int ret)
{
	if (ret == 0)
		fprintf(out->file, "%s%s %.*s%s\n", out->colour ? colours[type] : "", signs[type],
			(int)line->len, line->data, out->colour ? "\033[0m" : "");
	rdb_buf_free(line);
	return ret;
}

static int document_for_people(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference *difference)
{
	struct rdb_buf line = {0};
	int ret = rdb_buf_printf(&line, "%s.%s ", db, table);

	if (ret == 0)
		ret = add_short(&line, difference->key.data, difference->key.len);
	if (ret == 0 && difference->type == RDB_CHANGED)
		ret = add_paths(&line, difference);
	return end_line(out, difference->type, &line, ret);
}

/* ---- both ---- */

int rdb_difference_document(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference *difference)
{
	if (out->json)
		return document_for_programs(out, db, table, difference);
	return out->stat ? 0 : document_for_people(out, db, table, difference);
}

static enum rdb_difference_type type_of(const struct rdb_info_difference *difference)
{
	if (!difference->from)
		return RDB_ADDED;
	return difference->to ? RDB_CHANGED : RDB_REMOVED;
}

int rdb_difference_info(const struct rdb_difference_output *out, const char *db, const char *table,
	const struct rdb_info_difference *difference)
{
	enum rdb_difference_type type = type_of(difference);
	const char *name = difference->name;
	struct rdb_buf line = {0};
	int ret;

	if (out->json)
		return info_for_programs(out, type, db, table, difference);
	ret = rdb_buf_printf(&line, "%s.%s %s%s", db, table, difference->object, name ? " " : "");
	if (ret == 0 && name)
		ret = add_short(&line, name, strlen(name));
	return end_line(out, type, &line, ret);
}

int rdb_difference_table(
	const struct rdb_difference_output *out, const char *db, const char *table, bool added)
{
	enum rdb_difference_type type = added ? RDB_ADDED : RDB_REMOVED;
	struct rdb_buf line = {0};

	if (out->json)
		return table_for_programs(out, type_names[type], db, table);
	return end_line(
		out, type, &line, rdb_buf_printf(&line, "%s.%s (the whole table)", db, table));
}

int rdb_difference_damaged(
	const struct rdb_difference_output *out, const char *db, const char *table)
{
	if (out->json)
		return table_for_programs(out, "damaged", db, table);
	fprintf(out->file, "! %s.%s not comparable (damaged)\n", db, table);
	return 0;
}

void rdb_difference_counts_print(const struct rdb_difference_output *out, const char *db,
	const char *table, const struct rdb_difference_counts *counts)
{
	if (out->json)
		return;
	if (table)
		fprintf(out->file, "%s.%s: ", db, table);
	else
		fprintf(out->file, "total: ");
	fprintf(out->file,
		"%" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " changed, %" PRIu64
		" the same\n",
		counts->added, counts->removed, counts->changed, counts->same);
}
