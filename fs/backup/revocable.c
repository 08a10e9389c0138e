#include "backup/revocable.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct revocable {
	struct rdb_source source;
	pthread_mutex_t lock;     /* guards the rest */
	struct rdb_source *inner; /* NULL when closed */
	unsigned reads;           /* reads under way */
	bool revoked;
};

static struct revocable *to_revocable(struct rdb_source *source)
{
	return (struct revocable *)source;
}

static struct rdb_source *detach(struct revocable *r)
{
	struct rdb_source *inner = r->revoked && r->reads == 0 ? r->inner : NULL;

	if (inner)
		r->inner = NULL;
	return inner;
}

static bool begin_read(struct revocable *r)
{
	bool allowed;

	pthread_mutex_lock(&r->lock);
	allowed = !r->revoked;
	r->reads += allowed;
	pthread_mutex_unlock(&r->lock);
	return allowed;
}

static void end_read(struct revocable *r)
{
	struct rdb_source *close;

	pthread_mutex_lock(&r->lock);
	r->reads--;
	close = detach(r);
	pthread_mutex_unlock(&r->lock);
	rdb_source_close(close);
}

static ssize_t revocable_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct revocable *r = to_revocable(source);
	ssize_t n;

	if (!begin_read(r))
		return rdb_err_set(err, EIO, "it was removed or replaced");
	n = rdb_source_pread(r->inner, buf, len, off, err);
	end_read(r);
	return n;
}

static void revocable_close(struct rdb_source *source)
{
	struct revocable *r = to_revocable(source);

	rdb_source_close(r->inner);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static const struct rdb_source_ops revocable_ops = {
	.pread = revocable_pread, .close = revocable_close};

int rdb_revocable_create(struct rdb_source *inner, struct rdb_source **out, struct rdb_err *err)
{
	struct revocable *r = calloc(1, sizeof(*r));

	if (!r) {
		rdb_source_close(inner);
		return rdb_err_sys(err, ENOMEM, "opening");
	}
	r->source = *inner;
	r->source.ops = &revocable_ops;
	r->inner = inner;
	pthread_mutex_init(&r->lock, NULL);
	*out = &r->source;
	return 0;
}

void rdb_revocable_revoke(struct rdb_source *source)
{
	struct revocable *r = to_revocable(source);
	struct rdb_source *close;

	pthread_mutex_lock(&r->lock);
	r->revoked = true;
	close = detach(r);
	pthread_mutex_unlock(&r->lock);
	rdb_source_close(close);
}
