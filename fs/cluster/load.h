/*
 * Detects whether other clients use the cluster. Servers count the queries that they have answered
 * since their start (rethinkdb.stats); queries beyond those of this process come from other
 * clients. A few per second are ignored, and so is a constant additional rate that is seen at the
 * first look while no document is read or written: monitoring systems query the servers' state.
 *
 * Other clients are assumed to be active while nothing is known yet, and always if the user may not
 * read the tables of the database rethinkdb.
 *
 * rdb_load_others() may be called by any thread, the rest by one at a time.
 */
#ifndef RDB_CLUSTER_LOAD_H
#define RDB_CLUSTER_LOAD_H

#include "cluster/cluster.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RDB_LOAD_INTERVAL 1000 /* ms between two looks */

/* Statistics of all servers, summed. */
struct rdb_load_sample {
	double total;     /* queries since the servers' start */
	double recently;  /* queries in the last full second */
	double documents; /* documents read and written in that second */
	double written;   /* documents written since the servers' start */
	uint64_t own;     /* queries sent by this process so far */
	int64_t at;       /* ms, on rdb_wait_now()'s clock */
};

struct rdb_load {
	struct rdb_cluster *cluster;
	struct rdb_conn *conn;           /* NULL: not connected */
	const struct rdb_cancel *cancel; /* must outlive it */
	unsigned connections; /* connections of this process: it has at most as many queries in
				 progress */
	struct rdb_load_sample last; /* before the first look only last.own is set */
	int answer_timeout;          /* ms; -1: none */
	bool known;                  /* all members of last are set */
	bool refused;                /* refused by the server: do not ask again */
	double monitors;             /* queries per second of monitoring */
	double level;                /* other clients' queries, less the ignored rate */
	unsigned quiet;              /* consecutive looks without other clients */
	atomic_bool deserted;        /* no other client is active */
};

/* Initialises the load. asked: result of rdb_cluster_queries() before this process began the work
 * during which load is observed. Queries sent since then, which the servers may report at the first
 * look, are not counted as other clients'. */
void rdb_load_init(struct rdb_load *load, struct rdb_cluster *cluster, unsigned connections,
	uint64_t asked, const struct rdb_cancel *cancel);

/* Asks the servers and waits for the answer. After a failure other clients are assumed to be
 * active. */
void rdb_load_look(struct rdb_load *load);

/* Evaluates one sample. */
void rdb_load_note(struct rdb_load *load, const struct rdb_load_sample *sample);

bool rdb_load_others(const struct rdb_load *load);

void rdb_load_close(struct rdb_load *load);

#endif
