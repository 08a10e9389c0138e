/*
 * Addresses of deployments at a hosting service:
 *
 *     compose+https://HOST[:PORT]/PATH/deployments/ID
 *
 * PATH is the path of the API, either 2016-07 or …/2016-07/instances/INSTANCE. The scheme
 * compose+http:// is accepted only for a loopback host, where no other machine can read the token.
 * The functions only parse the text, and do not access the network.
 */
#ifndef RDB_SERVICE_SERVICE_ADDRESS_H
#define RDB_SERVICE_SERVICE_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>

#define RDB_SERVICE_ID 64 /* bytes of an id, with the NUL byte */

/* The address of a deployment. A deployment is a database that a hosting service runs and whose
 * backups the service lists. A zero-initialised struct is an empty address. */
struct rdb_service_address {
	char *base; /* "https://HOST/PATH", the address before /deployments */
	char deployment[RDB_SERVICE_ID];
};

/* Parses an address of the form at the top of this file. The caller frees *out even after an error.
 * Returns 0, -ENOMEM or -EINVAL. */
int rdb_service_address_parse(
	const char *text, struct rdb_service_address *out, struct rdb_err *err);
void rdb_service_address_free(struct rdb_service_address *address);

/* Returns true if the text is an id that needs no encoding in a path: 1 to RDB_SERVICE_ID - 1
 * letters, digits, "-", "_" and ".", but neither "." nor "..". */
bool rdb_service_is_id(const char *text);

/* Returns true if the text is safe in a line of an HTTP request: every character is a printable
 * ASCII character other than the space. */
bool rdb_service_is_plain(const char *text);

/* Returns true if the host of the URL is this machine: localhost, an address in 127.0.0.0/8, or
 * [::1]. */
bool rdb_service_is_loopback(const char *url);

#endif
