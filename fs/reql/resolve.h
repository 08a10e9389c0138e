/* Resolves host names with a limit on the time that the caller waits. */
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

/*
 * Looks a host up (name, IPv4, IPv6 without brackets). Gives at most RDB_RESOLVE_MAX endpoints
 * in the system's order of preference, families taking turns, so that a broken one costs one
 * attempt. The look-up itself runs on a thread of its own that is left behind when the wait
 * ends first.
 *   > 0           so many endpoints
 *   -EHOSTUNREACH no such host, or the name server can't be asked
 *   -ETIMEDOUT -EINTR (cancelled) -ENOMEM -EAGAIN (no thread to be had)
 */
int rdb_resolve(const char *host, uint16_t port, const struct rdb_wait *wait,
	struct rdb_endpoint out[RDB_RESOLVE_MAX], struct rdb_err *err);

#endif
