/*
 * Cluster of which backups are made and into which backups are restored. The user gives the
 * address. All jobs share the object, which does not change except for an atomic counter of
 * queries.
 */
#ifndef RDB_CLUSTER_CLUSTER_H
#define RDB_CLUSTER_CLUSTER_H

#include "reql/conn.h"

#include <stdbool.h>

/* Options given by the user. rdb_cluster_create() keeps no pointers to the strings, so the caller
 * may free the strings after that call. */
struct rdb_cluster_options {
	const char *connect;  /* HOST, HOST:PORT or rethinkdb://...; NULL for localhost:28015 */
	const char *host;     /* NULL: from connect */
	uint16_t port;        /* 0: from connect */
	const char *user;     /* NULL means the user in "connect", or else admin */
	const char *password; /* NULL means the password in "connect", or else no password */
	bool tls; /* TLS with the system's root certificates; implied by the three files below */
	const char *tls_cert;        /* file of the only root certificate to trust */
	const char *tls_client_cert; /* files of the client's certificate and key; NULL for none */
	const char *tls_client_key;
};

struct rdb_cluster;

/* Creates a cluster object without connecting. Returns 0, -ENOMEM, -EINVAL if an address,
 * certificate or key is not usable, or an error of rdb_tls_create() if a file named in *options
 * cannot be read. */
int rdb_cluster_create(
	const struct rdb_cluster_options *options, struct rdb_cluster **out, struct rdb_err *err);
void rdb_cluster_free(struct rdb_cluster *cluster);

const char *rdb_cluster_name(const struct rdb_cluster *cluster); /* "host:port", for messages */

/* Opens a new connection, to be used by one thread. "cancel" may be NULL, and must outlive the
 * connection. Returns 0 or an error of rdb_conn_open(). */
int rdb_cluster_connect(struct rdb_cluster *cluster, const struct rdb_cancel *cancel,
	struct rdb_conn **out, struct rdb_err *err);

/* Opens a connection like rdb_cluster_connect(), but returns -ETIMEDOUT if this takes more than ms
 * milliseconds. */
int rdb_cluster_connect_within(struct rdb_cluster *cluster, const struct rdb_cancel *cancel, int ms,
	struct rdb_conn **out, struct rdb_err *err);

/* Returns the number of queries sent so far over all connections to the cluster, including CONTINUE
 * and STOP. */
uint64_t rdb_cluster_queries(const struct rdb_cluster *cluster);

#endif
