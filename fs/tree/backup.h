/*
 * The backups in use: one object per version of a backup, that is per entry of the store. Its
 * archive is opened when its content is needed, stays open while in use, and for a while longer.
 * Requests for content that is not known yet are queued in the object.
 *
 * Any thread may call. Only rdb_backups_destroy() and functions named …_wait wait: tasks of the
 * pool open and close archives. Functions of the archive are never called with the lock held.
 */
#ifndef RDB_TREE_BACKUP_H
#define RDB_TREE_BACKUP_H

#include "archive/archive.h"
#include "base/pool.h"
#include "base/queue.h"
#include "job/types.h"
#include "mount/request_queue.h"
#include "store/store.h"

struct rdb_backups;
struct rdb_opened;
struct rdb_known;

enum rdb_backup_phase { RDB_BACKUP_CLOSED, RDB_BACKUP_OPENING, RDB_BACKUP_OPEN };

struct rdb_backup {
	/* These never change. */
	struct rdb_backups *all;
	uint64_t id;
	char *name, *file;
	enum rdb_entry_kind kind;
	struct timespec mtime;
	time_t taken;
	bool dated; /* taken comes from the file's name */

	/* Bytes of the archive; 0 for a folder, and before a remote archive was first opened if the
	 * store does not know its size. Set once. */
	_Atomic uint64_t size;

	/* The lock of all backups guards the rest. */
	unsigned refs;  /* who points here */
	unsigned users; /* references that need the archive to stay open */
	unsigned nodes; /* number of users that are nodes which the kernel knows; they read nothing
			 */
	enum rdb_backup_phase phase;
	struct rdb_opened *opened;  /* in phase OPEN */
	uint64_t opening;           /* number of openings begun */
	struct rdb_pool_task retry; /* task of an opening that waits for descriptors */
	unsigned retries;
	int open_error;          /* result of the last opening */
	struct rdb_known *known; /* facts remembered of the archive; NULL: none */
	bool gone;               /* the store no longer lists the backup */
	bool told_damaged; /* the log contains that the backup is damaged and therefore not the
			      latest */
	bool retired;      /* gone, and its source is closed or about to be */
	bool kept;         /* one reference is held to keep the remembered facts */
	bool sweeping;     /* a task is retrying the waiting requests */
	struct rdb_pool_task sweep;     /* that one */
	struct rdb_request_queue waits; /* its generation is incremented when more becomes known */
	unsigned held;                  /* reads that wait for the end of the scan */
	TAILQ_ENTRY(rdb_backup) idle;   /* open archives without users, oldest first */
	TAILQ_ENTRY(rdb_backup) recent; /* open archives, longest unused first */
	struct rdb_backup *next;        /* next in the hash table's bucket */
};

struct rdb_backups_config {
	struct rdb_store *store;
	struct rdb_archive_env *archives;
	struct rdb_types *types;
	struct rdb_pool *pool; /* for opening, closing and replying; outlives the backups */
	/* Descriptors for archives, each of which needs two: itself and its index. */
	size_t descriptors;
	/* Called by a task when a backup's archive was opened, when its scan ended, or when opening
	 * failed. */
	void (*opened)(void *arg, struct rdb_backup *backup);
	void (*ended)(void *arg, struct rdb_backup *backup);
	/* Called by a task when so many archives are open that the kernel should forget the nodes
	 * of this one. */
	void (*crowded)(void *arg, struct rdb_backup *backup);
	void *arg;
};

/* Returns 0 or -ENOMEM. */
int rdb_backups_create(const struct rdb_backups_config *config, struct rdb_backups **out);

/* Answers all waiting requests with ENOTCONN; no archive is opened and no task started afterwards.
 * The pool can be destroyed after this. */
void rdb_backups_stop(struct rdb_backups *all);

/* After rdb_backups_stop(): closes open archives. Every reference must have been released. */
void rdb_backups_destroy(struct rdb_backups *all);

/* Returns the object of an entry, with a reference. Returns 0 or -ENOMEM. */
int rdb_backups_get(
	struct rdb_backups *all, const struct rdb_entry *entry, struct rdb_backup **out);

/* Returns the object with that id, with a reference; NULL: not in use. */
struct rdb_backup *rdb_backups_find(struct rdb_backups *all, uint64_t id);

/*
 * Handles a change of the store's listing: removes backups that it does not contain, and calls
 * vanished for each backup whose name it does not contain. listing NULL: the store can't be read,
 * so for every backup. Returns 0 or -ENOMEM: nothing was done.
 */
int rdb_backups_changed(struct rdb_backups *all, const struct rdb_listing *listing,
	void (*vanished)(void *arg, struct rdb_backup *backup), void *arg);

struct rdb_backup *rdb_backup_ref(struct rdb_backup *backup);
void rdb_backup_unref(struct rdb_backup *backup);

/* Adds a reference that keeps the archive open once it is opened. */
void rdb_backup_use(struct rdb_backup *backup);
void rdb_backup_unuse(struct rdb_backup *backup);

/* As rdb_backup_use(), for a node that the kernel knows. It keeps the archive open, but the source
 * of a removed backup is closed when only such nodes are left: reading returns EIO then. */
void rdb_backup_use_node(struct rdb_backup *backup);
void rdb_backup_unuse_node(struct rdb_backup *backup);

/*
 * Returns the archive of a backup that the caller uses: valid until unuse. ticket is 0 at first.
 *   -EAGAIN   it is being opened: call again with the same ticket after a change
 *   -ENOTCONN the mount is ending
 *   others    the reason why opening failed
 */
int rdb_backup_open(struct rdb_backup *backup, uint64_t *ticket, struct rdb_archive **out);

/* As rdb_backup_open(), for a thread that may wait for the opening: never returns -EAGAIN. */
int rdb_backup_open_wait(struct rdb_backup *backup, struct rdb_archive **out);

/* As rdb_backup_open(), without opening (for a node inside the archive); NULL: not open. */
struct rdb_archive *rdb_backup_archive(struct rdb_backup *backup);

/* Returns the facts: from the archive if it is open, else the remembered ones. */
void rdb_backup_facts(struct rdb_backup *backup, struct rdb_archive_facts *out);

/* Returns whether the facts are final: the scan ended, or opening failed. */
bool rdb_backup_ended(struct rdb_backup *backup);

/* Return whether the store no longer lists this version; and whether its source is closed, too. */
bool rdb_backup_is_gone(struct rdb_backup *backup);
bool rdb_backup_is_retired(struct rdb_backup *backup);

/* Returns when the backup was taken: from the file's name, else from the folder inside once that is
 * known, else the file's mtime. */
time_t rdb_backup_taken(struct rdb_backup *backup);

/*
 * Returns the newest backup of a listing that is not known to be damaged; NULL: none. The entry is
 * valid as long as the listing. Each newer backup that is passed over is logged once.
 */
const struct rdb_entry *rdb_backups_latest(
	struct rdb_backups *all, const struct rdb_listing *listing);

/* Number of reads that wait for the end of the scan, which verifies the archive's checksum. */
unsigned rdb_backup_held_reads(struct rdb_backup *backup);
void rdb_backup_held(struct rdb_backup *backup, int more);

/* The backup's type: "imported", "on-demand", "daily", … */
void rdb_backup_type(struct rdb_backup *backup, char type[RDB_TYPE_MAX]);

/* The queue of requests that wait for facts of the backup; see tree/deferred.h. */
struct rdb_request_queue *rdb_backup_waits(struct rdb_backup *backup);

#endif
