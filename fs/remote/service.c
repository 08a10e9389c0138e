/* A store with the backups of one deployment (a database at a hosting service). The address of the
 * store is compose+https://HOST/…/deployments/ID. */
#include "remote/remote_store.h"
#include "remote/service_private.h"
#include "remote/service_saved.h"

#include "base/formatted.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rdb_service_store *to_service(struct rdb_store *store)
{
	return (struct rdb_service_store *)store;
}

/* ---- listing ---- */

static uint64_t describe(void *arg, const struct rdb_service_backup *backup, uint64_t *version)
{
	struct rdb_service_store *s = arg;

	return rdb_downloads_size(s->downloads, backup->id, version);
}

static int publish(struct rdb_service_store *s, const struct rdb_service_backup *found,
	size_t count, bool *changed)
{
	const struct rdb_service_known known = {.describe = describe, .arg = s};
	const struct rdb_listing *now = NULL;
	int ret;

	pthread_mutex_lock(&s->lock);
	ret = rdb_service_items_update(&s->items, found, count, &known, &now);
	pthread_mutex_unlock(&s->lock);
	if (now)
		rdb_refresher_publish(&s->refresher, now);
	*changed = now != NULL;
	return ret;
}

static int refresh(struct rdb_refresher *r, int patience, bool *changed, struct rdb_err *err)
{
	struct rdb_service_store *s = to_service(&r->store);
	const struct rdb_service_wait wait = {.cancel = &r->cancel, .patience = patience};
	struct rdb_service_backup *found;
	size_t count;
	int ret = rdb_service_list(s->service, &wait, &found, &count, err);

	if (ret == 0 && publish(s, found, count, changed) != 0)
		ret = rdb_err_sys(err, ENOMEM, "%s can't be listed", s->where);
	if (ret == 0 && *changed && s->dir)
		rdb_service_save(s->dir, s->where, found, count);
	free(found);
	return ret;
}

static bool is_away(int ret)
{
	return ret == -ECONNREFUSED || ret == -EHOSTUNREACH || ret == -ETIMEDOUT || ret == -EIO;
}

/* Makes the store's first listing from the service's list of backups. If the service cannot be
 * reached, uses the listing that an earlier process has saved. */
static int list_first(struct rdb_service_store *s, struct rdb_err *err)
{
	struct rdb_service_backup *saved = NULL;
	struct rdb_err why = {0};
	size_t count;
	time_t when;
	bool changed;
	int ret = rdb_refresher_first(&s->refresher, &why);

	if (is_away(ret) && s->dir &&
		rdb_service_load(s->dir, s->where, &saved, &count, &when) == 0) {
		ret = publish(s, saved, count, &changed);
		if (ret == 0)
			rdb_refresher_failed(&s->refresher, when, &why);
	}
	free(saved);
	if (ret != 0 && err)
		*err = why;
	return ret;
}

static void replaced(void *arg, const char *id)
{
	struct rdb_service_store *s = arg;

	pthread_mutex_lock(&s->lock);
	rdb_service_items_renew(&s->items, id);
	pthread_mutex_unlock(&s->lock);
	rdb_refresher_soon(&s->refresher);
}

/* ---- opening an archive ---- */

static int service_open(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err)
{
	struct rdb_service_store *s = to_service(store);
	const struct rdb_service_item *item;
	struct rdb_service_backup backup;
	int ret;

	pthread_mutex_lock(&s->lock);
	item = rdb_service_items_find(&s->items, entry->id);
	if (item)
		backup = item->backup;
	pthread_mutex_unlock(&s->lock);
	if (!item)
		return rdb_err_set(err, ESTALE, "the service no longer has %s", entry->name);
	ret = rdb_downloads_open(s->downloads, &backup, out, err);
	if (ret == -ENOENT)
		rdb_refresher_soon(&s->refresher);
	return ret == -EBADMSG ? -EIO : ret;
}

/* ---- the cluster ---- */

static int service_cluster(
	struct rdb_store *store, struct rdb_store_cluster *out, struct rdb_err *err)
{
	struct rdb_service_store *s = to_service(store);
	const struct rdb_service_wait wait = {.patience = RDB_REFRESH_FIRST};
	struct rdb_service_deployment deployment;
	int ret = rdb_service_describe(s->service, &wait, &deployment, err);

	rdb_service_rest(s->service); /* end the thread, because the caller may fork */
	if (ret == 0 && deployment.type[0] && strcmp(deployment.type, "rethinkdb") != 0)
		rdb_log_warning(
			"%s is a deployment of %s, not of RethinkDB", s->where, deployment.type);
	if (ret == 0) {
		out->connect = deployment.connect;
		out->certificate = deployment.certificate;
		deployment.connect = deployment.certificate = NULL;
	}
	rdb_service_deployment_free(&deployment);
	return ret;
}

/* ---- opening and closing ---- */

static void service_unwatch(struct rdb_store *store)
{
	struct rdb_service_store *s = to_service(store);

	if (!s->refresher.watching)
		return;
	rdb_downloads_cancel(s->downloads);
	rdb_refresher_unwatch(&s->refresher);
}

static void service_close(struct rdb_store *store)
{
	struct rdb_service_store *s = to_service(store);

	service_unwatch(store);
	rdb_refresher_destroy(&s->refresher);
	rdb_service_items_free(&s->items);
	rdb_downloads_unref(s->downloads);
	rdb_object_cache_unref(s->memory);
	rdb_service_unref(s->service);
	pthread_mutex_destroy(&s->lock);
	free(s->where);
	free(s->dir);
	free(s);
}

static struct rdb_service_store *allocate(unsigned seconds)
{
	struct rdb_service_store *s = calloc(1, sizeof(*s));

	if (!s || rdb_refresher_init(&s->refresher, seconds, refresh) != 0) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static int connect_service(struct rdb_service_store *s, const char *source,
	const struct rdb_store_options *options, struct rdb_err *err)
{
	const struct rdb_service_options client = {.address = source,
		.token = options->token,
		.ca_file = options->ca_file,
		.rate = options->rate};
	struct rdb_downloads_options downloads = {
		.limit = options->download_cache, .replaced = replaced, .arg = s};
	int ret = rdb_service_create(&client, &s->service, err);

	if (ret != 0)
		return ret;
	s->where = rdb_formatted("compose+%s", rdb_service_where(s->service));
	if (options->cache_dir)
		s->dir = rdb_formatted("%s/downloads", options->cache_dir);
	if (!s->where || (options->cache_dir && !s->dir) ||
		rdb_object_cache_create(options->remote_cache, options->budget, &s->memory) != 0)
		return rdb_err_sys(err, ENOMEM, "%s", source);
	downloads.dir = s->dir;
	downloads.service = s->service;
	downloads.memory = s->memory;
	return rdb_downloads_create(&downloads, &s->downloads, err);
}

int rdb_store_service(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err)
{
	static const struct rdb_store_ops ops = {
		.list = rdb_refresher_list,
		.state = rdb_refresher_state,
		.open = service_open,
		.trigger = rdb_service_trigger,
		.cluster = service_cluster,
		.watch = rdb_refresher_watch,
		.unwatch = service_unwatch,
		.close = service_close,
	};
	struct rdb_service_store *s = allocate(options->refresh);
	struct rdb_store *store;
	int ret;

	if (!s)
		return rdb_err_sys(err, ENOMEM, "%s", source);
	store = &s->refresher.store;
	store->ops = &ops;
	store->lazy = true;
	ret = connect_service(s, source, options, err);
	if (ret == 0) {
		store->where = s->where;
		ret = list_first(s, err);
	}
	if (ret != 0) {
		service_close(store);
		return ret == -EBADMSG ? -EIO : ret;
	}
	rdb_service_rest(s->service); /* end the thread, because the caller may fork */
	*out = store;
	return 0;
}
