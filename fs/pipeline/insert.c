#include "pipeline/insert.h"

#include "pipeline/refused_document.h"

#include <errno.h>
#include <stdlib.h>

#define BYTES ((size_t)256 << 10) /* bytes at which a batch is sent */
#define WINDOW ((size_t)4 << 20)  /* limit on bytes in flight; a single batch may be larger */
#define SYNC ((size_t)8 << 20)    /* bytes of unsynced batches that trigger a sync */
#define KEPT ((size_t)16 << 20)   /* unsynced bytes above which sending waits for a sync */

struct rdb_insert {
	struct rdb_insert_options options;
	struct rdb_pipeline *pipeline;
	struct rdb_batch *filling[RDB_HASH_SHARDS]; /* unsent batch of each shard, or NULL */
	/* for each connection, a list of acknowledged batches that are possibly not yet on disk,
	 * oldest first */
	struct rdb_writes *kept;
	size_t kept_bytes;      /* bytes of memory of all kept batches */
	struct rdb_writes lost; /* acknowledged batches to be sent again, because of a crash */
	size_t in_flight;       /* bytes of batches in flight */
	bool synced;            /* a sync was answered; each table is synced at least once */
};

/* ---- queues ---- */

static struct rdb_batch *pop(struct rdb_writes *writes)
{
	struct rdb_write *write = STAILQ_FIRST(writes);

	if (write)
		STAILQ_REMOVE_HEAD(writes, link);
	return (struct rdb_batch *)write;
}

static void free_all(struct rdb_writes *writes)
{
	struct rdb_batch *batch;

	while ((batch = pop(writes)))
		rdb_batch_free(batch);
}

/* ---- answers ---- */

static size_t memory_of(const struct rdb_batch *batch)
{
	return sizeof(*batch) + batch->write.query.cap;
}

static void acknowledge(struct rdb_insert *insert, unsigned link, struct rdb_batch *batch)
{
	insert->in_flight -= batch->bytes;
	if (insert->options.acknowledged && !batch->reported)
		insert->options.acknowledged(insert->options.arg, batch->count, batch->bytes);
	batch->reported = true;
	if (insert->options.target.hard) {
		rdb_pipeline_release(insert->pipeline, &batch->write);
		return;
	}
	STAILQ_INSERT_TAIL(&insert->kept[link], &batch->write, link);
	insert->kept_bytes += memory_of(batch);
}

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "inserts");
}

static int find_refused(struct rdb_insert *insert, struct rdb_conn *conn,
	const struct rdb_batch *batch, const char *reason, struct rdb_err *err)
{
	struct rdb_write *alone = rdb_pipeline_new_write(insert->pipeline);
	const struct rdb_refusal refusal = {
		.target = &insert->options.target,
		.key = insert->options.key,
		.batch = batch,
		.reason = reason,
		.alone = (struct rdb_batch *)alone,
	};
	int ret;

	if (!alone)
		return out_of_memory(err);
	ret = rdb_refusal_find(&refusal, conn, err);
	rdb_pipeline_release(insert->pipeline, alone);
	return ret;
}

static int on_answered(void *arg, unsigned link, struct rdb_conn *conn, struct rdb_write *write,
	const struct rdb_response *response, struct rdb_err *err)
{
	struct rdb_insert *insert = arg;
	struct rdb_batch *batch = (struct rdb_batch *)write;
	char *reason = NULL;
	int ret = rdb_batch_check(response, batch->count, &reason, err);

	if (ret == 0)
		acknowledge(insert, link, batch);
	if (ret == -EINVAL)
		ret = find_refused(insert, conn, batch, reason, err);
	free(reason);
	if (ret == 0 || rdb_retry_of(ret) != RDB_RETRY_NEVER)
		return ret;
	insert->in_flight -= batch->bytes;
	rdb_pipeline_release(insert->pipeline, write);
	return ret;
}

static void on_synced(void *arg, unsigned link, uint64_t writes)
{
	struct rdb_insert *insert = arg;
	struct rdb_batch *batch;

	while (writes-- > 0 && (batch = pop(&insert->kept[link]))) {
		insert->kept_bytes -= memory_of(batch);
		rdb_pipeline_release(insert->pipeline, &batch->write);
	}
	insert->synced = true;
}

/* Moves the connection's acknowledged batches to insert->lost, so that the batches are sent again.
 * Called when the server of the connection may have crashed before it wrote the batches to disk. */
static void on_lost(void *arg, unsigned link)
{
	struct rdb_insert *insert = arg;
	struct rdb_batch *batch;

	while ((batch = pop(&insert->kept[link]))) {
		insert->kept_bytes -= memory_of(batch);
		batch->write.again = true;
		STAILQ_INSERT_TAIL(&insert->lost, &batch->write, link);
	}
}

static int complete(void *arg, struct rdb_write *write)
{
	const struct rdb_insert *insert = arg;

	return rdb_batch_finish((struct rdb_batch *)write, &insert->options.target);
}

static void free_write(struct rdb_write *write)
{
	rdb_batch_free((struct rdb_batch *)write);
}

static const struct rdb_write_ops write_ops = {
	.complete = complete,
	.answered = on_answered,
	.lost = on_lost,
	.synced = on_synced,
	.free = free_write,
};

/* ---- creation and end ---- */

static int open_pipeline(
	struct rdb_insert *insert, struct rdb_cluster *cluster, struct rdb_err *err)
{
	const struct rdb_pipeline_options options = {
		.cluster = cluster,
		.db = insert->options.target.db,
		.table = insert->options.target.table,
		.connections = insert->options.connections,
		.back_off = insert->options.back_off,
		.write_size = sizeof(struct rdb_batch),
		.ops = &write_ops,
		.arg = insert,
	};
	int ret = rdb_pipeline_create(&options, &insert->pipeline, err);

	if (ret != 0)
		return ret;
	insert->kept = calloc(rdb_pipeline_links(insert->pipeline), sizeof(*insert->kept));
	if (!insert->kept)
		return out_of_memory(err);
	for (unsigned i = 0; i < rdb_pipeline_links(insert->pipeline); i++)
		STAILQ_INIT(&insert->kept[i]);
	return 0;
}

int rdb_insert_create(struct rdb_cluster *cluster, const struct rdb_insert_options *options,
	struct rdb_insert **out, struct rdb_err *err)
{
	struct rdb_insert *insert = calloc(1, sizeof(*insert));
	int ret;

	if (!insert)
		return out_of_memory(err);
	insert->options = *options;
	STAILQ_INIT(&insert->lost);
	ret = open_pipeline(insert, cluster, err);
	if (ret != 0) {
		rdb_insert_free(insert);
		return ret;
	}
	*out = insert;
	return 0;
}

void rdb_insert_free(struct rdb_insert *insert)
{
	unsigned links;

	if (!insert)
		return;
	links = insert->kept ? rdb_pipeline_links(insert->pipeline) : 0;
	for (unsigned i = 0; i < links; i++)
		free_all(&insert->kept[i]);
	free_all(&insert->lost);
	for (unsigned i = 0; i < RDB_HASH_SHARDS; i++)
		rdb_batch_free(insert->filling[i]);
	rdb_pipeline_free(insert->pipeline);
	free(insert->kept);
	free(insert);
}

/* ---- syncs ---- */

static int start_syncs(struct rdb_insert *insert, struct rdb_err *err)
{
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < rdb_pipeline_links(insert->pipeline); i++)
		if (!STAILQ_EMPTY(&insert->kept[i]))
			ret = rdb_pipeline_sync(insert->pipeline, i, err);
	return ret;
}

static int limit_kept(struct rdb_insert *insert, struct rdb_err *err)
{
	int ret = insert->kept_bytes > SYNC ? start_syncs(insert, err) : 0;

	while (ret == 0 && insert->kept_bytes > KEPT) {
		ret = start_syncs(insert, err);
		if (ret == 0)
			ret = rdb_pipeline_await_syncs(insert->pipeline, err);
	}
	return ret;
}

/* ---- sending ---- */

static int make_room(struct rdb_insert *insert, uint64_t bytes, struct rdb_err *err)
{
	int ret = rdb_pipeline_collect(insert->pipeline, err);

	if (ret == 0)
		ret = limit_kept(insert, err);
	while (ret == 0 && insert->in_flight && insert->in_flight + bytes > WINDOW)
		ret = rdb_pipeline_receive(insert->pipeline, err);
	return ret;
}

/* Waits until the pipeline has room, and sends the batch *from. Sets *from to NULL as soon as the
 * pipeline owns the batch. */
static int launch_one(struct rdb_insert *insert, struct rdb_batch **from, struct rdb_err *err)
{
	struct rdb_batch *batch = *from;
	unsigned link;
	int ret = make_room(insert, batch->bytes, err);

	if (ret == 0)
		ret = rdb_pipeline_await_room(insert->pipeline, &link, err);
	if (ret != 0)
		return ret;
	*from = NULL;
	insert->in_flight += batch->bytes;
	ret = rdb_pipeline_send(insert->pipeline, link, &batch->write, err);
	if (ret != -EMSGSIZE)
		return ret;
	err->code = EINVAL;
	return rdb_refusal_describe(&batch->places[0], err);
}

static int launch_lost(struct rdb_insert *insert, struct rdb_err *err)
{
	struct rdb_batch *batch;
	int ret = 0;

	while (ret == 0 && (batch = pop(&insert->lost))) {
		ret = launch_one(insert, &batch, err);
		rdb_batch_free(batch);
	}
	return ret;
}

static int launch(struct rdb_insert *insert, struct rdb_batch **filling, struct rdb_err *err)
{
	int ret = launch_lost(insert, err);

	return ret ? ret : launch_one(insert, filling, err);
}

static struct rdb_batch *new_batch(struct rdb_insert *insert)
{
	struct rdb_batch *batch = (struct rdb_batch *)rdb_pipeline_new_write(insert->pipeline);

	if (!batch || rdb_batch_begin(batch, &insert->options.target) == 0)
		return batch;
	rdb_batch_free(batch);
	return NULL;
}

static bool has_room(const struct rdb_batch *batch, size_t len)
{
	return batch->count < RDB_BATCH_ROWS && batch->bytes + len <= BYTES;
}

int rdb_insert_add(struct rdb_insert *insert, const struct rdb_json_piece *document, unsigned shard,
	struct rdb_err *err)
{
	struct rdb_batch **filling = &insert->filling[shard];
	int ret = 0;

	if (*filling && !has_room(*filling, document->len))
		ret = launch(insert, filling, err);
	if (ret == 0 && !*filling) {
		*filling = new_batch(insert);
		ret = *filling ? 0 : out_of_memory(err);
	}
	if (ret == 0 && rdb_batch_put(*filling, document) != 0)
		ret = out_of_memory(err);
	if (ret == 0 && !has_room(*filling, 1))
		ret = launch(insert, filling, err);
	return ret;
}

/* ---- the end of a table ---- */

static bool fits(const struct rdb_batch *batch, const struct rdb_batch *more)
{
	return batch->count + more->count <= RDB_BATCH_ROWS && batch->bytes + more->bytes <= BYTES;
}

static int move_documents(struct rdb_insert *insert, struct rdb_batch **from, struct rdb_batch **to,
	struct rdb_err *err)
{
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < (*from)->count; i++) {
		const struct rdb_json_piece document = rdb_batch_get(*from, i);
		ret = rdb_batch_put(*to, &document);
	}
	if (ret != 0)
		return out_of_memory(err);
	rdb_pipeline_release(insert->pipeline, &(*from)->write);
	*from = NULL;
	return 0;
}

static int launch_rest(struct rdb_insert *insert, struct rdb_err *err)
{
	struct rdb_batch **last = NULL;
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < RDB_HASH_SHARDS; i++) {
		struct rdb_batch **one = &insert->filling[i];
		if (!*one)
			continue;
		if (last && fits(*last, *one)) {
			ret = move_documents(insert, one, last, err);
			continue;
		}
		if (last)
			ret = launch(insert, last, err);
		last = one;
	}
	return ret == 0 && last ? launch(insert, last, err) : ret;
}

/* Sends the remaining documents, and syncs the table. Sends lost documents and syncs again until
 * insert->lost is empty after a sync, because a server may crash during the sync. */
int rdb_insert_flush(struct rdb_insert *insert, struct rdb_err *err)
{
	int ret = launch_rest(insert, err);

	do {
		if (ret == 0)
			ret = launch_lost(insert, err);
		if (ret == 0)
			ret = rdb_pipeline_await_all(insert->pipeline, err);
		/* Sync each table at least once, even if the table has no documents. */
		if (ret == 0 && !insert->kept_bytes && !insert->synced)
			ret = rdb_pipeline_sync(insert->pipeline, 0, err);
		if (ret == 0)
			ret = start_syncs(insert, err);
	} while (ret == 0 &&
		 (insert->kept_bytes || !STAILQ_EMPTY(&insert->lost) || !insert->synced));
	return ret;
}
