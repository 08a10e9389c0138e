/* Declarations shared by mirror.c (the store) and mirror_copying.c (its thread, which copies). */
#ifndef RDB_STORE_MIRROR_PRIVATE_H
#define RDB_STORE_MIRROR_PRIVATE_H

#include "store/mirror.h"

#include <limits.h>
#include <pthread.h>

/* A backup that could not be copied. */
struct rdb_mirror_failure {
	uint64_t id;   /* of the service's entry */
	time_t again;  /* monotonic seconds: no try before */
	unsigned wait; /* seconds from the last try to the next */
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

	/* The fields below belong to the thread. */
	char awaited[NAME_MAX + 1];      /* the last copy, until the directory lists it; "": none */
	const struct rdb_listing *swept; /* the listing last swept for; a reference */
	struct rdb_mirror_failure *failures;
	size_t failure_count, failure_room;

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t wake;
	bool stopping, stale;
	uint64_t arrivals; /* as in struct rdb_store_state */
	/* Current listing, and the two listings it was made from; each with a reference. */
	const struct rdb_listing *merged, *of_service, *of_copies;
};

/* Returns whether the copies include the entry's file or name: each must be unique. */
bool rdb_mirror_has(const struct rdb_listing *copies, const struct rdb_entry *entry);

/* Returns both listings, each with a reference. */
int rdb_mirror_list_both(struct rdb_mirror *m, const struct rdb_listing **service,
	const struct rdb_listing **copies, struct rdb_err *err);

/* Opens the folder of copies. Returns the descriptor, or -1 with errno. */
int rdb_mirror_open_folder(const struct rdb_mirror *m);

/* Main function of the thread. arg: the struct rdb_mirror. */
void *rdb_mirror_run(void *arg);

#endif
