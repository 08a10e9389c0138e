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
#ifndef RDB_BACKUP_BACKUP_H
#define RDB_BACKUP_BACKUP_H

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
	/* The fields from "all" to "dated" are set when this struct is created, and do not change
	 * later. */
	struct rdb_backups *all;
	uint64_t id;
	char *name, *file;
	enum rdb_entry_kind kind;
	struct timespec mtime;
	time_t taken; /* time in the file's name, else the file's modification time */
	bool dated;   /* "taken" is from the file's name, or stated by a service */

	/* Size of the archive in bytes. 0 for a folder, and for a remote archive until its size is
	 * known. Set once. */
	_Atomic uint64_t size;
	atomic_uint held; /* number of reads that wait until the scan has verified the archive */

	/* The next two fields change only while the lock of struct rdb_backups is held. Any thread
	 * may read these two fields without the lock. */
	atomic_bool gone;    /* the store no longer lists the backup */
	atomic_bool retired; /* "gone", and the archive's source is or will be closed */

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
	time_t own_time;         /* time that the archive itself gives; 0 if unknown */
	bool logged_damaged;     /* it was logged that this damaged backup is not "latest" */
	bool kept;               /* the backup has a reference to itself, so that "known" is kept */
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
	/* Called on a thread of the pool after a backup's archive was opened. */
	void (*opened)(void *arg, struct rdb_backup *backup);
	/* Called on a thread of the pool when the archive's scan has ended, or the archive could
	 * not be opened. */
	void (*ended)(void *arg, struct rdb_backup *backup);
	/* Called by a task when too many archives are open. Asks the kernel to forget the backup's
	 * nodes, so that the archive can be closed. */
	void (*crowded)(void *arg, struct rdb_backup *backup);
	void *arg;
};

/* Creates the collection of all backups, which is empty at first. Returns 0 or -ENOMEM. */
int rdb_backups_create(const struct rdb_backups_config *config, struct rdb_backups **out);

/* Answers all waiting requests with ENOTCONN, and prevents the backups from starting further tasks.
 * After this call, the caller can destroy the thread pool that runs the backups' tasks. */
void rdb_backups_stop(struct rdb_backups *all);

/* Closes the open archives, and frees the backups. Called after rdb_backups_stop(), when no
 * reference to a backup is left. */
void rdb_backups_destroy(struct rdb_backups *all);

/* Finds or creates the backup that belongs to an entry of the store's listing, and stores the
 * backup in *out. The caller must release the backup with rdb_backup_unref(). Returns 0 or -ENOMEM.
 */
int rdb_backups_get(
	struct rdb_backups *all, const struct rdb_entry *entry, struct rdb_backup **out);

/* Returns the backup with this id, with a reference for the caller. Returns NULL if no reference to
 * the backup exists, because a backup is freed with its last reference. */
struct rdb_backup *rdb_backups_find(struct rdb_backups *all, uint64_t id);

/* Calls vanished() once for each backup that is not in the listing, and marks these backups as
 * gone. If "listing" is NULL, the store cannot be listed: calls vanished() for all backups, and
 * marks none. Skips backups that were marked earlier. Returns 0 or -ENOMEM. */
int rdb_backups_changed(struct rdb_backups *all, const struct rdb_listing *listing,
	void (*vanished)(void *arg, struct rdb_backup *backup), void *arg);

struct rdb_backup *rdb_backup_ref(struct rdb_backup *backup);
void rdb_backup_unref(struct rdb_backup *backup);

/* Adds a reference to the backup. While the caller has this reference, an open archive of the
 * backup is not closed. */
void rdb_backup_use(struct rdb_backup *backup);
void rdb_backup_unuse(struct rdb_backup *backup);

/* Adds a reference to the backup for a node that the kernel knows. The reference keeps an open
 * archive open until the backup is removed from the store. After the removal, the archive may be
 * closed, and reads of the node then fail with EIO. */
void rdb_backup_use_node(struct rdb_backup *backup);
void rdb_backup_unuse_node(struct rdb_backup *backup);

/*
 * ---- opening an archive ----
 *
 * The caller has called rdb_backup_use(). After -EAGAIN, the caller waits in the queue
 * backup->waits, and calls rdb_backup_open() again with the same ticket. The ticket is 0 before the
 * first call, and then the number of the attempt to open the archive. If this attempt has failed,
 * the next call returns its error, and starts no other attempt.
 */

/*
 * Stores the backup's archive in *out. If the archive is not open, starts or joins an attempt to
 * open the archive, and stores the attempt's number in *ticket. The caller sets *ticket to 0 before
 * the first call, and passes the stored number in later calls. The archive is valid until
 * rdb_backup_unuse().
 *
 * Returns:
 *   0          the archive is open
 *   -EAGAIN    the attempt is still running
 *   -ENOTCONN  the mount is ending
 *   -ENOMEM    no task could be started for the attempt
 *   other      the error of the failed attempt
 */
int rdb_backup_open(struct rdb_backup *backup, uint64_t *ticket, struct rdb_archive **out);

/* Stores the archive of a backup in *out. Waits until the archive is open. Returns 0 or an error of
 * rdb_backup_open(), but never -EAGAIN. */
int rdb_backup_open_wait(struct rdb_backup *backup, struct rdb_archive **out);

/* Returns the archive of a backup, or NULL if the archive is not open. */
struct rdb_archive *rdb_backup_archive(struct rdb_backup *backup);

/* Stores in *out the archive's state, counts and error. If the archive is closed, these are from
 * the time when it was closed. */
void rdb_backup_facts(struct rdb_backup *backup, struct rdb_archive_facts *out);

/* Returns true if the state and the counts are final: the scan has ended, or the archive could not
 * be opened. */
bool rdb_backup_ended(struct rdb_backup *backup);

/* Returns the time at which a backup was taken, by the rule of rdb_age_own(). If the archive's
 * contents give no usable time, returns "listed". */
time_t rdb_facts_taken(const struct rdb_archive_facts *facts, time_t listed, bool dated);

/* Returns the time at which the backup was taken, as rdb_facts_taken() determines it from the facts
 * that are known at present. Does not open the archive to learn more facts. */
time_t rdb_backup_taken(struct rdb_backup *backup);

/* Returns the modification time of a backup's directories: the time from the file name or a hosting
 * service. Without such a time, returns the result of rdb_backup_taken(), which may change when the
 * archive is opened. */
time_t rdb_backup_mtime(struct rdb_backup *backup);

/* Returns the newest entry of the listing whose backup is not known to be damaged, or NULL if there
 * is none. The entry is valid as long as the listing. Logs each newer damaged backup once. */
const struct rdb_entry *rdb_backups_latest(
	struct rdb_backups *all, const struct rdb_listing *listing);

/* Stores the type of the backup in the array, for example "imported", "on-demand" or "daily". */
void rdb_backup_type(struct rdb_backup *backup, char type[RDB_TYPE_MAX]);

#endif
