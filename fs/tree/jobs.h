/*
 * The jobs that a mount shows: all running jobs, and the jobs that ended last. When a job is added,
 * the tables of ended jobs are forgotten, except failed tables (rdb_job_forget_tables()). All
 * functions are thread-safe and do not wait.
 */
#ifndef RDB_TREE_JOBS_H
#define RDB_TREE_JOBS_H

#include "job/job.h"
#include "schedule/monitor.h"

struct rdb_jobs;

/* Creates an empty list of jobs. If "monitor" is not NULL, the list reports the end of each restore
 * to the monitor, and the monitor must outlive the list. Returns 0 or -ENOMEM. */
int rdb_jobs_create(struct rdb_monitor *monitor, struct rdb_jobs **out);

/* Frees the list; jobs may be NULL. */
void rdb_jobs_destroy(struct rdb_jobs *jobs);

/* Adds a job to the list. The list has its own reference to the job. Returns 0, or -ENOMEM if the
 * job was not added. */
int rdb_jobs_add(struct rdb_jobs *jobs, struct rdb_job *job);

/* Stores an array of all jobs in *out, newest first, each with a reference. The caller frees the
 * array with rdb_jobs_list_free(). Returns 0 or -ENOMEM. */
int rdb_jobs_list(struct rdb_jobs *jobs, struct rdb_job ***out, size_t *count);
void rdb_jobs_list_free(struct rdb_job **list, size_t count);

#endif
