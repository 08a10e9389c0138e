#include "reql/dial.h"

#include "reql/resolve.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <unistd.h>

#define HEAD_START 250 /* ms between the starts of two attempts */
#define KEEP_IDLE 60   /* s of silence before TCP keep-alive probes start */
#define KEEP_INTERVAL 15
#define KEEP_COUNT 4

struct attempts {
	struct pollfd fds[RDB_RESOLVE_MAX];
	int running;
	int failed; /* errno of the first failed attempt */
};

static void tune(int fd)
{
	int on = 1, idle = KEEP_IDLE, interval = KEEP_INTERVAL, count = KEEP_COUNT;

	/* Ignore errors, because a connection works without these options. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static void failure(struct attempts *attempts, int i, int error)
{
	if (attempts->fds[i].fd >= 0) {
		close(attempts->fds[i].fd);
		attempts->running--;
	}
	attempts->fds[i].fd = -1;
	if (!attempts->failed)
		attempts->failed = error;
}

static void start(struct attempts *attempts, int i, const struct rdb_endpoint *endpoint)
{
	int fd = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	attempts->fds[i] = (struct pollfd){fd, POLLOUT, 0};
	if (fd < 0) {
		failure(attempts, i, errno);
		return;
	}
	attempts->running++;
	tune(fd);
	if (connect(fd, (const struct sockaddr *)&endpoint->address, endpoint->len) != 0 &&
		errno != EINPROGRESS)
		failure(attempts, i, errno);
}

static int find_connected(struct attempts *attempts, int started)
{
	for (int i = 0; i < started; i++) {
		int error = 0;
		socklen_t len = sizeof(error);
		if (attempts->fds[i].fd < 0 || !attempts->fds[i].revents)
			continue;
		if (getsockopt(attempts->fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
			error = errno;
		if (!error)
			return i;
		failure(attempts, i, error);
	}
	return -1;
}

static void close_others(struct attempts *attempts, int started, int winner)
{
	for (int i = 0; i < started; i++)
		if (i != winner && attempts->fds[i].fd >= 0)
			close(attempts->fds[i].fd);
}

/*
 * Waits until an attempt to connect has ended. If "more" is true, another endpoint is left to try,
 * and the wait lasts at most HEAD_START ms.
 *
 * Returns:
 *   positive  an attempt has ended
 *   0         HEAD_START ms have passed, and the next attempt should start
 *   negative  an error of rdb_wait_poll()
 */
static int wait_some(struct attempts *attempts, int started, const struct rdb_wait *wait, bool more)
{
	struct rdb_wait some = *wait;
	int ret;

	if (more && rdb_wait_now() + HEAD_START < wait->until)
		some.until = rdb_wait_now() + HEAD_START;
	ret = rdb_wait_poll(&some, attempts->fds, (unsigned)started);
	return ret == -ETIMEDOUT && some.until != wait->until ? 0 : ret;
}

static int race(const struct rdb_endpoint *endpoints, int count, const struct rdb_wait *wait)
{
	struct attempts attempts = {.running = 0};
	int started = 0, winner = -1, ret = 0;

	while (winner < 0 && ret >= 0 && (started < count || attempts.running > 0)) {
		if (started < count) {
			start(&attempts, started, &endpoints[started]);
			started++;
		}
		if (attempts.running == 0)
			continue;
		ret = wait_some(&attempts, started, wait, started < count);
		winner = ret > 0 ? find_connected(&attempts, started) : -1;
	}
	close_others(&attempts, started, winner);
	if (winner >= 0)
		return attempts.fds[winner].fd;
	return ret < 0 ? ret : -attempts.failed;
}

static int explain(int error, const char *peer, struct rdb_err *err)
{
	switch (error) {
	case EINTR:
		return rdb_err_set(err, EINTR, "%s: cancelled", peer);
	case ECONNREFUSED:
		return rdb_err_set(err, ECONNREFUSED,
			"%s refuses the connection: check that RethinkDB runs there, that the "
			"port is its driver port, and that it listens to this machine (bind)",
			peer);
	case ETIMEDOUT:
		return rdb_err_set(err, ETIMEDOUT,
			"%s does not answer: check the address, and firewalls on the way", peer);
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return rdb_err_set(err, EHOSTUNREACH,
			"%s can't be reached: no route to that host from here", peer);
	case EPERM:
	case EACCES:
		return rdb_err_set(
			err, EACCES, "%s: this machine's firewall forbids the connection", peer);
	default:
		return rdb_err_sys(err, error, "%s: can't connect", peer);
	}
}

int rdb_dial(const char *host, uint16_t port, const char *peer, const struct rdb_wait *wait,
	int *fd, struct rdb_err *err)
{
	struct rdb_endpoint endpoints[RDB_RESOLVE_MAX];
	int ret;

	ret = rdb_resolve(host, port, wait, endpoints, err);
	if (ret < 0)
		return ret;
	ret = race(endpoints, ret, wait);
	if (ret < 0)
		return explain(-ret, peer, err);
	*fd = ret;
	return 0;
}
