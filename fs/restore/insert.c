#include "restore/insert.h"

#include "restore/batch.h"
#include "restore/duplicate.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES ((size_t)256 << 10) /* size at which a batch is sent */
#define WINDOW ((size_t)4 << 20)  /* bytes in flight; one batch is always allowed */
#define DEPTH 2                   /* batches in flight on one connection */
#define SPARE ((size_t)1 << 20)   /* bytes; larger buffers are not kept for reuse */
#define SYNC ((size_t)8 << 20)    /* bytes of kept batches that trigger a sync */
#define KEPT ((size_t)16 << 20)   /* bytes of kept batches above which sending waits for a sync */
#define CONNECTIONS_MAX 64

/* Batches, oldest first. */
struct queue {
	struct rdb_batch *first, **last; /* last: NULL if the queue is empty */
	unsigned count;
};

struct link {
	struct rdb_conn *conn;           /* NULL: not connected */
	struct rdb_batch *flight[DEPTH]; /* oldest first */
	unsigned count;
	struct queue kept; /* batches acknowledged on this connection, maybe not on disk */
	int64_t sync;      /* token of the sync in flight; 0: none */
	unsigned covered;  /* number of kept batches that the sync in flight covers */
};

struct rdb_insert {
	struct rdb_cluster *cluster;
	struct rdb_insert_options options;
	char *db, *table, *key;
	struct rdb_batch *filling[RDB_HASH_SHARDS]; /* NULL: none */
	struct rdb_batch *spare;
	struct queue lost; /* batches acknowledged by a server that may have died: to be resent */
	size_t in_flight;  /* bytes */
	size_t kept;       /* bytes of memory of all links' kept batches */
	bool synced;       /* a sync was answered, which a table without documents also needs */
	unsigned turn;     /* index of the link that is considered first */
	struct rdb_response response;
	struct link links[];
};

/* ---- creation and end ---- */

int rdb_insert_create(struct rdb_cluster *cluster, const struct rdb_insert_options *options,
	struct rdb_insert **out, struct rdb_err *err)
{
	unsigned links = options->connections;
	struct rdb_insert *insert;

	if (links < 1)
		links = 1;
	if (links > CONNECTIONS_MAX)
		links = CONNECTIONS_MAX;
	insert = calloc(1, sizeof(*insert) + links * sizeof(struct link));
	if (!insert)
		return rdb_err_sys(err, ENOMEM, "inserts");
	insert->cluster = cluster;
	insert->options = *options;
	insert->options.connections = links;
	insert->db = strdup(options->db);
	insert->table = strdup(options->table);
	insert->key = strdup(options->key);
	if (!insert->db || !insert->table || !insert->key) {
		rdb_insert_free(insert);
		return rdb_err_sys(err, ENOMEM, "inserts");
	}
	*out = insert;
	return 0;
}

static void free_batch(struct rdb_batch *batch)
{
	if (!batch)
		return;
	rdb_batch_free(batch);
	free(batch);
}

static void push(struct queue *queue, struct rdb_batch *batch)
{
	batch->next = NULL;
	if (!queue->last)
		queue->last = &queue->first;
	*queue->last = batch;
	queue->last = &batch->next;
	queue->count++;
}

/* Removes and returns the first batch; NULL: the queue is empty. */
static struct rdb_batch *pop(struct queue *queue)
{
	struct rdb_batch *batch = queue->first;

	if (!batch)
		return NULL;
	queue->first = batch->next;
	queue->count--;
	if (!queue->first)
		queue->last = NULL;
	return batch;
}

static void free_queue(struct queue *queue)
{
	struct rdb_batch *batch;

	while ((batch = pop(queue)))
		free_batch(batch);
}

void rdb_insert_free(struct rdb_insert *insert)
{
	struct rdb_batch *next;

	if (!insert)
		return;
	for (unsigned i = 0; i < insert->options.connections; i++) {
		rdb_conn_close(insert->links[i].conn);
		for (unsigned k = 0; k < insert->links[i].count; k++)
			free_batch(insert->links[i].flight[k]);
		free_queue(&insert->links[i].kept);
	}
	free_queue(&insert->lost);
	for (unsigned i = 0; i < RDB_HASH_SHARDS; i++)
		free_batch(insert->filling[i]);
	for (struct rdb_batch *batch = insert->spare; batch; batch = next) {
		next = batch->next;
		free_batch(batch);
	}
	rdb_response_free(&insert->response);
	free(insert->db);
	free(insert->table);
	free(insert->key);
	free(insert);
}

/* ---- batches ---- */

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "inserts");
}

static struct rdb_batch *take_batch(struct rdb_insert *insert)
{
	struct rdb_batch *batch = insert->spare;

	if (batch)
		insert->spare = batch->next;
	else
		batch = calloc(1, sizeof(*batch));
	if (batch && rdb_batch_begin(batch, insert->db, insert->table) != 0) {
		free_batch(batch);
		return NULL;
	}
	return batch;
}

static void give_batch(struct rdb_insert *insert, struct rdb_batch *batch)
{
	if (batch->query.cap > SPARE)
		rdb_buf_free(&batch->query);
	batch->next = insert->spare;
	insert->spare = batch;
}

static bool has_room(const struct rdb_batch *batch, size_t len)
{
	return batch->count < RDB_BATCH_ROWS && batch->bytes + len <= BYTES;
}

static bool fits(const struct rdb_batch *batch, const struct rdb_batch *more)
{
	return batch->count + more->count <= RDB_BATCH_ROWS && batch->bytes + more->bytes <= BYTES;
}

/* Finish the query. A batch that was sent before accepts documents that exist with the same
 * content. */
static int finish(struct rdb_insert *insert, struct rdb_batch *batch)
{
	const struct rdb_query_insert how = {
		.conflict = insert->options.replace ? RDB_CONFLICT_REPLACE
			    : batch->again          ? RDB_CONFLICT_SAME
						    : RDB_CONFLICT_ERROR,
		.hard = insert->options.hard,
		.ignore_write_hook = insert->options.ignore_write_hook,
	};

	return rdb_batch_finish(batch, &how);
}

/* ---- answers ---- */

static int64_t number_of(const json_t *object, const char *name)
{
	return (int64_t)json_integer_value(json_object_get(object, name));
}

/* Returns the first line of the server's message, without a colon at its end. The lines below may
 * show documents, with arbitrary text. */
static struct rdb_json_span first_line(const json_t *result)
{
	const char *why = json_string_value(json_object_get(result, "first_error"));
	size_t len;

	why = why ? why : "the server gives no reason";
	len = strcspn(why, "\n");
	return (struct rdb_json_span){why, len && why[len] && why[len - 1] == ':' ? len - 1 : len};
}

/* Returns a copy of the lines below the first; NULL: no such lines, or out of memory. */
static char *below_first_line(const json_t *result)
{
	const char *why = json_string_value(json_object_get(result, "first_error"));
	const char *end = why ? strchr(why, '\n') : NULL;

	return end ? strdup(end + 1) : NULL;
}

/* Returns 0 if the write was complete, else its error. */
static int judge(const json_t *result, unsigned count, struct rdb_err *err)
{
	static const char passing[] = "primary replica";
	struct rdb_json_span why = first_line(result);
	int64_t done = number_of(result, "inserted") + number_of(result, "replaced") +
		       number_of(result, "unchanged");

	if (number_of(result, "errors") != 0)
		return rdb_err_set(err,
			memmem(why.data, why.len, passing, strlen(passing)) ? EAGAIN : EINVAL,
			"%.*s", why.len < RDB_ERR_TEXT ? (int)why.len : RDB_ERR_TEXT, why.data);
	if (done != count)
		return rdb_err_set(err, EIO,
			"of %u documents the server says to have stored %" PRId64, count, done);
	return 0;
}

/* shown: receives the lines below the first of the server's message; freed by the caller. May be
 * NULL. */
static int check_answer(
	const struct rdb_response *response, unsigned count, char **shown, struct rdb_err *err)
{
	struct rdb_json_span text;
	json_t *result = NULL;
	int rc = rdb_response_check(response, err);

	if (rc == -EIO && strstr(err->text, "permission"))
		return rdb_err_set(err, EACCES, "%.*s", (int)(sizeof(err->text) - 1), err->text);
	if (rc == 0)
		rc = rdb_response_atom(response, &text, err);
	if (rc != 0)
		return rc;
	result = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
	if (shown)
		*shown = below_first_line(result);
	rc = json_is_object(result)
		     ? judge(result, count, err)
		     : rdb_err_set(err, EPROTO, "the server's answer can't be understood");
	json_decref(result);
	return rc;
}

/* ---- connections ---- */

static int send_batch(
	struct rdb_insert *insert, struct link *link, struct rdb_batch *batch, struct rdb_err *err)
{
	if (finish(insert, batch) != 0)
		return out_of_memory(err);
	return rdb_conn_send(link->conn, batch->query.data, batch->query.len, &batch->token, err);
}

static int open_link(struct rdb_insert *insert, struct link *link, struct rdb_err *err)
{
	int rc = rdb_cluster_connect(
		insert->cluster, insert->options.back_off.cancel, &link->conn, err);

	if (rc != 0)
		link->conn = NULL;
	for (unsigned i = 0; rc == 0 && i < link->count; i++)
		rc = send_batch(insert, link, link->flight[i], err);
	return rc;
}

/* ---- acknowledged batches, not yet on disk ---- */

static size_t memory_of(const struct rdb_batch *batch)
{
	return sizeof(*batch) + batch->query.cap;
}

static void release(struct rdb_insert *insert, struct link *link, unsigned count)
{
	while (count-- > 0) {
		struct rdb_batch *batch = pop(&link->kept);
		insert->kept -= memory_of(batch);
		give_batch(insert, batch);
	}
}

/* Queues the kept batches to be resent: the server may have died before they were on its disk. */
static void lose_kept(struct rdb_insert *insert, struct link *link)
{
	struct rdb_batch *batch;

	while ((batch = pop(&link->kept))) {
		insert->kept -= memory_of(batch);
		batch->again = true;
		push(&insert->lost, batch);
	}
	link->covered = 0;
}

static void lose_all_kept(struct rdb_insert *insert)
{
	for (unsigned i = 0; i < insert->options.connections; i++)
		lose_kept(insert, &insert->links[i]);
}

/* Sends a sync on the connection that brought the answers: only that connection proves that the
 * server has not restarted. */
static int start_sync(struct rdb_insert *insert, struct link *link, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int rc;

	if (rdb_query_sync(&query, insert->db, insert->table) != 0)
		return out_of_memory(err);
	link->covered = link->kept.count;
	rc = rdb_conn_send(link->conn, query.data, query.len, &link->sync, err);
	rdb_buf_free(&query);
	return rc;
}

/* ---- lost connections ---- */

/* Replace a lost connection and resend the batches in flight. */
static int mend(struct rdb_insert *insert, struct link *link, int rc, struct rdb_err *err)
{
	for (unsigned i = 0; i < link->count; i++)
		link->flight[i]->again = true;
	lose_kept(insert, link);
	link->sync = 0;
	while (rc != 0) {
		rdb_conn_close(link->conn);
		link->conn = NULL;
		if (rdb_retry_of(rc) == RDB_RETRY_NEVER)
			return rc;
		rc = rdb_back_off_wait(&insert->options.back_off, rc, err);
		if (rc != 0)
			return rc;
		rc = open_link(insert, link, err);
	}
	return 0;
}

static struct rdb_batch *unlink_batch(struct link *link, int64_t token)
{
	struct rdb_batch *batch = NULL;

	for (unsigned i = 0; i < link->count; i++) {
		if (batch)
			link->flight[i - 1] = link->flight[i];
		else if (link->flight[i]->token == token)
			batch = link->flight[i];
	}
	link->count -= batch != NULL;
	return batch;
}

/* ---- refused documents ---- */

static int describe(const struct rdb_batch_place *place, struct rdb_err *err)
{
	rdb_err_prefix(
		err, "document %" PRIu64 " at byte %" PRIu64 ": ", place->number, place->offset);
	return -EINVAL;
}

static int try_alone(struct rdb_insert *insert, struct rdb_conn *conn,
	const struct rdb_json_piece *document, struct rdb_err *err)
{
	struct rdb_batch *alone = take_batch(insert);
	struct rdb_response response = {0};
	int rc;

	if (!alone)
		return out_of_memory(err);
	alone->again = true;
	rc = rdb_batch_put(alone, document);
	if (rc == 0)
		rc = finish(insert, alone);
	if (rc == 0)
		rc = rdb_conn_send(conn, alone->query.data, alone->query.len, &alone->token, err);
	if (rc == 0)
		rc = rdb_conn_receive(conn, alone->token, &response, err);
	if (rc == 0)
		rc = check_answer(&response, 1, NULL, err);
	rdb_response_free(&response);
	give_batch(insert, alone);
	return rc == -ENOMEM ? out_of_memory(err) : rc;
}

/* Report the range of a batch. Its documents need not be in order: the last batches of a table are
 * merged. */
static void describe_all(const struct rdb_batch *batch, struct rdb_err *err)
{
	const struct rdb_batch_place *first = &batch->places[0], *last = first;

	for (unsigned i = 1; i < batch->count; i++) {
		const struct rdb_batch_place *place = &batch->places[i];
		first = place->number < first->number ? place : first;
		last = place->number > last->number ? place : last;
	}
	rdb_err_prefix(err,
		"among documents %" PRIu64 " to %" PRIu64 ", at bytes %" PRIu64 " to %" PRIu64 ": ",
		first->number, last->number, first->offset, last->offset);
}

/* Finds a duplicate key. An existing, equal document is not refused when it is sent alone. */
static int find_twice(struct rdb_insert *insert, const struct rdb_batch *batch, const char *shown,
	struct rdb_err *err)
{
	static const char reason[] = "Duplicate primary key";
	bool duplicate = strncmp(err->text, reason, strlen(reason)) == 0;
	struct rdb_duplicate pair;
	int number;

	if (duplicate && rdb_duplicate_find(batch, insert->key, &pair) == 0) {
		rdb_err_set(err, EINVAL, "%s `%s`, which document %" PRIu64 " has, too", reason,
			insert->key, batch->places[pair.first].number);
		return describe(&batch->places[pair.second], err);
	}
	number = duplicate && shown ? rdb_duplicate_of(batch, insert->key, shown) : -ENOENT;
	if (number >= 0) {
		rdb_err_set(err, EINVAL, "%s `%s`, which an earlier document has, too", reason,
			insert->key);
		return describe(&batch->places[number], err);
	}
	describe_all(batch, err);
	return -EINVAL;
}

/* Find the refused document of the batch by sending each alone. err: the batch's error; shown: the
 * lines that the server added. */
static int find_refused(struct rdb_insert *insert, struct link *link, const struct rdb_batch *batch,
	const char *shown, struct rdb_err *err)
{
	struct rdb_err one;
	int rc;

	for (unsigned i = 0; i < batch->count; i++) {
		const struct rdb_json_piece document = rdb_batch_get(batch, i);
		rdb_err_clear(&one);
		rc = try_alone(insert, link->conn, &document, &one);
		if (rc == -EINVAL || rc == -EMSGSIZE) {
			*err = one;
			err->code = EINVAL;
			return describe(&batch->places[i], err);
		}
		if (rc != 0)
			break;
	}
	return find_twice(insert, batch, shown, err);
}

/* ---- in flight ---- */

static int acknowledge(struct rdb_insert *insert, struct link *link, struct rdb_batch *batch)
{
	insert->in_flight -= batch->bytes;
	rdb_back_off_reset(&insert->options.back_off);
	if (insert->options.acknowledged && !batch->reported)
		insert->options.acknowledged(insert->options.arg, batch->count, batch->bytes);
	batch->reported = true;
	if (insert->options.hard) {
		give_batch(insert, batch);
		return 0;
	}
	push(&link->kept, batch);
	insert->kept += memory_of(batch);
	return 0;
}

static int send_again(struct rdb_insert *insert, struct link *link, struct rdb_batch *batch, int rc,
	struct rdb_err *err)
{
	batch->again = true;
	link->flight[link->count++] = batch;
	lose_all_kept(insert);
	rc = rdb_back_off_wait(&insert->options.back_off, rc, err);
	if (rc != 0)
		return rc;
	rc = send_batch(insert, link, batch, err);
	return rdb_conn_breaks(rc) ? mend(insert, link, rc, err) : rc;
}

/* Handle the answer to a sync. */
static int take_sync(struct rdb_insert *insert, struct link *link, struct rdb_err *err)
{
	int rc = rdb_response_check(&insert->response, err);

	link->sync = 0;
	if (rc == 0) {
		release(insert, link, link->covered);
		link->covered = 0;
		insert->synced = true;
		return 0;
	}
	if (rdb_retry_of(rc) == RDB_RETRY_NEVER) {
		rdb_err_prefix(err, "writing to disk: ");
		return rc;
	}
	lose_all_kept(insert);
	return rdb_back_off_wait(&insert->options.back_off, rc, err);
}

/* Handle the answer to a batch. */
static int take_answer(struct rdb_insert *insert, struct link *link, struct rdb_err *err)
{
	struct rdb_batch *batch;
	char *shown = NULL;
	int rc;

	if (link->sync && insert->response.token == link->sync)
		return take_sync(insert, link, err);
	batch = unlink_batch(link, insert->response.token);
	if (!batch)
		return rdb_err_set(err, EPROTO, "the server answers what was not asked");
	rc = check_answer(&insert->response, batch->count, &shown, err);
	if (rc == 0)
		return acknowledge(insert, link, batch);
	if (rc == -EINVAL)
		rc = find_refused(insert, link, batch, shown, err);
	free(shown);
	if (rdb_retry_of(rc) != RDB_RETRY_NEVER)
		return send_again(insert, link, batch, rc, err);
	insert->in_flight -= batch->bytes;
	give_batch(insert, batch);
	return rc;
}

/* Waits for one answer. */
static int receive(struct rdb_insert *insert, struct link *link, struct rdb_err *err)
{
	int rc = rdb_conn_receive(link->conn, 0, &insert->response, err);

	if (rc == 0)
		return take_answer(insert, link, err);
	return rdb_conn_breaks(rc) ? mend(insert, link, rc, err) : rc;
}

static bool awaits(const struct link *link)
{
	return link->count || link->sync;
}

/* Handle all answers that have arrived, on all connections. */
static int collect(struct rdb_insert *insert, struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; rc >= 0 && i < insert->options.connections; i++) {
		struct link *link = &insert->links[i];
		while (awaits(link) && (rc = rdb_conn_ready(link->conn, 0, err)) == 1)
			if ((rc = receive(insert, link, err)) != 0)
				return rc;
		if (awaits(link) && rdb_conn_breaks(rc))
			rc = mend(insert, link, rc, err);
	}
	return rc < 0 ? rc : 0;
}

/* Returns the link with the fewest batches in flight; among equal links, the one after the last
 * chosen. */
static struct link *choose(struct rdb_insert *insert)
{
	unsigned links = insert->options.connections, first = insert->turn++;
	struct link *best = &insert->links[first % links];

	for (unsigned i = 1; i < links; i++) {
		struct link *link = &insert->links[(first + i) % links];
		if (link->count < best->count)
			best = link;
	}
	return best;
}

/* Returns the next link, in rotation, that has batches in flight: as good a guess as any for the
 * next answer. */
static struct link *busiest(struct rdb_insert *insert)
{
	unsigned links = insert->options.connections;
	struct link *link = &insert->links[insert->turn % links];

	for (unsigned i = 0; i < links && !link->count; i++)
		link = &insert->links[++insert->turn % links];
	return link;
}

/* Start a sync on each connection that has kept batches and no sync in flight. */
static int start_syncs(struct rdb_insert *insert, struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < insert->options.connections; i++) {
		struct link *link = &insert->links[i];
		if (!link->kept.count || link->sync)
			continue;
		rc = start_sync(insert, link, err);
		if (rdb_conn_breaks(rc))
			rc = mend(insert, link, rc, err);
	}
	return rc;
}

static int await_syncs(struct rdb_insert *insert, struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; i < insert->options.connections; i++)
		while (rc == 0 && insert->links[i].sync)
			rc = receive(insert, &insert->links[i], err);
	return rc;
}

static int make_durable(struct rdb_insert *insert, struct rdb_err *err)
{
	int rc = insert->kept > SYNC ? start_syncs(insert, err) : 0;

	while (rc == 0 && insert->kept > KEPT) {
		rc = start_syncs(insert, err);
		if (rc == 0)
			rc = await_syncs(insert, err);
	}
	return rc;
}

static int make_room(struct rdb_insert *insert, uint64_t bytes, struct rdb_err *err)
{
	int rc = collect(insert, err);

	if (rc == 0)
		rc = make_durable(insert, err);
	while (rc == 0 && insert->in_flight && insert->in_flight + bytes > WINDOW)
		rc = receive(insert, busiest(insert), err);
	return rc;
}

/* Send a batch. *from is NULL afterwards if ownership was transferred. */
static int launch_one(struct rdb_insert *insert, struct rdb_batch **from, struct rdb_err *err)
{
	struct rdb_batch *batch = *from;
	struct link *link;
	int rc = make_room(insert, batch->bytes, err);

	if (rc != 0)
		return rc;
	link = choose(insert);
	while (rc == 0 && link->count == DEPTH)
		rc = receive(insert, link, err);
	if (rc != 0)
		return rc;
	*from = NULL;
	insert->in_flight += batch->bytes;
	link->flight[link->count++] = batch;
	rc = link->conn ? send_batch(insert, link, batch, err) : open_link(insert, link, err);
	if (rc == -EMSGSIZE) {
		err->code = EINVAL;
		return describe(&batch->places[0], err);
	}
	return rc != 0 && rdb_retry_of(rc) != RDB_RETRY_NEVER ? mend(insert, link, rc, err) : rc;
}

static int launch_lost(struct rdb_insert *insert, struct rdb_err *err)
{
	struct rdb_batch *batch;
	int rc = 0;

	while (rc == 0 && (batch = pop(&insert->lost))) {
		rc = launch_one(insert, &batch, err);
		free_batch(batch);
	}
	return rc;
}

static int launch(struct rdb_insert *insert, struct rdb_batch **filling, struct rdb_err *err)
{
	int rc = launch_lost(insert, err);

	return rc ? rc : launch_one(insert, filling, err);
}

int rdb_insert_add(struct rdb_insert *insert, const struct rdb_json_piece *document, unsigned shard,
	struct rdb_err *err)
{
	struct rdb_batch **filling = &insert->filling[shard];
	int rc = 0;

	if (*filling && !has_room(*filling, document->len))
		rc = launch(insert, filling, err);
	if (rc == 0 && !*filling) {
		*filling = take_batch(insert);
		rc = *filling ? 0 : out_of_memory(err);
	}
	if (rc == 0 && rdb_batch_put(*filling, document) != 0)
		rc = out_of_memory(err);
	if (rc == 0 && !has_room(*filling, 1))
		rc = launch(insert, filling, err);
	return rc;
}

/* Move documents from one batch to another while that has room. */
static int move_documents(struct rdb_insert *insert, struct rdb_batch **from, struct rdb_batch **to,
	struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < (*from)->count; i++) {
		const struct rdb_json_piece document = rdb_batch_get(*from, i);
		rc = rdb_batch_put(*to, &document);
	}
	if (rc != 0)
		return out_of_memory(err);
	give_batch(insert, *from);
	*from = NULL;
	return 0;
}

/* Send the remaining documents of a table, merged into as few batches as possible. */
static int launch_rest(struct rdb_insert *insert, struct rdb_err *err)
{
	struct rdb_batch **last = NULL;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < RDB_HASH_SHARDS; i++) {
		struct rdb_batch **one = &insert->filling[i];
		if (!*one)
			continue;
		if (last && fits(*last, *one)) {
			rc = move_documents(insert, one, last, err);
			continue;
		}
		if (last)
			rc = launch(insert, last, err);
		last = one;
	}
	return rc == 0 && last ? launch(insert, last, err) : rc;
}

static int await_all(struct rdb_insert *insert, struct rdb_err *err)
{
	int rc = 0;

	for (unsigned i = 0; i < insert->options.connections; i++)
		while (rc == 0 && awaits(&insert->links[i]))
			rc = receive(insert, &insert->links[i], err);
	return rc;
}

/* Send a sync although no batch is kept. */
static int sync_anyway(struct rdb_insert *insert, struct rdb_err *err)
{
	struct link *link = choose(insert);
	int rc = link->conn ? 0 : open_link(insert, link, err);

	if (rc == 0)
		rc = start_sync(insert, link, err);
	if (rc != 0 && rdb_retry_of(rc) != RDB_RETRY_NEVER)
		rc = mend(insert, link, rc, err);
	return rc;
}

/* Repeats until no lost batches are left: a server that dies during the sync adds to them. */
int rdb_insert_flush(struct rdb_insert *insert, struct rdb_err *err)
{
	int rc = launch_rest(insert, err);

	do {
		if (rc == 0)
			rc = launch_lost(insert, err);
		if (rc == 0)
			rc = await_all(insert, err);
		if (rc == 0 && !insert->kept && !insert->synced)
			rc = sync_anyway(insert, err);
		if (rc == 0)
			rc = start_syncs(insert, err);
	} while (rc == 0 && (insert->kept || insert->lost.count || !insert->synced));
	return rc;
}
