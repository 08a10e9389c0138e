/* A table being restored through its queue, for tests that wait. */
#ifndef RDB_TESTS_RESTORING_H
#define RDB_TESTS_RESTORING_H

#include "restore/restore_queue.h"
#include "unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct rdb_pool *restoring_pool;

struct restoring {
	struct rdb_restore_table *table;
	struct rdb_restore_queue *queue;
	void (*ended)(void *arg, const struct rdb_err *err); /* NULL: none */
	void *ended_arg;

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t news;
	int pending;        /* incomplete steps */
	struct rdb_err err; /* error of the last step */
	struct rdb_restore_table_facts facts;
	bool room, closed;
};

static void restoring_completed(void *arg, const struct rdb_err *err)
{
	struct restoring *r = arg;

	pthread_mutex_lock(&r->lock);
	r->pending--;
	r->err = *err;
	rdb_restore_table_facts(rdb_restore_queue_table(r->queue), &r->facts);
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
}

static void restoring_ended(void *arg, const struct rdb_err *err)
{
	struct restoring *r = arg;
	void (*ended)(void *arg, const struct rdb_err *err) = r->ended;
	void *ended_arg = r->ended_arg;

	restoring_completed(arg, err);
	if (ended)
		ended(ended_arg, err);
}

static void restoring_room(void *arg)
{
	struct restoring *r = arg;

	pthread_mutex_lock(&r->lock);
	r->room = true;
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
}

static void restoring_closed(void *arg)
{
	struct restoring *r = arg;

	pthread_mutex_lock(&r->lock);
	r->closed = true;
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
}

static void restoring_step(struct restoring *r, enum rdb_restore_step step, rdb_restore_done *done)
{
	pthread_mutex_lock(&r->lock);
	r->pending++;
	pthread_mutex_unlock(&r->lock);
	REQUIRE(rdb_restore_queue_step(r->queue, step, done, r, NULL) == 0);
}

/* Opens a table like rdb_restore_table_create(). queue NULL: the defaults. */
static int restoring_open(struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_restore_table_options *options,
	const struct rdb_restore_queue_options *queue, struct restoring **out, struct rdb_err *err)
{
	struct restoring *r = calloc(1, sizeof(*r));
	struct rdb_restore_queue_options own = {.room = restoring_room, .arg = r};
	int rc;

	REQUIRE(r);
	if (!restoring_pool)
		REQUIRE(rdb_pool_create(8, false, &restoring_pool) == 0 &&
			rdb_pool_start(restoring_pool) == 0);
	rc = rdb_restore_table_create(cluster, job, options, &r->table, err);
	if (rc != 0) {
		free(r);
		return rc;
	}
	if (queue)
		own.bytes = queue->bytes;
	if (queue && queue->room)
		own = *queue;
	REQUIRE(rdb_restore_queue_create(restoring_pool, r->table, &own, &r->queue) == 0);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->news, NULL);
	restoring_step(r, RDB_RESTORE_OPEN, restoring_completed);
	*out = r;
	return 0;
}

/* Waits for all steps and returns the result of the last one. */
static int restoring_wait(struct restoring *r, struct rdb_err *err)
{
	int rc;

	pthread_mutex_lock(&r->lock);
	while (r->pending)
		pthread_cond_wait(&r->news, &r->lock);
	rc = -r->err.code;
	*err = r->err;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

static int restoring_write(struct restoring *r, const void *data, size_t len, struct rdb_err *err)
{
	return rdb_restore_queue_write(r->queue, data, len, err);
}

/* Writes, and waits for room instead of returning -EAGAIN. */
static int restoring_write_wait(
	struct restoring *r, const void *data, size_t len, struct rdb_err *err)
{
	int rc;

	while ((rc = restoring_write(r, data, len, err)) == -EAGAIN) {
		pthread_mutex_lock(&r->lock);
		while (!r->room)
			pthread_cond_wait(&r->news, &r->lock);
		r->room = false;
		pthread_mutex_unlock(&r->lock);
	}
	return rc;
}

static int restoring_info(struct restoring *r, const char *text, size_t len, struct rdb_err *err)
{
	return rdb_restore_queue_info(r->queue, text, len, NULL, NULL, err);
}

static void restoring_end(
	struct restoring *r, void (*ended)(void *arg, const struct rdb_err *err), void *arg)
{
	r->ended = ended;
	r->ended_arg = arg;
	restoring_step(r, RDB_RESTORE_END, restoring_ended);
}

static int restoring_end_wait(struct restoring *r, struct rdb_err *err)
{
	restoring_end(r, NULL, NULL);
	return restoring_wait(r, err);
}

static int restoring_prepare_wait(struct restoring *r, struct rdb_err *err)
{
	restoring_step(r, RDB_RESTORE_PREPARE, restoring_completed);
	return restoring_wait(r, err);
}

static void restoring_abort(struct restoring *r)
{
	rdb_restore_table_stop(r->table);
}

static void restoring_close(struct restoring *r)
{
	rdb_restore_queue_close(r->queue, restoring_closed, r);
	pthread_mutex_lock(&r->lock);
	while (!r->closed)
		pthread_cond_wait(&r->news, &r->lock);
	pthread_mutex_unlock(&r->lock);
	pthread_cond_destroy(&r->news);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Facts at the time when the last step was completed. */
static struct rdb_restore_table_facts facts_of(struct restoring *r)
{
	struct rdb_restore_table_facts facts;

	pthread_mutex_lock(&r->lock);
	facts = r->facts;
	pthread_mutex_unlock(&r->lock);
	return facts;
}

#endif
