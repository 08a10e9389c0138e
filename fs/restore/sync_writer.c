#include "restore/sync_writer.h"

#include "base/array.h"
#include "base/printable.h"
#include "reql/term.h"
#include "restore/sync_judge.h"
#include "json/key.h"
#include "json/same.h"
#include "json/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BYTES ((size_t)256 << 10) /* bytes at which a batch is sent */
#define ROWS 512                  /* changes per batch */
#define DEPTH 2                   /* batches in flight on one connection */
#define SPARE ((size_t)1 << 20)   /* bytes; larger buffers are not kept for reuse */
#define CONNECTIONS_MAX 64

struct link {
	struct rdb_conn *conn;                /* NULL: not connected */
	struct rdb_sync_batch *flight[DEPTH]; /* oldest first */
	unsigned count;
	bool used; /* the link was written to since the last sync */
};

struct rdb_sync_writer {
	struct rdb_sync_writer_options options;
	struct rdb_sync_batch *filling[RDB_SYNC_KINDS]; /* NULL: none */
	struct rdb_sync_batch *spare;
	struct rdb_sync_written written;
	bool lost;     /* acknowledged writes may be lost */
	unsigned turn; /* index of the link that is considered first */
	struct rdb_response response;
	unsigned link_count;
	struct link links[];
};

static int out_of_memory(const struct rdb_sync_writer *writer, struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "%s", writer->options.name);
}

/* ---- creation and end ---- */

int rdb_sync_writer_create(const struct rdb_sync_writer_options *options,
	struct rdb_sync_writer **out, struct rdb_err *err)
{
	unsigned links = options->connections;
	struct rdb_sync_writer *writer;

	if (links < 1)
		links = 1;
	if (links > CONNECTIONS_MAX)
		links = CONNECTIONS_MAX;
	writer = calloc(1, sizeof(*writer) + links * sizeof(struct link));
	if (!writer)
		return rdb_err_sys(err, ENOMEM, "%s", options->name);
	writer->options = *options;
	writer->link_count = links;
	*out = writer;
	return 0;
}

void rdb_sync_writer_free(struct rdb_sync_writer *writer)
{
	struct rdb_sync_batch *next;

	if (!writer)
		return;
	for (unsigned i = 0; i < writer->link_count; i++) {
		rdb_conn_close(writer->links[i].conn);
		for (unsigned k = 0; k < writer->links[i].count; k++)
			rdb_sync_batch_free(writer->links[i].flight[k]);
	}
	for (unsigned i = 0; i < RDB_SYNC_KINDS; i++)
		rdb_sync_batch_free(writer->filling[i]);
	for (struct rdb_sync_batch *batch = writer->spare; batch; batch = next) {
		next = batch->next;
		rdb_sync_batch_free(batch);
	}
	rdb_response_free(&writer->response);
	free(writer);
}

const struct rdb_sync_written *rdb_sync_writer_written(const struct rdb_sync_writer *writer)
{
	return &writer->written;
}

static struct rdb_sync_batch *take_batch(struct rdb_sync_writer *writer, enum rdb_sync_kind kind)
{
	struct rdb_sync_batch *batch = writer->spare;

	if (batch)
		writer->spare = batch->next;
	else
		batch = calloc(1, sizeof(*batch));
	if (batch && rdb_sync_batch_begin(batch, kind, &writer->options.target) != 0) {
		rdb_sync_batch_free(batch);
		return NULL;
	}
	return batch;
}

static void give_batch(struct rdb_sync_writer *writer, struct rdb_sync_batch *batch)
{
	if (batch->query.cap > SPARE)
		rdb_buf_free(&batch->query);
	batch->next = writer->spare;
	writer->spare = batch;
}

/* ---- connections ---- */

static int send_batch(struct link *link, struct rdb_sync_batch *batch, struct rdb_err *err)
{
	link->used = true;
	return rdb_conn_send(link->conn, batch->query.data, batch->query.len, &batch->token, err);
}

static int open_link(struct rdb_sync_writer *writer, struct link *link, struct rdb_err *err)
{
	int rc = rdb_cluster_connect(
		writer->options.cluster, writer->options.back_off.cancel, &link->conn, err);

	if (rc != 0)
		link->conn = NULL;
	for (unsigned i = 0; rc == 0 && i < link->count; i++)
		rc = send_batch(link, link->flight[i], err);
	return rc;
}

/* Call after the failure rc: opens a new connection and sends everything in flight again. 0, or a
 * permanent error. */
static int mend(struct rdb_sync_writer *writer, struct link *link, int rc, struct rdb_err *err)
{
	writer->lost |= link->used;
	for (unsigned i = 0; i < link->count; i++)
		link->flight[i]->again = true;
	while (rc != 0) {
		rdb_conn_close(link->conn);
		link->conn = NULL;
		if (rdb_retry_of(rc) == RDB_RETRY_NEVER)
			return rc;
		rc = rdb_back_off_wait(&writer->options.back_off, rc, err);
		if (rc != 0)
			return rc;
		rdb_err_clear(err);
		rc = open_link(writer, link, err);
	}
	return 0;
}

/* ---- in flight ---- */

static struct rdb_sync_context context_of(struct rdb_sync_writer *writer, const struct link *link)
{
	return (struct rdb_sync_context){
		.options = &writer->options, .written = &writer->written, .conn = link->conn};
}

/* Evaluate the batch's answer, which is in the writer's response. Counts of a batch that has to be
 * sent again are discarded. */
static int judge(struct rdb_sync_writer *writer, const struct link *link,
	const struct rdb_sync_batch *batch, struct rdb_err *err)
{
	struct rdb_sync_context context = context_of(writer, link);
	const struct rdb_sync_written before = writer->written;
	int rc = rdb_sync_judge(&context, batch, &writer->response, err);

	if (rc != 0)
		writer->written = before;
	return rc;
}

static struct rdb_sync_batch *unlink_batch(struct link *link, int64_t token)
{
	struct rdb_sync_batch *batch = NULL;

	for (unsigned i = 0; i < link->count; i++) {
		if (batch)
			link->flight[i - 1] = link->flight[i];
		else if (link->flight[i]->token == token)
			batch = link->flight[i];
	}
	link->count -= batch != NULL;
	return batch;
}

/* Resend a batch that the cluster could not write now. Other servers' unsynced writes may be lost
 * with the server that is not available. */
static int send_again(struct rdb_sync_writer *writer, struct link *link,
	struct rdb_sync_batch *batch, int rc, struct rdb_err *err)
{
	batch->again = true;
	link->flight[link->count++] = batch;
	if (rdb_conn_breaks(rc))
		return mend(writer, link, rc, err);
	writer->lost = true;
	rc = rdb_back_off_wait(&writer->options.back_off, rc, err);
	if (rc != 0)
		return rc;
	rdb_err_clear(err);
	rc = send_batch(link, batch, err);
	return rc ? mend(writer, link, rc, err) : 0;
}

/* Receive the next answer of a link that has batches in flight. */
static int receive(struct rdb_sync_writer *writer, struct link *link, struct rdb_err *err)
{
	struct rdb_sync_batch *batch;
	int rc = rdb_conn_receive(link->conn, link->flight[0]->token, &writer->response, err);

	if (rc != 0)
		return mend(writer, link, rc, err);
	batch = unlink_batch(link, link->flight[0]->token);
	rc = judge(writer, link, batch, err);
	if (rc != 0 && rdb_retry_of(rc) != RDB_RETRY_NEVER)
		return send_again(writer, link, batch, rc, err);
	if (rc == 0)
		rdb_back_off_reset(&writer->options.back_off);
	give_batch(writer, batch);
	return rc;
}

/* Returns the link with the fewest batches in flight; the links are used in turn. */
static struct link *choose(struct rdb_sync_writer *writer)
{
	struct link *best = NULL;

	for (unsigned i = 0; i < writer->link_count; i++) {
		struct link *link = &writer->links[(writer->turn + i) % writer->link_count];
		if (!best || link->count < best->count)
			best = link;
	}
	writer->turn++;
	return best;
}

/* Handle the answers that have arrived before more is sent. */
static int collect(struct rdb_sync_writer *writer, struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < writer->link_count; i++) {
		struct link *link = &writer->links[i];
		while (rc == 0 && link->count > 0 &&
			rdb_conn_ready(link->conn, link->flight[0]->token, err) == 1)
			rc = receive(writer, link, err);
	}
	return rc;
}

/* Returns whether a single change is too large for a query because of both of its documents
 * together. */
static bool is_too_large(const struct rdb_sync_batch *batch)
{
	return batch->count == 1 && batch->query.len > RDB_QUERY_DOCUMENT_MAX + 2048;
}

static int launch(
	struct rdb_sync_writer *writer, struct rdb_sync_batch **filling, struct rdb_err *err)
{
	struct rdb_sync_batch *batch = *filling;
	struct rdb_sync_context context;
	struct link *link;
	int rc = rdb_sync_batch_end(batch, &writer->options.target);

	if (rc != 0)
		return out_of_memory(writer, err);
	if (is_too_large(batch)) {
		context = context_of(writer, &writer->links[0]);
		rdb_sync_leave(&context, rdb_sync_batch_get(batch, 0).key,
			"is too large to be compared by the server: it is left as it is");
		*filling = NULL;
		give_batch(writer, batch);
		return 0;
	}
	rc = collect(writer, err);
	link = choose(writer);
	while (rc == 0 && link->count == DEPTH)
		rc = receive(writer, link, err);
	if (rc != 0)
		return rc;
	*filling = NULL;
	link->flight[link->count++] = batch;
	rc = link->conn ? send_batch(link, batch, err) : open_link(writer, link, err);
	return rc ? mend(writer, link, rc, err) : 0;
}

static bool is_full(const struct rdb_sync_batch *batch, size_t more)
{
	return batch->count > 0 && (batch->count == ROWS || batch->query.len + more > BYTES);
}

int rdb_sync_writer_put(
	struct rdb_sync_writer *writer, const struct rdb_sync_change *change, struct rdb_err *err)
{
	enum rdb_sync_kind kind = change->old.data ? RDB_SYNC_CHANGES : RDB_SYNC_INSERTS;
	struct rdb_sync_batch **filling = &writer->filling[kind];
	size_t size = change->old.len + change->new.len;
	int rc = 0;

	if (*filling && is_full(*filling, size))
		rc = launch(writer, filling, err);
	if (rc != 0)
		return rc;
	if (!*filling)
		*filling = take_batch(writer, kind);
	if (!*filling || rdb_sync_batch_put(*filling, &writer->options.target, writer->options.key,
				 change) != 0)
		return out_of_memory(writer, err);
	return is_full(*filling, 1) ? launch(writer, filling, err) : 0;
}

/* ---- syncs ---- */

static int await_all(struct rdb_sync_writer *writer, struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; i < writer->link_count; i++)
		while (rc == 0 && writer->links[i].count > 0)
			rc = receive(writer, &writer->links[i], err);
	return rc;
}

/* Sync on the connection that brought the answers: only that connection proves that the server has
 * not restarted. */
static int sync_link(struct rdb_sync_writer *writer, struct link *link, struct rdb_err *err)
{
	const struct rdb_sync_target *target = &writer->options.target;
	struct rdb_buf query = {0};
	int rc = link->conn ? 0 : open_link(writer, link, err);

	if (rdb_query_sync(&query, target->db, target->table) != 0)
		rc = out_of_memory(writer, err);
	while (rc == 0 && (rc = rdb_conn_query(link->conn, query.data, query.len, &writer->response,
				   err)) != 0) {
		writer->lost |= link->used;
		if (rdb_retry_of(rc) == RDB_RETRY_NEVER)
			break;
		rc = mend(writer, link, rc, err);
	}
	rdb_buf_free(&query);
	if (rc == 0) {
		link->used = false;
		rdb_back_off_reset(&writer->options.back_off);
	}
	return rc;
}

static int sync_all(struct rdb_sync_writer *writer, struct rdb_err *err)
{
	bool any = false;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < writer->link_count; i++)
		if (writer->links[i].used) {
			any = true;
			rc = sync_link(writer, &writer->links[i], err);
		}
	/* Sync even without a write of this run: an interrupted run may have written. */
	return rc || any ? rc : sync_link(writer, &writer->links[0], err);
}

int rdb_sync_writer_flush(struct rdb_sync_writer *writer, bool *lost, struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < RDB_SYNC_KINDS; i++)
		if (writer->filling[i])
			rc = launch(writer, &writer->filling[i], err);
	if (rc == 0)
		rc = await_all(writer, err);
	if (rc == 0)
		rc = sync_all(writer, err);
	*lost = writer->lost;
	writer->lost = false;
	return rc;
}
