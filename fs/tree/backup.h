/*
 * The backups in use. Each version of a backup, that is each entry of the store, has one object.
 * The backup's archive is opened when its content is needed. The archive stays open while it is in
 * use, and for some time afterwards. Requests for content that is not yet known wait in the
 * object's queue.
 *
 * All functions are thread-safe. Only rdb_backups_destroy() and rdb_backup_open_wait() wait,
 * because tasks of the pool open and close the archives. No function of an archive is called while
 * the lock is held.
 */
#ifndef RDB_TREE_BACKUP_H
#define RDB_TREE_BACKUP_H

#include "archive/archive.h"
#include "base/pool.h"
#include "base/queue.h"
#include "job/types.h"
#include "mount/request_queue.h"
#include "store/store.h"

#include <stdatomic.h>

struct rdb_backups;
struct rdb_opened;
struct rdb_known;

enum rdb_backup_phase { RDB_BACKUP_CLOSED, RDB_BACKUP_OPENING, RDB_BACKUP_OPEN };

struct rdb_backup {
	/* The fields from "all" to "dated" do not change after the creation of the backup. */
	struct rdb_backups *all;
	uint64_t id;
	char *name, *file;
	enum rdb_entry_kind kind;
	struct timespec mtime;
	time_t taken; /* time in the file's name, else the file's modification time */
	bool dated;   /* "taken" is the time in the file's name */

	/* size of the archive in bytes; 0 for a folder, and for a remote archive of unknown size
	 * until the archive is first opened. Set once. */
	_Atomic uint64_t size;
	atomic_uint held; /* number of reads that wait until the scan has verified the archive */

	/* The lock of struct rdb_backups guards the following fields. */
	unsigned refs;  /* number of references */
	unsigned users; /* references that keep the archive open; counted in "refs" too */
	unsigned nodes; /* users that are nodes known to the kernel */
	enum rdb_backup_phase phase;
	struct rdb_opened *opened;  /* the open archive, if phase is RDB_BACKUP_OPEN */
	uint64_t opening;           /* number of openings begun so far */
	struct rdb_pool_task retry; /* repeats an opening for which no descriptor was free */
	unsigned retries;
	int open_error;          /* negative errno of the last opening */
	struct rdb_known *known; /* data kept while the archive is closed; may be NULL */
	time_t top_time;         /* time in the name of the folder in the archive; 0 if unknown */
	bool gone;               /* the store no longer lists the backup */
	bool logged_damaged;     /* it was logged that this damaged backup is not "latest" */
	bool retired;            /* "gone", and the archive's source is or will be closed */
	bool kept;               /* the backup has a reference to itself, so that facts are kept */
	bool sweeping;           /* the task "sweep" is queued or running */
	struct rdb_pool_task sweep;     /* task that attempts the waiting requests again */
	struct rdb_request_queue waits; /* requests for content that is not known yet */
	TAILQ_ENTRY(rdb_backup) idle;   /* link in the list of open archives without users */
	TAILQ_ENTRY(rdb_backup) recent; /* link in the list of open archives, last used last */
	struct rdb_backup *next;        /* next backup with the same hash value */
};

struct rdb_backups_config {
	struct rdb_store *store;
	struct rdb_archive_env *archives;
	struct rdb_types *types;
	struct rdb_pool *pool; /* for tasks that open, close and reply; outlives the backups */
	/* File descriptors that archives may use. Each open archive needs two: one for itself and
	 * one for its index. */
	size_t descriptors;
	/* opened() is called after a backup's archive was opened. ended() is called when the scan
	 * of the archive has ended. If the archive cannot be opened, only ended() is called. Both
	 * are called on the threads of the pool. */
	void (*opened)(void *arg, struct rdb_backup *backup);
	void (*ended)(void *arg, struct rdb_backup *backup);
	/* Called by a task when too many archives are open. The callback asks the kernel to forget
	 * the nodes of the backup, so that the backup's archive can be closed. */
	void (*crowded)(void *arg, struct rdb_backup *backup);
	void *arg;
};

/* Creates the collection of all backups, which is empty at first. Returns 0 or -ENOMEM. */
int rdb_backups_create(const struct rdb_backups_config *config, struct rdb_backups **out);

/* Answers all waiting requests with ENOTCONN. Afterwards no archive is opened and no task is
 * started, so the caller can destroy the pool. */
void rdb_backups_stop(struct rdb_backups *all);

/* Closes the open archives, and frees the backups. Called after rdb_backups_stop(), when no
 * reference to a backup is left. */
void rdb_backups_destroy(struct rdb_backups *all);

/* Stores the backup of an entry in *out, with a reference that the caller must release with
 * rdb_backup_unref(). Returns 0 or -ENOMEM. */
int rdb_backups_get(
	struct rdb_backups *all, const struct rdb_entry *entry, struct rdb_backup **out);

/* Returns the backup with this id, with a reference that the caller must release with
 * rdb_backup_unref(). Returns NULL if no part of the program uses the backup. */
struct rdb_backup *rdb_backups_find(struct rdb_backups *all, uint64_t id);

/*
 * Must be called after the listing has changed. Marks the backups that the listing lacks as gone,
 * and calls vanished() for each of these backups. If listing is NULL because the store is
 * unreadable, calls vanished() for every backup, but marks none. Returns 0, or -ENOMEM if nothing
 * was done.
 */
int rdb_backups_changed(struct rdb_backups *all, const struct rdb_listing *listing,
	void (*vanished)(void *arg, struct rdb_backup *backup), void *arg);

struct rdb_backup *rdb_backup_ref(struct rdb_backup *backup);
void rdb_backup_unref(struct rdb_backup *backup);

/* Adds a reference to the backup. While the caller has this reference, an open archive of the
 * backup is not closed. */
void rdb_backup_use(struct rdb_backup *backup);
void rdb_backup_unuse(struct rdb_backup *backup);

/* Adds a reference to the backup, which a node holds as long as the kernel knows the node. If a
 * backup is no longer in the store's listing, and has only references of this kind, the archive's
 * source is closed to free its disk space. Reading from these nodes then fails with EIO. */
void rdb_backup_use_node(struct rdb_backup *backup);
void rdb_backup_unuse_node(struct rdb_backup *backup);

/*
 * Stores a backup's archive in *out, valid until rdb_backup_unuse(). The caller has called
 * rdb_backup_use(). Starts to open an archive that is closed. Returns 0, -ENOTCONN if the mount is
 * ending, -ENOMEM, the error with which the archive could not be opened, or -EAGAIN while a task
 * opens the archive. After -EAGAIN, the caller waits in the queue backup->waits, and calls
 * again with the same ticket. *ticket is 0 before the first call; only this function changes
 * *ticket, to the number of the attempt to open the archive. If this attempt has failed, the next
 * call returns the attempt's error, and starts no other attempt.
 */
int rdb_backup_open(struct rdb_backup *backup, uint64_t *ticket, struct rdb_archive **out);

/* Stores the archive of a backup in *out. Waits until the archive is open. Returns 0 or an error of
 * rdb_backup_open(), but never -EAGAIN. */
int rdb_backup_open_wait(struct rdb_backup *backup, struct rdb_archive **out);

/* Returns the archive of a backup, or NULL if the archive is not open. */
struct rdb_archive *rdb_backup_archive(struct rdb_backup *backup);

/* Stores in *out what is known about a backup's archive: its state, counts, error and so on. If the
 * archive is closed, this is what was known when it was closed. */
void rdb_backup_facts(struct rdb_backup *backup, struct rdb_archive_facts *out);

/* Returns true if the state and the counts of the backup are final, because the scan of its archive
 * has ended or the archive could not be opened. */
bool rdb_backup_ended(struct rdb_backup *backup);

/* rdb_backup_is_gone() returns true if the store no longer lists this version of the backup.
 * rdb_backup_is_retired() returns true if, in addition, the file or connection from which the
 * archive is read was closed, so that reads fail. */
bool rdb_backup_is_gone(struct rdb_backup *backup);
bool rdb_backup_is_retired(struct rdb_backup *backup);

/* Returns the time at which the backup was taken. This is the time in the file's name. If the
 * file's name has no time, this is the time in the name of the archive's top folder. If the top
 * folder's name has no time, or is not known yet, this is the file's modification time. */
time_t rdb_backup_taken(struct rdb_backup *backup);

/*
 * Returns the newest entry that is not known to be damaged, or NULL if there is none. The entry is
 * valid as long as the listing. Logs each damaged backup that is newer, but only once.
 */
const struct rdb_entry *rdb_backups_latest(
	struct rdb_backups *all, const struct rdb_listing *listing);

/* Stores the type of the backup in the array, for example "imported", "on-demand" or "daily". */
void rdb_backup_type(struct rdb_backup *backup, char type[RDB_TYPE_MAX]);

#endif
