/* Opening of TCP connections */
#ifndef RDB_REQL_DIAL_H
#define RDB_REQL_DIAL_H

#include "base/err.h"
#include "base/wait.h"

#include <stdint.h>

/*
 * Connects to a host, and stores a non-blocking descriptor in *fd. Tries the host's addresses a
 * quarter of a second apart (RFC 8305). "peer" is HOST:PORT, for messages.
 *
 * Returns:
 *   0              *fd is connected
 *   -ECONNREFUSED  no server listens at the port
 *   -EHOSTUNREACH  the host does not exist or cannot be reached
 *   -ETIMEDOUT     no address has responded before the deadline
 *   -EINTR         the wait was cancelled
 *   -EACCES        a local firewall forbids the connection
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN
 *                  resources are short
 */
int rdb_dial(const char *host, uint16_t port, const char *peer, const struct rdb_wait *wait,
	int *fd, struct rdb_err *err);

#endif
