/*
 * Whether other clients use the cluster. Servers count the queries that they have answered since
 * their start (rethinkdb.stats); what is more than this process has asked came from others. A few
 * a second are nobody, and as many more as there are at the first look while no document is read
 * or written: monitoring asks the servers about themselves.
 *
 * Who may not read the tables of the database rethinkdb is told nothing, and others are taken to
 * be there: the same while nothing is known yet.
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

/* What the servers say, all together. */
struct rdb_load_sample {
	double total;     /* queries since the servers' start */
	double recently;  /* queries in the last second that is over */
	double documents; /* read and written in that second */
	double written;   /* documents since the servers' start */
	uint64_t own;     /* queries that this process has sent so far */
	int64_t at;       /* ms, on rdb_wait_now()'s clock */
};

struct rdb_load {
	struct rdb_cluster *cluster;
	struct rdb_conn *conn;           /* NULL: none now */
	const struct rdb_cancel *cancel; /* outlives it */
	unsigned connections;            /* of this process: as many queries may be under way */
	struct rdb_load_sample last;     /* at first only what this process had asked before */
	int answer_timeout;              /* ms; -1: none */
	bool known;                      /* all of last is */
	bool refused;                    /* it is of no use to ask again */
	double monitors;                 /* queries a second of who only looks after the servers */
	double level;                    /* queries of others that have not flown off */
	unsigned quiet;                  /* looks in a row that found nobody */
	atomic_bool deserted;            /* nobody else is there */
};

/* asked: queries that this process had sent (rdb_cluster_queries()) before it took the work up that
 * wants to know. Those since, which the servers may tell of at the first look, are no others'. */
void rdb_load_init(struct rdb_load *load, struct rdb_cluster *cluster, unsigned connections,
	uint64_t asked, const struct rdb_cancel *cancel);

/* Asks the servers; waits for the answer. What goes wrong means that others may be there. */
void rdb_load_look(struct rdb_load *load);

/* Draws the conclusion from an answer. */
void rdb_load_note(struct rdb_load *load, const struct rdb_load_sample *sample);

bool rdb_load_others(const struct rdb_load *load);

void rdb_load_close(struct rdb_load *load);

#endif
