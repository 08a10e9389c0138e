/*
 * The jobs that a mount shows: all running ones and the last ones that ended. When another job is
 * added, the tables of ended jobs are forgotten, except failed ones (rdb_job_forget_tables()). Any
 * thread may call; nothing waits.
 */
#ifndef RDB_TREE_JOBS_H
#define RDB_TREE_JOBS_H

#include "job/job.h"
#include "schedule/monitor.h"

struct rdb_jobs;

/* Creates the list. monitor counts the restores that end; NULL: none. It must outlive the jobs.
 * Returns 0 or -ENOMEM. */
int rdb_jobs_create(struct rdb_monitor *monitor, struct rdb_jobs **out);

/* Cancels all running jobs, without waiting for them. */
void rdb_jobs_cancel(struct rdb_jobs *jobs);

/* NULL is nothing. */
void rdb_jobs_destroy(struct rdb_jobs *jobs);

/* Adds a job to those shown: takes a reference. Returns 0 or -ENOMEM: it is not shown. */
int rdb_jobs_add(struct rdb_jobs *jobs, struct rdb_job *job);

/* Returns the jobs, newest first, each with a reference; release with rdb_jobs_list_free(). Returns
 * Returns 0 or -ENOMEM. */
int rdb_jobs_list(struct rdb_jobs *jobs, struct rdb_job ***out, size_t *count);
void rdb_jobs_list_free(struct rdb_job **list, size_t count);

#endif
