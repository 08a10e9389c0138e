/* Declarations shared by mirror.c (the store) and mirror_copying.c (the thread that copies). */
#ifndef RDB_REMOTE_MIRROR_PRIVATE_H
#define RDB_REMOTE_MIRROR_PRIVATE_H

#include "remote/remote_store.h"

#include <limits.h>
#include <pthread.h>

/* A backup that could not be copied, and the time of the next attempt to copy the backup. */
struct rdb_mirror_failure {
	uint64_t id;   /* id of the service's entry */
	time_t again;  /* time of the next try, in s of the monotonic clock */
	unsigned wait; /* seconds between the last and the next try */
};

struct rdb_mirror {
	struct rdb_store store;
	struct rdb_store *service, *copies;
	char *where;
	struct rdb_cancel cancel; /* cancels the copy that the thread makes */
	rdb_store_changed changed;
	void *changed_arg;
	pthread_t thread;
	bool watching;

	char awaited[NAME_MAX + 1];      /* last copied file, not listed in "copies" yet; or "" */
	const struct rdb_listing *swept; /* service's listing at the last sweep(); a reference */
	struct rdb_mirror_failure *failures;
	size_t failure_count, failure_room;

	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t wake;
	bool stopping, stale;
	uint64_t arrivals; /* number of copies added so far (struct rdb_store_state) */
	/* The current listing, and the two listings that were merged into it. The mirror has a
	 * reference to each of the three. */
	const struct rdb_listing *merged, *of_service, *of_copies;
};

/* Returns true if a copy has the same file name or the same backup name as the service's entry. The
 * mirror's listing then contains only the copy, because names in a listing are unique. */
bool rdb_mirror_has(const struct rdb_listing *copies, const struct rdb_entry *entry);

/* Stores in *service the listing of the backups that the service keeps, and in *copies the listing
 * of the mirror's local copies. The caller releases both listings with rdb_listing_unref(). Returns
 * 0, or an error of rdb_store_list(). */
int rdb_mirror_list_both(struct rdb_mirror *m, const struct rdb_listing **service,
	const struct rdb_listing **copies, struct rdb_err *err);

/* Opens the folder of the copies. Returns the descriptor, or -1 with errno. */
int rdb_mirror_open_folder(const struct rdb_mirror *m);

/* Main function of the thread that copies backups. arg is the struct rdb_mirror. */
void *rdb_mirror_run(void *arg);

#endif
