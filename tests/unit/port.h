/* A port without a listener that no other process can take. */
#ifndef RDB_TESTS_PORT_H
#define RDB_TESTS_PORT_H

#include "unit/check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#define PORT_WHERE 32

/* Reserves a port; where: 127.0.0.1:PORT. Connections are refused until the returned socket
 * listens, and the port stays reserved until the socket is closed. */
static int take_port(char where[PORT_WHERE])
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	REQUIRE(bind(fd, (struct sockaddr *)&address, len) == 0);
	REQUIRE(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	snprintf(where, PORT_WHERE, "127.0.0.1:%d", ntohs(address.sin_port));
	return fd;
}

#endif
