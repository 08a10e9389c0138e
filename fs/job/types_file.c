#include "job/types_file.h"

#include "base/array.h"
#include "base/formatted.h"
#include "format/info.h"
#include "index/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "remote-backups"
#define SIZE_MAX_KEPT (INT64_C(16) << 20) /* largest file to read, in bytes */

/* A record of the types file, and the number of the record's line. If several records have the same
 * version, the record with the largest line number is used, because new lines are appended. */
struct loaded {
	struct rdb_types_record record;
	size_t line;
};

struct rdb_types_file {
	char *folder, *path;
	struct loaded *list; /* sorted by version */
	size_t count, cap;
};

/* Reasons why a backup's lineage cannot be read. In the types file, the member "lineage" holds the
 * reason's name. In memory, the field "lineage_error" holds the reason's errno. */
static const struct {
	const char *name;
	int error;
} lineage_errors[] = {{"none", -ENOENT}, {"damaged", -EBADMSG}};

#define LINEAGE_ERRORS (sizeof(lineage_errors) / sizeof(lineage_errors[0]))

/* ---- reading ---- */

static time_t time_of(const json_t *number)
{
	json_int_t time = json_integer_value(number);

	return time > 0 && time <= RDB_INFO_TIME_MAX ? (time_t)time : 0;
}

static int parse_lineage_error(const json_t *name)
{
	const char *text = json_string_value(name);

	for (size_t i = 0; text && i < LINEAGE_ERRORS; i++)
		if (strcmp(text, lineage_errors[i].name) == 0)
			return lineage_errors[i].error;
	return 0;
}

static bool parse(const char *line, struct rdb_types_record *out)
{
	json_t *object = json_loads(line, 0, NULL);
	const char *version = json_string_value(json_object_get(object, "version"));
	const char *made = json_string_value(json_object_get(object, "type"));
	json_t *facts = json_object_get(object, "facts");
	json_t *started = json_object_get(object, "started");
	char *end = NULL;
	bool ok = version && made && rdb_embed_type_valid(made);

	*out = (struct rdb_types_record){.version = version ? strtoull(version, &end, 16) : 0};
	ok = ok && out->version && *end == '\0';
	if (ok) {
		strcpy(out->made, made);
		out->home = json_is_true(json_object_get(object, "home"));
		/* Earlier versions of rdbfs wrote lines without the backup's start. Ignore the
		 * facts in these lines, so that rdbfs reads the archive again. */
		if (json_is_object(facts) && json_is_integer(started))
			out->facts = json_dumps(facts, JSON_COMPACT);
		out->started = time_of(started);
		out->lineage_error = parse_lineage_error(json_object_get(object, "lineage"));
	}
	json_decref(object);
	return ok;
}

static int by_version(const void *a, const void *b)
{
	const struct loaded *x = a, *y = b;

	if (x->record.version != y->record.version)
		return x->record.version < y->record.version ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int add_loaded(struct rdb_types_file *file, const struct rdb_types_record *record)
{
	if (rdb_array_grow(&file->list, &file->cap, file->count, sizeof(*file->list)) != 0) {
		free((char *)record->facts);
		return -ENOMEM;
	}
	file->list[file->count] = (struct loaded){.record = *record, .line = file->count};
	file->count++;
	return 0;
}

static int load(struct rdb_types_file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), ret = 0;
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct rdb_types_record record;
	char *line = NULL;
	size_t size = 0;
	struct stat st;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	if (fstat(fd, &st) != 0 || st.st_size > SIZE_MAX_KEPT)
		unlink(file->path);
	else
		while (ret == 0 && getline(&line, &size, stream) > 0)
			if (parse(line, &record))
				ret = add_loaded(file, &record);
	free(line);
	fclose(stream);
	if (file->count)
		qsort(file->list, file->count, sizeof(*file->list), by_version);
	return ret;
}

int rdb_types_file_open(const char *folder, struct rdb_types_file **out)
{
	struct rdb_types_file *file = calloc(1, sizeof(*file));

	*out = file;
	if (!file)
		return -ENOMEM;
	if (!folder)
		return 0;
	file->folder = strdup(folder);
	file->path = rdb_formatted("%s/" NAME, folder);
	if (file->folder && file->path && load(file) == 0)
		return 0;
	rdb_types_file_close(file);
	*out = NULL;
	return -ENOMEM;
}

const struct rdb_types_record *rdb_types_file_find(
	const struct rdb_types_file *file, uint64_t version)
{
	size_t low = 0, high = file->count;

	/* Find the end of the records whose version is at most "version". If any records have
	 * exactly this version, the newest of these records is directly before the end. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (file->list[middle].record.version <= version)
			low = middle + 1;
		else
			high = middle;
	}
	return low && file->list[low - 1].record.version == version ? &file->list[low - 1].record
								    : NULL;
}

/* ---- writing ---- */

static json_t *names(const char *const *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(list[i]));
	return array;
}

static json_t *facts_of(const struct rdb_lineage *lineage)
{
	const struct rdb_scope *scope = &lineage->scope;

	return json_pack("{s:{s:o, s:o}, s:o}", "scope", "only",
		names(scope->only, scope->only_count), "except",
		names(scope->except, scope->except_count), "cluster",
		names(lineage->databases, lineage->database_count));
}

static char *make_line(const struct rdb_types_record *record, const struct rdb_lineage *lineage)
{
	char version[20], *text = NULL, *line = NULL;
	json_t *object;

	snprintf(version, sizeof(version), "%016" PRIx64, record->version);
	object = json_pack(
		"{s:s, s:s, s:b}", "version", version, "type", record->made, "home", record->home);
	if (object && lineage) {
		json_object_set_new(object, "facts", facts_of(lineage));
		json_object_set_new(object, "started", json_integer(record->started));
	}
	for (size_t i = 0; object && i < LINEAGE_ERRORS; i++)
		if (record->lineage_error == lineage_errors[i].error)
			json_object_set_new(object, "lineage", json_string(lineage_errors[i].name));
	if (object)
		text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (text)
		line = rdb_formatted("%s\n", text);
	free(text);
	return line;
}

/* Appends a line with the record and the lineage to the types file. Uses one write() for the line,
 * so that lines of several processes are not mixed. */
void rdb_types_file_add(const struct rdb_types_file *file, const struct rdb_types_record *record,
	const struct rdb_lineage *lineage)
{
	char *line = file->path ? make_line(record, lineage) : NULL;
	int folder = -1, fd = -1;

	if (line && rdb_index_folder(file->folder, &folder, NULL) == 0)
		fd = openat(
			folder, NAME, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		(void)!write(fd, line, strlen(line));
		close(fd);
	}
	if (folder >= 0)
		close(folder);
	free(line);
}

void rdb_types_file_close(struct rdb_types_file *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->count; i++)
		free((char *)file->list[i].record.facts);
	free(file->list);
	free(file->folder);
	free(file->path);
	free(file);
}
