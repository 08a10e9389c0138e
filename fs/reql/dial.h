/* Opening a TCP connection. */
#ifndef RDB_REQL_DIAL_H
#define RDB_REQL_DIAL_H

#include "base/err.h"
#include "base/wait.h"

#include <stdint.h>

/*
 * Connects to the first endpoint of a host that answers (RFC 8305: a second attempt starts if the
 * first has not connected after a quarter of a second, and so on). Returns a non-blocking
 * descriptor with TCP_NODELAY, whose peer is given up when it is silent for minutes.
 * Each error has a text that names peer (HOST:PORT).
 *   -ECONNREFUSED nothing listens there
 *   -EHOSTUNREACH no such host, no route to it
 *   -ETIMEDOUT    no answer before the deadline
 *   -EINTR        cancelled
 *   -EACCES       a local firewall forbids it
 *   -EMFILE -ENFILE -ENOMEM -EAGAIN
 */
int rdb_dial(const char *host, uint16_t port, const char *peer, const struct rdb_wait *wait,
	int *fd, struct rdb_err *err);

#endif
