/* Address of a server in the form that users write: HOST, HOST:PORT, [::1], [::1]:28015, or a
 * connection string rethinkdb://[USER[:PASSWORD]@]HOST[:PORT][/]. */
#ifndef RDB_REQL_ADDRESS_H
#define RDB_REQL_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_address {
	char host[256]; /* host name, or IP address without brackets */
	uint16_t port;  /* 28015 if the text has no port */
	bool has_port;  /* one is given */
	char user[256]; /* "" if the text has no user */
	char password[1024];
	bool has_password; /* whether the text has a password, which may be empty */
};

/*
 * Parses an address in any form that the head of this file lists. In a connection string, decodes
 * %XX in the user and the password. *err never contains the password. Returns 0 or -EINVAL.
 */
int rdb_address_parse(const char *text, struct rdb_address *out, struct rdb_err *err);

/* Parses a host name or an IP address, with or without brackets, and sets only out->host. Returns 0
 * or -EINVAL. */
int rdb_address_parse_host(const char *text, struct rdb_address *out, struct rdb_err *err);

#endif
