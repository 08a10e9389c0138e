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

#define SERIES 8      /* consecutive tables before others are created ahead */
#define PAUSE 5       /* maximum seconds between two tables of one series */
#define AHEAD 8       /* tables that are ready or being created */
#define TIMEOUT 20000 /* ms without an answer */

/* A table created ahead, or being created. */
struct spare {
	struct rdb_spares *all;
	unsigned long series; /* series that it was created for */
	char *db, *key;
	struct rdb_staging staging;
	STAILQ_ENTRY(spare) link; /* once it is ready */
};

STAILQ_HEAD(spare_list, spare);

struct rdb_spares {
	struct rdb_cluster *cluster;
	struct rdb_leftovers *leftovers;
	struct rdb_pool *pool;
	struct rdb_timer *timer;
	struct rdb_cancel cancel;

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t made;  /* a creation succeeded or failed */
	/* The series: tables created one after the other. */
	unsigned long series; /* number of the present one */
	char *db, *key;
	unsigned count; /* tables of the series so far */
	time_t last;    /* time of the last request */
	bool failed;    /* a creation failed: none follow in this series */

	struct spare_list ready; /* all of the present series */
	unsigned ready_count, making;
	struct rdb_alarm alarm; /* checks whether the series is over */
	bool alarmed;
	bool ending;
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

/* Move all ready tables to a list, to be dropped without the lock. The caller holds the lock. */
static void take_ready(struct rdb_spares *spares, struct spare_list *out)
{
	STAILQ_CONCAT(out, &spares->ready);
	spares->ready_count = 0;
}

/* Drop the tables of the list. The caller does not hold the lock. */
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
	struct rdb_spares *spares = spare->all;
	int rc = make(spare);
	bool keep;

	pthread_mutex_lock(&spares->lock);
	spares->making--;
	keep = rc == 0 && spare->series == spares->series && !spares->ending;
	if (rc != 0 && spare->series == spares->series)
		spares->failed = true;
	if (keep) {
		STAILQ_INSERT_TAIL(&spares->ready, spare, link);
		spares->ready_count++;
	}
	pthread_cond_broadcast(&spares->made);
	pthread_mutex_unlock(&spares->lock);
	if (!keep)
		drop_task(spare);
}

static struct spare *spare_new(struct rdb_spares *spares)
{
	struct spare *spare = calloc(1, sizeof(*spare));

	if (!spare)
		return NULL;
	spare->all = spares;
	spare->series = spares->series;
	spare->db = strdup(spares->db);
	spare->key = strdup(spares->key);
	spare->staging = (struct rdb_staging){.db = spare->db, .table = "spare"};
	if (spare->db && spare->key)
		return spare;
	spare_free(spare);
	return NULL;
}

/* Start creating tables. The caller holds the lock. */
static void make_more(struct rdb_spares *spares)
{
	while (!spares->failed && spares->ready_count + spares->making < AHEAD) {
		struct spare *spare = spare_new(spares);

		if (!spare)
			return;
		if (rdb_pool_run(spares->pool, make_task, spare) != 0) {
			spare_free(spare);
			return;
		}
		spares->making++;
	}
}

/* ---- the series ---- */

static bool is_over(const struct rdb_spares *spares)
{
	return time(NULL) > spares->last + PAUSE;
}

static void set_alarm(struct rdb_spares *spares)
{
	spares->alarmed = rdb_timer_set(spares->timer, &spares->alarm, (PAUSE + 1) * 1000) == 0;
}

/* End the series. Tables being created for it are dropped when they are ready. The caller holds the
 * lock. */
static void end_series(struct rdb_spares *spares, struct spare_list *dropped)
{
	spares->series++;
	take_ready(spares, dropped);
}

static void look(struct rdb_alarm *alarm)
{
	struct rdb_spares *spares = (void *)((char *)alarm - offsetof(struct rdb_spares, alarm));
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);

	pthread_mutex_lock(&spares->lock);
	spares->alarmed = false;
	if (spares->ending || is_over(spares))
		end_series(spares, &dropped);
	else
		set_alarm(spares);
	pthread_mutex_unlock(&spares->lock);
	drop_all(spares, &dropped);
}

/* Returns whether the table belongs to the present series. Another table starts a new series if the
 * present one is over; tables created for that one are then dropped. The caller holds the lock. */
static bool count(
	struct rdb_spares *spares, const char *db, const char *key, struct spare_list *dropped)
{
	bool same = spares->db && spares->key && strcmp(spares->db, db) == 0 &&
		    strcmp(spares->key, key) == 0;

	if (!is_over(spares) && !same)
		return false;
	if (is_over(spares)) {
		free(spares->db);
		free(spares->key);
		spares->db = strdup(db);
		spares->key = strdup(key);
		end_series(spares, dropped);
		spares->count = 0;
		spares->failed = false;
	}
	spares->count++;
	spares->last = time(NULL);
	return spares->db && spares->key;
}

/* Returns a ready table of this series, waiting while one is being created; NULL: none. The caller
 * holds the lock. */
static struct spare *pop(struct rdb_spares *spares)
{
	const unsigned long series = spares->series;
	struct spare *spare;

	while (STAILQ_EMPTY(&spares->ready) && spares->making && !spares->failed &&
		!spares->ending && spares->series == series)
		pthread_cond_wait(&spares->made, &spares->lock);
	spare = spares->series == series ? STAILQ_FIRST(&spares->ready) : NULL;
	if (!spare)
		return NULL;
	STAILQ_REMOVE_HEAD(&spares->ready, link);
	spares->ready_count--;
	return spare;
}

bool rdb_spares_take(
	struct rdb_spares *spares, const char *db, const char *primary_key, struct rdb_staging *out)
{
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);
	struct spare *spare = NULL;

	pthread_mutex_lock(&spares->lock);
	if (count(spares, db, primary_key, &dropped) && spares->count >= SERIES &&
		!spares->ending) {
		make_more(spares);
		spare = pop(spares);
		make_more(spares);
		if (!spares->alarmed)
			set_alarm(spares);
	}
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

/* ---- creation and end ---- */

int rdb_spares_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct rdb_spares **out)
{
	struct rdb_spares *spares = calloc(1, sizeof(*spares));
	int rc;

	if (!spares)
		return -ENOMEM;
	rc = rdb_cancel_init(&spares->cancel);
	if (rc != 0)
		goto fail;
	rc = rdb_pool_create(AHEAD, false, &spares->pool);
	if (rc != 0)
		goto fail_cancel;
	rc = rdb_timer_create(&spares->timer);
	if (rc != 0)
		goto fail_pool;
	spares->cluster = cluster;
	spares->leftovers = leftovers;
	spares->alarm.call = look;
	STAILQ_INIT(&spares->ready);
	pthread_mutex_init(&spares->lock, NULL);
	pthread_cond_init(&spares->made, NULL);
	*out = spares;
	return 0;
fail_pool:
	rdb_pool_destroy(spares->pool);
fail_cancel:
	rdb_cancel_destroy(&spares->cancel);
fail:
	free(spares);
	return rc;
}

void rdb_spares_destroy(struct rdb_spares *spares)
{
	struct spare_list dropped = STAILQ_HEAD_INITIALIZER(dropped);

	if (!spares)
		return;
	pthread_mutex_lock(&spares->lock);
	spares->ending = true;
	take_ready(spares, &dropped);
	pthread_cond_broadcast(&spares->made);
	pthread_mutex_unlock(&spares->lock);
	rdb_cancel_fire(&spares->cancel);
	rdb_timer_destroy(spares->timer);
	drop_all(spares, &dropped);
	rdb_pool_destroy(spares->pool);
	pthread_cond_destroy(&spares->made);
	pthread_mutex_destroy(&spares->lock);
	rdb_cancel_destroy(&spares->cancel);
	free(spares->db);
	free(spares->key);
	free(spares);
}
