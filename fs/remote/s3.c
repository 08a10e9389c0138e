#include "remote/s3_private.h"

#include "base/formatted.h"
#include "download/object_source.h"
#include "format/recognise.h"
#include "index/embed.h"
#include "remote/remote_store.h"
#include "remote/s3_address.h"
#include "store/file_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rdb_s3_store *to_s3(struct rdb_store *store)
{
	return (struct rdb_s3_store *)store;
}

static void list_soon(void *arg)
{
	struct rdb_s3_store *s = arg;

	rdb_refresher_soon(&s->refresher);
}

static void s3_unwatch(struct rdb_store *store)
{
	struct rdb_s3_store *s = to_s3(store);

	if (!s->refresher.watching)
		return;
	rdb_object_cache_cancel(s->cache);
	rdb_refresher_unwatch(&s->refresher);
}

/* ---- operations ---- */

/* Returns whether "file" is the version that the entry describes, and is not being removed. "file"
 * may be NULL. The caller holds the store's lock. */
static bool is_version(const struct rdb_listed_file *file, const struct rdb_entry *entry)
{
	return file && file->complete && file->version == entry->version;
}

static int s3_check(struct rdb_store *store, const struct rdb_entry *entry)
{
	struct rdb_s3_store *s = to_s3(store);
	bool current;

	pthread_mutex_lock(&s->lock);
	current = is_version(rdb_file_table_find(&s->table, entry->path), entry);
	pthread_mutex_unlock(&s->lock);
	return current ? 0 : -ESTALE;
}

/* Always returns -ESTALE, with a text in *err. */
static int stale(const struct rdb_s3_store *s, const char *key, struct rdb_err *err)
{
	const char *bucket = rdb_s3_bucket(s->s3);

	return rdb_err_set(err, ESTALE,
		"s3://%s/%s has been replaced or removed; rdbfs list s3://%s/%s shows what is "
		"there now",
		bucket, key, bucket, s->prefix);
}

/* Stores the key and the ETag of the entry's object in *key and *etag. Returns -ESTALE if the
 * object was replaced or removed. The caller frees *key and *etag, also on failure. */
static int look_up(struct rdb_s3_store *s, const struct rdb_entry *entry, char **key, char **etag,
	struct rdb_err *err)
{
	struct rdb_listed_file *file;
	bool current;

	*etag = NULL;
	*key = rdb_formatted("%s%s", s->prefix, entry->path);
	if (!*key)
		return rdb_err_sys(err, ENOMEM, "%s", entry->path);
	pthread_mutex_lock(&s->lock);
	file = rdb_file_table_find(&s->table, entry->path);
	current = is_version(file, entry);
	if (current)
		*etag = strdup(file->etag);
	pthread_mutex_unlock(&s->lock);
	if (!current)
		return stale(s, *key, err);
	return *etag ? 0 : rdb_err_sys(err, ENOMEM, "%s", entry->path);
}

static int s3_open(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_source **out,
	struct rdb_err *err)
{
	struct rdb_s3_store *s = to_s3(store);
	const struct rdb_identity identity = {
		.size = entry->size, .mtime = entry->mtime, .version = entry->version};
	char *key, *etag;
	int ret = look_up(s, entry, &key, &etag, err);

	if (ret == 0)
		ret = rdb_s3_source(s->cache, s->s3, key, etag, &identity, out, err);
	if (ret == 0)
		(*out)->home = rdb_s3_home(rdb_s3_bucket(s->s3), key);
	free(key);
	free(etag);
	return ret;
}

static int head_version(struct rdb_s3_store *s, const char *key, const char *etag,
	const struct rdb_s3_wait *wait, struct rdb_s3_facts *facts, struct rdb_err *err)
{
	int ret = rdb_s3_head(s->s3, key, wait, facts, err);

	if (ret == -ENOENT || (ret == 0 && strcmp(facts->etag, etag) != 0))
		return stale(s, key, err);
	return ret;
}

/* Reads the backup's type from the metadata of the S3 object, as made() in store/store.h describes.
 * Sets *home to false if the object is a copy. */
static int s3_made(struct rdb_store *store, const struct rdb_entry *entry,
	char type[RDB_STORE_TYPE_MAX], bool *home, struct rdb_err *err)
{
	struct rdb_s3_store *s = to_s3(store);
	const struct rdb_s3_wait wait = {.cancel = &s->refresher.cancel};
	struct rdb_s3_facts facts;
	char *key, *etag, here[32];
	int ret = look_up(s, entry, &key, &etag, err);

	if (ret == 0)
		ret = head_version(s, key, etag, &wait, &facts, err);
	if (ret == 0 && !rdb_embed_type_valid(facts.type))
		ret = -ENOENT;
	if (ret == 0) {
		snprintf(here, sizeof(here), "%016" PRIx64, rdb_s3_home(rdb_s3_bucket(s->s3), key));
		memcpy(type, facts.type, strlen(facts.type) + 1); /* valid types fit */
		*home = strcmp(here, facts.home) == 0;
	}
	free(key);
	free(etag);
	return ret;
}

static int s3_can_create(struct rdb_store *store, struct rdb_err *err)
{
	(void)store, (void)err;
	return 0;
}

static int s3_create(struct rdb_store *store, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err)
{
	struct rdb_s3_store *s = to_s3(store);
	char *key;
	size_t base;
	int ret;

	if (strchr(backup->file, '/') || !rdb_name_is_archive(backup->file, &base))
		return rdb_err_set(
			err, EINVAL, "%s is not a valid name for a backup", backup->file);
	key = rdb_formatted("%s%s", s->prefix, backup->file);
	if (!key)
		return rdb_err_sys(err, ENOMEM, "%s", backup->file);
	ret = rdb_s3_output(&s->target, key, backup, out, err);
	free(key);
	return ret;
}

static int s3_clean(struct rdb_store *store, struct rdb_err *err)
{
	struct rdb_s3_store *s = to_s3(store);

	return rdb_s3_uploads_clean(s->s3, s->state_dir, s->prefix, err);
}

/* Hides the entry's object from the store's users before the object is deleted, so that failing
 * reads do not count as failures of the service. If the deletion fails, the next listing shows the
 * object. */
static void hide(struct rdb_s3_store *s, const struct rdb_entry *entry)
{
	struct rdb_listed_file *file;

	pthread_mutex_lock(&s->lock);
	file = rdb_file_table_find(&s->table, entry->path);
	if (is_version(file, entry))
		rdb_file_table_hide(&s->table, file);
	pthread_mutex_unlock(&s->lock);
}

static int s3_remove(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct rdb_s3_store *s = to_s3(store);
	struct rdb_s3_facts facts;
	char *key, *etag;
	int ret = look_up(s, entry, &key, &etag, err);

	if (ret == 0)
		ret = head_version(s, key, etag, NULL, &facts, err);
	if (ret == 0) {
		hide(s, entry);
		ret = rdb_s3_delete(s->s3, key, NULL, err);
	}
	list_soon(s);
	free(key);
	free(etag);
	return ret;
}

static void s3_close(struct rdb_store *store)
{
	struct rdb_s3_store *s = to_s3(store);

	s3_unwatch(store);
	rdb_refresher_destroy(&s->refresher);
	rdb_file_table_free(&s->table);
	rdb_object_cache_unref(s->cache);
	rdb_s3_unref(s->s3);
	pthread_mutex_destroy(&s->lock);
	free(s->only);
	free(s->prefix);
	free(s->where);
	free(s->state_dir);
	free(s->cache_dir);
	free(s);
}

/* Operations of a store that has one object and accepts no new backups. */
static const struct rdb_store_ops single_ops = {
	.list = rdb_refresher_list,
	.state = rdb_refresher_state,
	.check = s3_check,
	.address = rdb_store_address_single,
	.open = s3_open,
	.made = s3_made,
	.watch = rdb_refresher_watch,
	.unwatch = s3_unwatch,
	.remove = s3_remove,
	.close = s3_close,
};

static const struct rdb_store_ops folder_ops = {
	.list = rdb_refresher_list,
	.state = rdb_refresher_state,
	.check = s3_check,
	.open = s3_open,
	.made = s3_made,
	.watch = rdb_refresher_watch,
	.unwatch = s3_unwatch,
	.can_create = s3_can_create,
	.create = s3_create,
	.clean = s3_clean,
	.remove = s3_remove,
	.close = s3_close,
};

/* ---- opening: a folder, or one object ---- */

static void forget_place(struct rdb_s3_store *s)
{
	free(s->only);
	free(s->prefix);
	free(s->where);
	s->only = s->prefix = s->where = NULL;
}

/* "path" is the rest of the address after the bucket, or NULL if memory was exhausted. */
static int end_place(struct rdb_s3_store *s, const char *path, const struct rdb_store_ops *ops,
	struct rdb_err *err)
{
	if (path && s->prefix)
		s->where = rdb_formatted("s3://%s/%s", rdb_s3_bucket(s->s3), path);
	if (!s->where)
		return rdb_err_sys(err, ENOMEM, "s3://%s", rdb_s3_bucket(s->s3));
	s->refresher.store.ops = ops;
	s->refresher.store.where = s->where;
	return 0;
}

static int set_folder(struct rdb_s3_store *s, const char *path, struct rdb_err *err)
{
	forget_place(s);
	s->prefix = rdb_formatted("%s%s", path, *path ? "/" : "");
	return end_place(s, s->prefix, &folder_ops, err);
}

static int set_object(struct rdb_s3_store *s, const char *key, struct rdb_err *err)
{
	forget_place(s);
	s->only = strdup(key);
	s->prefix = strndup(key, (size_t)(rdb_name_of_path(key) - key));
	return end_place(s, s->only, &single_ops, err);
}

/* Returns -ENOENT, without a text in *err, if the object does not exist or access is denied. Some
 * services deny access to missing objects. */
static int list_object(struct rdb_s3_store *s, const char *key, struct rdb_err *err)
{
	int ret = set_object(s, key, err);

	if (ret == 0)
		ret = rdb_refresher_first(&s->refresher, err);
	if (ret == -EACCES || (ret == 0 && s->table.count == 0)) {
		rdb_err_clear(err);
		return -ENOENT;
	}
	return ret;
}

/* Checks whether the content of the store's only object is an archive. Called if the object's name
 * lacks an archive suffix such as .tar.gz. Returns 0 for an archive, -EINVAL for other content, or
 * another error if the object cannot be read. */
static int check_object(struct rdb_s3_store *s, struct rdb_err *err)
{
	struct rdb_source *source;
	int ret = s3_open(&s->refresher.store, s->table.files[0]->entry, &source, err);

	if (ret != 0)
		return ret;
	ret = rdb_recognise_check(source, s->where,
		"name an archive, or end the address of a folder with a slash", err);
	rdb_source_close(source);
	return ret;
}

static int list_folder(struct rdb_s3_store *s, const char *path, struct rdb_err *err)
{
	int ret = set_folder(s, path, err);

	return ret ? ret : rdb_refresher_first(&s->refresher, err);
}

/* Always returns -ENOENT, with a text in *err. */
static int no_archive(const struct rdb_s3_address *address, struct rdb_err *err)
{
	const char *bucket = address->bucket, *path = address->path;

	return rdb_err_set(err, ENOENT,
		"s3://%s/%s: no such archive; rdbfs list s3://%s/%.*s shows what is there", bucket,
		path, bucket, (int)(rdb_name_of_path(path) - path), path);
}

/* Lists the object or the folder at the address. Looks for the object first if the address has the
 * suffix of an archive, otherwise for the folder. */
static int list_first(
	struct rdb_s3_store *s, const struct rdb_s3_address *address, struct rdb_err *err)
{
	bool named;
	size_t base;
	int ret;

	if (address->folder)
		return list_folder(s, address->path, err);
	named = rdb_name_is_archive(rdb_name_of_path(address->path), &base);
	if (named) {
		ret = list_object(s, address->path, err);
		if (ret != -ENOENT)
			return ret;
	}
	ret = list_folder(s, address->path, err);
	if (ret != 0 || s->table.count > 0)
		return ret;
	if (named)
		return no_archive(address, err);
	ret = list_object(s, address->path, err);
	if (ret == -ENOENT)
		return set_folder(s, address->path, err);
	return ret ? ret : check_object(s, err);
}

/* ---- opening ---- */

static bool copy(const char *text, char **out)
{
	*out = text ? strdup(text) : NULL;
	return *out || !text;
}

static int connect_bucket(struct rdb_s3_store *s, const char *bucket,
	const struct rdb_store_options *options, struct rdb_err *err)
{
	const struct rdb_s3_options client = {
		.bucket = bucket,
		.endpoint = options->s3_endpoint,
		.region = options->s3_region,
		.ca_file = options->ca_file,
		.path_style = options->s3_path_style,
		.rate = options->rate,
	};
	int ret = rdb_s3_create(&client, &s->s3, err);

	if (ret != 0)
		return ret;
	if (rdb_object_cache_create(options->remote_cache, options->budget, &s->cache) != 0 ||
		!copy(options->state_dir, &s->state_dir) ||
		!copy(options->cache_dir, &s->cache_dir))
		return rdb_err_sys(err, ENOMEM, "s3://%s", bucket);
	s->target = (struct rdb_s3_target){
		.s3 = s->s3,
		.state_dir = s->state_dir,
		.part_size = options->part_size,
		.memory = options->upload_memory,
		.committed = list_soon,
		.arg = s,
	};
	s->refresher.store.cache = s->cache_dir;
	return 0;
}

static struct rdb_s3_store *allocate(const struct rdb_store_options *options)
{
	struct rdb_s3_store *s = calloc(1, sizeof(*s));

	if (!s || rdb_refresher_init(&s->refresher, options->refresh, rdb_s3_refresh) != 0) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->recursive = options->recursive;
	s->table.changed = true; /* because no listing exists yet */
	return s;
}

int rdb_store_s3(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err)
{
	struct rdb_s3_store *s = allocate(options);
	struct rdb_s3_address address;
	int ret;

	if (!s)
		return rdb_err_sys(err, ENOMEM, "%s", source);
	ret = rdb_s3_address_parse(source, &address, err);
	ret = ret ? ret : connect_bucket(s, address.bucket, options, err);
	if (ret == 0)
		ret = options->create_only ? set_folder(s, address.path, err)
					   : list_first(s, &address, err);
	rdb_s3_address_free(&address);
	if (ret != 0) {
		s3_close(&s->refresher.store);
		return ret == -EBADMSG ? -EIO : ret;
	}
	rdb_s3_rest(s->s3); /* end the thread, because the caller may fork */
	*out = &s->refresher.store;
	return 0;
}
