#include "store/listing.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 5 /* largest number of files that a message names */

struct entry {
	struct rdb_entry entry;
	atomic_uint refs;
	char text[]; /* file, name, path and type, each followed by a NUL */
};

struct listing {
	struct rdb_listing listing;
	atomic_uint refs;
	struct rdb_passed_over *passed_over;
	const struct rdb_entry **by_file;
	const struct rdb_entry
		*space[]; /* entries sorted by name; then the same entries sorted by file */
};

static struct entry *to_entry(const struct rdb_entry *entry)
{
	return (struct entry *)(uintptr_t)entry;
}

static struct listing *to_listing(const struct rdb_listing *listing)
{
	return (struct listing *)(uintptr_t)listing;
}

const struct rdb_entry *rdb_entry_new(const struct rdb_entry *like)
{
	static atomic_uint_fast64_t last_id;
	const char *path = like->path ? like->path : like->file;
	size_t file_size = strlen(like->file) + 1, name_size = strlen(like->name) + 1;
	size_t path_size = strlen(path) + 1, type_size = like->type ? strlen(like->type) + 1 : 0;
	struct entry *e = malloc(sizeof(*e) + file_size + name_size + path_size + type_size);
	uint64_t id = atomic_fetch_add(&last_id, 1) + 1;

	if (!e || id > INT32_MAX) {
		free(e);
		return NULL;
	}
	e->entry = *like;
	e->entry.id = id;
	e->entry.file = memcpy(e->text, like->file, file_size);
	e->entry.name = memcpy(e->text + file_size, like->name, name_size);
	e->entry.path = memcpy(e->text + file_size + name_size, path, path_size);
	if (like->type)
		e->entry.type =
			memcpy(e->text + file_size + name_size + path_size, like->type, type_size);
	atomic_init(&e->refs, 1);
	return &e->entry;
}

const struct rdb_entry *rdb_entry_ref(const struct rdb_entry *entry)
{
	atomic_fetch_add(&to_entry(entry)->refs, 1);
	return entry;
}

void rdb_entry_unref(const struct rdb_entry *entry)
{
	if (entry && atomic_fetch_sub(&to_entry(entry)->refs, 1) == 1)
		free(to_entry(entry));
}

static int compare_names(const void *a, const void *b)
{
	const struct rdb_entry *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static int compare_files(const void *a, const void *b)
{
	const struct rdb_entry *const *left = a, *const *right = b;

	return strcmp((*left)->file, (*right)->file);
}

static const struct rdb_entry *find_latest(const struct rdb_entry *const *by_name, size_t count)
{
	const struct rdb_entry *latest = NULL;

	for (size_t i = 0; i < count; i++)
		if (!latest || by_name[i]->taken >= latest->taken)
			latest = by_name[i];
	return latest;
}

/* Copies the array and its texts into one block of memory. */
static struct rdb_passed_over *copy_passed_over(const struct rdb_passed_over *from, size_t count)
{
	size_t size = count * sizeof(*from);
	struct rdb_passed_over *copy;
	char *text;

	for (size_t i = 0; i < count; i++)
		size += strlen(from[i].file) + strlen(from[i].reason) + 2;
	copy = malloc(size ? size : 1);
	if (!copy)
		return NULL;
	text = (char *)(copy + count);
	for (size_t i = 0; i < count; i++) {
		copy[i].file = text;
		text = stpcpy(text, from[i].file) + 1;
		copy[i].reason = text;
		text = stpcpy(text, from[i].reason) + 1;
	}
	return copy;
}

static int compare_passed_over(const void *a, const void *b)
{
	const struct rdb_passed_over *left = a, *right = b;

	return strcmp(left->file, right->file);
}

int rdb_listing_new(const struct rdb_entry *const *by_file, size_t count,
	struct rdb_passed_over *passed_over, size_t passed_over_count,
	const struct rdb_listing **out)
{
	size_t shown =
		passed_over_count < RDB_PASSED_OVER_MAX ? passed_over_count : RDB_PASSED_OVER_MAX;
	struct listing *l;

	if (count > (SIZE_MAX - sizeof(*l)) / 2 / sizeof(l->space[0]))
		return -ENOMEM;
	if (passed_over_count)
		qsort(passed_over, passed_over_count, sizeof(*passed_over), compare_passed_over);
	l = malloc(sizeof(*l) + 2 * count * sizeof(l->space[0]));
	if (!l || !(l->passed_over = copy_passed_over(passed_over, shown))) {
		free(l);
		return -ENOMEM;
	}
	l->by_file = l->space + count;
	for (size_t i = 0; i < count; i++)
		l->space[i] = l->by_file[i] = rdb_entry_ref(by_file[i]);
	qsort(l->space, count, sizeof(l->space[0]), compare_names);
	qsort(l->by_file, count, sizeof(l->by_file[0]), compare_files);
	l->listing = (struct rdb_listing){
		.entries = l->space,
		.count = count,
		.latest = find_latest(l->space, count),
		.passed_over = l->passed_over,
		.passed_over_count = passed_over_count,
	};
	atomic_init(&l->refs, 1);
	*out = &l->listing;
	return 0;
}

const struct rdb_listing *rdb_listing_ref(const struct rdb_listing *listing)
{
	atomic_fetch_add(&to_listing(listing)->refs, 1);
	return listing;
}

void rdb_listing_unref(const struct rdb_listing *listing)
{
	if (!listing || atomic_fetch_sub(&to_listing(listing)->refs, 1) != 1)
		return;
	for (size_t i = 0; i < listing->count; i++)
		rdb_entry_unref(listing->entries[i]);
	free(to_listing(listing)->passed_over);
	free(to_listing(listing));
}

const struct rdb_entry *rdb_listing_find(const struct rdb_listing *listing, const char *name)
{
	const struct rdb_entry like = {.name = name}, *key = &like;
	const struct rdb_entry *const *found = bsearch(
		&key, listing->entries, listing->count, sizeof(listing->entries[0]), compare_names);

	return found ? *found : NULL;
}

const struct rdb_entry *rdb_listing_find_file(const struct rdb_listing *listing, const char *file)
{
	const struct listing *l = to_listing(listing);
	const struct rdb_entry like = {.file = file}, *key = &like;
	const struct rdb_entry *const *found =
		bsearch(&key, l->by_file, listing->count, sizeof(l->by_file[0]), compare_files);

	return found ? *found : NULL;
}

int rdb_listing_passed_over(const struct rdb_listing *listing, struct rdb_buf *out)
{
	size_t count = listing->passed_over_count;
	int ret;

	if (count == 0)
		return 0;
	ret = rdb_buf_printf(
		out, "%zu %s not listed:", count, count == 1 ? "file is" : "files are");
	for (size_t i = 0; i < count && i < NAMED_MAX && ret == 0; i++)
		ret = rdb_buf_printf(out, "%s %s (%s)", i ? "," : "", listing->passed_over[i].file,
			listing->passed_over[i].reason);
	if (ret == 0 && count > NAMED_MAX)
		ret = rdb_buf_puts(out, ", ...");
	return ret;
}
