#include "views/versions.h"

#include "base/array.h"
#include "base/formatted.h"
#include "tree/listed.h"
#include "views/view_table.h"
#include "json/same.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES (1024 * 1024) /* bytes of text above which a history is not cached */

/* ---- the objects ---- */

struct rdb_versions *rdb_versions_ref(struct rdb_versions *versions)
{
	atomic_fetch_add(&versions->refs, 1);
	return versions;
}

static void remove_all(struct rdb_versions *versions)
{
	while (versions->count > 0) {
		struct rdb_version *last = &versions->items[--versions->count];

		free(last->name);
		rdb_view_document_unref(last->document);
	}
}

void rdb_versions_unref(struct rdb_versions *versions)
{
	if (!versions || atomic_fetch_sub(&versions->refs, 1) > 1)
		return;
	remove_all(versions);
	free(versions->items);
	rdb_listing_unref(versions->listing);
	free(versions);
}

static struct rdb_versions *new_versions(struct rdb_views *views, const struct rdb_listing *listing,
	const struct rdb_history_name *table, const char *name)
{
	struct rdb_versions *versions = calloc(1, sizeof(*versions));

	if (!versions)
		return NULL;
	atomic_init(&versions->refs, 1);
	pthread_mutex_lock(&views->lock);
	versions->number = ++views->numbers;
	pthread_mutex_unlock(&views->lock);
	versions->table = table;
	versions->listing = rdb_listing_ref(listing);
	strcpy(versions->name, name);
	return versions;
}

/* ---- one backup after the other, the oldest first ---- */

struct walk {
	struct rdb_mount *mount;
	struct rdb_versions *versions;
	const struct rdb_cancel *cancel;
	struct rdb_json_span key;
	const struct rdb_view_document *last; /* newest readable version so far; NULL if none */
	bool unknown; /* a backup cannot be read, so versions may be missing */
};

static char *version_name(const struct rdb_backup *backup, enum rdb_view_document_kind kind)
{
	return rdb_formatted("%s.%s", backup->name, kind == RDB_VIEW_REMOVED ? "removed" : "json");
}

/* Returns true if the backup adds a version of the document: the document is unreadable, or differs
 * from the newest readable version (walk->last). If walk->last is NULL, a missing document adds
 * none. */
static bool is_version(
	const struct walk *walk, enum rdb_view_document_kind kind, const struct rdb_buf *text)
{
	const struct rdb_view_document *last = walk->last;

	if (kind == RDB_VIEW_UNREADABLE)
		return true;
	if (!last || last->kind != kind)
		return last || kind == RDB_VIEW_PRESENT;
	return kind == RDB_VIEW_PRESENT &&
	       !rdb_json_same((struct rdb_json_span){text->data, text->len},
		       (struct rdb_json_span){last->text.data, last->text.len - 1});
}

/* Adds to walk->versions the version of the document that the backup contains. "kind" is the
 * document's state in the backup, and "text" is the document's JSON text. Takes ownership of the
 * contents of "text". */
static int add_version(struct walk *walk, struct rdb_backup *backup,
	enum rdb_view_document_kind kind, struct rdb_buf *text)
{
	struct rdb_versions *versions = walk->versions;
	struct rdb_version version = {0};
	int ret = rdb_view_document_new(backup, rdb_view_ino(versions->number, backup->id), kind,
		text, walk->key, &version.document);

	if (ret != 0)
		return ret;
	version.name = version_name(backup, kind);
	if (!version.name || rdb_array_grow(&versions->items, &versions->room, versions->count,
				     sizeof(*versions->items)) != 0) {
		free(version.name);
		rdb_view_document_unref(version.document);
		return -ENOMEM;
	}
	if (kind != RDB_VIEW_UNREADABLE)
		walk->last = version.document;
	versions->items[versions->count++] = version;
	return 0;
}

/* Looks up the document in a backup, and sets *kind to the document's state in the backup. If the
 * document is present, stores the document's text in "text". Returns 0, -ENOENT if the backup lacks
 * the table, or another error. */
static int look(struct walk *walk, const struct rdb_history_backup *backup, struct rdb_buf *text,
	enum rdb_view_document_kind *kind)
{
	const struct rdb_history_name *name = walk->versions->table;
	struct rdb_view_table *table;
	struct rdb_member member;
	struct rdb_err err = {0};
	uint64_t ordinal;
	int ret = rdb_view_find_table(backup->archive, name->db, name->table, &member);

	if (ret == -ENOENT)
		return ret;
	*kind = RDB_VIEW_UNREADABLE;
	if (ret != 0)
		return 0;
	ret = rdb_view_table_get(rdb_views_of(walk->mount), backup->backup, &member, &table);
	if (ret != 0)
		return ret;
	ret = rdb_view_table_find(table, walk->key, walk->cancel, text, &ordinal, &err);
	rdb_view_table_failed(table, ret, &err);
	rdb_view_table_unref(table);
	if (ret == 0)
		*kind = RDB_VIEW_PRESENT;
	else if (ret == -ENOENT)
		*kind = RDB_VIEW_REMOVED;
	return ret == -ECANCELED || ret == -ENOMEM ? ret : 0;
}

static int visit(void *arg, const struct rdb_history_backup *backup)
{
	enum rdb_view_document_kind kind = RDB_VIEW_UNREADABLE;
	struct walk *walk = arg;
	struct rdb_buf text = {0};
	int ret = backup->archive ? look(walk, backup, &text, &kind) : 0;

	if (ret == -ENOENT)
		return 0;
	if (kind == RDB_VIEW_UNREADABLE)
		walk->unknown = true;
	if (kind != RDB_VIEW_PRESENT)
		rdb_buf_clear(&text);
	if (ret == 0 && is_version(walk, kind, &text))
		ret = add_version(walk, backup->backup, kind, &text);
	rdb_buf_free(&text);
	return ret;
}

/* ---- a history ---- */

static int gather(struct walk *walk)
{
	struct rdb_versions *versions = walk->versions;
	int ret;

	remove_all(versions);
	walk->last = NULL;
	ret = rdb_history_walk(walk->mount, versions->listing, RDB_HISTORY_OLDEST_FIRST,
		walk->cancel, visit, walk);
	if (ret != 0)
		return ret;
	if (!walk->last)
		return -ENOENT;
	versions->taken = rdb_backup_mtime(versions->items[versions->count - 1].document->backup);
	return 0;
}

/* ---- keys by name ---- */

struct cut_name {
	struct walk *walk;
	char file[RDB_KEY_NAME_MAX + 1];
	struct rdb_buf *keys;
};

/* Finds the backup's first document with the shortened file name cut->file, and appends its key to
 * *cut->keys. Returns 1 if a document was found. */
static int visit_cut(void *arg, const struct rdb_history_backup *backup)
{
	struct cut_name *cut = arg;
	const struct rdb_history_name *name = cut->walk->versions->table;
	struct rdb_view_table *table;
	struct rdb_member member;
	struct rdb_err err = {0};
	int ret;

	if (!backup->archive ||
		rdb_view_find_table(backup->archive, name->db, name->table, &member) != 0)
		return 0;
	ret = rdb_view_table_get(rdb_views_of(cut->walk->mount), backup->backup, &member, &table);
	if (ret != 0)
		return ret;
	ret = rdb_view_table_find_cut(table, cut->file, cut->walk->cancel, cut->keys, &err);
	rdb_view_table_failed(table, ret, &err);
	rdb_view_table_unref(table);
	if (ret == 0)
		return 1;
	return ret == -ECANCELED || ret == -ENOMEM ? ret : 0;
}

static int keys_of_name(struct walk *walk, struct rdb_buf *keys)
{
	struct cut_name cut = {.walk = walk, .keys = keys};
	int len = snprintf(cut.file, sizeof(cut.file), "%s.json", walk->versions->name);
	int ret;

	if (len < 0 || (size_t)len >= sizeof(cut.file))
		return -ENOENT;
	ret = rdb_key_name_parse(cut.file, true, keys);
	if (ret != -ENAMETOOLONG)
		return ret;
	ret = rdb_history_walk(walk->mount, walk->versions->listing, RDB_HISTORY_NEWEST_FIRST,
		walk->cancel, visit_cut, &cut);
	if (ret == 0)
		return -ENOENT;
	return ret == 1 ? 0 : ret;
}

/* Collects the versions of the document with the name walk->versions->name. If the name stands for
 * several keys, tries the keys in order, and uses the first key that any of the backups has. */
static int gather_by_name(struct walk *walk)
{
	struct rdb_buf keys = {0};
	int ret = keys_of_name(walk, &keys);

	if (ret == 0) {
		ret = -ENOENT;
		while (ret == -ENOENT && rdb_view_next_key(&keys, &walk->key))
			ret = gather(walk);
	}
	rdb_buf_free(&keys);
	return ret == -ENOENT && walk->unknown ? -EIO : ret;
}

/* ---- cached versions ---- */

/* Returns the cached history of the document "name", or NULL if the cache lacks it. Moves a found
 * history to the front of the cache, because keep() removes the last history. The caller holds
 * views->lock. */
static struct rdb_versions *find_kept(struct rdb_views *views, const struct rdb_listing *listing,
	const struct rdb_history_name *table, const char *name)
{
	struct rdb_versions **kept = views->versions, *found;

	for (size_t i = 0; i < RDB_VERSIONS_KEPT; i++) {
		found = kept[i];
		if (!found || found->listing != listing || found->table != table ||
			strcmp(found->name, name) != 0)
			continue;
		memmove(kept + 1, kept, i * sizeof(*kept));
		kept[0] = found;
		return found;
	}
	return NULL;
}

static struct rdb_versions *kept_versions(struct rdb_views *views,
	const struct rdb_listing *listing, const struct rdb_history_name *table, const char *name)
{
	struct rdb_versions *found;

	pthread_mutex_lock(&views->lock);
	found = find_kept(views, listing, table, name);
	if (found)
		rdb_versions_ref(found);
	pthread_mutex_unlock(&views->lock);
	return found;
}

static void keep(struct rdb_views *views, struct rdb_versions *versions)
{
	struct rdb_versions **kept = views->versions, *last;
	size_t bytes = 0;

	for (size_t i = 0; i < versions->count; i++)
		bytes += versions->items[i].document->text.len;
	if (bytes > KEPT_BYTES)
		return;
	rdb_versions_ref(versions);
	pthread_mutex_lock(&views->lock);
	last = kept[RDB_VERSIONS_KEPT - 1];
	memmove(kept + 1, kept, (RDB_VERSIONS_KEPT - 1) * sizeof(*kept));
	kept[0] = versions;
	pthread_mutex_unlock(&views->lock);
	rdb_versions_unref(last);
}

void rdb_versions_forget(struct rdb_views *views)
{
	struct rdb_versions *all[RDB_VERSIONS_KEPT];

	pthread_mutex_lock(&views->lock);
	memcpy(all, views->versions, sizeof(all));
	memset(views->versions, 0, sizeof(views->versions));
	pthread_mutex_unlock(&views->lock);
	for (size_t i = 0; i < RDB_VERSIONS_KEPT; i++)
		rdb_versions_unref(all[i]);
}

int rdb_versions_get(struct rdb_mount *mount, const struct rdb_history_name *table,
	const char *name, const struct rdb_cancel *cancel, struct rdb_versions **out)
{
	struct rdb_views *views = rdb_views_of(mount);
	struct walk walk = {.mount = mount, .cancel = cancel};
	const struct rdb_listing *listing;
	int ret = rdb_listed_current(mount, &listing);

	if (ret != 0)
		return ret;
	*out = kept_versions(views, listing, table, name);
	if (!*out) {
		walk.versions = new_versions(views, listing, table, name);
		ret = walk.versions ? gather_by_name(&walk) : -ENOMEM;
		if (ret == 0 && !walk.unknown)
			keep(views, walk.versions);
		if (ret == 0)
			*out = walk.versions;
		else
			rdb_versions_unref(walk.versions);
	}
	rdb_listing_unref(listing);
	return ret;
}
