/* Lists the objects of a store in a bucket. */
#include "remote/s3_private.h"

#include "base/siphash.h"
#include "store/file_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *what, const char *bucket, const char *key, const char *more)
{
	static const struct rdb_siphash_key hash_key = {{0x72646266732d7333, 0x6f626a}};
	char *text;
	int len = asprintf(&text, "%s%c%s%c%s%c%s", what, 0, bucket, 0, key, 0, more);
	uint64_t hash;

	if (len < 0)
		return 1;
	hash = rdb_siphash(&hash_key, text, (size_t)len);
	free(text);
	return hash ? hash : 1;
}

uint64_t rdb_s3_home(const char *bucket, const char *key)
{
	return hash_of("home", bucket, key, "");
}

struct found {
	struct rdb_s3_store *s;
	struct rdb_file_table *table;
};

static int add_object(struct found *found, const struct rdb_s3_object *object)
{
	const char *name = object->key + strlen(found->s->prefix);
	struct rdb_listed_file *file = rdb_file_table_add(found->table, name);
	size_t base;

	if (!file || (!file->etag && !(file->etag = strdup(object->etag))))
		return -ENOMEM;
	if (!found->s->only && !rdb_name_is_archive(rdb_name_of_path(name), &base))
		file->passed_over = "unknown suffix";
	file->kind = RDB_ENTRY_ARCHIVE;
	file->size = object->size;
	file->mtime.tv_sec = object->mtime;
	file->version = hash_of("etag", rdb_s3_bucket(found->s->s3), object->key, object->etag);
	file->complete = true;
	return 0;
}

static int keep_object(void *arg, const struct rdb_s3_object *object)
{
	struct found *found = arg;
	const char *name = object->key + strlen(found->s->prefix);
	const char *last = rdb_name_of_path(name);

	if (!*last || *last == '.' || (last != name && !found->s->recursive))
		return 0;
	return add_object(found, object);
}

/* For a store with a single object: adds this object to found->table. If the object does not exist,
 * adds nothing and returns 0. */
static int find_only(struct found *found, const struct rdb_s3_wait *wait, struct rdb_err *err)
{
	struct rdb_s3_store *s = found->s;
	struct rdb_s3_facts facts;
	struct rdb_s3_object object;
	int ret = rdb_s3_head(s->s3, s->only, wait, &facts, err);

	if (ret != 0)
		return ret == -ENOENT ? 0 : ret;
	object = (struct rdb_s3_object){
		.key = s->only, .etag = facts.etag, .size = facts.size, .mtime = facts.mtime};
	return add_object(found, &object);
}

/* Moves the entries of unchanged objects from the old to the new table. Sets now->changed if a new
 * listing must be published. The caller holds the store's lock. */
static void keep_entries(struct rdb_file_table *before, struct rdb_file_table *now)
{
	size_t same = 0;

	for (size_t i = 0; i < now->count; i++) {
		struct rdb_listed_file *file = now->files[i];
		struct rdb_listed_file *old = rdb_file_table_find(before, file->name);
		if (!old || old->version != file->version || old->size != file->size)
			continue;
		file->entry = old->entry;
		old->entry = NULL;
		same++;
	}
	now->changed = before->changed || same != now->count || same != before->count;
}

/* Replaces the store's table of objects by *now, and leaves *now empty. If the objects have
 * changed, sets *changed to true and publishes a new listing, else sets *changed to false. */
static int publish(struct rdb_s3_store *s, struct rdb_file_table *now, bool *changed)
{
	const struct rdb_listing *listing = NULL;
	int ret = 0;

	pthread_mutex_lock(&s->lock);
	keep_entries(&s->table, now);
	*changed = now->changed;
	if (*changed)
		ret = rdb_file_table_listing(now, &listing);
	rdb_file_table_free(&s->table);
	s->table = *now;
	*now = (struct rdb_file_table){0};
	pthread_mutex_unlock(&s->lock);
	if (listing)
		rdb_refresher_publish(&s->refresher, listing);
	return ret;
}

int rdb_s3_refresh(struct rdb_refresher *r, int patience, bool *changed, struct rdb_err *err)
{
	struct rdb_s3_store *s = (struct rdb_s3_store *)r;
	const struct rdb_s3_wait wait = {.cancel = &r->cancel, .patience = patience};
	struct rdb_file_table now = {0};
	struct found found = {s, &now};
	int ret = s->only ? find_only(&found, &wait, err)
			  : rdb_s3_list(s->s3, s->prefix, s->recursive, &wait, keep_object, &found,
				    err);

	if (ret == 0)
		ret = publish(s, &now, changed);
	if (ret == -ENOMEM)
		rdb_err_sys(err, ENOMEM, "%s can't be listed", s->where);
	rdb_file_table_free(&now);
	return ret;
}
