#include "tree/jobs.h"

#include "base/array.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define ENDED_MAX 100

struct rdb_jobs {
	struct rdb_monitor *monitor; /* may be NULL */
	pthread_mutex_t lock;        /* guards the rest */
	struct rdb_job **list;       /* oldest first */
	size_t count, room;
};

int rdb_jobs_create(struct rdb_monitor *monitor, struct rdb_jobs **out)
{
	struct rdb_jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		return -ENOMEM;
	jobs->monitor = monitor;
	pthread_mutex_init(&jobs->lock, NULL);
	*out = jobs;
	return 0;
}

static bool has_ended(struct rdb_job *job)
{
	return rdb_job_wait(job, 0);
}

/* Removes the oldest ended jobs if the list has more than ENDED_MAX ended jobs. Stores the removed
 * jobs in "old", and returns their number. The caller holds jobs->lock. */
static size_t remove_old(struct rdb_jobs *jobs, struct rdb_job **old)
{
	size_t ended = 0, taken = 0, kept = 0;

	for (size_t i = 0; i < jobs->count; i++)
		ended += has_ended(jobs->list[i]);
	for (size_t i = 0; i < jobs->count; i++) {
		if (ended - taken > ENDED_MAX && has_ended(jobs->list[i]))
			old[taken++] = jobs->list[i];
		else
			jobs->list[kept++] = jobs->list[i];
	}
	jobs->count = kept;
	return taken;
}

/* Forgets the tables of jobs that have ended, to limit memory. The caller holds jobs->lock. */
static void forget_tables(struct rdb_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		rdb_job_forget_tables(jobs->list[i]);
}

struct watched {
	struct rdb_monitor *monitor;
	struct rdb_job *job;
};

static void restored(void *arg)
{
	struct watched *watched = arg;

	rdb_monitor_restored(watched->monitor, watched->job);
	rdb_job_unref(watched->job);
	free(watched);
}

static void watch_restore(struct rdb_jobs *jobs, struct rdb_job *job)
{
	struct watched *watched;
	struct rdb_job_facts facts;

	rdb_job_facts(job, &facts);
	if (!jobs->monitor || facts.kind != RDB_JOB_RESTORE)
		return;
	watched = malloc(sizeof(*watched));
	if (!watched)
		return;
	*watched = (struct watched){jobs->monitor, rdb_job_ref(job)};
	if (rdb_job_on_end(job, restored, watched) != 0) {
		rdb_job_unref(job);
		free(watched);
	}
}

int rdb_jobs_add(struct rdb_jobs *jobs, struct rdb_job *job)
{
	struct rdb_job **old = NULL;
	size_t taken = 0;
	int ret;

	pthread_mutex_lock(&jobs->lock);
	forget_tables(jobs);
	ret = rdb_array_grow(&jobs->list, &jobs->room, jobs->count, sizeof(*jobs->list));
	if (ret == 0)
		jobs->list[jobs->count++] = rdb_job_ref(job);
	if (jobs->count > ENDED_MAX)
		old = calloc(jobs->count, sizeof(struct rdb_job *));
	if (old)
		taken = remove_old(jobs, old);
	pthread_mutex_unlock(&jobs->lock);
	rdb_jobs_list_free(old, taken);
	watch_restore(jobs, job);
	return ret;
}

int rdb_jobs_list(struct rdb_jobs *jobs, struct rdb_job ***out, size_t *count)
{
	struct rdb_job **list;

	pthread_mutex_lock(&jobs->lock);
	list = calloc(jobs->count + 1, sizeof(struct rdb_job *));
	*count = list ? jobs->count : 0;
	for (size_t i = 0; i < *count; i++)
		list[i] = rdb_job_ref(jobs->list[jobs->count - 1 - i]);
	pthread_mutex_unlock(&jobs->lock);
	*out = list;
	return list ? 0 : -ENOMEM;
}

void rdb_jobs_list_free(struct rdb_job **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rdb_job_unref(list[i]);
	free(list);
}

void rdb_jobs_destroy(struct rdb_jobs *jobs)
{
	if (!jobs)
		return;
	rdb_jobs_list_free(jobs->list, jobs->count);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs);
}
