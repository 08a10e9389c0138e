/*
 * The insides of a directory store, shared by directory.c (what callers use), scan.c (what is
 * in the directory) and watch.c (the thread that follows changes).
 */
#ifndef RDB_STORE_DIRECTORY_H
#define RDB_STORE_DIRECTORY_H

#include "store/subdirectories.h"
#include "store/table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define RDB_SUSPECTS_MAX 16

/* An open directory, kept as long as somebody works in it. */
struct rdb_dir {
	atomic_uint refs;
	int fd;
};

/* Names of files that were found to differ from the listing, for the watching thread to look at. */
struct rdb_suspects {
	char *names[RDB_SUSPECTS_MAX];
	size_t count;
	bool all;       /* more than fit, or memory was short: look at all */
	uint64_t asked; /* suspicions so far */
};

struct rdb_directory {
	struct rdb_store store;
	char *path; /* absolute */
	bool create_only;
	bool recursive;
	char *only;  /* the one file or folder that counts; NULL: all */
	char *whole; /* its path; NULL: all count */

	pthread_mutex_t lock; /* guards what follows; held for a reference or a copy */
	struct rdb_dir *dir;
	const struct rdb_listing *listing; /* NULL while lost */
	struct rdb_err lost;               /* why list fails; code 0: it doesn't */
	struct rdb_suspects suspects;
	uint64_t answered;      /* suspicions that the listing has the outcome of */
	pthread_cond_t outcome; /* answered was raised */

	/* The rest belongs to the watching thread; before there is one, to the opener. */
	struct rdb_table table;
	int inotify; /* -1: none to be had, so the directory is polled */
	int watch;   /* -1: none */
	struct rdb_subdirectories subdirectories;
	atomic_bool remote;    /* other machines may write, of which inotify doesn't tell */
	struct timespec mtime; /* of the directory, at the last scan */
	int64_t scanned;       /* ms of the monotonic clock: the last scan */
	size_t next_folder;    /* of the table: where the next look into folders begins */

	pthread_t thread;
	atomic_bool watched;
	int wake; /* eventfd: stopping was set, or there are suspects */
	atomic_bool stopping;
	rdb_store_changed changed;
	void *changed_arg;
};

int64_t rdb_directory_now(void); /* ms of the monotonic clock */

/* What inotify is asked for, of the directory and of those below. */
#define RDB_DIRECTORY_EVENTS                                                                       \
	(IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |        \
		IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

/* Watches an open folder through its descriptor. The watch, or -1 with errno. */
int rdb_directory_add_watch(const struct rdb_directory *d, int fd);

/* Opens the directory at the path, watches and scans it. 0, or as rdb_store_directory(). */
int rdb_directory_attach(struct rdb_directory *d, struct rdb_err *err);

/* Lets go of a directory that is gone: list fails with err from now on. */
void rdb_directory_lose(struct rdb_directory *d, const struct rdb_err *err);

/* Reads the directory and brings the table up to date. 0, -EIO, -ENOMEM. */
int rdb_directory_scan(struct rdb_directory *d, struct rdb_err *err);

/* Opens a file for reading. Never waits for a pipe that took its place; does for a lease that must
 * be broken. link: follow it if it is a symbolic link. The descriptor or -1 with errno. */
int rdb_directory_open_file(int dirfd, const char *path, bool link);

/* A regular file, also through a symbolic link that may be trusted. 0, -EINVAL: it is none;
 * fstatat's errno. */
int rdb_directory_stat(
	const struct rdb_directory *d, const char *path, struct stat *st, bool *link);

/* Why a complete file is passed over; static text; NULL: it is a backup. May read it. */
const char *rdb_directory_refuse(const struct rdb_directory *d, const struct rdb_file *file);

/* Makes the table's present state the listing. 0 or -ENOMEM. */
int rdb_directory_publish(struct rdb_directory *d, struct rdb_err *err);

/*
 * What events tell of one name: it was created or written to, closed by a writer, renamed to
 * this, changed in its times, links or modes, removed or renamed to another.
 */
void rdb_directory_opened(struct rdb_directory *d, const char *name, bool folder);
void rdb_directory_closed(struct rdb_directory *d, const char *name);
void rdb_directory_arrived(struct rdb_directory *d, const char *name, bool folder);
void rdb_directory_touched(struct rdb_directory *d, const char *name);
void rdb_directory_left(struct rdb_directory *d, const char *name);

/* Events were lost: no close is waited for that may have been among them. */
void rdb_directory_distrust(struct rdb_directory *d);

/* Looks into complete folders, so many at a time: events tell nothing of what changes in them. One
 * that differs is hidden until it is still, and then another entry. */
void rdb_directory_look_into_folders(struct rdb_directory *d);

/*
 * Looks again at the incomplete files whose time has come. The time when the next one's comes,
 * INT64_MAX: none.
 */
int64_t rdb_directory_look(struct rdb_directory *d);

/*
 * Looks at a file that no event told of, though it may differ from the listing. false: another
 * file has the name now, and the event that says whether it is complete is to come (nothing was
 * done). last: do not rely on that event.
 */
bool rdb_directory_recheck(struct rdb_directory *d, const char *name, bool last);

/* The watching thread. arg: the struct rdb_directory. */
void *rdb_directory_watch(void *arg);

#endif
