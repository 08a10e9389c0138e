/*
 * Internals of a directory store, shared by directory.c (life and operations), directory_root.c
 * (the open directory), directory_entry.c and directory_removal.c (entries and their files),
 * directory_scan.c, directory_events.c and directory_wait.c (content of the directory: all of it,
 * what events report, incomplete files) and watch.c (the thread that follows changes).
 */
#ifndef RDB_STORE_DIRECTORY_H
#define RDB_STORE_DIRECTORY_H

#include "store/file_table.h"
#include "store/subdirectories.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define RDB_SUSPECTS_MAX 16

/* An open directory; closed with its last reference. */
struct rdb_dir {
	atomic_uint refs;
	int fd;
};

/* Names of files that differ from the listing, for the watching thread to look at. */
struct rdb_suspects {
	char *names[RDB_SUSPECTS_MAX];
	size_t count;
	bool all;       /* too many, or out of memory: look at all files */
	uint64_t asked; /* number of requests so far */
};

struct rdb_directory {
	struct rdb_store store;
	char *path; /* absolute path of the directory */
	bool create_only;
	bool recursive;
	char *only;  /* the only file or folder that counts; NULL: all */
	char *whole; /* path of that file or folder; NULL: all */

	pthread_mutex_t lock; /* guards the fields below; held for a reference or a copy */
	struct rdb_dir *dir;
	const struct rdb_listing *listing; /* NULL while lost */
	struct rdb_err lost;               /* error that list returns; code 0: none */
	struct rdb_suspects suspects;
	uint64_t answered;      /* value of suspects.asked that the listing takes into account */
	pthread_cond_t outcome; /* answered has increased */

	/* The fields below belong to the watching thread; before it is started, to the opener. */
	struct rdb_file_table table;
	int inotify; /* inotify's descriptor; -1: not available, so the directory is polled */
	int watch;   /* -1: none */
	struct rdb_subdirectories subdirectories;
	atomic_bool remote;    /* other machines may write, without events from inotify */
	struct timespec mtime; /* mtime of the directory at the last scan */
	int64_t scanned;       /* time of the last scan, ms of the monotonic clock */
	size_t next_folder;    /* index in the table where the next check of folders begins */

	pthread_t thread;
	atomic_bool watched;
	int wake; /* eventfd: stopping was set, or suspects were added */
	atomic_bool stopping;
	rdb_store_changed changed;
	void *changed_arg;
};

/* ---- the open directory ---- */

/* Returns a reference to the open directory in *out, or why it is not open: -EIO. */
int rdb_directory_hold(struct rdb_directory *d, struct rdb_dir **out, struct rdb_err *err);
void rdb_directory_release(struct rdb_dir *dir);

/* Wakes the watching thread. */
void rdb_directory_wake(struct rdb_directory *d);

int64_t rdb_directory_now(void); /* Returns the monotonic clock in ms. */

/* Events requested from inotify, for the directory and those below. */
#define RDB_DIRECTORY_EVENTS                                                                       \
	(IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |        \
		IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

/* Watches an open folder through its descriptor, so that it is watched even if its name moves.
 * Returns the watch, or -1 with errno. */
int rdb_directory_add_watch(const struct rdb_directory *d, int fd);

/* Opens the directory at the path, watches and scans it. Returns 0, or an error of
 * rdb_store_directory(). */
int rdb_directory_attach(struct rdb_directory *d, struct rdb_err *err);

/* Closes a directory that has disappeared: list fails with err from now on. */
void rdb_directory_lose(struct rdb_directory *d, const struct rdb_err *err);

/* Reads the directory and updates the table. Returns 0, -EIO or -ENOMEM. */
int rdb_directory_scan(struct rdb_directory *d, struct rdb_err *err);

/* ---- entries and their files ---- */

/* As the functions of struct rdb_store_ops. */
int rdb_directory_check(struct rdb_store *store, const struct rdb_entry *entry);
int rdb_directory_open(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err);
int rdb_directory_copied(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out);
int rdb_directory_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *dirfd, struct rdb_err *err);
int rdb_directory_remove(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);

/* Sets the error that the file of an entry differs, and has it checked soon. Returns -ESTALE. */
int rdb_directory_stale(
	struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err);

/* Compares an entry with its folder. Returns 0, or an error of the open operation. */
int rdb_directory_check_folder(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err);

static inline bool rdb_directory_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Opens a file for reading. Never waits for a pipe that replaced it; waits for a lease to be
 * broken. link: follow a symbolic link. Returns the descriptor, or -1 with errno. */
int rdb_directory_open_file(int dirfd, const char *path, bool link);

/* Does stat() of a regular file, also through a symbolic link that may be trusted. Returns 0,
 * -EINVAL: not a regular file, or the errno of fstatat(). */
int rdb_directory_stat(
	const struct rdb_directory *d, const char *path, struct stat *st, bool *link);

/* Returns the reason why a complete file is not listed, static text; NULL: it is a backup. May read
 * the file. */
const char *rdb_directory_refuse(const struct rdb_directory *d, const struct rdb_listed_file *file);

/* Makes the table the listing. Returns 0 or -ENOMEM. */
int rdb_directory_publish(struct rdb_directory *d, struct rdb_err *err);

/*
 * Handle the events of one name: created or written to, closed by a writer, renamed to this name,
 * changed in times, links or modes, removed or renamed away.
 */
void rdb_directory_opened(struct rdb_directory *d, const char *name, bool folder);
void rdb_directory_closed(struct rdb_directory *d, const char *name);
void rdb_directory_arrived(struct rdb_directory *d, const char *name, bool folder);
void rdb_directory_touched(struct rdb_directory *d, const char *name);
void rdb_directory_left(struct rdb_directory *d, const char *name);

/* Handles the loss of events: does not wait any more for closes that may have been among them. */
void rdb_directory_distrust(struct rdb_directory *d);

/* Checks complete folders, a limited number at a time: no event reports changes inside them. A
 * folder that differs is hidden until it is still, and is then a new entry. */
void rdb_directory_look_into_folders(struct rdb_directory *d);

/*
 * Checks the incomplete files that are due. Returns the time of the next check, INT64_MAX: none.
 */
int64_t rdb_directory_look(struct rdb_directory *d);

/*
 * Checks a file that may differ from the listing although no event reported it. Returns false,
 * without having done anything, if another file has the name now and the event that shows whether
 * that file is complete is still expected. last: do not rely on that event.
 */
bool rdb_directory_recheck(struct rdb_directory *d, const char *name, bool last);

/* Main function of the watching thread. arg: the struct rdb_directory. */
void *rdb_directory_watch(void *arg);

#endif
