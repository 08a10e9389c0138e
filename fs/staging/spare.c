#include "staging/spare.h"

#include "base/pool.h"
#include "base/queue.h"
#include "base/timer.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERIES 8         /* similar requests after which tables are created in advance */
#define SERIES_AT_ONCE 3 /* series of similar requests (same database and key) at one time */
#define PAUSE 5          /* s without a request after which a series ends */
#define AHEAD 8          /* largest number of tables that are ready or being created */
#define TIMEOUT 20000    /* ms to wait for an answer */

/* An empty table with a temporary name, created before a restore needs the table. */
struct spare {
	struct series *series;
	unsigned long number; /* series->number when the creation of the table began */
	char db[NAME_MAX + 1], key[RDB_PRIMARY_KEY_MAX];
	struct rdb_staging staging;
	STAILQ_ENTRY(spare) link;
};

STAILQ_HEAD(spare_list, spare);

/* A series of requests for empty tables. All tables of a series are in the same database and have
 * the same primary key. */
struct series {
	struct rdb_spares *all;
	unsigned long number; /* changes when the struct is used for another series */
	char db[NAME_MAX + 1], key[RDB_PRIMARY_KEY_MAX];
	unsigned count; /* number of tables requested in the series */
	time_t last;    /* time of the last request */
	bool failed;    /* a creation has failed, so the series creates no more tables */
	struct spare_list ready;
	unsigned ready_count, making;
};

struct rdb_spares {
	struct rdb_cluster *cluster;
	struct rdb_leftovers *leftovers;
	struct rdb_pool *pool; /* threads that create and drop tables */
	struct rdb_timer *timer;
	struct rdb_cancel cancel;

	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t made;  /* signalled after each try to create a table, and at the end */
	struct series series[SERIES_AT_ONCE];
	struct rdb_alarm alarm; /* alarm that ends a series after its last request */
	bool alarmed;
	bool ending;
};

/* ---- one table ---- */

static void spare_free(struct spare *spare)
{
	rdb_staging_free(&spare->staging);
	free(spare);
}

static void drop_task(void *arg)
{
	struct spare *spare = arg;
	struct rdb_client client = {.cluster = spare->series->all->cluster, .limit = TIMEOUT};

	rdb_staging_drop(&spare->staging, &client, NULL);
	rdb_client_close(&client);
	spare_free(spare);
}

/* Empties the list, and drops its tables in background threads if possible. The caller must not
 * hold spares->lock, because a drop waits for the cluster. */
static void drop_all(struct rdb_spares *spares, struct spare_list *list)
{
	struct spare *spare;

	while ((spare = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, link);
		if (rdb_pool_run(spares->pool, drop_task, spare) != 0)
			drop_task(spare);
	}
}

/* ---- creating ---- */

static int make(struct spare *spare)
{
	struct rdb_spares *spares = spare->series->all;
	struct rdb_client client = {
		.cluster = spares->cluster,
		.back_off = {.cancel = &spares->cancel},
		.limit = TIMEOUT,
	};
	int ret = rdb_staging_make_ahead(&spare->staging, &client, spare->key);

	rdb_client_close(&client);
	return ret;
}

static void make_task(void *arg)
{
	struct spare *spare = arg;
	struct series *series = spare->series;
	struct rdb_spares *spares = series->all;
	int ret = make(spare);
	bool keep;

	pthread_mutex_lock(&spares->lock);
	series->making--;
	keep = ret == 0 && spare->number == series->number && !spares->ending;
	if (ret != 0 && spare->number == series->number)
		series->failed = true;
	if (keep) {
		STAILQ_INSERT_TAIL(&series->ready, spare, link);
		series->ready_count++;
	}
	pthread_cond_broadcast(&spares->made);
	pthread_mutex_unlock(&spares->lock);
	if (!keep)
		drop_task(spare);
}

static struct spare *spare_new(struct series *series)
{
	struct spare *spare = calloc(1, sizeof(*spare));

	if (!spare)
		return NULL;
	spare->series = series;
	spare->number = series->number;
	memcpy(spare->db, series->db, sizeof(spare->db));
	memcpy(spare->key, series->key, sizeof(spare->key));
	spare->staging = (struct rdb_staging){
		.db = spare->db, .table = "spare", .leftovers = series->all->leftovers};
	return spare;
}

/* The caller holds series->all->lock. */
static void make_more(struct series *series)
{
	while (!series->failed && series->ready_count + series->making < AHEAD) {
		struct spare *spare = spare_new(series);

		if (!spare)
			return;
		if (rdb_pool_run(series->all->pool, make_task, spare) != 0) {
			spare_free(spare);
			return;
		}
		series->making++;
	}
}

/* ---- series; the caller holds the lock ---- */

static bool is_over(const struct series *series)
{
	return time(NULL) > series->last + PAUSE;
}

static bool is_of(const struct series *series, const char *db, const char *key)
{
	return strcmp(series->db, db) == 0 && strcmp(series->key, key) == 0;
}

/* Ends a series of requests for empty tables, and moves the series' ready tables to *dropped. The
 * caller holds spares->lock. After releasing the lock, the caller must drop these tables. */
static void end_series(struct series *series, struct spare_list *dropped)
{
	series->number++;
	STAILQ_CONCAT(dropped, &series->ready);
	series->ready_count = 0;
}

static void begin_series(
	struct series *series, const char *db, const char *key, struct spare_list *dropped)
{
	end_series(series, dropped);
	strcpy(series->db, db);
	strcpy(series->key, key);
	series->count = 0;
	series->failed = false;
}

/* Returns the series of requests for this database and key, or begins a new series. If the new
 * series replaces an ended series, moves the ended series' tables to *dropped. Returns NULL if too
 * many series are active. */
static struct series *find_series(
	struct rdb_spares *spares, const char *db, const char *key, struct spare_list *dropped)
{
	struct series *over = NULL;

	for (size_t i = 0; i < SERIES_AT_ONCE; i++) {
		struct series *series = &spares->series[i];
		if (!is_over(series) && is_of(series, db, key))
			return series;
		if (is_over(series) && !over)
			over = series;
	}
	if (over)
		begin_series(over, db, key, dropped);
	return over;
}

/* ---- the alarm ---- */

static void set_alarm(struct rdb_spares *spares)
{
	spares->alarmed = rdb_timer_set(spares->timer, &spares->alarm, (PAUSE + 1) * 1000) == 0;
}

static void end_old_series(struct rdb_alarm *alarm)
{
	struct rdb_spares *spares = (void *)((char *)alarm - offsetof(struct rdb_spares, alarm));
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);
	bool again = false;

	pthread_mutex_lock(&spares->lock);
	for (size_t i = 0; i < SERIES_AT_ONCE; i++) {
		if (spares->ending || is_over(&spares->series[i]))
			end_series(&spares->series[i], &dropped);
		else
			again = true;
	}
	spares->alarmed = false;
	if (again)
		set_alarm(spares);
	pthread_mutex_unlock(&spares->lock);
	drop_all(spares, &dropped);
}

/* ---- requests ---- */

/* Removes and returns a ready table of the series. If no table is ready, waits for a table that is
 * being created. Returns NULL if the series creates no table. The caller holds series->all->lock.
 */
static struct spare *pop_ready(struct series *series)
{
	const unsigned long number = series->number;
	struct spare *spare;

	while (STAILQ_EMPTY(&series->ready) && series->making && !series->failed &&
		!series->all->ending && series->number == number)
		pthread_cond_wait(&series->all->made, &series->all->lock);
	spare = series->number == number ? STAILQ_FIRST(&series->ready) : NULL;
	if (!spare)
		return NULL;
	STAILQ_REMOVE_HEAD(&series->ready, link);
	series->ready_count--;
	return spare;
}

/* Returns a table created in advance, or NULL. The caller holds spares->lock, and drops the tables
 * in *dropped after releasing the lock. */
static struct spare *request(
	struct rdb_spares *spares, const char *db, const char *key, struct spare_list *dropped)
{
	struct series *series = NULL;
	struct spare *spare;

	if (strlen(db) < sizeof(series->db) && strlen(key) < sizeof(series->key))
		series = find_series(spares, db, key, dropped);
	if (!series)
		return NULL;
	series->count++;
	series->last = time(NULL);
	if (series->count < SERIES || spares->ending)
		return NULL;
	make_more(series);
	spare = pop_ready(series);
	if (is_of(series, db, key))
		make_more(series);
	if (!spares->alarmed)
		set_alarm(spares);
	return spare;
}

bool rdb_spares_request(
	struct rdb_spares *spares, const char *db, const char *primary_key, struct rdb_staging *out)
{
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);
	struct spare *spare;

	pthread_mutex_lock(&spares->lock);
	spare = request(spares, db, primary_key, &dropped);
	pthread_mutex_unlock(&spares->lock);
	drop_all(spares, &dropped);
	if (!spare)
		return false;
	*out = spare->staging;
	out->db = db;
	spare->staging.name = NULL;
	spare_free(spare);
	return true;
}

/* ---- life ---- */

static int start(struct rdb_spares *spares)
{
	int ret = rdb_cancel_init(&spares->cancel);

	if (ret != 0)
		return ret;
	ret = rdb_pool_create(SERIES_AT_ONCE * AHEAD, false, &spares->pool);
	if (ret != 0)
		goto fail_cancel;
	ret = rdb_timer_create(&spares->timer);
	if (ret != 0)
		goto fail_pool;
	pthread_mutex_init(&spares->lock, NULL);
	pthread_cond_init(&spares->made, NULL);
	return 0;
fail_pool:
	rdb_pool_destroy(spares->pool);
fail_cancel:
	rdb_cancel_destroy(&spares->cancel);
	return ret;
}

int rdb_spares_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct rdb_spares **out)
{
	struct rdb_spares *spares = calloc(1, sizeof(*spares));
	int ret = spares ? start(spares) : -ENOMEM;

	if (ret != 0) {
		free(spares);
		return ret;
	}
	spares->cluster = cluster;
	spares->leftovers = leftovers;
	spares->alarm.call = end_old_series;
	for (size_t i = 0; i < SERIES_AT_ONCE; i++) {
		spares->series[i].all = spares;
		STAILQ_INIT(&spares->series[i].ready);
	}
	*out = spares;
	return 0;
}

void rdb_spares_destroy(struct rdb_spares *spares)
{
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);

	if (!spares)
		return;
	pthread_mutex_lock(&spares->lock);
	spares->ending = true;
	for (size_t i = 0; i < SERIES_AT_ONCE; i++)
		end_series(&spares->series[i], &dropped);
	pthread_cond_broadcast(&spares->made);
	pthread_mutex_unlock(&spares->lock);
	rdb_cancel_fire(&spares->cancel);
	rdb_timer_destroy(spares->timer);
	drop_all(spares, &dropped);
	rdb_pool_destroy(spares->pool);
	pthread_cond_destroy(&spares->made);
	pthread_mutex_destroy(&spares->lock);
	rdb_cancel_destroy(&spares->cancel);
	free(spares);
}
