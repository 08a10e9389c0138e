#include "dump/read_token.h"

#include "base/wait.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RETRY 10000 /* µs until a failed wait is repeated */

int rdb_read_token_init(struct rdb_read_token *turn)
{
	turn->fd = eventfd(1, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
	return turn->fd < 0 ? -errno : 0;
}

int rdb_read_token_acquire(struct rdb_read_token *turn, const struct rdb_cancel *cancel)
{
	const struct rdb_wait wait = rdb_wait_for(cancel, -1);
	struct pollfd fd = {.fd = turn->fd, .events = POLLIN};
	eventfd_t value;
	int rc;

	do {
		rc = rdb_wait_poll(&wait, &fd, 1);
		if (rc == -EINTR)
			return rc;
		if (rc < 0)
			usleep(RETRY); /* the kernel lacks memory for the wait */
	} while (eventfd_read(turn->fd, &value) != 0);
	return 0;
}

void rdb_read_token_release(struct rdb_read_token *turn)
{
	(void)eventfd_write(turn->fd, 1);
}

void rdb_read_token_destroy(struct rdb_read_token *turn)
{
	if (turn->fd >= 0)
		close(turn->fd);
}
