#include "restore/spare.h"

#include "base/pool.h"
#include "base/queue.h"
#include "base/timer.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERIES 8         /* tables of a series before tables are created in advance */
#define SERIES_AT_ONCE 3 /* series at the same time; a backup may have several keys */
#define PAUSE 5          /* longest time between two tables of a series, in s */
#define AHEAD 8          /* largest number of tables that are ready or being created */
#define TIMEOUT 20000    /* ms to wait for an answer */

/* A table that is created in advance. */
struct spare {
	struct series *all;
	unsigned long number; /* number of the series for which the table was created */
	char *db, *key;
	struct rdb_staging staging;
	STAILQ_ENTRY(spare) link; /* link in the list of ready tables */
};

STAILQ_HEAD(spare_list, spare);

/* Tables of the same database with the same primary key, requested one after the other. */
struct series {
	struct rdb_cluster *cluster;
	struct rdb_leftovers *leftovers;
	struct rdb_pool *pool;
	struct rdb_timer *timer;
	struct rdb_cancel cancel;

	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t made;  /* signalled after each creation of a table */
	unsigned long number; /* incremented when another series begins */
	char *db, *key;
	unsigned count; /* number of tables requested in the series */
	time_t last;    /* time of the last request */
	bool failed;    /* a creation failed, so no more tables are created */

	struct spare_list ready; /* ready tables of the present series */
	unsigned ready_count, making;
	struct rdb_alarm alarm; /* checks whether the series has ended */
	bool alarmed;
	bool ending;
};

struct rdb_spares {
	struct series *series[SERIES_AT_ONCE];
};

/* ---- one table ---- */

static void spare_free(struct spare *spare)
{
	rdb_staging_free(&spare->staging);
	free(spare->db);
	free(spare->key);
	free(spare);
}

static void drop_task(void *arg)
{
	struct spare *spare = arg;
	struct rdb_client client = {.cluster = spare->all->cluster, .limit = TIMEOUT};

	rdb_staging_drop(&spare->staging, &client, NULL);
	rdb_client_close(&client);
	spare_free(spare);
}

/* Moves all ready tables to a list. The caller holds the lock, and drops the tables after releasing
 * it. */
static void take_ready(struct series *series, struct spare_list *out)
{
	STAILQ_CONCAT(out, &series->ready);
	series->ready_count = 0;
}

/* Drops the tables of the list. The caller does not hold the lock. */
static void drop_all(struct series *series, struct spare_list *list)
{
	struct spare *spare;

	while ((spare = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, link);
		if (rdb_pool_run(series->pool, drop_task, spare) != 0)
			drop_task(spare);
	}
}

/* ---- creating ---- */

static int make(struct spare *spare)
{
	struct rdb_client client = {
		.cluster = spare->all->cluster,
		.back_off = {.cancel = &spare->all->cancel},
		.limit = TIMEOUT,
	};
	int rc = rdb_staging_make_ahead(
		&spare->staging, &client, spare->all->leftovers, spare->key, NULL);

	rdb_client_close(&client);
	return rc;
}

static void make_task(void *arg)
{
	struct spare *spare = arg;
	struct series *series = spare->all;
	int rc = make(spare);
	bool keep;

	pthread_mutex_lock(&series->lock);
	series->making--;
	keep = rc == 0 && spare->number == series->number && !series->ending;
	if (rc != 0 && spare->number == series->number)
		series->failed = true;
	if (keep) {
		STAILQ_INSERT_TAIL(&series->ready, spare, link);
		series->ready_count++;
	}
	pthread_cond_broadcast(&series->made);
	pthread_mutex_unlock(&series->lock);
	if (!keep)
		drop_task(spare);
}

static struct spare *spare_new(struct series *series)
{
	struct spare *spare = calloc(1, sizeof(*spare));

	if (!spare)
		return NULL;
	spare->all = series;
	spare->number = series->number;
	spare->db = strdup(series->db);
	spare->key = strdup(series->key);
	spare->staging = (struct rdb_staging){.db = spare->db, .table = "spare"};
	if (spare->db && spare->key)
		return spare;
	spare_free(spare);
	return NULL;
}

/* Starts creating tables. The caller holds the lock. */
static void make_more(struct series *series)
{
	while (!series->failed && series->ready_count + series->making < AHEAD) {
		struct spare *spare = spare_new(series);

		if (!spare)
			return;
		if (rdb_pool_run(series->pool, make_task, spare) != 0) {
			spare_free(spare);
			return;
		}
		series->making++;
	}
}

/* ---- the series ---- */

static bool is_over(const struct series *series)
{
	return time(NULL) > series->last + PAUSE;
}

static bool is_of(const struct series *series, const char *db, const char *key)
{
	return series->db && series->key && strcmp(series->db, db) == 0 &&
	       strcmp(series->key, key) == 0;
}

static void set_alarm(struct series *series)
{
	series->alarmed = rdb_timer_set(series->timer, &series->alarm, (PAUSE + 1) * 1000) == 0;
}

/* Ends the series. Tables that are still being created for the series are dropped when they are
 * ready. The caller holds the lock. */
static void end_series(struct series *series, struct spare_list *dropped)
{
	series->number++;
	take_ready(series, dropped);
}

static void look(struct rdb_alarm *alarm)
{
	struct series *series = (void *)((char *)alarm - offsetof(struct series, alarm));
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);

	pthread_mutex_lock(&series->lock);
	series->alarmed = false;
	if (series->ending || is_over(series))
		end_series(series, &dropped);
	else
		set_alarm(series);
	pthread_mutex_unlock(&series->lock);
	drop_all(series, &dropped);
}

/* Counts a requested table. Returns whether the table belongs to the present series. If the present
 * series is over, another table starts a new series, and tables created for the old series are
 * dropped. The caller holds the lock. */
static bool count(
	struct series *series, const char *db, const char *key, struct spare_list *dropped)
{
	if (!is_over(series) && !is_of(series, db, key))
		return false;
	if (is_over(series)) {
		free(series->db);
		free(series->key);
		series->db = strdup(db);
		series->key = strdup(key);
		end_series(series, dropped);
		series->count = 0;
		series->failed = false;
	}
	series->count++;
	series->last = time(NULL);
	return series->db && series->key;
}

/* Removes and returns a ready table of the series. Waits while a table is being created. Returns
 * NULL if there is none. The caller holds the lock. */
static struct spare *pop(struct series *series)
{
	const unsigned long number = series->number;
	struct spare *spare;

	while (STAILQ_EMPTY(&series->ready) && series->making && !series->failed &&
		!series->ending && series->number == number)
		pthread_cond_wait(&series->made, &series->lock);
	spare = series->number == number ? STAILQ_FIRST(&series->ready) : NULL;
	if (!spare)
		return NULL;
	STAILQ_REMOVE_HEAD(&series->ready, link);
	series->ready_count--;
	return spare;
}

static bool take(
	struct series *series, const char *db, const char *primary_key, struct rdb_staging *out)
{
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);
	struct spare *spare = NULL;

	pthread_mutex_lock(&series->lock);
	if (count(series, db, primary_key, &dropped) && series->count >= SERIES &&
		!series->ending) {
		make_more(series);
		spare = pop(series);
		make_more(series);
		if (!series->alarmed)
			set_alarm(series);
	}
	pthread_mutex_unlock(&series->lock);
	drop_all(series, &dropped);
	if (!spare)
		return false;
	*out = spare->staging;
	out->db = db;
	spare->staging.name = NULL;
	spare_free(spare);
	return true;
}

/* Returns whether the series has this database and key. If the series is over, returns the
 * parameter over. */
static bool fits(struct series *series, const char *db, const char *key, bool over)
{
	bool result;

	pthread_mutex_lock(&series->lock);
	result = is_over(series) ? over : is_of(series, db, key);
	pthread_mutex_unlock(&series->lock);
	return result;
}

bool rdb_spares_take(
	struct rdb_spares *spares, const char *db, const char *primary_key, struct rdb_staging *out)
{
	for (int over = 0; over < 2; over++)
		for (size_t i = 0; i < SERIES_AT_ONCE; i++)
			if (fits(spares->series[i], db, primary_key, over))
				return take(spares->series[i], db, primary_key, out);
	return false;
}

/* ---- life ---- */

static int series_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct series **out)
{
	struct series *series = calloc(1, sizeof(*series));
	int rc;

	if (!series)
		return -ENOMEM;
	rc = rdb_cancel_init(&series->cancel);
	if (rc != 0)
		goto fail;
	rc = rdb_pool_create(AHEAD, false, &series->pool);
	if (rc != 0)
		goto fail_cancel;
	rc = rdb_timer_create(&series->timer);
	if (rc != 0)
		goto fail_pool;
	series->cluster = cluster;
	series->leftovers = leftovers;
	series->alarm.call = look;
	STAILQ_INIT(&series->ready);
	pthread_mutex_init(&series->lock, NULL);
	pthread_cond_init(&series->made, NULL);
	*out = series;
	return 0;
fail_pool:
	rdb_pool_destroy(series->pool);
fail_cancel:
	rdb_cancel_destroy(&series->cancel);
fail:
	free(series);
	return rc;
}

static void series_destroy(struct series *series)
{
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);

	if (!series)
		return;
	pthread_mutex_lock(&series->lock);
	series->ending = true;
	take_ready(series, &dropped);
	pthread_cond_broadcast(&series->made);
	pthread_mutex_unlock(&series->lock);
	rdb_cancel_fire(&series->cancel);
	rdb_timer_destroy(series->timer);
	drop_all(series, &dropped);
	rdb_pool_destroy(series->pool);
	pthread_cond_destroy(&series->made);
	pthread_mutex_destroy(&series->lock);
	rdb_cancel_destroy(&series->cancel);
	free(series->db);
	free(series->key);
	free(series);
}

int rdb_spares_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct rdb_spares **out)
{
	struct rdb_spares *spares = calloc(1, sizeof(*spares));
	int rc = spares ? 0 : -ENOMEM;

	for (size_t i = 0; i < SERIES_AT_ONCE && rc == 0; i++)
		rc = series_create(cluster, leftovers, &spares->series[i]);
	if (rc != 0) {
		rdb_spares_destroy(spares);
		return rc;
	}
	*out = spares;
	return 0;
}

void rdb_spares_destroy(struct rdb_spares *spares)
{
	if (!spares)
		return;
	for (size_t i = 0; i < SERIES_AT_ONCE; i++)
		series_destroy(spares->series[i]);
	free(spares);
}
