/* Opening of TCP connections */
#ifndef RDB_REQL_DIAL_H
#define RDB_REQL_DIAL_H

#include "base/err.h"
#include "base/wait.h"

#include <stdint.h>

/*
 * Connects to a host, whose addresses are tried a quarter of a second apart (RFC 8305). Stores a
 * non-blocking descriptor with TCP_NODELAY and keep-alive probes in *fd. "peer" is HOST:PORT, for
 * messages. Returns 0, or
 *   -ECONNREFUSED if no server listens at the port;
 *   -EHOSTUNREACH if the host does not exist or cannot be reached;
 *   -ETIMEDOUT if no address has responded before the deadline;
 *   -EINTR if the wait was cancelled;
 *   -EACCES if a local firewall forbids the connection;
 *   -EMFILE, -ENFILE, -ENOMEM or -EAGAIN if resources are short.
 */
int rdb_dial(const char *host, uint16_t port, const char *peer, const struct rdb_wait *wait,
	int *fd, struct rdb_err *err);

#endif
