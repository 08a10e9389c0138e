/* State of a dump, shared by dump.c (the sequence of steps), dump_prepare.c (requests before the
 * tables are read), dump_workers.c (parallel reading of tables) and dump_facts.c (the JSON text
 * about the backup in the archive's index). The thread of rdb_dump_run() calls the functions. */
#ifndef RDB_DUMP_DUMP_PRIVATE_H
#define RDB_DUMP_DUMP_PRIVATE_H

#include "cluster/client.h"
#include "dump/dump.h"
#include "dump/dump_plan.h"
#include "dump/rate_limit.h"
#include "dump/table_copy.h"

#include <pthread.h>
#include <time.h>

#define RDB_DUMP_CLIENTS_MAX 256u

struct rdb_dump {
	const struct rdb_dump_options *options;
	struct rdb_job *job;
	struct rdb_plan plan;
	struct rdb_plan_table **order; /* the tables of plan, largest first */
	struct rdb_buf *facts;         /* facts[i] is the JSON text about the table order[i] */
	struct rdb_table_copy transfer;
	struct rdb_pace pace;
	struct rdb_load load; /* activity of the cluster's other clients */
	struct rdb_read_token turn;
	struct rdb_client client; /* used by the thread of rdb_dump_run() */
	char server[64];          /* version of the server */
	uint64_t archive_size;    /* estimated bytes of the archive; 0 if unknown */
	struct rdb_buf identity;  /* ids of the cluster's databases, a JSON array */
	struct rdb_buf config;    /* the cluster's configuration, JSON; empty if not stored */
	time_t started;
	struct rdb_cancel stop;     /* fired to stop the workers */
	struct rdb_cancel finished; /* fired when all workers have ended */
	pthread_mutex_t lock;       /* guards the fields below */
	size_t next;                /* index of the next table in "order" */
	struct rdb_err error;       /* first error of a worker */
	unsigned working;           /* number of running workers */
};

/* If "rc" is an error and cancellation was requested through "cancel", sets the message in *err to
 * "cancelled" and returns -ECANCELED. Otherwise returns "rc". */
int rdb_dump_as_cancelled(int rc, const struct rdb_cancel *cancel, struct rdb_err *err);

/* Returns the number of tables that are read in parallel. */
unsigned rdb_dump_client_count(const struct rdb_dump_options *options);

/* Returns the milliseconds for which failing requests are retried, or 0 for no retries. */
int rdb_dump_retry_ms(const struct rdb_dump_options *options);

/* Stores the list of the tables to back up in *plan. If rdb_plan_make() fails with an error that
 * can be temporary, calls it again. Returns 0, or the error of the last attempt. */
int rdb_dump_make_plan(struct rdb_dump *d, struct rdb_plan *plan, struct rdb_err *err);

/* Sets the fields plan, order, facts, identity, config and archive_size of d, and reports the
 * tables to the job. */
int rdb_dump_prepare(struct rdb_dump *d, struct rdb_err *err);

/* Copies all tables into the archive. Returns 0, or the error of the first table that failed. */
int rdb_dump_transfer(struct rdb_dump *d, struct rdb_err *err);

/* Stores facts about the backup, for example its server, scope and tables, as a JSON text for the
 * archive's index. rdb_writer_commit() writes the index. Returns 0 or -ENOMEM. */
int rdb_dump_set_facts(struct rdb_dump *d, struct rdb_err *err);

#endif
