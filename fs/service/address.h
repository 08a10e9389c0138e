/*
 * Addresses of deployments at a hosting service:
 *
 *     compose+https://HOST[:PORT]/PATH/deployments/ID
 *
 * PATH is the API's, 2016-07 or …/2016-07/instances/INSTANCE. compose+http:// is for a loopback
 * host, where no other machine hears the token. Looks at the words alone.
 */
#ifndef RDB_SERVICE_ADDRESS_H
#define RDB_SERVICE_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>

#define RDB_SERVICE_ID 64 /* of deployments, backups and recipes, with the NUL */

/* Zero-initialised is empty. */
struct rdb_service_address {
	char *base; /* "https://HOST/PATH": what stands before /deployments */
	char deployment[RDB_SERVICE_ID];
};

/*
 * Free out in any case.
 *   -EINVAL   text is no such address
 *   -ENOMEM
 */
int rdb_service_address_parse(
	const char *text, struct rdb_service_address *out, struct rdb_err *err);
void rdb_service_address_free(struct rdb_service_address *address);

/* Whether text can be a part of an address's path as it is: letters, digits, "-", "_" and ".", and
 * shorter than RDB_SERVICE_ID. */
bool rdb_service_is_id(const char *text);

/* Whether an http:// address names this machine: localhost, 127.0.0.0/8 or [::1]. */
bool rdb_service_is_loopback(const char *url);

#endif
