/* The thread of a mirror: copies the backups that have no copy yet, newest first, one at a time. */
#include "remote/mirror_private.h"

#include "base/array.h"
#include "base/condition.h"
#include "base/log.h"
#include "remote/mirror_copy.h"
#include "store/copy_mark.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define RETRY 60        /* seconds from the first failure of a copy until the next try */
#define RETRY_MOST 3600 /* longest time between two tries, in seconds */

int rdb_mirror_open_folder(const struct rdb_mirror *m)
{
	return open(m->copies->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ---- backups that could not be copied ---- */

static struct rdb_mirror_failure *find_failure(struct rdb_mirror *m, uint64_t id)
{
	for (size_t i = 0; i < m->failure_count; i++)
		if (m->failures[i].id == id)
			return &m->failures[i];
	return NULL;
}

/* Records that the backup could not be copied, and when the next attempt is due. Returns true if
 * this is the first failure of the backup. Only the first failure is logged. */
static bool note_failure(struct rdb_mirror *m, uint64_t id)
{
	struct rdb_mirror_failure *failure = find_failure(m, id);
	bool first = !failure;

	if (first) {
		if (rdb_array_grow(&m->failures, &m->failure_room, m->failure_count,
			    sizeof(*m->failures)) != 0)
			return true;
		failure = &m->failures[m->failure_count++];
		*failure = (struct rdb_mirror_failure){.id = id, .wait = RETRY / 2};
	}
	failure->wait = failure->wait < RETRY_MOST / 2 ? failure->wait * 2 : RETRY_MOST;
	failure->again = rdb_wait_now() / 1000 + failure->wait;
	return first;
}

static void forget_failure(struct rdb_mirror *m, uint64_t id)
{
	struct rdb_mirror_failure *failure = find_failure(m, id);

	if (failure)
		*failure = m->failures[--m->failure_count];
}

/* ---- choosing the next backup ---- */

static bool was_removed(int folder, const struct rdb_entry *entry)
{
	struct rdb_copy_mark mark;

	return rdb_copy_mark_read(folder, entry->file, &mark) == 0 && mark.removed &&
	       mark.created == entry->mtime.tv_sec;
}

static bool is_due(struct rdb_mirror *m, const struct rdb_entry *entry)
{
	const struct rdb_mirror_failure *failure = find_failure(m, entry->id);

	return !failure || failure->again <= rdb_wait_now() / 1000;
}

static const struct rdb_entry *choose(struct rdb_mirror *m, int folder,
	const struct rdb_listing *service, const struct rdb_listing *copies)
{
	const struct rdb_entry *next = NULL;

	for (size_t i = 0; i < service->count; i++) {
		const struct rdb_entry *entry = service->entries[i];
		if ((!next || entry->taken > next->taken) && !rdb_mirror_has(copies, entry) &&
			is_due(m, entry) && !was_removed(folder, entry))
			next = entry;
	}
	return next;
}

/* Returns the entry of the next backup to copy, or NULL if no backup is due or an error occurs. The
 * caller releases the reference to the entry. */
static const struct rdb_entry *next_entry(struct rdb_mirror *m)
{
	const struct rdb_listing *service, *copies;
	const struct rdb_entry *next;
	int folder;

	if (rdb_mirror_list_both(m, &service, &copies, NULL) != 0)
		return NULL;
	folder = rdb_mirror_open_folder(m);
	next = folder >= 0 ? choose(m, folder, service, copies) : NULL;
	if (folder >= 0)
		close(folder);
	if (next)
		rdb_entry_ref(next);
	rdb_listing_unref(service);
	rdb_listing_unref(copies);
	return next;
}

/* ---- copying ---- */

static int check_room(struct rdb_mirror *m, uint64_t size, struct rdb_err *err)
{
	uint64_t total, room;

	if (rdb_store_space(m->copies, &total, &room) != 0 || room >= size)
		return 0;
	return rdb_err_set(err, ENOSPC, "%s has room for %llu bytes, and the backup has %llu",
		m->copies->where, (unsigned long long)room, (unsigned long long)size);
}

static int copy_entry(struct rdb_mirror *m, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct rdb_mirror_item item = {.dir = m->copies->path,
		.file = entry->file,
		.created = entry->mtime.tv_sec,
		.cancel = &m->cancel};
	struct rdb_source *source;
	int ret = rdb_store_open_entry(m->service, entry, &source, err);

	if (ret != 0)
		return ret;
	snprintf(item.of.type, sizeof(item.of.type), "%s", entry->type ? entry->type : "");
	snprintf(item.of.origin, sizeof(item.of.origin), "%s", m->service->where);
	ret = check_room(m, source->identity.size, err);
	if (ret == 0)
		ret = rdb_mirror_copy(source, &item, err);
	rdb_source_close(source);
	return ret;
}

/* Copies the next due backup if the local store has listed the previous copy. Returns true if
 * copying failed. */
static bool copy_next(struct rdb_mirror *m)
{
	const struct rdb_entry *entry = m->awaited[0] ? NULL : next_entry(m);
	struct rdb_err err = {0};
	bool failed;
	int ret;

	if (!entry)
		return false;
	ret = copy_entry(m, entry, &err);
	failed = ret != 0 && ret != -EEXIST && !rdb_cancel_fired(&m->cancel);
	if (ret == 0) {
		rdb_log_info("%s is copied to %s", entry->file, m->copies->where);
		snprintf(m->awaited, sizeof(m->awaited), "%s", entry->file);
		forget_failure(m, entry->id);
	} else if (failed && note_failure(m, entry->id)) {
		rdb_log_error("%s is not copied to %s, and is tried again later: %s", entry->file,
			m->copies->where, err.text);
	}
	rdb_entry_unref(entry);
	return failed;
}

/* Clears m->awaited if the local store lists the latest copy, or if the copy was removed. */
static void note_arrival(struct rdb_mirror *m)
{
	const struct rdb_listing *copies;
	bool listed, lost;
	int folder;

	if (!m->awaited[0] || rdb_store_list(m->copies, &copies, NULL) != 0)
		return;
	listed = rdb_listing_find_file(copies, m->awaited) != NULL;
	rdb_listing_unref(copies);
	folder = rdb_mirror_open_folder(m);
	lost = folder >= 0 && faccessat(folder, m->awaited, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
	if (folder >= 0)
		close(folder);
	if (listed || lost)
		m->awaited[0] = '\0';
	if (!listed)
		return;
	pthread_mutex_lock(&m->lock);
	m->arrivals++;
	pthread_mutex_unlock(&m->lock);
	m->changed(m->changed_arg);
}

/* ---- removing unneeded marks ---- */

static bool is_needed(int folder, const char *file, const struct rdb_listing *service)
{
	const struct rdb_entry *entry = rdb_listing_find_file(service, file);
	struct rdb_copy_mark mark;

	if (faccessat(folder, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	return entry && rdb_copy_mark_read(folder, file, &mark) == 0 &&
	       mark.created == entry->mtime.tv_sec;
}

static void sweep_folder(int folder, const struct rdb_listing *service)
{
	DIR *dir = fdopendir(folder);
	char file[NAME_MAX + 1];
	struct dirent *entry;

	if (!dir) {
		close(folder);
		return;
	}
	while ((entry = readdir(dir)))
		if (rdb_copy_mark_is(entry->d_name, file) && !is_needed(dirfd(dir), file, service))
			rdb_copy_mark_remove(dirfd(dir), file);
	closedir(dir);
}

/* Removes the mark of each copy that no longer exists, unless the service still lists the backup. A
 * mark is a hidden file that records where a copy is from. */
static void sweep(struct rdb_mirror *m)
{
	const struct rdb_listing *service;
	struct rdb_store_state state;
	int folder;

	rdb_store_state(m->service, &state);
	if (state.error.code || rdb_store_list(m->service, &service, NULL) != 0)
		return;
	folder = service == m->swept ? -1 : rdb_mirror_open_folder(m);
	if (folder < 0) {
		rdb_listing_unref(service);
		return;
	}
	sweep_folder(folder, service);
	rdb_listing_unref(m->swept);
	m->swept = service;
}

/* ---- the thread ---- */

/* Waits until a listing changes, until the thread must end, or for RETRY seconds. Does not wait if
 * "at_once" is true. Returns false if the thread must end. */
static bool wait_for_work(struct rdb_mirror *m, bool at_once)
{
	int64_t until = rdb_wait_now() + (at_once ? 0 : RETRY * 1000);
	bool go_on;

	pthread_mutex_lock(&m->lock);
	while (!m->stopping && !m->stale &&
		rdb_condition_wait(&m->wake, &m->lock, until) != -ETIMEDOUT)
		;
	m->stale = false;
	go_on = !m->stopping;
	pthread_mutex_unlock(&m->lock);
	return go_on;
}

void *rdb_mirror_run(void *arg)
{
	struct rdb_mirror *m = arg;
	bool more;

	do {
		note_arrival(m);
		sweep(m);
		more = copy_next(m);
	} while (wait_for_work(m, more));
	return NULL;
}
