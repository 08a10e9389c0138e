/* Sources that can be closed while others hold them. */
#include "backup/revocable.h"
#include "unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

/* A source whose reads wait for permission. */
struct slow {
	struct rdb_source source;
	sem_t begun, through;
	atomic_int closed;
};

static ssize_t slow_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct slow *slow = (struct slow *)source;

	(void)off, (void)err;
	sem_post(&slow->begun);
	sem_wait(&slow->through);
	memset(buf, 'x', len);
	return (ssize_t)len;
}

static void slow_close(struct rdb_source *source)
{
	atomic_fetch_add(&((struct slow *)source)->closed, 1);
}

static const struct rdb_source_ops slow_ops = {.pread = slow_pread, .close = slow_close};

static struct slow slow;
static struct rdb_err err;

static struct rdb_source *wrap(void)
{
	struct rdb_source *source;

	slow = (struct slow){.source = {.ops = &slow_ops, .identity.size = 7, .home = 3}};
	sem_init(&slow.begun, 0, 0);
	sem_init(&slow.through, 0, 0);
	REQUIRE(rdb_revocable_create(&slow.source, &source, &err) == 0);
	return source;
}

static void *read_once(void *arg)
{
	char buf[4];

	return (void *)rdb_source_pread(arg, buf, sizeof(buf), 0, NULL);
}

static void test_reads_reach_the_source(void)
{
	struct rdb_source *source = wrap();
	char buf[4];

	CHECK_INT(source->identity.size, 7);
	CHECK_INT(source->home, 3);
	sem_post(&slow.through);
	CHECK_INT(rdb_source_pread(source, buf, 4, 0, &err), 4);
	rdb_source_close(source);
	CHECK_INT(slow.closed, 1);
}

static void test_revoked(void)
{
	struct rdb_source *source = wrap();
	char buf[4];

	rdb_revocable_revoke(source);
	CHECK_INT(slow.closed, 1);
	rdb_revocable_revoke(source);
	CHECK_INT(rdb_source_pread(source, buf, 4, 0, &err), -EIO);
	rdb_source_close(source);
	CHECK_INT(slow.closed, 1);
}

/* The current read succeeds, and closes the source. */
static void test_revoked_while_reading(void)
{
	struct rdb_source *source = wrap();
	pthread_t thread;
	void *result;

	REQUIRE(pthread_create(&thread, NULL, read_once, source) == 0);
	sem_wait(&slow.begun);
	rdb_revocable_revoke(source);
	CHECK_INT(slow.closed, 0);
	sem_post(&slow.through);
	pthread_join(thread, &result);
	CHECK_INT((intptr_t)result, 4);
	CHECK_INT(slow.closed, 1);
	rdb_source_close(source);
	CHECK_INT(slow.closed, 1);
}

int main(void)
{
	RUN(test_reads_reach_the_source);
	RUN(test_revoked);
	RUN(test_revoked_while_reading);
	CHECK_EXIT();
}
