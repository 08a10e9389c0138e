#include "base/wait.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

int64_t rdb_wait_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct rdb_wait rdb_wait_for(const struct rdb_cancel *cancel, int ms)
{
	return (struct rdb_wait){cancel, ms < 0 ? INT64_MAX : rdb_wait_now() + ms};
}

/* Returns the timeout for poll(): the milliseconds until the deadline, 0 if the deadline has
 * passed, or -1 if "wait" has no deadline. */
static int remaining(const struct rdb_wait *wait)
{
	int64_t left;

	if (wait->until == INT64_MAX)
		return -1;
	left = wait->until - rdb_wait_now();
	if (left <= 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

int rdb_wait_poll(const struct rdb_wait *wait, struct pollfd *fds, unsigned count)
{
	struct pollfd all[RDB_WAIT_FDS + 1];
	int ready, left;

	if (count > RDB_WAIT_FDS)
		return -EINVAL;
	memcpy(all, fds, count * sizeof(*fds));
	all[count] = (struct pollfd){wait->cancel ? wait->cancel->fd : -1, POLLIN, 0};
	do {
		left = remaining(wait);
		ready = poll(all, count + 1, left);
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (rdb_cancel_fired(wait->cancel))
			return -EINTR;
	} while (ready < 0 || (ready == 0 && left != 0));
	memcpy(fds, all, count * sizeof(*fds));
	return ready ? ready : -ETIMEDOUT;
}
