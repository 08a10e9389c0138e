#include "store/table.h"

#include "store/file_name.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Where the name is, or would be. */
static size_t position(const struct rdb_table *table, const char *name)
{
	size_t low = 0, high = table->count;

	/* A folder is often read in order: try the end first. */
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

static bool is_at(const struct rdb_table *table, size_t at, const char *name)
{
	return at < table->count && strcmp(table->files[at]->name, name) == 0;
}

struct rdb_file *rdb_table_find(struct rdb_table *table, const char *name)
{
	size_t at = position(table, name);

	return is_at(table, at, name) ? table->files[at] : NULL;
}

static int make_room(struct rdb_table *table)
{
	size_t room = table->room ? 2 * table->room : 64;
	struct rdb_file **files;

	if (table->count < table->room)
		return 0;
	files = reallocarray(table->files, room, sizeof(files[0]));
	if (!files)
		return -ENOMEM;
	table->files = files;
	table->room = room;
	return 0;
}

static void free_file(struct rdb_file *file)
{
	rdb_entry_unref(file->entry);
	free(file->name);
	free(file);
}

struct rdb_file *rdb_table_add(struct rdb_table *table, const char *name)
{
	size_t at = position(table, name);
	struct rdb_file *file;

	if (is_at(table, at, name))
		return table->files[at];
	if (make_room(table) != 0)
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

void rdb_table_remove(struct rdb_table *table, struct rdb_file *file)
{
	size_t at = position(table, file->name);

	table->changed |= file->complete;
	table->count--;
	memmove(table->files + at, table->files + at + 1,
		(table->count - at) * sizeof(table->files[0]));
	free_file(file);
}

void rdb_table_sweep(struct rdb_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++) {
		struct rdb_file *file = table->files[i];
		if (file->seen) {
			file->seen = false;
			table->files[kept++] = file;
		} else {
			table->changed |= file->complete;
			free_file(file);
		}
	}
	table->count = kept;
}

void rdb_table_renew(struct rdb_table *table, struct rdb_file *file)
{
	rdb_entry_unref(file->entry);
	file->entry = NULL;
	table->changed = true;
}

void rdb_table_hide(struct rdb_table *table, struct rdb_file *file)
{
	table->changed |= file->complete;
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
	size_t h = 14695981039346656037u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return h ^ h >> 29;
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

/* The slot that has the name, or that would. */
static const char **name_set_slot(struct name_set *set, const char *name)
{
	size_t i = hash(name) & set->mask;

	while (set->slots[i] && strcmp(set->slots[i], name) != 0)
		i = (i + 1) & set->mask;
	return &set->slots[i];
}

/* The backup name of a file, in buf unless it is the file's own; NULL: it can't have any. */
static const char *choose_name(struct name_set *taken, const struct rdb_file *file, char *buf)
{
	size_t base;

	if (file->kind == RDB_ENTRY_FOLDER)
		return rdb_name_is_reserved(file->name) ? NULL : file->name;
	if (!rdb_name_is_archive(file->name, &base) || base > NAME_MAX)
		return NULL;
	memcpy(buf, file->name, base);
	buf[base] = '\0';
	if (rdb_name_is_reserved(buf) || *name_set_slot(taken, buf))
		return file->name;
	return buf;
}

static const struct rdb_entry *make_entry(const struct rdb_file *file, const char *name)
{
	struct rdb_entry like = {
		.name = name,
		.file = file->name,
		.kind = file->kind,
		.size = file->kind == RDB_ENTRY_FOLDER ? 0 : file->size,
		.mtime = file->mtime,
		.taken = file->mtime.tv_sec,
	};

	like.path = file->name;
	like.dated = rdb_name_time(file->name, &like.taken);
	return rdb_entry_new(&like);
}

/* Gives a complete file the entry that it is listed as; none where it can't be listed. */
static int update_entry(struct rdb_file *file, struct name_set *taken, char *buf)
{
	const char *name = choose_name(taken, file, buf);

	if (!file->entry || !name || strcmp(file->entry->name, name) != 0) {
		rdb_entry_unref(file->entry);
		file->entry = name ? make_entry(file, name) : NULL;
		if (name && !file->entry)
			return -ENOMEM;
	}
	if (file->entry)
		*name_set_slot(taken, file->entry->name) = file->entry->name;
	return 0;
}

int rdb_table_listing(struct rdb_table *table, const struct rdb_listing **out)
{
	const struct rdb_entry **entries = calloc(table->count + 1, sizeof(entries[0]));
	struct name_set taken = {0};
	char buf[NAME_MAX + 1];
	size_t count = 0;
	int ret = entries ? name_set_init(&taken, table->count) : -ENOMEM;

	for (size_t i = 0; i < table->count && ret == 0; i++) {
		struct rdb_file *file = table->files[i];
		if (!file->complete)
			continue;
		ret = update_entry(file, &taken, buf);
		if (ret == 0 && file->entry)
			entries[count++] = file->entry;
	}
	if (ret == 0)
		ret = rdb_listing_new(entries, count, NULL, 0, out);
	if (ret == 0)
		table->changed = false;
	free(taken.slots);
	free(entries);
	return ret;
}

void rdb_table_free(struct rdb_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free_file(table->files[i]);
	free(table->files);
	*table = (struct rdb_table){0};
}
