#include "pipeline/write_pipeline.h"

#include "cluster/server_starts.h"
#include "reql/conn.h"
#include "reql/term.h"

#include <errno.h>
#include <stdlib.h>

#define DEPTH 2                 /* largest number of writes in flight on a connection */
#define SPARE ((size_t)1 << 20) /* bytes; a larger buffer is not kept for reuse */
#define CONNECTIONS_MAX 64

struct link {
	struct rdb_conn *conn;           /* NULL if not connected */
	struct rdb_write *flight[DEPTH]; /* writes in flight, oldest first */
	unsigned count;
	uint64_t unsynced; /* number of writes that no sync has confirmed */
	uint64_t covered;  /* number of unsynced writes that the last sync covers */
	int64_t sync;      /* query token of the sync in flight; 0 if there is none */
	bool synced;       /* a sync was answered, but is not confirmed yet */
};

struct rdb_pipeline {
	struct rdb_pipeline_options options;
	struct rdb_writes spare;
	unsigned turn; /* number of the connection at which the next search begins */
	bool begun;    /* the servers' start times were read before the first write */
	struct rdb_server_starts starts;
	struct rdb_response response;
	struct link links[];
};

/* ---- creation and end ---- */

int rdb_pipeline_create(
	const struct rdb_pipeline_options *options, struct rdb_pipeline **out, struct rdb_err *err)
{
	unsigned links = options->connections;
	struct rdb_pipeline *pipeline;

	if (links < 1)
		links = 1;
	if (links > CONNECTIONS_MAX)
		links = CONNECTIONS_MAX;
	pipeline = calloc(1, sizeof(*pipeline) + links * sizeof(struct link));
	if (!pipeline)
		return rdb_err_sys(err, ENOMEM, "%s.%s", options->db, options->table);
	pipeline->options = *options;
	pipeline->options.connections = links;
	STAILQ_INIT(&pipeline->spare);
	*out = pipeline;
	return 0;
}

void rdb_pipeline_free(struct rdb_pipeline *pipeline)
{
	struct rdb_write *write;

	if (!pipeline)
		return;
	for (unsigned i = 0; i < pipeline->options.connections; i++) {
		struct link *link = &pipeline->links[i];
		rdb_conn_close(link->conn);
		for (unsigned k = 0; k < link->count; k++)
			pipeline->options.ops->free(link->flight[k]);
	}
	while ((write = STAILQ_FIRST(&pipeline->spare))) {
		STAILQ_REMOVE_HEAD(&pipeline->spare, link);
		pipeline->options.ops->free(write);
	}
	rdb_response_free(&pipeline->response);
	free(pipeline);
}

unsigned rdb_pipeline_links(const struct rdb_pipeline *pipeline)
{
	return pipeline->options.connections;
}

/* ---- memory of writes ---- */

struct rdb_write *rdb_pipeline_new_write(struct rdb_pipeline *pipeline)
{
	struct rdb_write *write = STAILQ_FIRST(&pipeline->spare);

	if (!write)
		return calloc(1, pipeline->options.write_size);
	STAILQ_REMOVE_HEAD(&pipeline->spare, link);
	return write;
}

void rdb_pipeline_release(struct rdb_pipeline *pipeline, struct rdb_write *write)
{
	if (write->query.cap > SPARE)
		rdb_buf_free(&write->query);
	STAILQ_INSERT_HEAD(&pipeline->spare, write, link);
}

/* ---- connections ---- */

static int out_of_memory(const struct rdb_pipeline *pipeline, struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "%s.%s", pipeline->options.db, pipeline->options.table);
}

static int send_write(struct rdb_pipeline *pipeline, struct link *link, struct rdb_write *write,
	struct rdb_err *err)
{
	const struct rdb_pipeline_options *o = &pipeline->options;

	write->doubtful = false;
	if (o->ops->complete && o->ops->complete(o->arg, write) != 0)
		return out_of_memory(pipeline, err);
	return rdb_conn_send(link->conn, write->query.data, write->query.len, &write->token, err);
}

static int open_link(struct rdb_pipeline *pipeline, struct link *link, struct rdb_err *err)
{
	int ret = rdb_cluster_connect(
		pipeline->options.cluster, pipeline->options.back_off.cancel, &link->conn, err);

	if (ret != 0)
		link->conn = NULL;
	if (ret == 0 && !pipeline->begun) {
		ret = rdb_server_starts_read(link->conn, &pipeline->starts, err);
		pipeline->begun = ret == 0;
	}
	for (unsigned i = 0; ret == 0 && i < link->count; i++)
		ret = send_write(pipeline, link, link->flight[i], err);
	return ret;
}

static unsigned number_of(const struct rdb_pipeline *pipeline, const struct link *link)
{
	return (unsigned)(link - pipeline->links);
}

static void lose(struct rdb_pipeline *pipeline, struct link *link)
{
	if (link->unsynced)
		pipeline->options.ops->lost(pipeline->options.arg, number_of(pipeline, link));
	link->unsynced = link->count;
	link->covered = 0; /* a sync that is in flight confirms no write */
	link->synced = false;
}

/* Marks all writes in flight as doubtful, and calls lost() for each connection with unsynced
 * writes. Called after an error that may mean that a server has crashed. */
static void lose_all(struct rdb_pipeline *pipeline)
{
	/* Mark the writes of all connections as doubtful, because the crash of a server can lose
	 * the writes of any connection. */
	for (unsigned i = 0; i < pipeline->options.connections; i++) {
		struct link *link = &pipeline->links[i];
		for (unsigned k = 0; k < link->count; k++)
			link->flight[k]->doubtful = true;
		lose(pipeline, link);
	}
}

static void unconfirm_all(struct rdb_pipeline *pipeline)
{
	for (unsigned i = 0; i < pipeline->options.connections; i++)
		pipeline->links[i].synced = false;
}

/* Reopens the connection, and sends its unanswered writes again. */
static int mend(struct rdb_pipeline *pipeline, struct link *link, int ret, struct rdb_err *err)
{
	for (unsigned i = 0; i < link->count; i++)
		link->flight[i]->again = true;
	lose(pipeline, link);
	link->sync = 0;
	unconfirm_all(pipeline); /* other connections may wait for the lost sync */
	while (ret != 0) {
		rdb_conn_close(link->conn);
		link->conn = NULL;
		if (rdb_retry_of(ret) == RDB_RETRY_NEVER)
			return ret;
		ret = rdb_back_off_wait(&pipeline->options.back_off, ret, err);
		if (ret != 0)
			return ret;
		rdb_err_clear(err);
		ret = open_link(pipeline, link, err);
	}
	return 0;
}

/* ---- answers ---- */

static struct rdb_write *unlink_write(struct link *link, int64_t token)
{
	struct rdb_write *write = NULL;

	for (unsigned i = 0; i < link->count; i++) {
		if (write)
			link->flight[i - 1] = link->flight[i];
		else if (link->flight[i]->token == token)
			write = link->flight[i];
	}
	link->count -= write != NULL;
	return write;
}

static int send_again(struct rdb_pipeline *pipeline, struct link *link, struct rdb_write *write,
	int ret, struct rdb_err *err)
{
	write->again = true;
	link->flight[link->count++] = write;
	if (rdb_conn_breaks(ret))
		return mend(pipeline, link, ret, err);
	lose_all(pipeline);
	ret = rdb_back_off_wait(&pipeline->options.back_off, ret, err);
	if (ret != 0)
		return ret;
	rdb_err_clear(err);
	ret = send_write(pipeline, link, write, err);
	return ret ? mend(pipeline, link, ret, err) : 0;
}

static void confirm(struct rdb_pipeline *pipeline, struct link *link)
{
	const struct rdb_pipeline_options *o = &pipeline->options;

	link->synced = false;
	link->unsynced -= link->covered;
	o->ops->synced(o->arg, number_of(pipeline, link), link->covered);
}

static void confirm_all(struct rdb_pipeline *pipeline)
{
	for (unsigned i = 0; i < pipeline->options.connections; i++)
		if (pipeline->links[i].synced)
			confirm(pipeline, &pipeline->links[i]);
}

static bool is_syncing(const struct rdb_pipeline *pipeline)
{
	bool syncing = false;

	for (unsigned i = 0; i < pipeline->options.connections; i++)
		syncing |= pipeline->links[i].sync != 0;
	return syncing;
}

static int check_restarts(struct rdb_pipeline *pipeline, struct link *link, struct rdb_err *err)
{
	struct rdb_server_starts now;
	int ret = rdb_server_starts_read(link->conn, &now, err);

	if (ret != 0 || !rdb_server_starts_differ(&pipeline->starts, &now))
		return ret;
	pipeline->starts = now;
	return rdb_err_set(err, EAGAIN, "a server of the cluster has restarted");
}

/* Reports the connection's finished sync with ops->synced(). With several servers, postpones the
 * report until all connections have finished their syncs, and fails if a server has restarted. */
static int confirm_sync(struct rdb_pipeline *pipeline, struct link *link, struct rdb_err *err)
{
	int ret;

	if (!rdb_server_starts_matter(&pipeline->starts)) {
		confirm(pipeline, link);
		return 0;
	}
	link->synced = true;
	/* Wait for the last sync before looking for restarted servers. A server that restarts
	 * before the last sync may have lost writes. */
	if (is_syncing(pipeline))
		return 0;
	ret = check_restarts(pipeline, link, err);
	if (ret == 0)
		confirm_all(pipeline);
	return ret;
}

static int finish_sync(struct rdb_pipeline *pipeline, struct link *link, struct rdb_err *err)
{
	int ret = rdb_response_check(&pipeline->response, err);

	link->sync = 0;
	if (ret == 0)
		ret = confirm_sync(pipeline, link, err);
	if (ret == 0) {
		rdb_back_off_reset(&pipeline->options.back_off);
		return 0;
	}
	lose_all(pipeline);
	if (rdb_conn_breaks(ret))
		return mend(pipeline, link, ret, err);
	if (rdb_retry_of(ret) != RDB_RETRY_NEVER)
		return rdb_back_off_wait(&pipeline->options.back_off, ret, err);
	rdb_err_prefix(err, "writing to disk: ");
	return ret;
}

static int finish_write(struct rdb_pipeline *pipeline, struct link *link, struct rdb_err *err)
{
	const struct rdb_pipeline_options *o = &pipeline->options;
	struct rdb_write *write = unlink_write(link, pipeline->response.token);
	bool doubtful;
	int ret;

	if (!write)
		return rdb_err_set(err, EPROTO, "the server sent an answer to no known query");
	doubtful = write->doubtful;
	ret = o->ops->answered(
		o->arg, number_of(pipeline, link), link->conn, write, &pipeline->response, err);
	if (ret != 0 && rdb_retry_of(ret) != RDB_RETRY_NEVER)
		return send_again(pipeline, link, write, ret, err);
	if (ret == 0)
		rdb_back_off_reset(&pipeline->options.back_off);
	if (ret == 0 && doubtful)
		lose(pipeline, link);
	return ret;
}

static int receive(struct rdb_pipeline *pipeline, struct link *link, struct rdb_err *err)
{
	int ret = rdb_conn_receive(link->conn, 0, &pipeline->response, err);

	if (ret != 0)
		return rdb_conn_breaks(ret) ? mend(pipeline, link, ret, err) : ret;
	if (link->sync && pipeline->response.token == link->sync)
		return finish_sync(pipeline, link, err);
	return finish_write(pipeline, link, err);
}

static bool awaits(const struct link *link)
{
	return link->count || link->sync;
}

int rdb_pipeline_collect(struct rdb_pipeline *pipeline, struct rdb_err *err)
{
	int ret = 0;

	for (unsigned i = 0; ret >= 0 && i < pipeline->options.connections; i++) {
		struct link *link = &pipeline->links[i];
		while (awaits(link) && (ret = rdb_conn_ready(link->conn, 0, err)) == 1)
			if ((ret = receive(pipeline, link, err)) != 0)
				return ret;
		if (awaits(link) && rdb_conn_breaks(ret))
			ret = mend(pipeline, link, ret, err);
	}
	return ret < 0 ? ret : 0;
}

int rdb_pipeline_receive(struct rdb_pipeline *pipeline, struct rdb_err *err)
{
	unsigned links = pipeline->options.connections;
	struct link *link = &pipeline->links[pipeline->turn % links];

	for (unsigned i = 0; i < links && !link->count; i++)
		link = &pipeline->links[++pipeline->turn % links];
	return receive(pipeline, link, err);
}

int rdb_pipeline_await_all(struct rdb_pipeline *pipeline, struct rdb_err *err)
{
	int ret = 0;

	for (unsigned i = 0; i < pipeline->options.connections; i++)
		while (ret == 0 && awaits(&pipeline->links[i]))
			ret = receive(pipeline, &pipeline->links[i], err);
	return ret;
}

/* ---- sending ---- */

/* Returns the connection with the fewest writes in flight. The search begins at another connection
 * each time, so that equally busy connections are used equally. */
static struct link *choose(struct rdb_pipeline *pipeline)
{
	unsigned links = pipeline->options.connections, first = pipeline->turn++;
	struct link *best = &pipeline->links[first % links];

	for (unsigned i = 1; i < links; i++) {
		struct link *link = &pipeline->links[(first + i) % links];
		if (link->count < best->count)
			best = link;
	}
	return best;
}

int rdb_pipeline_await_room(struct rdb_pipeline *pipeline, unsigned *link, struct rdb_err *err)
{
	struct link *best = choose(pipeline);
	int ret = 0;

	while (ret == 0 && best->count == DEPTH)
		ret = receive(pipeline, best, err);
	*link = (unsigned)(best - pipeline->links);
	return ret;
}

int rdb_pipeline_send(struct rdb_pipeline *pipeline, unsigned number, struct rdb_write *write,
	struct rdb_err *err)
{
	struct link *link = &pipeline->links[number];
	int ret;

	link->flight[link->count++] = write;
	link->unsynced++;
	ret = link->conn ? send_write(pipeline, link, write, err) : open_link(pipeline, link, err);
	return ret ? mend(pipeline, link, ret, err) : 0;
}

/* ---- syncs ---- */

bool rdb_pipeline_is_unsynced(const struct rdb_pipeline *pipeline, unsigned link)
{
	return pipeline->links[link].unsynced > 0;
}

static int send_sync(struct rdb_pipeline *pipeline, struct link *link, struct rdb_err *err)
{
	const struct rdb_pipeline_options *o = &pipeline->options;
	struct rdb_buf query = {0};
	int ret = link->conn ? 0 : open_link(pipeline, link, err);

	if (ret == 0 && rdb_query_sync(&query, o->db, o->table) != 0)
		ret = out_of_memory(pipeline, err);
	link->covered = link->unsynced - link->count;
	if (ret == 0)
		ret = rdb_conn_send(link->conn, query.data, query.len, &link->sync, err);
	rdb_buf_free(&query);
	return ret;
}

int rdb_pipeline_sync(struct rdb_pipeline *pipeline, unsigned number, struct rdb_err *err)
{
	struct link *link = &pipeline->links[number];
	int ret = link->sync || link->synced ? 0 : send_sync(pipeline, link, err);

	return ret ? mend(pipeline, link, ret, err) : 0;
}

int rdb_pipeline_await_syncs(struct rdb_pipeline *pipeline, struct rdb_err *err)
{
	int ret = 0;

	for (unsigned i = 0; i < pipeline->options.connections; i++)
		while (ret == 0 && pipeline->links[i].sync)
			ret = receive(pipeline, &pipeline->links[i], err);
	return ret;
}
