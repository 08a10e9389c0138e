/* Internals of a directory store. directory.c has the operations, directory_entry.c and
 * directory_removal.c those on entries. The thread in watch.c follows changes: it examines files in
 * scans (directory_scan.c), after events (directory_events.c) and while they are incomplete
 * (directory_wait.c). */
#ifndef RDB_DIRECTORY_DIRECTORY_PRIVATE_H
#define RDB_DIRECTORY_DIRECTORY_PRIVATE_H

#include "directory/directory.h"
#include "directory/subdirectories.h"
#include "store/file_table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define RDB_SUSPECTS_MAX 16

/* An open directory with a reference count. */
struct rdb_dir {
	atomic_uint refs;
	int fd;
};

/* Names of files that may have changed although inotify has not reported this. The watching thread
 * must check these files. */
struct rdb_suspects {
	char *names[RDB_SUSPECTS_MAX];
	size_t count;
	bool all;       /* names are missing in the list, so check all files */
	uint64_t asked; /* number of checks requested so far */
};

struct rdb_directory {
	struct rdb_store store;
	char *path; /* absolute path of the directory */
	bool create_only;
	bool recursive;
	char *only;  /* name of the store's only file or folder; NULL for all */
	char *whole; /* path of the only file or folder; NULL for all */

	pthread_mutex_t lock; /* guards the fields below; held only for moments */
	struct rdb_dir *dir;
	const struct rdb_listing *listing; /* NULL while the directory is missing */
	struct rdb_err lost;               /* error that list() returns; code 0 if none */
	struct rdb_suspects suspects;
	uint64_t answered;      /* number of the last check whose result is in the listing */
	pthread_cond_t outcome; /* signalled when the field answered increases */

	/* The thread that opens the store uses the fields below until it has started the watching
	 * thread. Afterwards only the watching thread uses them. */
	struct rdb_file_table table;
	int inotify; /* descriptor; -1 if unavailable, then the directory is polled */
	int watch;   /* inotify watch of the directory; -1 if none */
	struct rdb_subdirectories subdirectories;
	atomic_bool remote;    /* the file system may change without inotify events */
	struct timespec mtime; /* mtime of the directory at the last scan */
	int64_t scanned;       /* time of the last scan, in ms of the monotonic clock */
	size_t next_folder;    /* index in the table where the next check of folders begins */

	pthread_t thread;
	atomic_bool watched;
	int wake; /* eventfd; wakes the thread after stopping or suspects were set */
	atomic_bool stopping;
	rdb_store_changed changed;
	void *changed_arg;
};

/* Opens a store whose only entry is the backup at the path "path". The backup is an archive with
 * any name, or a folder that rethinkdb export wrote. Returns 0, or an error of rdb_store_open(). */
int rdb_directory_single(const char *path, struct rdb_store **out, struct rdb_err *err);

/* ---- the open directory ---- */

/* Stores in *out a reference to the open directory. The caller must release the reference with
 * rdb_directory_release(). Returns 0, or -EIO if the directory is not open. */
int rdb_directory_hold(struct rdb_directory *d, struct rdb_dir **out, struct rdb_err *err);
void rdb_directory_release(struct rdb_dir *dir);

void rdb_directory_wake(struct rdb_directory *d);

/* inotify events requested for the directory and its subdirectories. */
#define RDB_DIRECTORY_EVENTS                                                                       \
	(IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |        \
		IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

/* Adds an inotify watch for the open folder fd. If the folder was renamed after it was opened,
 * watches the renamed folder. Returns the watch descriptor, or -1 with errno. */
int rdb_directory_add_watch(const struct rdb_directory *d, int fd);

/* Opens, watches and scans the directory at d->path. Returns 0, or an error of
 * rdb_store_directory(). */
int rdb_directory_attach(struct rdb_directory *d, struct rdb_err *err);

/* Closes a directory that has disappeared. Until rdb_directory_attach() succeeds, rdb_store_list()
 * returns the error *err. */
void rdb_directory_lose(struct rdb_directory *d, const struct rdb_err *err);

/* Reads the directory and updates the table of its files (d->table) accordingly. Returns 0, -EIO or
 * -ENOMEM. */
int rdb_directory_scan(struct rdb_directory *d, struct rdb_err *err);

/* ---- entries and their files ---- */

/* The five functions below are the operations "check", "open", "copied", "open_folder" and "remove"
 * of a directory store (struct rdb_store_ops). */
int rdb_directory_check(struct rdb_store *store, const struct rdb_entry *entry);
int rdb_directory_open(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err);
int rdb_directory_copied(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out);
int rdb_directory_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *dirfd, struct rdb_err *err);
int rdb_directory_remove(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);

/* Always returns -ESTALE. Stores in *err that the entry's file was replaced or removed, and asks
 * the watching thread to check the file. */
int rdb_directory_stale(
	struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err);

/* Checks that a folder still has the content that the entry describes. dirfd is the store's
 * directory. Returns 0, -ESTALE if the folder was changed or removed, or an error of open(). */
int rdb_directory_check_folder(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err);

static inline bool rdb_directory_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Opens a file for reading. Waits while another process holds a conflicting lease on the file, but
 * does not wait for a FIFO. Follows a symbolic link if "link" is true. Returns the descriptor, or
 * -1 with errno. */
int rdb_directory_open_file(int dirfd, const char *path, bool link);

/* Stores the attributes of the regular file "path" in *st. If "path" is a symbolic link and the
 * link's owner is trusted, follows the link, and sets *link to true. Otherwise, sets *link to
 * false. Returns 0, -EINVAL for any other file or link, or an error of fstatat(). */
int rdb_directory_stat(
	const struct rdb_directory *d, const char *path, struct stat *st, bool *link);

/* Returns NULL if the file is a backup, or else a static text that says why the file is not listed.
 * The file must be complete, because the function may read the file. */
const char *rdb_directory_refuse(const struct rdb_directory *d, const struct rdb_listed_file *file);

/* Creates a listing of the complete files in the store's directory, and makes this listing the
 * current listing of the store. Leaves out files that are still being written. Returns 0 or
 * -ENOMEM. */
int rdb_directory_publish(struct rdb_directory *d, struct rdb_err *err);

/* ---- updates of d->table (the list of files and folders) after an inotify event ---- */

/* Called after the file or folder "name" was created, or the file was written to. Marks the file or
 * folder as being written. */
void rdb_directory_opened(struct rdb_directory *d, const char *name, bool folder);
/* Called after a writer has closed the file "name". Marks the file as complete, unless another
 * writer still has the file open. */
void rdb_directory_closed(struct rdb_directory *d, const char *name);
/* Called after a file or folder was renamed to "name". Adds the file or folder to d->table. */
void rdb_directory_arrived(struct rdb_directory *d, const char *name, bool folder);
/* Called after the times, mode or number of hard links of the file or folder "name" have
 * changed. Updates or removes the entry in d->table. Ignores a file that is still being written. */
void rdb_directory_touched(struct rdb_directory *d, const char *name);
/* Called after the file or folder "name" was removed or renamed. Removes it from d->table. */
void rdb_directory_left(struct rdb_directory *d, const char *name);

/* ---- checks without an event ---- */

/* Treats all files as closed. Called after the kernel has dropped events, because the dropped
 * events may have reported that files were closed. */
void rdb_directory_distrust(struct rdb_directory *d);

/* Checks the next 32 folders and links of the listing for changes that inotify does not report.
 * Hides a changed folder or link until rdb_directory_look() finds that the changes have stopped. */
void rdb_directory_look_into_folders(struct rdb_directory *d);

/* Examines the unfinished files whose check is due. Returns the time of the next check, or
 * INT64_MAX if there are no unfinished files. */
int64_t rdb_directory_look(struct rdb_directory *d);

/* Updates the listing's entry "name", which may be outdated. Returns false, without an update, if
 * another file has replaced the archive. The caller then waits for inotify's event and calls again.
 * If "last" is true, always updates the entry and returns true. */
bool rdb_directory_recheck(struct rdb_directory *d, const char *name, bool last);

/* Main function of the watching thread. arg is the struct rdb_directory. */
void *rdb_directory_watch(void *arg);

#endif
