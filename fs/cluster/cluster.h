/*
 * The cluster that is backed up and restored to, as specified by the user. Shared by all jobs;
 * immutable except for the count of queries, which is atomic.
 */
#ifndef RDB_CLUSTER_CLUSTER_H
#define RDB_CLUSTER_CLUSTER_H

#include "reql/conn.h"

#include <stdbool.h>

/* Options as given by the user; all are copied. */
struct rdb_cluster_options {
	const char *connect;         /* HOST, HOST:PORT or rethinkdb://…; NULL: localhost:28015 */
	const char *host;            /* NULL: from connect */
	uint16_t port;               /* 0: from connect */
	const char *user;            /* NULL: from the connection string, else admin */
	const char *password;        /* NULL: from the connection string, else none */
	bool tls;                    /* TLS with the system's roots; implied by the next three */
	const char *tls_cert;        /* file: the only trust anchor */
	const char *tls_client_cert; /* files, for servers that require them */
	const char *tls_client_key;
};

struct rdb_cluster;

/*
 * Reads the certificates; does not connect.
 *   -EINVAL   the address, or a certificate or key is not usable
 *   -ENOENT -EACCES … a file cannot be read
 *   -ENOMEM
 */
int rdb_cluster_create(
	const struct rdb_cluster_options *options, struct rdb_cluster **out, struct rdb_err *err);
void rdb_cluster_free(struct rdb_cluster *cluster);

const char *rdb_cluster_name(const struct rdb_cluster *cluster); /* "host:port", for messages */

/* Opens a new connection, for one thread. cancel: may be NULL; must outlive the connection. Errors
 * of rdb_conn_open(). */
int rdb_cluster_connect(struct rdb_cluster *cluster, const struct rdb_cancel *cancel,
	struct rdb_conn **out, struct rdb_err *err);

/* As rdb_cluster_connect(), but returns -ETIMEDOUT after ms milliseconds. */
int rdb_cluster_connect_within(struct rdb_cluster *cluster, const struct rdb_cancel *cancel, int ms,
	struct rdb_conn **out, struct rdb_err *err);

/* Returns the number of queries sent over this cluster's connections so far, including CONTINUE and
 * STOP. */
uint64_t rdb_cluster_queries(const struct rdb_cluster *cluster);

#endif
