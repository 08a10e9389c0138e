/* Internals of the table of backups, shared by backup.c, opening.c, generation.c and latest.c. */
#ifndef RDB_BACKUP_BACKUP_PRIVATE_H
#define RDB_BACKUP_BACKUP_PRIVATE_H

#include "backup/backup.h"

/* An open archive of a backup. The struct holds a reference to the backup. */
struct rdb_opened {
	struct rdb_archive *archive;
	struct rdb_source *source; /* the archive's source (revocable.h); NULL for a folder */
	struct rdb_waiter waiter;
	struct rdb_backup *backup;
	bool ended; /* the end of the scan has been recorded */
	/* A failure of the source has stopped the scan. The archive is closed when the archive has
	 * no users. The next use opens the archive again and continues the scan. */
	bool unreachable;
};

TAILQ_HEAD(rdb_backup_list, rdb_backup);

struct rdb_backups {
	struct rdb_backups_config config;
	size_t open_max;      /* number of open archives above which the kernel must forget nodes */
	size_t idle_max;      /* largest number of archives kept open without users */
	pthread_mutex_t lock; /* guards the fields below and fields of struct rdb_backup */
	pthread_cond_t turned; /* signalled when an opening has ended, and by rdb_backups_stop() */
	struct rdb_backup **buckets;
	size_t size; /* number of buckets, a power of two */
	size_t count;
	struct rdb_backup_list idle, recent;
	size_t idle_count, recent_count;
	bool stopped;
	uint64_t judged; /* number of changes to the states of backups that are kept in memory */
	uint64_t latest_judged; /* value of "judged" when "latest" was chosen */
	const struct rdb_listing
		*latest_of;             /* listing of "latest", with a reference; may be NULL */
	const struct rdb_entry *latest; /* the newest backup that is not damaged, or NULL */
	bool logged_none;               /* it was logged that there is no latest backup */
};

/* State, counts and error of a backup, kept while its archive is closed. */
struct rdb_known {
	enum rdb_archive_state state;
	uint64_t documents, tables, damaged;
	char *server;
	struct rdb_err *error; /* may be NULL */
	/* If true, all fields but "error" are invalid, because the archive was opened again after
	 * its source had failed. "error" is kept, so that the same error is not logged twice. */
	bool outdated;
};

/* Returns the backup with this id without adding a reference, or NULL. The caller holds the
 * lock. */
struct rdb_backup *rdb_backups_peek(struct rdb_backups *all, uint64_t id);

/* Returns the time at which the backup was taken, according to the archive itself. If the archive's
 * time is unknown, returns the time in the store's listing. The caller holds the lock of struct
 * rdb_backups. */
time_t rdb_backup_taken_locked(const struct rdb_backup *backup);

/* Records the time at which the backup was taken, if the archive's contents give this time (see
 * rdb_age_own()). The caller holds the lock of struct rdb_backups. */
void rdb_backup_note_time(struct rdb_backup *backup, const struct rdb_archive_facts *facts);

/* Returns the backup's entry in the listing, or NULL if the backup was removed or replaced. */
const struct rdb_entry *rdb_backup_entry(
	const struct rdb_backup *backup, const struct rdb_listing *listing);

/* ---- backup.c, all with the lock held ---- */

/* Does what rdb_backup_use() does, but the caller holds the lock of struct rdb_backups. */
void rdb_backup_hold(struct rdb_backup *backup);

/*
 * Ends a use of the backup, and returns an archive to close. The caller holds the lock of struct
 * rdb_backups, and closes the archive after releasing the lock. The caller's reference to the
 * backup remains.
 *
 * Returns the first that applies:
 *   NULL                    the backup is in use or not open, or rdb_backups_stop() was called
 *   the backup's archive    the store no longer lists the backup, or the source failed
 *   longest unused archive  too many unused archives are open
 *   NULL                    no archive needs to be closed
 */
struct rdb_opened *rdb_backup_detach(struct rdb_backup *backup);

/* ---- opening.c ---- */

/* Removes the open archive from a backup that is not in use, and returns the archive. The caller
 * holds the lock of struct rdb_backups. */
struct rdb_opened *rdb_opened_detach(struct rdb_backup *backup);

/* Starts to close the source of the backup's archive if the store no longer lists the backup and no
 * file of the archive is open. Nodes (files and directories) that the kernel only caches do not
 * keep the source open. The caller holds the lock of struct rdb_backups. */
void rdb_opened_retire(struct rdb_backup *backup);

/* rdb_opened_close() closes the archive on the calling thread. rdb_opened_close_later() submits a
 * task that closes the archive. The caller of either function must not hold the lock of struct
 * rdb_backups. */
void rdb_opened_close(struct rdb_opened *opened);
void rdb_opened_close_later(struct rdb_opened *opened);

/* ---- generation.c ---- */

/* Starts a task that attempts the backup's waiting requests again. Does not wait for the task, and
 * calls no function of the archive. Therefore the thread that scans the archive may call this
 * function. */
void rdb_backup_wake(struct rdb_backup *backup);

/* Stores the archive's state, counts and error in the backup, for use after the archive is closed.
 * Unless the same error is already stored, logs the error. The parameter "what" is the text before
 * the error's text in the log. */
void rdb_backup_remember(
	struct rdb_backup *backup, const struct rdb_archive_facts *facts, const char *what);

/* Copies to *out the facts that rdb_backup_remember() has stored. The caller holds the lock. */
void rdb_backup_recall(struct rdb_backup *backup, struct rdb_archive_facts *out);
void rdb_known_free(struct rdb_known *known);

/* Keeps the backup in memory until it disappears from the store, and makes rdb_backups_latest()
 * choose the latest backup again. Must be called after each change of the backup's state or time,
 * because the choice depends on them. The caller holds the lock of struct rdb_backups. */
void rdb_backup_keep(struct rdb_backup *backup);

#endif
