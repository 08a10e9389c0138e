#include "remote/service_listing.h"

#include "store/file_name.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXTENSION ".tar.gz" /* for names without an extension */
#define EXTENSION_MAX 16
/* Maximum number of bytes of a file name before the suffix "-ID" and the extension. */
#define BASE_MAX (NAME_MAX - RDB_SERVICE_ID - EXTENSION_MAX)

/* ---- times ---- */

/* Returns the first UTC time YYYY-MM-DDTHH:MM:SS in "name", or 0 if "name" contains none. The "T"
 * and the colons may be other separators. */
static time_t name_time(const char *name)
{
	static const char pattern[] = "dddd-dd-dd?dd?dd?dd";
	const size_t len = strlen(pattern);

	for (; strlen(name) >= len; name++) {
		struct tm tm = {0};
		size_t i = 0;
		while (i < len && (pattern[i] == 'd'          ? isdigit((unsigned char)name[i])
					  : pattern[i] == '-' ? name[i] == '-'
							      : !isalnum((unsigned char)name[i]) ||
									name[i] == 'T'))
			i++;
		if (i < len ||
			sscanf(name, "%4d-%2d-%2d%*c%2d%*c%2d%*c%2d", &tm.tm_year, &tm.tm_mon,
				&tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
			continue;
		if (tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
			tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
			continue;
		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		return timegm(&tm);
	}
	return 0;
}

/* ---- which backups are listed ---- */

/* Decides whether the listing may include the backup. Returns NULL to include the backup, or the
 * reason for leaving the backup out. "out" is memory for the text of the reason. */
static const char *refusal(const struct rdb_service_backup *backup, char out[64])
{
	static const char *const unfinished[] = {
		"running", "waiting", "pending", "queued", "failed", "canceled", "cancelled"};

	for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]); i++)
		if (strcmp(backup->status, unfinished[i]) == 0) {
			snprintf(out, 64, "the service says: %s", backup->status);
			return out;
		}
	return backup->downloadable ? NULL : "the service offers no download";
}

/* ---- names ---- */

static void make_base(const struct rdb_service_backup *backup, char out[BASE_MAX + 1],
	char extension[EXTENSION_MAX])
{
	const char *name = backup->name[0] ? backup->name : backup->id;
	size_t len, base;

	len = strnlen(name, BASE_MAX);
	while (len && (name[len] & 0xc0) == 0x80)
		len--; /* do not cut a UTF-8 character */
	memcpy(out, name, len);
	out[len] = '\0';
	strcpy(extension, EXTENSION);
	if (rdb_name_is_archive(out, &base)) {
		snprintf(extension, EXTENSION_MAX, "%s", out + base);
		out[base] = '\0';
	}
	for (char *c = out; *c; c++)
		if (*c == '/')
			*c = '-';
	if (out[0] == '.')
		out[0] = '_';
}

static bool is_taken(const json_t *names, const char *name)
{
	return rdb_name_is_reserved(name) || json_object_get(names, name);
}

static void choose_name(struct rdb_service_item *item, const json_t *names)
{
	char base[BASE_MAX + 1], extension[EXTENSION_MAX];

	make_base(&item->backup, base, extension);
	if (is_taken(names, base))
		snprintf(item->name, sizeof(item->name), "%s-%s%s", base, item->backup.id,
			extension);
	else
		snprintf(item->name, sizeof(item->name), "%s%s", base, extension);
}

static void base_name(const struct rdb_service_item *item, char out[NAME_MAX + 1])
{
	size_t base = 0;

	rdb_name_is_archive(item->name, &base);
	snprintf(out, NAME_MAX + 1, "%.*s", (int)base, item->name);
}

static int add_name(const struct rdb_service_item *item, json_t *names)
{
	char base[NAME_MAX + 1];

	base_name(item, base);
	/* Use the variant "nocheck", because the name is from a JSON text and is valid UTF-8. */
	return json_object_set_new_nocheck(names, base, json_true());
}

/* ---- entries ---- */

static void make_type(const struct rdb_service_backup *backup, char out[RDB_SERVICE_WORD])
{
	snprintf(out, RDB_SERVICE_WORD, "%s", backup->type);
	for (char *c = out; *c; c++)
		if (*c == '_' || *c == ' ')
			*c = '-';
}

static const struct rdb_entry *make_entry(
	const struct rdb_service_item *item, const struct rdb_service_known *known)
{
	time_t named = name_time(item->backup.name);
	char base[NAME_MAX + 1], type[RDB_SERVICE_WORD];
	struct rdb_entry like = {
		.name = base,
		.file = item->name,
		.kind = RDB_ENTRY_ARCHIVE,
		.mtime = {.tv_sec = item->backup.created ? item->backup.created : named},
		.taken = named ? named : item->backup.created,
		.dated = named || item->backup.created,
		.type = type,
	};

	base_name(item, base);
	make_type(&item->backup, type);
	like.size = known->describe(known->arg, &item->backup, &like.version);
	return rdb_entry_new(&like);
}

/* ---- items ---- */

static int compare_ids(const void *a, const void *b)
{
	const struct rdb_service_item *x = a, *y = b;

	return strcmp(x->backup.id, y->backup.id);
}

static struct rdb_service_item *find(const struct rdb_service_items *items, const char *id)
{
	struct rdb_service_item key;

	snprintf(key.backup.id, sizeof(key.backup.id), "%s", id);
	return items->count ? bsearch(&key, items->items, items->count, sizeof(key), compare_ids)
			    : NULL;
}

static bool is_same(const struct rdb_service_backup *a, const struct rdb_service_backup *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 &&
	       strcmp(a->status, b->status) == 0 && a->downloadable == b->downloadable &&
	       a->created == b->created;
}

static bool was_renewed(const struct rdb_service_item *item)
{
	char reason[64];

	return !item->entry && !refusal(&item->backup, reason);
}

/* Sorts the items in *now by id, and removes duplicates. Unchanged backups keep their names and
 * entries from *before. Sets *changed to true if the store's listing must be built again. */
static int inherit_names(struct rdb_service_items *now, const struct rdb_service_items *before,
	json_t *names, bool *changed)
{
	size_t kept = 0;
	int ret = 0;

	qsort(now->items, now->count, sizeof(now->items[0]), compare_ids);
	for (size_t i = 0; i < now->count; i++)
		if (kept == 0 || compare_ids(&now->items[kept - 1], &now->items[i]) != 0)
			now->items[kept++] = now->items[i];
	now->count = kept;
	*changed = now->count != before->count;
	for (size_t i = 0; i < now->count && ret == 0; i++) {
		struct rdb_service_item *item = &now->items[i];
		const struct rdb_service_item *old = find(before, item->backup.id);
		*changed |= !old || !is_same(&old->backup, &item->backup) || was_renewed(old);
		if (!old || strcmp(old->backup.name, item->backup.name) != 0)
			continue;
		memcpy(item->name, old->name, sizeof(item->name));
		ret = add_name(item, names);
		if (ret == 0 && old->entry && is_same(&old->backup, &item->backup))
			item->entry = rdb_entry_ref(old->entry);
	}
	return ret;
}

/* Orders the oldest backup first. File names are chosen in this order, so that a new backup does
 * not change the file names of older backups. */
static int compare_ages(const void *a, const void *b)
{
	const struct rdb_service_item *x = *(struct rdb_service_item *const *)a;
	const struct rdb_service_item *y = *(struct rdb_service_item *const *)b;

	if (x->backup.created != y->backup.created)
		return x->backup.created < y->backup.created ? -1 : 1;
	return strcmp(x->backup.id, y->backup.id);
}

static int name_all(struct rdb_service_items *items, json_t *names)
{
	struct rdb_service_item **order =
		calloc(items->count + 1, sizeof(struct rdb_service_item *));
	int ret = order ? 0 : -ENOMEM;

	for (size_t i = 0; i < items->count && order; i++)
		order[i] = &items->items[i];
	if (order)
		qsort(order, items->count, sizeof(struct rdb_service_item *), compare_ages);
	for (size_t i = 0; i < items->count && ret == 0; i++) {
		if (order[i]->name[0])
			continue;
		choose_name(order[i], names);
		ret = add_name(order[i], names);
	}
	free(order);
	return ret ? -ENOMEM : 0;
}

/* ---- the listing ---- */

static int make_listing(struct rdb_service_items *items, const struct rdb_service_known *known,
	const struct rdb_listing **out)
{
	const struct rdb_entry **entries = calloc(items->count + 1, sizeof(struct rdb_entry *));
	struct rdb_passed_over *over = calloc(items->count + 1, sizeof(*over));
	char(*reasons)[64] = calloc(items->count + 1, sizeof(*reasons));
	size_t count = 0, over_count = 0;
	int ret = entries && over && reasons ? 0 : -ENOMEM;

	for (size_t i = 0; i < items->count && ret == 0; i++) {
		struct rdb_service_item *item = &items->items[i];
		const char *reason = refusal(&item->backup, reasons[over_count]);
		if (reason) {
			over[over_count++] =
				(struct rdb_passed_over){.file = item->name, .reason = reason};
			continue;
		}
		if (!item->entry)
			item->entry = make_entry(item, known);
		if (item->entry)
			entries[count++] = item->entry;
		else
			ret = -ENOMEM;
	}
	if (ret == 0)
		ret = rdb_listing_new(entries, count, over, over_count, out);
	free(entries);
	free(over);
	free(reasons);
	return ret;
}

static int copy_found(
	struct rdb_service_items *out, const struct rdb_service_backup *found, size_t count)
{
	*out = (struct rdb_service_items){.items = calloc(count + 1, sizeof(out->items[0]))};
	if (!out->items)
		return -ENOMEM;
	out->count = count;
	for (size_t i = 0; i < count; i++)
		out->items[i].backup = found[i];
	return 0;
}

int rdb_service_items_update(struct rdb_service_items *items,
	const struct rdb_service_backup *found, size_t count, const struct rdb_service_known *known,
	const struct rdb_listing **out)
{
	json_t *names = json_object();
	struct rdb_service_items now;
	bool changed = false;
	int ret = copy_found(&now, found, count);

	*out = NULL;
	if (ret == 0)
		ret = names ? inherit_names(&now, items, names, &changed) : -ENOMEM;
	changed |= !items->items;
	if (ret == 0)
		ret = name_all(&now, names);
	if (ret == 0 && changed)
		ret = make_listing(&now, known, out);
	json_decref(names);
	if (ret == 0) {
		rdb_service_items_free(items);
		*items = now;
	} else {
		rdb_service_items_free(&now);
	}
	return ret ? -ENOMEM : 0;
}

void rdb_service_items_renew(struct rdb_service_items *items, const char *id)
{
	struct rdb_service_item *item = find(items, id);

	if (!item)
		return;
	rdb_entry_unref(item->entry);
	item->entry = NULL;
}

const struct rdb_service_item *rdb_service_items_find(
	const struct rdb_service_items *items, uint64_t entry_id)
{
	for (size_t i = 0; i < items->count; i++)
		if (items->items[i].entry && items->items[i].entry->id == entry_id)
			return &items->items[i];
	return NULL;
}

void rdb_service_items_free(struct rdb_service_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		rdb_entry_unref(items->items[i].entry);
	free(items->items);
	*items = (struct rdb_service_items){0};
}
