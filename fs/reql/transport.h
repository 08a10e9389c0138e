/*
 * A connection's bytes, plain or through TLS. One thread at a time.
 *
 * recv and send move as many bytes as they can without waiting; after -EAGAIN call
 * rdb_transport_wait().
 */
#ifndef RDB_REQL_TRANSPORT_H
#define RDB_REQL_TRANSPORT_H

#include "base/err.h"
#include "base/wait.h"
#include "reql/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rdb_transport {
	int fd;           /* -1: closed */
	SSL *ssl;         /* NULL: plain */
	const char *peer; /* for messages; owned by the caller */
	short recv_wants; /* what poll() must report before the last receive can continue */
	short send_wants; /* as recv_wants, for sending */
};

/* Creates a plain stream of a connected descriptor; takes ownership and makes it non-blocking. */
void rdb_transport_init(struct rdb_transport *stream, int fd, const char *peer);

/*
 * Does the TLS handshake, verifies chain and host.
 *   -EKEYREJECTED  a certificate was refused, by this side or by the server
 *   -EPROTO        the server does not speak TLS
 *   -ECONNRESET -ETIMEDOUT -EINTR (cancelled) -ENOMEM
 */
int rdb_transport_start_tls(struct rdb_transport *stream, struct rdb_tls *tls, const char *host,
	const struct rdb_wait *wait, struct rdb_err *err);

/*
 *   > 0          bytes moved
 *   -EAGAIN      nothing can be moved now; sets no text
 *   -ECONNRESET  the connection was closed by the other side, or lost
 *   -EPROTO -EKEYREJECTED  TLS failed; the server rejects the client's certificate
 */
ssize_t rdb_transport_recv(
	struct rdb_transport *stream, void *buf, size_t len, struct rdb_err *err);

/* more: the caller sends the rest of the message at once. */
ssize_t rdb_transport_send(
	struct rdb_transport *stream, const void *buf, size_t len, bool more, struct rdb_err *err);

/*
 * Waits until the stream can be read; with sending, read or written. A text for every error.
 *   -ETIMEDOUT -EINTR (cancelled) -ENOMEM
 */
int rdb_transport_wait(struct rdb_transport *stream, bool sending, const struct rdb_wait *wait,
	struct rdb_err *err);

/* Closes at once. */
void rdb_transport_close(struct rdb_transport *stream);

#endif
