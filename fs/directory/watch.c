#include "directory/directory_private.h"

#include "base/log.h"
#include "base/wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define COALESCE_MS 30 /* ms; changes within this time are published together */
#define COALESCE_MAX_MS 1000
#define CHECK_MS 2000 /* ms between checks of the directory itself */
#define POLL_MS 5000  /* ms between scans of a directory without inotify */
#define POLL_REMOTE_MS 60000
#define RECHECKS 10  /* most waits for an event before a file is checked anyway */
#define RECHECK_MS 2 /* ms of each wait */
#define READS_MAX 64 /* most reads of events before changes are published */

struct watcher {
	struct rdb_directory *d;
	bool overflow;
	bool tree_changed;     /* a subfolder was added, removed or renamed */
	const char *gone;      /* reason why the directory is missing; NULL if not missing */
	int64_t next_check;    /* ms of the monotonic clock */
	int64_t published;     /* ms of the monotonic clock */
	int64_t publish_costs; /* ms to create and report a listing */
	uint64_t asked;        /* number of the last check request that was handled */
};

/* ---- events ---- */

static const char *whole_directory(uint32_t mask)
{
	if (mask & IN_MOVE_SELF)
		return "has been moved away";
	if (mask & IN_UNMOUNT)
		return "has been unmounted";
	if (mask & (IN_DELETE_SELF | IN_IGNORED))
		return "has been removed";
	return NULL;
}

static bool name_of(
	const struct rdb_directory *d, const struct inotify_event *event, char *name, size_t size)
{
	const char *below = NULL;

	if (event->wd != d->watch &&
		!(below = rdb_subdirectories_path(&d->subdirectories, event->wd)))
		return false; /* the directory is no longer watched */
	if (d->only && strcmp(event->name, d->only) != 0)
		return false;
	return snprintf(name, size, "%s%s%s", below ? below : "", below ? "/" : "", event->name) <
	       (int)size;
}

static void handle_name(struct watcher *w, uint32_t mask, const char *name)
{
	struct rdb_directory *d = w->d;
	bool folder = mask & IN_ISDIR;

	w->tree_changed |= folder && d->recursive && !(mask & IN_ATTRIB);
	if (mask & (IN_CREATE | IN_MODIFY))
		rdb_directory_opened(d, name, folder);
	else if (mask & IN_CLOSE_WRITE)
		rdb_directory_closed(d, name);
	else if (mask & IN_MOVED_TO)
		rdb_directory_arrived(d, name, folder);
	else if (mask & IN_ATTRIB)
		rdb_directory_touched(d, name);
	else
		rdb_directory_left(d, name);
}

static void handle(struct watcher *w, const struct inotify_event *event)
{
	struct rdb_directory *d = w->d;
	char name[PATH_MAX];
	const char *gone;

	if (event->mask & IN_Q_OVERFLOW)
		w->overflow = true;
	if (w->gone)
		return;
	gone = event->wd == d->watch ? whole_directory(event->mask) : NULL;
	if (gone)
		w->gone = gone;
	else if (event->len > 0 && name_of(d, event, name, sizeof(name)))
		handle_name(w, event->mask, name);
}

/* Reads and handles the inotify events that have arrived. Limits the number of reads, so that a
 * program that writes all the time cannot delay the listing. */
static void read_events(struct watcher *w)
{
	_Alignas(struct inotify_event) char buf[64 * 1024];
	ssize_t len = 1;

	for (int i = 0; i < READS_MAX && len > 0; i++) {
		len = read(w->d->inotify, buf, sizeof(buf));
		for (ssize_t at = 0; at < len;) {
			const struct inotify_event *event = (const void *)(buf + at);
			handle(w, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
}

/* ---- the directory itself ---- */

static void report_change(struct watcher *w)
{
	w->d->changed(w->d->changed_arg);
}

static void lose(struct watcher *w, const struct rdb_err *err)
{
	rdb_log_error("%s", err->text);
	rdb_directory_lose(w->d, err);
	w->gone = NULL;
	w->next_check = rdb_wait_now() + CHECK_MS;
	report_change(w);
}

static void directory_gone(struct watcher *w)
{
	struct rdb_err err;

	rdb_err_set(&err, EIO,
		"%s, the folder of backups, %s; backups are shown again when it returns",
		w->d->path, w->gone);
	lose(w, &err);
}

static void scan(struct watcher *w)
{
	struct rdb_err err;

	if (w->overflow)
		rdb_directory_distrust(w->d);
	w->overflow = w->tree_changed = false;
	if (rdb_directory_scan(w->d, &err) != 0)
		lose(w, &err);
}

static void try_attach(struct watcher *w)
{
	struct rdb_err err;

	if (rdb_directory_attach(w->d, &err) != 0)
		return;
	rdb_log_info("%s, the folder of backups, is available again", w->d->path);
	report_change(w);
}

static bool scan_is_due(const struct rdb_directory *d, const struct stat *st)
{
	bool blind = d->inotify < 0 || d->watch < 0;

	if (!blind && !d->remote)
		return false;
	return !rdb_directory_same_time(&st->st_mtim, &d->mtime) ||
	       rdb_wait_now() - d->scanned >= (d->remote ? POLL_REMOTE_MS : POLL_MS);
}

/* Returns true if the path of the watched directory now leads to a different directory, for example
 * after a mount. *st contains the attributes of the directory that rdbfs has open. */
static bool is_elsewhere(const struct rdb_directory *d, const struct stat *st)
{
	struct stat now;

	return stat(d->path, &now) == 0 && S_ISDIR(now.st_mode) &&
	       (now.st_dev != st->st_dev || now.st_ino != st->st_ino);
}

static void follow_path(struct watcher *w)
{
	struct rdb_err err;

	rdb_log_info("%s is another folder now: its backups are shown", w->d->path);
	rdb_err_set(
		&err, EIO, "%s, the folder of backups, was replaced by another folder", w->d->path);
	rdb_directory_lose(w->d, &err);
	if (rdb_directory_attach(w->d, &err) != 0)
		rdb_log_error("%s", err.text);
	report_change(w);
}

/* Checks whether the watched directory was removed, replaced or created again, because inotify
 * reports no removal while rdbfs has the directory open. Also starts a due scan. */
static void check_directory(struct watcher *w)
{
	struct rdb_directory *d = w->d;
	struct rdb_err err;
	struct stat st;

	w->next_check = rdb_wait_now() + CHECK_MS;
	if (!d->dir) {
		try_attach(w);
	} else if (fstat(d->dir->fd, &st) != 0) {
		rdb_err_sys(&err, EIO, "%s, the folder of backups, can't be read", d->path);
		lose(w, &err);
	} else if (st.st_nlink == 0) {
		w->gone = "has been removed";
		directory_gone(w);
	} else if (is_elsewhere(d, &st)) {
		follow_path(w);
	} else {
		bool due = scan_is_due(d, &st);
		if (due)
			scan(w);
		if (d->dir && (due || !d->remote))
			rdb_directory_look_into_folders(d);
	}
}

/* ---- files whose entries may be outdated ---- */

/* Updates the entry of the file "name". If another file has replaced the file, first waits up to 20
 * ms for inotify's event, because the event shows whether the new file is complete. */
static void recheck(struct watcher *w, const char *name)
{
	struct pollfd events = {.fd = w->d->inotify, .events = POLLIN};

	for (int i = 0; !rdb_directory_recheck(w->d, name, i == RECHECKS); i++) {
		poll(&events, 1, RECHECK_MS);
		read_events(w);
	}
}

/* Checks the suspects: files that may have changed without an inotify event. Returns true if the
 * list of suspects is incomplete. The caller must then scan all files. */
static bool recheck_suspects(struct watcher *w)
{
	struct rdb_directory *d = w->d;
	struct rdb_suspects suspects;

	pthread_mutex_lock(&d->lock);
	suspects = d->suspects;
	d->suspects.count = 0;
	d->suspects.all = false;
	pthread_mutex_unlock(&d->lock);
	for (size_t i = 0; i < suspects.count; i++) {
		recheck(w, suspects.names[i]);
		free(suspects.names[i]);
	}
	w->asked = suspects.asked;
	return suspects.all;
}

static void answer_suspicions(struct watcher *w)
{
	struct rdb_directory *d = w->d;

	pthread_mutex_lock(&d->lock);
	if (d->answered != w->asked) {
		d->answered = w->asked;
		pthread_cond_broadcast(&d->outcome);
	}
	pthread_mutex_unlock(&d->lock);
}

/* ---- the thread ---- */

static void publish(struct watcher *w)
{
	int64_t start = rdb_wait_now();
	struct rdb_err err;

	if (rdb_directory_publish(w->d, &err) != 0) {
		rdb_log_error("%s", err.text);
		return; /* the next check publishes again */
	}
	report_change(w);
	w->published = rdb_wait_now();
	w->publish_costs = w->published - start;
}

/* Returns the ms until the next listing may be published. */
static int window(const struct watcher *w)
{
	int64_t ms = 4 * w->publish_costs;

	ms = ms < COALESCE_MS ? COALESCE_MS : ms > COALESCE_MAX_MS ? COALESCE_MAX_MS : ms;
	ms -= rdb_wait_now() - w->published;
	return ms > 0 ? (int)ms : 0;
}

static int time_left(int64_t until)
{
	int64_t left = until - rdb_wait_now();

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Waits until an event arrives, the thread is woken, or the time "until" is reached. After an
 * event, waits a little longer, so that several changes of the directory cause only one new
 * listing. */
static void wait_for_events(struct watcher *w, int64_t until)
{
	struct pollfd fds[] = {
		{.fd = w->d->wake, .events = POLLIN},
		{.fd = w->d->inotify, .events = POLLIN},
	};
	uint64_t count;

	poll(fds, 2, time_left(until));
	if (fds[1].revents)
		poll(fds, 1, window(w));
	if (fds[0].revents && read(w->d->wake, &count, sizeof(count)) < 0)
		rdb_log_debug("%s: woken for nothing", w->d->path);
}

/* Handles the events that have arrived, does the checks that are due, and publishes the listing if
 * it has changed. Returns the time of the next check, in ms of the monotonic clock. */
static int64_t work(struct watcher *w)
{
	struct rdb_directory *d = w->d;
	int64_t next;

	read_events(w);
	if (w->gone)
		directory_gone(w);
	if (d->dir && (recheck_suspects(w) || w->overflow || w->tree_changed))
		scan(w);
	if (rdb_wait_now() >= w->next_check)
		check_directory(w);
	next = d->dir ? rdb_directory_look(d) : INT64_MAX;
	if (d->dir && d->table.changed)
		publish(w);
	answer_suspicions(w);
	return next < w->next_check ? next : w->next_check;
}

void *rdb_directory_watch(void *arg)
{
	struct watcher w = {.d = arg};
	int64_t next;

	pthread_setname_np(pthread_self(), "rdbfs-store");
	while (!atomic_load(&w.d->stopping)) {
		next = work(&w);
		if (!atomic_load(&w.d->stopping))
			wait_for_events(&w, next);
	}
	return NULL;
}
