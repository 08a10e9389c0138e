/*
 * Transport of bytes over a connection, plain or with TLS. A transport is used by one thread at a
 * time.
 *
 * The functions rdb_transport_recv() and rdb_transport_send() move as many bytes as possible
 * without waiting. After -EAGAIN the caller calls rdb_transport_wait().
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
	const char *peer; /* used in messages; owned by the caller */
	short recv_wants; /* poll() events after which receiving can continue */
	short send_wants; /* poll() events after which sending can continue */
};

/* Initialises a plain transport over a connected descriptor. Takes ownership of the descriptor and
 * makes it non-blocking. */
void rdb_transport_init(struct rdb_transport *stream, int fd, const char *peer);

/* Performs the TLS handshake, and verifies certificate and host. Returns 0, -EKEYREJECTED if the
 * certificate is not accepted for this host, -EPROTO if the server does not speak TLS, -ECONNRESET,
 * -ETIMEDOUT, -EINTR or -ENOMEM. */
int rdb_transport_start_tls(struct rdb_transport *stream, struct rdb_tls *tls, const char *host,
	const struct rdb_wait *wait, struct rdb_err *err);

/*
 * Receives up to len bytes, without waiting.
 *
 * Returns:
 *   positive       the number of bytes received
 *   -EAGAIN        no byte has arrived; *err is unchanged
 *   -ECONNRESET    the connection is closed
 *   -EKEYREJECTED  one side rejects the other's certificate
 *   -EPROTO        any other TLS error
 */
ssize_t rdb_transport_recv(
	struct rdb_transport *stream, void *buf, size_t len, struct rdb_err *err);

/* Sends up to len bytes, without waiting. "more" is true if the caller will send further bytes
 * immediately. Returns the number of bytes sent, -EAGAIN if no byte can be sent now, or an error of
 * rdb_transport_recv(). */
ssize_t rdb_transport_send(
	struct rdb_transport *stream, const void *buf, size_t len, bool more, struct rdb_err *err);

/* Waits until bytes can be received. If "sending" is true, also returns when bytes can be sent.
 * Returns 0, -ETIMEDOUT, -EINTR or -ENOMEM. After an error, *err has a message. */
int rdb_transport_wait(struct rdb_transport *stream, bool sending, const struct rdb_wait *wait,
	struct rdb_err *err);

/* Closes at once. */
void rdb_transport_close(struct rdb_transport *stream);

#endif
