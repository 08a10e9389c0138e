/*
 * Addresses of deployments at a hosting service:
 *
 *     compose+https://HOST[:PORT]/PATH/deployments/ID
 *
 * PATH is the API's, 2016-07 or …/2016-07/instances/INSTANCE. compose+http:// is accepted only for
 * a loopback host, where no other machine can read the token. Parses the text only; accesses no
 * network.
 */
#ifndef RDB_SERVICE_SERVICE_ADDRESS_H
#define RDB_SERVICE_SERVICE_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>

#define RDB_SERVICE_ID 64 /* bytes of an id of a deployment, backup or recipe, with the NUL */

/* Zero-initialised is empty. */
struct rdb_service_address {
	char *base; /* "https://HOST/PATH": the address up to /deployments */
	char deployment[RDB_SERVICE_ID];
};

/*
 * Parses an address. Free out in any case.
 *   -EINVAL   text is not such an address
 *   -ENOMEM
 */
int rdb_service_address_parse(
	const char *text, struct rdb_service_address *out, struct rdb_err *err);
void rdb_service_address_free(struct rdb_service_address *address);

/* Returns whether text can be part of an address's path without escapes: letters, digits, "-", "_"
 * and ".", and shorter than RDB_SERVICE_ID. */
bool rdb_service_is_id(const char *text);

/* Returns whether an http:// address names this machine: localhost, 127.0.0.0/8 or [::1]. */
bool rdb_service_is_loopback(const char *url);

#endif
