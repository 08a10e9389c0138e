/* Resolving of host names, with a limit on the time that the caller waits. */
#ifndef RDB_REQL_RESOLVE_H
#define RDB_REQL_RESOLVE_H

#include "base/err.h"
#include "base/wait.h"

#include <stdint.h>
#include <sys/socket.h>

#define RDB_RESOLVE_MAX 8

struct rdb_endpoint {
	struct sockaddr_storage address;
	socklen_t len;
};

/* Looks up a host name or an IP address without brackets. Stores the endpoints so that IPv4 and
 * IPv6 endpoints alternate. Returns their number, -EHOSTUNREACH if there are none, -ETIMEDOUT,
 * -EINTR, -ENOMEM or -EAGAIN. */
int rdb_resolve(const char *host, uint16_t port, const struct rdb_wait *wait,
	struct rdb_endpoint out[RDB_RESOLVE_MAX], struct rdb_err *err);

#endif
