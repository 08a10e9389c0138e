/* The address of a server, as users write it: HOST, HOST:PORT, [::1], [::1]:28015, or a connection
 * string rethinkdb://[USER[:PASSWORD]@]HOST[:PORT][/]. */
#ifndef RDB_REQL_ADDRESS_H
#define RDB_REQL_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_address {
	char host[256]; /* a name or an address without brackets */
	uint16_t port;  /* 28015 if the text has none */
	bool has_port;  /* one is given */
	char user[256]; /* "" if the text has none */
	char password[1024];
	bool has_password; /* the text has one, perhaps empty */
};

/*
 * Parses an address. -EINVAL: the error text never shows the password. In a connection string %XX
 * stands for a byte of user and password.
 */
int rdb_address_parse(const char *text, struct rdb_address *out, struct rdb_err *err);

/* Sets only the host: a name or an address, with or without brackets. -EINVAL. */
int rdb_address_parse_host(const char *text, struct rdb_address *out, struct rdb_err *err);

#endif
