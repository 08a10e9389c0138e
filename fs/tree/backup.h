/*
 * The backups that somebody knows of: one object for each version of a backup, that is for each
 * entry of the store. Its archive is opened when somebody uses what is inside, stays open while
 * somebody does, and for a while longer; requests that need what the archive does not know yet
 * wait here.
 *
 * Any thread may call. Nothing waits but rdb_backups_destroy() and what is called …_wait: archives
 * are opened and closed by tasks of the pool. Functions of the archive are never called with the
 * lock held.
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
	bool dated; /* taken is from the file's name */

	/* Of the archive; 0 for a folder, and before a remote archive was first opened where the
	 * store does not know it. Set once. */
	_Atomic uint64_t size;

	/* The lock of all backups guards the rest. */
	unsigned refs;  /* who points here */
	unsigned users; /* of them, who needs the archive to stay open */
	unsigned nodes; /* of these, nodes in the kernel's hands, which read nothing */
	enum rdb_backup_phase phase;
	struct rdb_opened *opened;  /* in phase OPEN */
	uint64_t opening;           /* how often opening was begun */
	struct rdb_pool_task retry; /* of an opening that waits for descriptors */
	unsigned retries;
	int open_error;                 /* how the last one ended */
	struct rdb_known *known;        /* what is remembered of the archive; NULL: nothing */
	bool gone;                      /* the store has it no longer */
	bool told_damaged;              /* the log has that it is not the latest */
	bool retired;                   /* gone, and its bytes are closed or about to be */
	bool kept;                      /* one reference is held for the sake of what is known */
	bool sweeping;                  /* a task looks after those who wait */
	struct rdb_pool_task sweep;     /* that one */
	struct rdb_request_queue waits; /* its generation counts what became known */
	unsigned held;                  /* reads that wait for the end of the scan */
	TAILQ_ENTRY(rdb_backup) idle;   /* open, no users: the oldest first */
	TAILQ_ENTRY(rdb_backup) recent; /* open: the longest unused first */
	struct rdb_backup *next;        /* in its bucket */
};

struct rdb_backups_config {
	struct rdb_store *store;
	struct rdb_archive_env *archives;
	struct rdb_types *types;
	struct rdb_pool *pool; /* for opening, closing and answering; outlives the backups */
	/* How many there may be for archives, each of which takes two: itself and its index. */
	size_t descriptors;
	/* Called by a task when a backup's archive was opened; when its scan ended, or it
	 * couldn't be opened. */
	void (*opened)(void *arg, struct rdb_backup *backup);
	void (*ended)(void *arg, struct rdb_backup *backup);
	/* Called by a task when so many archives are open that the kernel should forget what it
	 * knows of this one. */
	void (*crowded)(void *arg, struct rdb_backup *backup);
	void *arg;
};

/* 0 or -ENOMEM. */
int rdb_backups_create(const struct rdb_backups_config *config, struct rdb_backups **out);

/* Answers everybody who waits with ENOTCONN; nothing is opened and no task begun from now on.
 * The pool can be destroyed after this. */
void rdb_backups_stop(struct rdb_backups *all);

/* After that: closes what is open. Every reference must have been given back. */
void rdb_backups_destroy(struct rdb_backups *all);

/* The object of an entry, with a reference. 0 or -ENOMEM. */
int rdb_backups_get(
	struct rdb_backups *all, const struct rdb_entry *entry, struct rdb_backup **out);

/* The object of that id with a reference; NULL when nobody knows of it. */
struct rdb_backup *rdb_backups_find(struct rdb_backups *all, uint64_t id);

/*
 * The store's listing changed: forgets what no longer counts, and calls vanished for each
 * backup that has a name which the listing doesn't give it. listing NULL: the store can't be
 * read, so for every backup. 0 or -ENOMEM: nothing was done.
 */
int rdb_backups_changed(struct rdb_backups *all, const struct rdb_listing *listing,
	void (*vanished)(void *arg, struct rdb_backup *backup), void *arg);

struct rdb_backup *rdb_backup_ref(struct rdb_backup *backup);
void rdb_backup_unref(struct rdb_backup *backup);

/* A reference that keeps the archive open once it is. */
void rdb_backup_use(struct rdb_backup *backup);
void rdb_backup_unuse(struct rdb_backup *backup);

/* The same for a node that the kernel knows. It keeps the archive open, but the bytes of a backup
 * that is gone are closed when only such nodes are left: reading gives EIO then. */
void rdb_backup_use_node(struct rdb_backup *backup);
void rdb_backup_unuse_node(struct rdb_backup *backup);

/*
 * The archive, for one who uses the backup: valid until unuse. ticket is 0 at first.
 *   -EAGAIN   it is being opened: ask again with the same ticket when there are news
 *   -ENOTCONN the mount is ending
 *   else      why opening failed
 */
int rdb_backup_open(struct rdb_backup *backup, uint64_t *ticket, struct rdb_archive **out);

/* The same for a thread that can wait until it was opened: never -EAGAIN. */
int rdb_backup_open_wait(struct rdb_backup *backup, struct rdb_archive **out);

/* The same for one who knows that it is open (a node inside it does); NULL if it isn't. */
struct rdb_archive *rdb_backup_archive(struct rdb_backup *backup);

/* What is known: from the archive if it is open, else what is remembered. */
void rdb_backup_facts(struct rdb_backup *backup, struct rdb_archive_facts *out);

/* Whether nothing more will become known: the scan ended, or opening failed. */
bool rdb_backup_ended(struct rdb_backup *backup);

/* Whether the store has it no longer, in this version; and whether its bytes are closed, too. */
bool rdb_backup_is_gone(struct rdb_backup *backup);
bool rdb_backup_is_retired(struct rdb_backup *backup);

/* When it was taken: by the file's name, else by the folder inside once that is known, else the
 * file's mtime. */
time_t rdb_backup_taken(struct rdb_backup *backup);

/*
 * The newest backup of a listing that is not known to be damaged; NULL: none. The entry lives as
 * long as the listing. The log says once of each newer one that it is passed over.
 */
const struct rdb_entry *rdb_backups_latest(
	struct rdb_backups *all, const struct rdb_listing *listing);

/* Reads that wait for the end of the scan, which verifies the archive's checksum. */
unsigned rdb_backup_held_reads(struct rdb_backup *backup);
void rdb_backup_held(struct rdb_backup *backup, int more);

/* What made the backup: "imported", "on-demand", "daily", … */
void rdb_backup_type(struct rdb_backup *backup, char type[RDB_TYPE_MAX]);

/* Requests that wait for what becomes known of the backup; see tree/deferred.h. */
struct rdb_request_queue *rdb_backup_waits(struct rdb_backup *backup);

#endif
