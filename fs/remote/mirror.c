#include "directory/directory.h"
#include "remote/mirror_private.h"

#include "base/condition.h"
#include "base/formatted.h"
#include "base/thread.h"
#include "store/copy_mark.h"
#include "store/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rdb_mirror *to_mirror(struct rdb_store *store)
{
	return (struct rdb_mirror *)store;
}

/* ---- listing ---- */

bool rdb_mirror_has(const struct rdb_listing *copies, const struct rdb_entry *entry)
{
	return rdb_listing_find_file(copies, entry->file) || rdb_listing_find(copies, entry->name);
}

static size_t shown(const struct rdb_listing *listing)
{
	return listing->passed_over_count < RDB_PASSED_OVER_MAX ? listing->passed_over_count
								: RDB_PASSED_OVER_MAX;
}

static int merge(const struct rdb_listing *service, const struct rdb_listing *copies,
	const struct rdb_listing **out)
{
	size_t over_count = shown(service) + shown(copies), count = copies->count;
	const struct rdb_entry **entries =
		calloc(service->count + copies->count + 1, sizeof(struct rdb_entry *));
	struct rdb_passed_over *over = calloc(over_count + 1, sizeof(*over));
	int ret = -ENOMEM;

	if (entries && over) {
		memcpy(entries, copies->entries, count * sizeof(struct rdb_entry *));
		for (size_t i = 0; i < service->count; i++)
			if (!rdb_mirror_has(copies, service->entries[i]))
				entries[count++] = service->entries[i];
		memcpy(over, copies->passed_over, shown(copies) * sizeof(*over));
		memcpy(over + shown(copies), service->passed_over, shown(service) * sizeof(*over));
		ret = rdb_listing_new(entries, count, over, over_count, out);
	}
	free(entries);
	free(over);
	return ret;
}

int rdb_mirror_list_both(struct rdb_mirror *m, const struct rdb_listing **service,
	const struct rdb_listing **copies, struct rdb_err *err)
{
	int ret = rdb_store_list(m->service, service, err);

	if (ret != 0)
		return ret;
	ret = rdb_store_list(m->copies, copies, err);
	if (ret != 0)
		rdb_listing_unref(*service);
	return ret;
}

/* Merges the listings "service" and "copies" into m->merged. Takes ownership of the references to
 * "service" and "copies", even on failure. The caller holds m->lock. Returns 0 or -ENOMEM. */
static int update(
	struct rdb_mirror *m, const struct rdb_listing *service, const struct rdb_listing *copies)
{
	const struct rdb_listing *merged = NULL;
	int ret = 0;

	if (!m->merged || service != m->of_service || copies != m->of_copies) {
		ret = merge(service, copies, &merged);
		if (ret == 0) {
			rdb_listing_unref(m->merged);
			m->merged = merged;
		}
	}
	if (ret == 0) {
		const struct rdb_listing *before = m->of_service;
		m->of_service = service;
		service = before;
		before = m->of_copies;
		m->of_copies = copies;
		copies = before;
	}
	rdb_listing_unref(service);
	rdb_listing_unref(copies);
	return ret;
}

static int mirror_list(struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err)
{
	struct rdb_mirror *m = to_mirror(store);
	const struct rdb_listing *service, *copies;
	int ret = rdb_mirror_list_both(m, &service, &copies, err);

	if (ret != 0)
		return ret;
	pthread_mutex_lock(&m->lock);
	ret = update(m, service, copies);
	if (ret == 0)
		*out = rdb_listing_ref(m->merged);
	pthread_mutex_unlock(&m->lock);
	return ret ? rdb_err_sys(err, ENOMEM, "%s", m->where) : 0;
}

/* ---- the store (service or copies) of an entry ---- */

static struct rdb_store *owner(struct rdb_mirror *m, const struct rdb_entry *entry)
{
	const struct rdb_listing *copies;
	const struct rdb_entry *copy;
	bool is_copy;

	if (entry->type || rdb_store_list(m->copies, &copies, NULL) != 0)
		return m->service;
	copy = rdb_listing_find(copies, entry->name);
	is_copy = copy && copy->id == entry->id;
	rdb_listing_unref(copies);
	return is_copy ? m->copies : m->service;
}

static int mirror_check(struct rdb_store *store, const struct rdb_entry *entry)
{
	return rdb_store_check(owner(to_mirror(store), entry), entry);
}

static char *mirror_address(struct rdb_store *store, const struct rdb_entry *entry)
{
	return rdb_store_address(owner(to_mirror(store), entry), entry);
}

static int mirror_open(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err)
{
	return rdb_store_open_entry(owner(to_mirror(store), entry), entry, out, err);
}

static int mirror_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *dirfd, struct rdb_err *err)
{
	return rdb_store_open_folder(to_mirror(store)->copies, entry, dirfd, err);
}

static int mirror_copied(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out)
{
	return rdb_store_copied(owner(to_mirror(store), entry), entry, out);
}

/* Removes the local copy if the entry is a local copy, otherwise the service's backup. Marks a
 * local copy as removed first. Without this mark, the mirror's thread would copy the backup from
 * the service again. */
static int mirror_remove(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct rdb_mirror *m = to_mirror(store);
	struct rdb_store *of = owner(m, entry);
	int folder = of == m->copies ? rdb_mirror_open_folder(m) : -1;
	struct rdb_copy_mark mark, removed;
	bool marked = folder >= 0 && rdb_copy_mark_read(folder, entry->file, &mark) == 0;
	int ret = 0;

	if (marked) {
		removed = mark;
		removed.removed = true;
		ret = rdb_copy_mark_write(folder, entry->file, &removed, err);
	}
	if (ret == 0) {
		ret = rdb_store_remove(of, entry, err);
		if (ret != 0 && marked)
			rdb_copy_mark_write(folder, entry->file, &mark, NULL);
	}
	if (folder >= 0)
		close(folder);
	return ret;
}

static int mirror_clean(struct rdb_store *store, struct rdb_err *err)
{
	return rdb_store_clean(to_mirror(store)->copies, err);
}

static int mirror_space(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes)
{
	return rdb_store_space(to_mirror(store)->copies, total, free_bytes);
}

static void mirror_state(struct rdb_store *store, struct rdb_store_state *out)
{
	struct rdb_mirror *m = to_mirror(store);

	rdb_store_state(m->service, out);
	pthread_mutex_lock(&m->lock);
	out->arrivals = m->arrivals;
	pthread_mutex_unlock(&m->lock);
}

static int mirror_trigger(
	struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err)
{
	return rdb_store_trigger(to_mirror(store)->service, trigger, err);
}

static int mirror_cluster(
	struct rdb_store *store, struct rdb_store_cluster *out, struct rdb_err *err)
{
	return rdb_store_cluster(to_mirror(store)->service, out, err);
}

/* ---- creating and closing ---- */

static void changed_below(void *arg)
{
	struct rdb_mirror *m = arg;

	pthread_mutex_lock(&m->lock);
	m->stale = true;
	pthread_cond_broadcast(&m->wake);
	pthread_mutex_unlock(&m->lock);
	m->changed(m->changed_arg);
}

static int mirror_watch(
	struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err)
{
	struct rdb_mirror *m = to_mirror(store);
	int ret;

	m->changed = changed;
	m->changed_arg = arg;
	ret = rdb_store_watch(m->copies, changed_below, m, err);
	if (ret == 0)
		ret = rdb_store_watch(m->service, changed_below, m, err);
	if (ret == 0 && rdb_thread_start(&m->thread, rdb_mirror_run, m) != 0)
		ret = rdb_err_sys(err, EAGAIN, "%s can't be copied", m->where);
	if (ret != 0) {
		rdb_store_unwatch(m->service);
		rdb_store_unwatch(m->copies);
	}
	m->watching = ret == 0;
	return ret;
}

static void mirror_unwatch(struct rdb_store *store)
{
	struct rdb_mirror *m = to_mirror(store);

	if (!m->watching)
		return;
	pthread_mutex_lock(&m->lock);
	m->stopping = true;
	pthread_cond_broadcast(&m->wake);
	pthread_mutex_unlock(&m->lock);
	rdb_cancel_fire(&m->cancel);
	rdb_store_unwatch(m->service); /* this call also cancels the reads of the running copy */
	pthread_join(m->thread, NULL);
	rdb_store_unwatch(m->copies);
	m->watching = false;
}

static void mirror_close(struct rdb_store *store)
{
	struct rdb_mirror *m = to_mirror(store);

	mirror_unwatch(store);
	rdb_listing_unref(m->merged);
	rdb_listing_unref(m->of_service);
	rdb_listing_unref(m->of_copies);
	rdb_listing_unref(m->swept);
	free(m->failures);
	rdb_store_close(m->service);
	rdb_store_close(m->copies);
	rdb_cancel_destroy(&m->cancel);
	pthread_cond_destroy(&m->wake);
	pthread_mutex_destroy(&m->lock);
	free(m->where);
	free(m);
}

static struct rdb_mirror *allocate(struct rdb_store *service)
{
	struct rdb_mirror *m = calloc(1, sizeof(*m));

	if (!m || rdb_cancel_init(&m->cancel) != 0) {
		free(m);
		return NULL;
	}
	pthread_mutex_init(&m->lock, NULL);
	rdb_condition_init(&m->wake);
	m->service = service;
	return m;
}

static int open_copies(
	struct rdb_mirror *m, const struct rdb_store *service, const char *dir, struct rdb_err *err)
{
	int ret;

	if (strlen(service->where) >= RDB_STORE_ORIGIN_MAX)
		return rdb_err_set(err, EINVAL, "the address of the deployment is too long");
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return rdb_err_sys(err, errno, "%s", dir);
	ret = rdb_store_directory(dir, NULL, &m->copies, err);
	if (ret == 0)
		ret = rdb_store_can_create(m->copies, err);
	if (ret != 0)
		return ret;
	m->where = rdb_formatted("%s, copied to %s", service->where, m->copies->where);
	return m->where ? 0 : rdb_err_sys(err, ENOMEM, "%s", dir);
}

int rdb_store_mirror(
	struct rdb_store *service, const char *dir, struct rdb_store **out, struct rdb_err *err)
{
	static const struct rdb_store_ops ops = {
		.list = mirror_list,
		.check = mirror_check,
		.state = mirror_state,
		.address = mirror_address,
		.open = mirror_open,
		.copied = mirror_copied,
		.open_folder = mirror_open_folder,
		.trigger = mirror_trigger,
		.cluster = mirror_cluster,
		.watch = mirror_watch,
		.unwatch = mirror_unwatch,
		.clean = mirror_clean,
		.remove = mirror_remove,
		.space = mirror_space,
		.close = mirror_close,
	};
	struct rdb_mirror *m = allocate(service);
	int ret;

	if (!m) {
		rdb_store_close(service);
		return rdb_err_sys(err, ENOMEM, "%s", dir);
	}
	m->store.ops = &ops;
	m->store.lazy = service->lazy;
	ret = open_copies(m, service, dir, err);
	if (ret != 0) {
		mirror_close(&m->store);
		return ret;
	}
	m->store.where = m->where;
	*out = &m->store;
	return 0;
}
