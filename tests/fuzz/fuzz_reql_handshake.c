/* Fuzzes a server's part of the handshake; the client's nonce is "NONCE". */
#include "reql/handshake.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_wait wait = rdb_wait_for(NULL, 5000);
	char version[RDB_SERVER_VERSION] = "";
	struct rdb_transport stream;
	struct rdb_err err = {0};
	int fd[2], rc;

	if (size > 65536 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return 0;
	if (size > 0 && send(fd[1], data, size, MSG_NOSIGNAL) != (ssize_t)size)
		abort();
	shutdown(fd[1], SHUT_WR);
	rdb_transport_init(&stream, fd[0], "there:1");
	rc = rdb_handshake(&stream, "admin", "", "NONCE", version, &wait, &err);
	if (rc != 0 && (!err.text[0] || err.code != -rc))
		abort();
	rdb_transport_close(&stream);
	close(fd[1]);
	return 0;
}
