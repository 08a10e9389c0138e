#include "writer/spool.h"

#include "io/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct rdb_spool {
	int fd;
	pthread_mutex_t lock; /* guards the fields below */
	uint64_t end;
	uint64_t live; /* bytes of pieces that were not yet released */
};

int rdb_spool_create(int fd, struct rdb_spool **out, struct rdb_err *err)
{
	struct rdb_spool *spool = calloc(1, sizeof(*spool));

	if (!spool) {
		close(fd);
		return rdb_err_sys(err, ENOMEM, "the temporary file");
	}
	spool->fd = fd;
	pthread_mutex_init(&spool->lock, NULL);
	*out = spool;
	return 0;
}

static uint64_t reserve(struct rdb_spool *spool, size_t len)
{
	uint64_t at;

	pthread_mutex_lock(&spool->lock);
	at = spool->end;
	spool->end += len;
	spool->live += len;
	pthread_mutex_unlock(&spool->lock);
	return at;
}

int rdb_spool_add(
	struct rdb_spool *spool, const void *data, size_t len, uint64_t *at, struct rdb_err *err)
{
	int ret;

	*at = reserve(spool, len);
	ret = rdb_write_all_at(spool->fd, data, len, *at);
	return ret ? rdb_err_sys(err, -ret, "writing the temporary file") : 0;
}

int rdb_spool_fd(const struct rdb_spool *spool)
{
	return spool->fd;
}

void rdb_spool_release(struct rdb_spool *spool, uint64_t at, size_t len)
{
	/* Ignore errors, because holes only save disk space. Even without holes, the file does not
	 * grow forever: after all pieces were released, new pieces overwrite the file from its
	 * start. */
	fallocate(spool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)len);
	pthread_mutex_lock(&spool->lock);
	spool->live -= len;
	if (spool->live == 0)
		spool->end = 0;
	pthread_mutex_unlock(&spool->lock);
}

void rdb_spool_destroy(struct rdb_spool *spool)
{
	if (!spool)
		return;
	pthread_mutex_destroy(&spool->lock);
	close(spool->fd);
	free(spool);
}
