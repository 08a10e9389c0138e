#include "pipeline/sync_writer.h"

#include "pipeline/sync_context.h"
#include "pipeline/write_pipeline.h"
#include "reql/term.h"

#include <errno.h>
#include <stdlib.h>

#define BYTES ((size_t)256 << 10) /* bytes at which a batch is sent */
#define ROWS 512                  /* largest number of changes per batch */

struct rdb_sync_writer {
	struct rdb_sync_writer_options options;
	struct rdb_pipeline *pipeline;
	struct rdb_sync_batch *filling[RDB_SYNC_KINDS]; /* unsent batches, by kind of change */
	struct rdb_sync_written written;
	bool lost;   /* acknowledged writes may be lost */
	bool synced; /* a sync was answered since the present flush began */
};

static int out_of_memory(const struct rdb_sync_writer *writer, struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "%s", writer->options.name);
}

/* ---- answers ---- */

static struct rdb_sync_context context_of(struct rdb_sync_writer *writer, struct rdb_conn *conn)
{
	return (struct rdb_sync_context){
		.options = &writer->options, .written = &writer->written, .conn = conn};
}

/* Adds the results in the server's answer to the counts in writer->written. After an error,
 * restores the previous counts, because the batch may be sent and counted again. */
static int on_answered(void *arg, unsigned link, struct rdb_conn *conn, struct rdb_write *write,
	const struct rdb_response *response, struct rdb_err *err)
{
	struct rdb_sync_writer *writer = arg;
	struct rdb_sync_context context = context_of(writer, conn);
	const struct rdb_sync_written before = writer->written;
	int ret = rdb_sync_evaluate(&context, (struct rdb_sync_batch *)write, response, err);

	(void)link;
	if (ret != 0)
		writer->written = before;
	if (ret == 0 || rdb_retry_of(ret) == RDB_RETRY_NEVER)
		rdb_pipeline_release(writer->pipeline, write);
	return ret;
}

static void on_lost(void *arg, unsigned link)
{
	struct rdb_sync_writer *writer = arg;

	(void)link;
	writer->lost = true;
}

static void on_synced(void *arg, unsigned link, uint64_t writes)
{
	struct rdb_sync_writer *writer = arg;

	(void)link;
	(void)writes;
	writer->synced = true;
}

static void free_write(struct rdb_write *write)
{
	rdb_sync_batch_free((struct rdb_sync_batch *)write);
}

static const struct rdb_write_ops write_ops = {
	.answered = on_answered,
	.lost = on_lost,
	.synced = on_synced,
	.free = free_write,
};

/* ---- creation and end ---- */

int rdb_sync_writer_create(const struct rdb_sync_writer_options *options,
	struct rdb_sync_writer **out, struct rdb_err *err)
{
	struct rdb_sync_writer *writer = calloc(1, sizeof(*writer));
	const struct rdb_pipeline_options pipeline = {
		.cluster = options->cluster,
		.db = options->target.db,
		.table = options->target.table,
		.connections = options->connections,
		.back_off = options->back_off,
		.write_size = sizeof(struct rdb_sync_batch),
		.ops = &write_ops,
		.arg = writer,
	};
	int ret;

	if (!writer)
		return rdb_err_sys(err, ENOMEM, "%s", options->name);
	writer->options = *options;
	ret = rdb_pipeline_create(&pipeline, &writer->pipeline, err);
	if (ret != 0) {
		free(writer);
		return ret;
	}
	*out = writer;
	return 0;
}

void rdb_sync_writer_free(struct rdb_sync_writer *writer)
{
	if (!writer)
		return;
	for (unsigned i = 0; i < RDB_SYNC_KINDS; i++)
		rdb_sync_batch_free(writer->filling[i]);
	rdb_pipeline_free(writer->pipeline);
	free(writer);
}

const struct rdb_sync_written *rdb_sync_writer_written(const struct rdb_sync_writer *writer)
{
	return &writer->written;
}

/* ---- changes ---- */

/* Returns true if the batch consists of a single change, and the query of this change is too large
 * for the server. The query contains the old and the new document, so the query can be too large
 * even if neither document is. */
static bool is_too_large(const struct rdb_sync_batch *batch)
{
	return batch->count == 1 && batch->write.query.len > RDB_QUERY_DOCUMENT_MAX + 2048;
}

static int leave(struct rdb_sync_writer *writer, struct rdb_sync_batch *batch)
{
	struct rdb_sync_context context = context_of(writer, NULL);

	rdb_sync_leave(&context, rdb_sync_batch_get(batch, 0).key,
		"is too large to be compared by the server: it is left as it is");
	rdb_pipeline_release(writer->pipeline, &batch->write);
	return 0;
}

static int launch(
	struct rdb_sync_writer *writer, struct rdb_sync_batch **filling, struct rdb_err *err)
{
	struct rdb_sync_batch *batch = *filling;
	unsigned link;
	int ret = rdb_sync_batch_end(batch, &writer->options.target);

	if (ret != 0)
		return out_of_memory(writer, err);
	if (is_too_large(batch)) {
		*filling = NULL;
		return leave(writer, batch);
	}
	ret = rdb_pipeline_collect(writer->pipeline, err);
	if (ret == 0)
		ret = rdb_pipeline_await_room(writer->pipeline, &link, err);
	if (ret != 0)
		return ret;
	*filling = NULL;
	return rdb_pipeline_send(writer->pipeline, link, &batch->write, err);
}

static struct rdb_sync_batch *new_batch(struct rdb_sync_writer *writer, enum rdb_sync_kind kind)
{
	struct rdb_sync_batch *batch =
		(struct rdb_sync_batch *)rdb_pipeline_new_write(writer->pipeline);

	if (!batch || rdb_sync_batch_begin(batch, kind, &writer->options.target) == 0)
		return batch;
	rdb_sync_batch_free(batch);
	return NULL;
}

static bool is_full(const struct rdb_sync_batch *batch, size_t more)
{
	return batch->count > 0 && (batch->count == ROWS || batch->write.query.len + more > BYTES);
}

int rdb_sync_writer_put(
	struct rdb_sync_writer *writer, const struct rdb_sync_change *change, struct rdb_err *err)
{
	enum rdb_sync_kind kind = change->old.data ? RDB_SYNC_CHANGES : RDB_SYNC_INSERTS;
	struct rdb_sync_batch **filling = &writer->filling[kind];
	size_t size = change->old.len + change->new.len;
	int ret = 0;

	if (*filling && is_full(*filling, size))
		ret = launch(writer, filling, err);
	if (ret != 0)
		return ret;
	if (!*filling)
		*filling = new_batch(writer, kind);
	if (!*filling || rdb_sync_batch_put(*filling, &writer->options.target, writer->options.key,
				 change) != 0)
		return out_of_memory(writer, err);
	return is_full(*filling, 1) ? launch(writer, filling, err) : 0;
}

/* ---- syncs ---- */

/* Syncs each connection that has unsynced writes, and waits for the answers. If no connection has
 * unsynced writes, syncs the first connection, because an earlier, interrupted process may have
 * left unsynced writes. */
static int sync_once(struct rdb_sync_writer *writer, struct rdb_err *err)
{
	bool any = false;
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < rdb_pipeline_links(writer->pipeline); i++)
		if (rdb_pipeline_is_unsynced(writer->pipeline, i)) {
			any = true;
			ret = rdb_pipeline_sync(writer->pipeline, i, err);
		}
	if (ret == 0 && !any)
		ret = rdb_pipeline_sync(writer->pipeline, 0, err);
	return ret ? ret : rdb_pipeline_await_syncs(writer->pipeline, err);
}

static bool is_synced(const struct rdb_sync_writer *writer)
{
	bool synced = writer->synced;

	for (unsigned i = 0; synced && i < rdb_pipeline_links(writer->pipeline); i++)
		synced = !rdb_pipeline_is_unsynced(writer->pipeline, i);
	return synced;
}

int rdb_sync_writer_flush(struct rdb_sync_writer *writer, bool *lost, struct rdb_err *err)
{
	int ret = 0;

	writer->synced = false;
	for (unsigned i = 0; ret == 0 && i < RDB_SYNC_KINDS; i++)
		if (writer->filling[i])
			ret = launch(writer, &writer->filling[i], err);
	if (ret == 0)
		ret = rdb_pipeline_await_all(writer->pipeline, err);
	while (ret == 0 && !is_synced(writer))
		ret = sync_once(writer, err);
	*lost = writer->lost;
	writer->lost = false;
	return ret;
}
