/* Shared by backup.c (the table of backups), opening.c (opening and closing archives) and
 * generation.c (changes of what is known). */
#ifndef RDB_TREE_BACKUP_PRIVATE_H
#define RDB_TREE_BACKUP_PRIVATE_H

#include "tree/backup.h"

/* An open archive. It holds a reference to its backup. */
struct rdb_opened {
	struct rdb_archive *archive;
	struct rdb_source *source; /* source of the archive, revocable; NULL: a folder */
	struct rdb_waiter waiter;
	struct rdb_backup *backup;
	bool ended; /* its end has been recorded */
};

TAILQ_HEAD(rdb_backup_list, rdb_backup);

struct rdb_backups {
	struct rdb_backups_config config;
	size_t open_max;       /* archives open; beyond this the kernel is asked to forget some */
	size_t idle_max;       /* archives kept open without users */
	pthread_mutex_t lock;  /* guards everything below, and fields of the backups as they say */
	pthread_cond_t turned; /* an archive was opened, or opening failed; or all stopped */
	struct rdb_backup **buckets;
	size_t size; /* a power of two */
	size_t count;
	struct rdb_backup_list idle, recent;
	size_t idle_count, recent_count;
	bool stopped;
	uint64_t judged;        /* number of changes to remembered facts */
	uint64_t latest_judged; /* value of judged when latest was chosen */
	const struct rdb_listing
		*latest_of; /* listing that latest belongs to, with a reference; NULL: none */
	const struct rdb_entry *latest; /* its choice */
	bool told_none;                 /* the log contains that there is no latest backup */
};

/* Facts that outlive the archive object. */
struct rdb_known {
	enum rdb_archive_state state;
	uint64_t documents, tables, damaged;
	time_t taken; /* from the folder inside; 0: unknown */
	char *server;
	struct rdb_err *error; /* NULL: none */
};

/* Returns the backup with an id, without a reference; NULL: none. The caller holds the lock. */
struct rdb_backup *rdb_backups_peek(struct rdb_backups *all, uint64_t id);

/* As rdb_backup_taken(). The caller holds the lock. */
time_t rdb_backup_taken_locked(const struct rdb_backup *backup);

/* ---- backup.c, all with the lock held ---- */

/* As rdb_backup_use(). */
void rdb_backup_hold(struct rdb_backup *backup);

/* Removes a use but not its reference. Returns an archive to be closed because too many are idle;
 * NULL: none. */
struct rdb_opened *rdb_backup_let_go(struct rdb_backup *backup);

/* ---- opening.c ---- */

/* Removes the archive from an idle backup. The caller holds the lock. */
struct rdb_opened *rdb_opened_detach(struct rdb_backup *backup);

/* Starts closing the source of a removed backup that no program reads. The caller holds the lock.
 */
void rdb_opened_retire(struct rdb_backup *backup);

/* Closes the archive, by a task or at once. The caller does not hold the lock. */
void rdb_opened_close(struct rdb_opened *opened);
void rdb_opened_close_later(struct rdb_opened *opened);

/* ---- news.c ---- */

/* Reports that more became known: ensures that waiting requests are retried. Does not wait, and
 * calls no function of the archive. */
void rdb_backup_tell(struct rdb_backup *backup);

/* Remembers the facts for when the archive is closed; logs a new error. */
void rdb_backup_remember(
	struct rdb_backup *backup, const struct rdb_archive_facts *facts, const char *what);

/* Returns the remembered facts. The caller holds the lock. */
void rdb_backup_recall(struct rdb_backup *backup, struct rdb_archive_facts *out);
void rdb_known_free(struct rdb_known *known);

/* Returns whether a state is one in which a scan ends. */
bool rdb_archive_state_final(enum rdb_archive_state state);

#endif
