/*
 * The cluster that is backed up and restored to: how it is reached, as the user said it. Immutable
 * after its making but for a count, shared by all jobs.
 */
#ifndef RDB_CLUSTER_CLUSTER_H
#define RDB_CLUSTER_CLUSTER_H

#include "reql/conn.h"

#include <stdbool.h>

/* What the user gave; all copied. */
struct rdb_cluster_options {
	const char *connect;         /* HOST, HOST:PORT or rethinkdb://…; NULL: localhost:28015 */
	const char *host;            /* NULL: that of connect */
	uint16_t port;               /* 0: that of connect */
	const char *user;            /* NULL: that of the connection string, else admin */
	const char *password;        /* NULL: that of the connection string, else none */
	bool tls;                    /* TLS with the system's roots; implied by the three below */
	const char *tls_cert;        /* file: the only trust anchor */
	const char *tls_client_cert; /* files, for servers that demand them */
	const char *tls_client_key;
};

struct rdb_cluster;

/*
 * Reads the certificates; connects to nothing.
 *   -EINVAL   the address, or a certificate or key that can't be used
 *   -ENOENT -EACCES … a file that can't be read
 *   -ENOMEM
 */
int rdb_cluster_create(
	const struct rdb_cluster_options *options, struct rdb_cluster **out, struct rdb_err *err);
void rdb_cluster_free(struct rdb_cluster *cluster);

const char *rdb_cluster_name(const struct rdb_cluster *cluster); /* "host:port", for messages */

/* A connection of its own, for one thread. cancel: may be NULL; outlives the connection. Errors
 * as rdb_conn_open(). */
int rdb_cluster_connect(struct rdb_cluster *cluster, const struct rdb_cancel *cancel,
	struct rdb_conn **out, struct rdb_err *err);

/* The same, given up with -ETIMEDOUT after so many ms. */
int rdb_cluster_connect_within(struct rdb_cluster *cluster, const struct rdb_cancel *cancel, int ms,
	struct rdb_conn **out, struct rdb_err *err);

/* How many queries have been sent over its connections so far, CONTINUE and STOP too. */
uint64_t rdb_cluster_queries(const struct rdb_cluster *cluster);

#endif
