#include "store/file_table.h"

#include "base/array.h"
#include "base/fnv.h"
#include "store/file_name.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Returns the index of the name, or the index at which the name would be inserted. */
static size_t position(const struct rdb_file_table *table, const char *name)
{
	size_t low = 0, high = table->count;

	/* First compare "name" with the last name in the table. The names in a folder are often
	 * read in ascending order, and each new name then belongs after the last name. */
	if (high && strcmp(table->files[high - 1]->name, name) < 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(table->files[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct rdb_file_table *table, size_t at, const char *name)
{
	return at < table->count && strcmp(table->files[at]->name, name) == 0;
}

struct rdb_listed_file *rdb_file_table_find(struct rdb_file_table *table, const char *name)
{
	size_t at = position(table, name);

	return is_at(table, at, name) ? table->files[at] : NULL;
}

static void free_file(struct rdb_listed_file *file)
{
	rdb_entry_unref(file->entry);
	free(file->name);
	free(file->etag);
	free(file);
}

struct rdb_listed_file *rdb_file_table_add(struct rdb_file_table *table, const char *name)
{
	size_t at = position(table, name);
	struct rdb_listed_file *file;

	if (is_at(table, at, name))
		return table->files[at];
	if (rdb_array_grow(&table->files, &table->room, table->count, sizeof(table->files[0])) != 0)
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file || !(file->name = strdup(name))) {
		free(file);
		return NULL;
	}
	memmove(table->files + at + 1, table->files + at,
		(table->count - at) * sizeof(table->files[0]));
	table->files[at] = file;
	table->count++;
	return file;
}

static bool is_shown(const struct rdb_listed_file *file)
{
	return file->complete || file->passed_over;
}

void rdb_file_table_remove(struct rdb_file_table *table, struct rdb_listed_file *file)
{
	size_t at = position(table, file->name);

	table->changed |= is_shown(file);
	table->count--;
	memmove(table->files + at, table->files + at + 1,
		(table->count - at) * sizeof(table->files[0]));
	free_file(file);
}

void rdb_file_table_sweep(struct rdb_file_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++) {
		struct rdb_listed_file *file = table->files[i];
		if (file->seen) {
			file->seen = false;
			table->files[kept++] = file;
		} else {
			table->changed |= is_shown(file);
			free_file(file);
		}
	}
	table->count = kept;
}

void rdb_file_table_renew(struct rdb_file_table *table, struct rdb_listed_file *file)
{
	rdb_entry_unref(file->entry);
	file->entry = NULL;
	table->changed = true;
}

void rdb_file_table_pass_over(
	struct rdb_file_table *table, struct rdb_listed_file *file, const char *reason)
{
	table->changed |= file->passed_over != reason;
	file->passed_over = reason;
}

void rdb_file_table_hide(struct rdb_file_table *table, struct rdb_listed_file *file)
{
	table->changed |= file->complete && !file->passed_over;
	file->complete = false;
	rdb_entry_unref(file->entry);
	file->entry = NULL;
}

/* ---- backup names: each only once ---- */

struct name_set {
	const char **slots;
	size_t mask;
};

static size_t hash(const char *name)
{
	uint64_t h = rdb_fnv(RDB_FNV, name, strlen(name));

	return (size_t)(h ^ h >> 29);
}

static int name_set_init(struct name_set *set, size_t names)
{
	size_t size = 16;

	while (size < 2 * names)
		size *= 2;
	set->mask = size - 1;
	set->slots = calloc(size, sizeof(set->slots[0]));
	return set->slots ? 0 : -ENOMEM;
}

static const char **name_set_slot(struct name_set *set, const char *name)
{
	size_t i = hash(name) & set->mask;

	while (set->slots[i] && strcmp(set->slots[i], name) != 0)
		i = (i + 1) & set->mask;
	return &set->slots[i];
}

/* Data for naming the backups of a new listing one by one. The fields "file", "name" and "refused"
 * concern the backup that is being named. */
struct naming {
	struct name_set names, files; /* names and file names of the backups added earlier */
	char file[NAME_MAX + 1];      /* the backup's path, with "-" for "/" */
	char name[NAME_MAX + 1];      /* name of the backup's directory in the mount */
	const char *refused;          /* reason why the backup cannot have a name */
};

static bool flatten(struct naming *naming, const char *path)
{
	size_t len = strlen(path);

	if (len > NAME_MAX)
		return false;
	memcpy(naming->file, path, len + 1);
	for (char *c = naming->file; (c = strchr(c, '/'));)
		*c = '-';
	return true;
}

static bool choose_names(struct naming *naming, const struct rdb_listed_file *file)
{
	size_t base;

	naming->refused = "its path is too long for a name";
	if (!flatten(naming, file->name))
		return false;
	naming->refused = "another backup has the same name";
	if (*name_set_slot(&naming->files, naming->file))
		return false;
	strcpy(naming->name, naming->file);
	if (file->kind == RDB_ENTRY_ARCHIVE && rdb_name_is_archive(naming->file, &base))
		naming->name[base] = '\0';
	if (rdb_name_is_reserved(naming->name) || *name_set_slot(&naming->names, naming->name))
		strcpy(naming->name, naming->file);
	naming->refused = "the mount itself has a file of this name";
	return !rdb_name_is_reserved(naming->name) && !*name_set_slot(&naming->names, naming->name);
}

static const struct rdb_entry *make_entry(
	const struct rdb_listed_file *file, const struct naming *naming)
{
	struct rdb_entry like = {
		.name = naming->name,
		.file = naming->file,
		.path = file->name,
		.kind = file->kind,
		.size = file->kind == RDB_ENTRY_FOLDER ? 0 : file->size,
		.mtime = file->mtime,
		.version = file->version,
		.taken = file->mtime.tv_sec,
		.link = file->link,
	};

	like.dated = rdb_name_time(rdb_name_of_path(file->name), &like.taken);
	return rdb_entry_new(&like);
}

/* Creates, replaces or removes the file's entry for a new listing. Even an unchanged file may get
 * another name, because the names of other files may have changed. */
static int update_entry(struct rdb_listed_file *file, struct naming *naming)
{
	bool can = !file->passed_over && choose_names(naming, file);

	if (!file->entry || !can || strcmp(file->entry->name, naming->name) != 0) {
		rdb_entry_unref(file->entry);
		file->entry = can ? make_entry(file, naming) : NULL;
		if (can && !file->entry)
			return -ENOMEM;
	}
	if (file->entry) {
		*name_set_slot(&naming->names, file->entry->name) = file->entry->name;
		*name_set_slot(&naming->files, file->entry->file) = file->entry->file;
	}
	return 0;
}

/* Contents of a new listing: the entries of backups, and the files that are not listed as backups.
 * Each array has room for all files. */
struct lists {
	const struct rdb_entry **entries;
	struct rdb_passed_over *passed_over;
	size_t count, passed_over_count;
};

static int add_file(struct rdb_listed_file *file, struct naming *naming, struct lists *lists)
{
	const char *reason = file->passed_over;
	int ret = 0;

	if (file->complete) {
		ret = update_entry(file, naming);
		if (ret == 0 && file->entry)
			lists->entries[lists->count++] = file->entry;
		else if (!reason)
			reason = naming->refused;
	}
	if (reason && !file->entry)
		lists->passed_over[lists->passed_over_count++] =
			(struct rdb_passed_over){.file = file->name, .reason = reason};
	return ret;
}

int rdb_file_table_listing(struct rdb_file_table *table, const struct rdb_listing **out)
{
	struct lists lists = {
		.entries = calloc(table->count + 1, sizeof(*lists.entries)),
		.passed_over = calloc(table->count + 1, sizeof(*lists.passed_over)),
	};
	struct naming naming = {.refused = NULL};
	int ret = lists.entries && lists.passed_over ? 0 : -ENOMEM;

	if (ret == 0)
		ret = name_set_init(&naming.names, table->count);
	if (ret == 0)
		ret = name_set_init(&naming.files, table->count);
	for (size_t i = 0; i < table->count && ret == 0; i++)
		ret = add_file(table->files[i], &naming, &lists);
	if (ret == 0)
		ret = rdb_listing_new(lists.entries, lists.count, lists.passed_over,
			lists.passed_over_count, out);
	if (ret == 0)
		table->changed = false;
	free(naming.names.slots);
	free(naming.files.slots);
	free(lists.entries);
	free(lists.passed_over);
	return ret;
}

void rdb_file_table_free(struct rdb_file_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free_file(table->files[i]);
	free(table->files);
	*table = (struct rdb_file_table){0};
}
