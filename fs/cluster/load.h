/*
 * Detection of other clients that use the cluster, by the queries that the servers have counted
 * (rethinkdb.stats) beyond those of this process. A few queries per second are ignored, and so are
 * the constant queries of monitoring systems.
 *
 * Other clients are assumed to be active before the first sample, and always if the user may not
 * read the tables of the database rethinkdb.
 *
 * Any thread may call rdb_load_others(). The other functions are called by one thread at a time.
 */
#ifndef RDB_CLUSTER_LOAD_H
#define RDB_CLUSTER_LOAD_H

#include "cluster/cluster.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RDB_LOAD_INTERVAL 1000 /* ms between two samples */

/* A sample of the cluster's statistics, summed over all servers. */
struct rdb_load_sample {
	double total;     /* queries since the start of the servers */
	double recently;  /* queries in the last full second */
	double documents; /* documents read or written in the last full second */
	double written;   /* documents written since the start of the servers */
	uint64_t own;     /* queries sent by this process until now */
	int64_t at;       /* time of the sample in ms, by rdb_wait_now() */
};

struct rdb_load {
	struct rdb_cluster *cluster;
	struct rdb_conn *conn;           /* NULL: not connected */
	const struct rdb_cancel *cancel; /* must outlive it */
	unsigned connections;        /* connections of this process, each with at most one query in
					progress */
	struct rdb_load_sample last; /* last sample; before the first, only "own" is set */
	int answer_timeout;          /* limit in ms; -1 for none */
	bool known;                  /* whether all fields of last are set */
	bool refused;                /* the server has refused the request, so it is not repeated */
	double monitors;             /* queries per second of monitoring systems */
	double level;                /* sum of other clients' queries above the ignored rate */
	unsigned quiet;              /* number of consecutive samples without other clients */
	atomic_bool deserted;        /* no other client is active */
};

/* Prepares *load to detect whether other clients use the cluster. "connections" is the number of
 * this process's connections to the cluster. "asked" is the result of rdb_cluster_queries() before
 * the backup sent its first query. */
void rdb_load_init(struct rdb_load *load, struct rdb_cluster *cluster, unsigned connections,
	uint64_t asked, const struct rdb_cancel *cancel);

/* Requests the servers' statistics, waits for the answer, and updates the result of
 * rdb_load_others(). If the request fails, other clients are assumed to be active. */
void rdb_load_look(struct rdb_load *load);

/* Determines from a new sample of the cluster's statistics whether other clients are active.
 * rdb_load_others() then returns the new result. */
void rdb_load_note(struct rdb_load *load, const struct rdb_load_sample *sample);

bool rdb_load_others(const struct rdb_load *load);

void rdb_load_close(struct rdb_load *load);

#endif
