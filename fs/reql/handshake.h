/*
 * Handshake of RethinkDB's protocol V1_0: protocol version, then SCRAM-SHA-256 (RethinkDB manual,
 * "Writing drivers"). The server is not trusted before it has proved that it knows the password. A
 * message of the server has at most RDB_HANDSHAKE_MAX bytes.
 */
#ifndef RDB_REQL_HANDSHAKE_H
#define RDB_REQL_HANDSHAKE_H

#include "reql/transport.h"

#define RDB_HANDSHAKE_MAX 8192
#define RDB_SERVER_VERSION 64

/* Performs the handshake. "nonce" is a text from rdb_scram_nonce(). Stores the server's version in
 * "version", for example "2.4.4", or "" if the server does not send its version. Returns 0, or an
 * error of rdb_conn_open(). */
int rdb_handshake(struct rdb_transport *stream, const char *user, const char *password,
	const char *nonce, char version[RDB_SERVER_VERSION], const struct rdb_wait *wait,
	struct rdb_err *err);

#endif
