#include "reql/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Look-up of a host name, shared by the caller and the thread that runs it. The last user frees
 * it. */
struct lookup {
	char *host;
	char service[6];
	int result; /* result of getaddrinfo(), valid once done is fired */
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

/* Creates a look-up. Returns 0, -ENOMEM, -EMFILE or -ENFILE. */
static int new_lookup(const char *host, uint16_t port, struct lookup **out)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int rc;

	if (!lookup)
		return -ENOMEM;
	lookup->host = strdup(host);
	rc = lookup->host ? rdb_cancel_init(&lookup->done) : -ENOMEM;
	if (rc != 0) {
		free(lookup->host);
		free(lookup);
		return rc;
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
	int rc;

	atomic_fetch_add(&lookup->users, 1);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, look_up, lookup);
	pthread_attr_destroy(&attr);
	if (rc != 0) {
		leave(lookup);
		return -EAGAIN;
	}
	rc = rdb_wait_poll(wait, &done, 1);
	if (rc < 0)
		return rc;
	return rdb_cancel_fired(&lookup->done) ? 0 : -EAGAIN;
}

static const struct addrinfo *next_of(const struct addrinfo *from, int family, bool same)
{
	while (from && (from->ai_family == family) != same)
		from = from->ai_next;
	return from;
}

/* Copies the addresses, with IPv4 and IPv6 alternating. Addresses of one family stay in the
 * system's order. */
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

static int explain(int rc, const char *host, struct rdb_err *err)
{
	switch (rc) {
	case -EINTR:
		return rdb_err_set(err, EINTR, "%s: cancelled", host);
	case -ETIMEDOUT:
		return rdb_err_set(err, ETIMEDOUT,
			"%s: the name server does not answer; check the network, or give an "
			"address instead of the name",
			host);
	default:
		return rdb_err_sys(err, -rc, "%s: can't look up the name", host);
	}
}

int rdb_resolve(const char *host, uint16_t port, const struct rdb_wait *wait,
	struct rdb_endpoint out[RDB_RESOLVE_MAX], struct rdb_err *err)
{
	struct lookup *lookup;
	int rc = new_lookup(host, port, &lookup);

	if (rc != 0)
		return rdb_err_sys(err, -rc, "%s", host);
	if (!look_up_numeric(lookup))
		rc = look_up_on_thread(lookup, wait);
	if (rc != 0)
		rc = explain(rc, host, err);
	else if (lookup->result == EAI_MEMORY)
		rc = rdb_err_sys(err, ENOMEM, "%s", host);
	else if (lookup->result != 0)
		rc = rdb_err_set(err, EHOSTUNREACH, "%s: no such host (%s); check the host name",
			host, gai_strerror(lookup->result));
	else
		rc = interleave(lookup->list, out);
	leave(lookup);
	return rc;
}
