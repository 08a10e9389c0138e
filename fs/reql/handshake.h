/*
 * RethinkDB's V1_0 handshake: version, then SCRAM-SHA-256 (RethinkDB manual, "Writing drivers").
 * The server is not trusted before it has proven that it knows the password. Its messages are
 * limited to RDB_HANDSHAKE_MAX bytes.
 */
#ifndef RDB_REQL_HANDSHAKE_H
#define RDB_REQL_HANDSHAKE_H

#include "reql/transport.h"

#define RDB_HANDSHAKE_MAX 8192
#define RDB_SERVER_VERSION 64

/*
 * Performs the handshake. nonce: from rdb_scram_nonce(). version receives the server's ("2.4.4",
 * "" if it sends none).
 *   -EACCES      wrong password, unknown user; with the text of the server
 *   -EPROTO      not a RethinkDB server, one before 2.3, or one that does not know the password
 *   -EINVAL      user or password can't be sent
 *   -ECONNRESET -ETIMEDOUT -EINTR (cancelled) -EKEYREJECTED -ENOMEM
 */
int rdb_handshake(struct rdb_transport *stream, const char *user, const char *password,
	const char *nonce, char version[RDB_SERVER_VERSION], const struct rdb_wait *wait,
	struct rdb_err *err);

#endif
