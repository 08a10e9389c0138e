/*
 * The jobs that a mount shows: all that run, and the last ones that have ended, whose tables are
 * forgotten, but for those that failed, when another job comes (rdb_job_forget_tables()). Any
 * thread may call; nothing waits.
 */
#ifndef RDB_TREE_JOBS_H
#define RDB_TREE_JOBS_H

#include "job/job.h"
#include "schedule/monitor.h"

struct rdb_jobs;

/* monitor counts the restores that end; NULL: none. It outlives the jobs. 0 or -ENOMEM. */
int rdb_jobs_create(struct rdb_monitor *monitor, struct rdb_jobs **out);

/* Cancels all that run; what works on them notices. */
void rdb_jobs_cancel(struct rdb_jobs *jobs);

/* NULL is nothing. */
void rdb_jobs_destroy(struct rdb_jobs *jobs);

/* Shows it from now on: takes a reference. 0 or -ENOMEM: it is not shown. */
int rdb_jobs_add(struct rdb_jobs *jobs, struct rdb_job *job);

/* The newest first, each with a reference; give the list to rdb_jobs_list_free(). 0 or -ENOMEM. */
int rdb_jobs_list(struct rdb_jobs *jobs, struct rdb_job ***out, size_t *count);
void rdb_jobs_list_free(struct rdb_job **list, size_t count);

#endif
