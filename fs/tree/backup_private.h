/* What backup.c (who is there), opening.c (archives opened and closed) and news.c (what becomes
 * known) share. */
#ifndef RDB_TREE_BACKUP_PRIVATE_H
#define RDB_TREE_BACKUP_PRIVATE_H

#include "tree/backup.h"

/* An open archive. It holds a reference to its backup. */
struct rdb_opened {
	struct rdb_archive *archive;
	struct rdb_source *source; /* the archive's, revocable; NULL: a folder */
	struct rdb_waiter waiter;
	struct rdb_backup *backup;
	bool ended; /* its end has been noted */
};

TAILQ_HEAD(rdb_backup_list, rdb_backup);

struct rdb_backups {
	struct rdb_backups_config config;
	size_t open_max;       /* archives; from here on the kernel is asked to forget */
	size_t idle_max;       /* archives that nobody uses are kept open */
	pthread_mutex_t lock;  /* guards everything below, and in the backups what they say */
	pthread_cond_t turned; /* one was opened, or couldn't be; or all stopped */
	struct rdb_backup **buckets;
	size_t size; /* a power of two */
	size_t count;
	struct rdb_backup_list idle, recent;
	size_t idle_count, recent_count;
	bool stopped;
	uint64_t judged;                     /* counts what was remembered of any backup */
	uint64_t latest_judged;              /* when latest was chosen */
	const struct rdb_listing *latest_of; /* of which it was; with a reference; NULL: of none */
	const struct rdb_entry *latest;      /* its choice */
	bool told_none;                      /* the log has that there is no latest */
};

/* What outlives the archive object. */
struct rdb_known {
	enum rdb_archive_state state;
	uint64_t documents, tables, damaged;
	time_t taken; /* by the folder inside; 0: it does not say */
	char *server;
	struct rdb_err *error; /* NULL: none */
};

/* The backup of an id, without a reference; NULL: none. The lock is held. */
struct rdb_backup *rdb_backups_peek(struct rdb_backups *all, uint64_t id);

/* As rdb_backup_taken(). The lock is held. */
time_t rdb_backup_taken_locked(const struct rdb_backup *backup);

/* ---- backup.c, all with the lock held ---- */

/* As rdb_backup_use(). */
void rdb_backup_hold(struct rdb_backup *backup);

/* Takes a use back but not its reference. Returns an archive that is to be closed, because too
 * many are idle; NULL: none. */
struct rdb_opened *rdb_backup_let_go(struct rdb_backup *backup);

/* ---- opening.c ---- */

/* Takes the archive out of an idle backup. The lock is held. */
struct rdb_opened *rdb_opened_detach(struct rdb_backup *backup);

/* Begins to close the bytes of one that is gone and that no program reads. The lock is held. */
void rdb_opened_retire(struct rdb_backup *backup);

/* Closes it, by a task or at once. The lock must not be held. */
void rdb_opened_close(struct rdb_opened *opened);
void rdb_opened_close_later(struct rdb_opened *opened);

/* ---- news.c ---- */

/* There are news: makes sure that somebody looks. Doesn't wait, calls nothing of the archive's. */
void rdb_backup_tell(struct rdb_backup *backup);

/* Keeps what is known, for when the archive is closed; logs an error that is new. */
void rdb_backup_remember(
	struct rdb_backup *backup, const struct rdb_archive_facts *facts, const char *what);

/* What was kept. The lock is held. */
void rdb_backup_recall(struct rdb_backup *backup, struct rdb_archive_facts *out);
void rdb_known_free(struct rdb_known *known);

/* Whether a scan ends in that state. */
bool rdb_archive_state_final(enum rdb_archive_state state);

#endif
