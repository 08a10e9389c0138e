#include "staging/made_databases.h"

#include "base/condition.h"
#include "cluster/databases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CANCEL_CHECK 100 /* ms between two checks of the cancel request during a wait */
#define DROPPING (-1)    /* value of rdb_made_database.users during a drop */

struct rdb_made_database {
	LIST_ENTRY(rdb_made_database) link;
	bool made;  /* created by a restore of this process, and without a completed table */
	int users;  /* number of tables that are being created in the database; or DROPPING */
	bool again; /* another thread has asked for the drop since the drop's last query began */
	char name[];
};

void rdb_made_databases_init(struct rdb_made_databases *databases)
{
	LIST_INIT(&databases->list);
	pthread_mutex_init(&databases->lock, NULL);
	rdb_condition_init(&databases->ended);
}

void rdb_made_databases_free(struct rdb_made_databases *databases)
{
	struct rdb_made_database *one;

	while ((one = LIST_FIRST(&databases->list))) {
		LIST_REMOVE(one, link);
		free(one);
	}
	pthread_cond_destroy(&databases->ended);
	pthread_mutex_destroy(&databases->lock);
}

/* ---- the list; the caller holds the lock ---- */

static struct rdb_made_database *find(struct rdb_made_databases *databases, const char *db)
{
	struct rdb_made_database *one;

	LIST_FOREACH(one, &databases->list, link)
	if (strcmp(one->name, db) == 0)
		break;
	return one;
}

static struct rdb_made_database *find_or_add(struct rdb_made_databases *databases, const char *db)
{
	struct rdb_made_database *one = find(databases, db);
	const size_t size = strlen(db) + 1;

	if (one)
		return one;
	one = calloc(1, sizeof(*one) + size);
	if (!one)
		return NULL;
	memcpy(one->name, db, size);
	LIST_INSERT_HEAD(&databases->list, one, link);
	return one;
}

static void free_unused(struct rdb_made_database *one)
{
	if (one->made || one->users != 0)
		return;
	LIST_REMOVE(one, link);
	free(one);
}

static int await_drop(
	struct rdb_made_databases *databases, const char *db, const struct rdb_cancel *cancel)
{
	const struct rdb_made_database *one;

	while ((one = find(databases, db)) && one->users == DROPPING) {
		if (rdb_cancel_fired(cancel))
			return -ECANCELED;
		rdb_condition_wait(
			&databases->ended, &databases->lock, rdb_wait_now() + CANCEL_CHECK);
	}
	return 0;
}

/* ---- databases made by this process ---- */

void rdb_made_databases_add(struct rdb_made_databases *databases, const char *db)
{
	struct rdb_made_database *one;

	pthread_mutex_lock(&databases->lock);
	one = find_or_add(databases, db);
	if (one)
		one->made = true;
	pthread_mutex_unlock(&databases->lock);
}

bool rdb_made_databases_has(struct rdb_made_databases *databases, const char *db)
{
	const struct rdb_made_database *one;
	bool has;

	pthread_mutex_lock(&databases->lock);
	one = find(databases, db);
	has = one && one->made;
	pthread_mutex_unlock(&databases->lock);
	return has;
}

void rdb_made_databases_keep(struct rdb_made_databases *databases, const char *db)
{
	struct rdb_made_database *one;

	pthread_mutex_lock(&databases->lock);
	one = find(databases, db);
	if (one) {
		one->made = false;
		free_unused(one);
	}
	pthread_mutex_unlock(&databases->lock);
}

/* ---- creating tables and dropping databases ---- */

int rdb_made_databases_enter(
	struct rdb_made_databases *databases, const char *db, const struct rdb_cancel *cancel)
{
	struct rdb_made_database *one;
	int ret;

	pthread_mutex_lock(&databases->lock);
	ret = await_drop(databases, db, cancel);
	if (ret == 0) {
		one = find_or_add(databases, db);
		if (one)
			one->users++;
		else
			ret = -ENOMEM;
	}
	pthread_mutex_unlock(&databases->lock);
	return ret;
}

void rdb_made_databases_leave(struct rdb_made_databases *databases, const char *db)
{
	struct rdb_made_database *one;

	pthread_mutex_lock(&databases->lock);
	one = find(databases, db);
	one->users--;
	free_unused(one);
	pthread_mutex_unlock(&databases->lock);
}

static bool begin_drop(struct rdb_made_databases *databases, const char *db)
{
	struct rdb_made_database *one;
	bool begun;

	pthread_mutex_lock(&databases->lock);
	one = find_or_add(databases, db);
	begun = one && one->users == 0;
	if (begun)
		one->users = DROPPING;
	else if (one && one->users == DROPPING)
		one->again = true;
	else if (one)
		one->made = true;
	pthread_mutex_unlock(&databases->lock);
	return begun;
}

/* Returns false if the drop must be repeated. */
static bool end_drop(struct rdb_made_databases *databases, const char *db, bool dropped)
{
	struct rdb_made_database *one;
	bool again;

	pthread_mutex_lock(&databases->lock);
	one = find(databases, db);
	again = one->again && !dropped;
	one->again = false;
	if (!again) {
		one->made &= !dropped;
		one->users = 0;
		free_unused(one);
		pthread_cond_broadcast(&databases->ended);
	}
	pthread_mutex_unlock(&databases->lock);
	return !again;
}

void rdb_made_databases_drop(
	struct rdb_made_databases *databases, struct rdb_client *client, const char *db)
{
	if (!begin_drop(databases, db))
		return;
	while (!end_drop(databases, db, rdb_database_drop_empty(client, db)))
		;
}
