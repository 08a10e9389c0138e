#include "reql/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A look-up on a thread of its own. The caller may stop waiting, so the last user frees the struct.
 */
struct lookup {
	char *host;
	char service[6];
	int result; /* result of getaddrinfo(); valid after done was fired */
	struct addrinfo *list;
	struct rdb_cancel done;
	atomic_int users;
};

static void leave(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) != 1)
		return;
	if (lookup->list)
		freeaddrinfo(lookup->list);
	rdb_cancel_destroy(&lookup->done);
	free(lookup->host);
	free(lookup);
}

static int new_lookup(const char *host, uint16_t port, struct lookup **out)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int ret;

	if (!lookup)
		return -ENOMEM;
	lookup->host = strdup(host);
	ret = lookup->host ? rdb_cancel_init(&lookup->done) : -ENOMEM;
	if (ret != 0) {
		free(lookup->host);
		free(lookup);
		return ret;
	}
	snprintf(lookup->service, sizeof(lookup->service), "%u", (unsigned)port);
	atomic_init(&lookup->users, 1);
	*out = lookup;
	return 0;
}

static void *look_up(void *arg)
{
	struct lookup *lookup = arg;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};

	lookup->result = getaddrinfo(lookup->host, lookup->service, &hints, &lookup->list);
	rdb_cancel_fire(&lookup->done);
	leave(lookup);
	return NULL;
}

static bool look_up_numeric(struct lookup *lookup)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};

	lookup->result = getaddrinfo(lookup->host, lookup->service, &hints, &lookup->list);
	return lookup->result == 0;
}

static int look_up_on_thread(struct lookup *lookup, const struct rdb_wait *wait)
{
	struct pollfd done = {lookup->done.fd, POLLIN, 0};
	pthread_attr_t attr;
	pthread_t thread;
	int ret;

	atomic_fetch_add(&lookup->users, 1);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ret = pthread_create(&thread, &attr, look_up, lookup);
	pthread_attr_destroy(&attr);
	if (ret != 0) {
		leave(lookup);
		return -EAGAIN;
	}
	ret = rdb_wait_poll(wait, &done, 1);
	if (ret < 0)
		return ret;
	return rdb_cancel_fired(&lookup->done) ? 0 : -EAGAIN;
}

static const struct addrinfo *next_of(const struct addrinfo *from, int family, bool same)
{
	while (from && (from->ai_family == family) != same)
		from = from->ai_next;
	return from;
}

/* Copies the addresses from "list" to "out", and returns the number of copied addresses. Alternates
 * between IPv4 and IPv6 addresses, and otherwise keeps the system's order. */
static int interleave(const struct addrinfo *list, struct rdb_endpoint out[RDB_RESOLVE_MAX])
{
	const struct addrinfo *queue[2] = {list, next_of(list, list->ai_family, false)};
	int count = 0, family = list->ai_family;

	for (int turn = 0; count < RDB_RESOLVE_MAX && (queue[0] || queue[1]); turn ^= 1) {
		const struct addrinfo *entry = queue[turn];
		if (!entry)
			continue;
		queue[turn] = next_of(entry->ai_next, family, turn == 0);
		if (entry->ai_addrlen > sizeof(out[0].address))
			continue;
		memset(&out[count], 0, sizeof(out[count]));
		memcpy(&out[count].address, entry->ai_addr, entry->ai_addrlen);
		out[count++].len = entry->ai_addrlen;
	}
	return count;
}

static int explain(int ret, const char *host, struct rdb_err *err)
{
	switch (ret) {
	case -EINTR:
		return rdb_err_set(err, EINTR, "%s: cancelled", host);
	case -ETIMEDOUT:
		return rdb_err_set(err, ETIMEDOUT,
			"%s: the name server does not answer; check the network, or give an "
			"address instead of the name",
			host);
	default:
		return rdb_err_sys(err, -ret, "%s: can't look up the name", host);
	}
}

int rdb_resolve(const char *host, uint16_t port, const struct rdb_wait *wait,
	struct rdb_endpoint out[RDB_RESOLVE_MAX], struct rdb_err *err)
{
	struct lookup *lookup;
	int ret = new_lookup(host, port, &lookup);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s", host);
	if (!look_up_numeric(lookup))
		ret = look_up_on_thread(lookup, wait);
	if (ret != 0)
		ret = explain(ret, host, err);
	else if (lookup->result == EAI_MEMORY)
		ret = rdb_err_sys(err, ENOMEM, "%s", host);
	else if (lookup->result != 0)
		ret = rdb_err_set(err, EHOSTUNREACH, "%s: no such host (%s); check the host name",
			host, gai_strerror(lookup->result));
	else
		ret = interleave(lookup->list, out);
	leave(lookup);
	return ret;
}
