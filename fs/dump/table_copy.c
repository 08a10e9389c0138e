#include "dump/table_copy.h"

#include "dump/describe.h"
#include "json/binary.h"
#include "json/split.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGE ((size_t)64 * 1024) /* bytes of the buffer in which short documents are collected */
#define DOCUMENT_MAX ((size_t)1 << 30) /* bytes */
#define TRIES 3                        /* attempts for a table that is replaced while it is read */

struct state {
	struct rdb_table_copy *transfer;
	struct rdb_client *client;
	const struct rdb_plan_table *table;
	char name[256]; /* "db.table" */
	struct rdb_describe describe;
	struct rdb_wtable *out;
	struct rdb_rows rows;
	struct rdb_buf stage;
	uint64_t documents, bytes; /* reported to the job so far */
	bool described;
	bool gone; /* the table was dropped or replaced */
};

/* ---- writing ---- */

static int flush(struct state *s, struct rdb_err *err)
{
	int rc = rdb_wtable_write(s->out, s->stage.data, s->stage.len, err);

	rdb_buf_clear(&s->stage);
	return rc;
}

static int put(struct state *s, const char *text, size_t len, struct rdb_err *err)
{
	int rc = 0;

	if (s->stage.len + len > STAGE)
		rc = flush(s, err);
	if (rc != 0)
		return rc;
	if (len > STAGE)
		return rdb_wtable_write(s->out, text, len, err);
	return rdb_buf_add(&s->stage, text, len) ? rdb_err_sys(err, ENOMEM, "%s", s->name) : 0;
}

/* Warns if the document is too large to be inserted by a restore. A table can contain a document of
 * this size, because updates on the server can enlarge a document beyond the limit for a query. */
static void warn_of_size(struct state *s, const struct rdb_json_piece *piece)
{
	size_t size = rdb_json_binary_length(piece->data, piece->len);

	if (size > RDB_QUERY_DOCUMENT_MAX)
		rdb_job_warn(s->transfer->job,
			"%s: document %" PRIu64
			" has %zu bytes: it is in the backup, but can't be restored, because the "
			"server accepts no query above 128 MiB",
			s->name, s->documents, size);
}

static int put_document(struct state *s, const struct rdb_json_piece *piece, struct rdb_err *err)
{
	int rc = s->documents++ ? put(s, ",\n", 2, err) : put(s, "\n", 1, err);

	if (piece->len > RDB_QUERY_DOCUMENT_MAX)
		warn_of_size(s, piece);
	return rc ? rc : put(s, piece->data, piece->len, err);
}

static int put_documents(struct state *s, struct rdb_json_split *split, struct rdb_json_piece *last,
	struct rdb_err *err)
{
	struct rdb_json_fault fault = {0};
	int more, rc = 0;

	while (rc == 0 && (more = rdb_json_split_next(split, last, &fault)) == 1)
		rc = put_document(s, last, err);
	if (rc == 0 && more < 0)
		rc = rdb_err_set(err, more == -ENOMEM ? ENOMEM : EPROTO,
			"%s: the server's data after document %" PRIu64 " is not JSON", s->name,
			s->documents);
	return rc;
}

static int put_batch(struct state *s, struct rdb_json_span batch, struct rdb_err *err)
{
	struct rdb_json_piece last = {0};
	uint64_t before = s->documents;
	struct rdb_json_split split;
	int rc;

	rdb_json_split_init(&split, DOCUMENT_MAX);
	rdb_json_split_feed(&split, batch.data, batch.len);
	rc = put_documents(s, &split, &last, err);
	if (rc == 0 && last.data)
		rc = rdb_rows_keep(&s->rows, last.data, last.len, err);
	rdb_json_split_free(&split);
	s->bytes += batch.len;
	rdb_job_progress(s->transfer->job, s->table->number, s->documents - before, batch.len);
	return rc;
}

/* ---- reading ---- */

static int describe(struct state *s, struct rdb_err *err)
{
	struct rdb_err why = {0};
	struct rdb_conn *conn;
	int rc;

	s->described = s->describe.info.len > 0;
	if (s->described)
		return 0;
	do {
		rc = rdb_client_conn(s->client, &conn, &why);
		if (rc == 0)
			rc = rdb_describe(conn, s->table->db, s->table->table, &s->describe, &why);
	} while (rc != 0 && rdb_client_again(s->client, s->name, &why));
	if (rc == 0)
		rdb_client_progress(s->client);
	s->described = rc == 0;
	s->gone = rc == -ENOENT;
	return rc ? rdb_err_set(err, why.code, "%s", why.text) : 0;
}

static int pass_batches(struct state *s, struct rdb_err *err)
{
	struct rdb_json_span batch;
	int rc = put(s, "[", 1, err), more;

	while (rc == 0) {
		more = rdb_rows_next(&s->rows, &batch, err);
		s->gone = more == -ENOENT;
		if (more <= 0)
			return more ? more : put(s, "\n]\n", 3, err);
		rc = put_batch(s, batch, err);
		if (rc == 0)
			rc = rdb_pace_take(
				s->transfer->pace, batch.len, s->client->back_off.cancel);
	}
	return rc == -EINTR ? rdb_err_set(err, ECANCELED, "cancelled") : rc;
}

static int pass_rows(struct state *s, struct rdb_err *err)
{
	int rc;

	s->rows = (struct rdb_rows){.client = s->client,
		.manners = &s->transfer->manners,
		.name = s->name,
		.query = {.db = s->table->db,
			.table = s->table->table,
			.primary_key = s->describe.primary_key.data,
			.mode = s->transfer->mode,
			.batch_bytes = s->transfer->batch},
		.describe = &s->describe};
	rc = pass_batches(s, err);
	rdb_rows_close(&s->rows);
	return rc ? rc : flush(s, err);
}

/* ---- the count ---- */

static int ask_count(struct state *s, struct rdb_conn *conn, uint64_t *count, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	struct rdb_json_span value;
	int rc = rdb_query_count(&query, s->table->db, s->table->table);

	if (rc == 0)
		rc = rdb_conn_query(conn, query.data, query.len, &response, err);
	if (rc == 0)
		rc = rdb_response_atom(&response, &value, err);
	if (rc == 0)
		*count = strtoull(value.data, NULL, 10);
	rdb_response_free(&response);
	rdb_buf_free(&query);
	return rc;
}

/* Adds a warning to the job if the number of copied documents differs from the server's count, or
 * if the server's count cannot be read. Neither case makes the backup fail. */
static void compare_count(struct state *s)
{
	struct rdb_err err = {0};
	struct rdb_conn *conn;
	uint64_t count = 0;
	int rc = rdb_client_conn(s->client, &conn, &err);

	if (rc == 0)
		rc = ask_count(s, conn, &count, &err);
	if (rc != 0) {
		rdb_client_close(s->client);
		rdb_job_warn(s->transfer->job,
			"%s: can't compare the number of documents with the server's: %s", s->name,
			err.text);
	} else if (count != s->documents) {
		rdb_job_warn(s->transfer->job,
			"%s: the backup has %" PRIu64 " documents, but the server counts %" PRIu64
			" now: unless other clients wrote to the table meanwhile, make the backup "
			"again",
			s->name, s->documents, count);
	}
}

/* ---- a table ---- */

static int make_fact(struct state *s, struct rdb_buf *fact, struct rdb_err *err)
{
	const struct rdb_describe *d = &s->describe;
	int rc = rdb_term_format(fact, "{\"db\":%s,\"table\":%s,\"primary_key\":%s", s->table->db,
		s->table->table, d->primary_key.data);

	if (rc == 0)
		rc = rdb_buf_printf(fact, ",\"documents\":%" PRIu64 ",\"indexes\":%" PRIu64,
			s->documents, d->indexes);
	if (rc == 0 && d->config.len)
		rc = rdb_buf_puts(fact, ",\"config\":");
	if (rc == 0 && d->config.len)
		rc = rdb_buf_add(fact, d->config.data, d->config.len);
	if (rc == 0)
		rc = rdb_buf_putc(fact, '}');
	return rc ? rdb_err_sys(err, ENOMEM, "%s", s->name) : 0;
}

static int transfer(struct state *s, struct rdb_err *err)
{
	const struct rdb_plan_table *t = s->table;
	int rc = describe(s, err);

	if (rc != 0)
		return rc;
	rc = rdb_writer_table(s->transfer->writer, t->db, t->table, s->describe.info.data,
		(uint64_t)s->describe.estimate, &s->out, err);
	if (rc != 0)
		return rc;
	rc = pass_rows(s, err);
	if (rc != 0) {
		rdb_wtable_abort(s->out);
		return rc;
	}
	return rdb_wtable_end(s->out, (int64_t)s->documents, err);
}

static void undo_progress(struct state *s)
{
	rdb_job_progress(s->transfer->job, s->table->number, 0 - s->documents, 0 - s->bytes);
	s->documents = s->bytes = 0;
	rdb_buf_clear(&s->stage);
	rdb_describe_free(&s->describe);
}

static int transfer_anew(struct state *s, struct rdb_err *err)
{
	int rc = transfer(s, err);

	for (int tries = 1; rc != 0 && s->gone && s->described; tries++) {
		undo_progress(s);
		if (tries == TRIES) {
			s->gone = false;
			return rdb_err_set(err, EBUSY,
				"%s was replaced by another table of the same name during each of "
				"%d attempts to read it: make the backup again",
				s->name, TRIES);
		}
		rdb_err_clear(err);
		rc = transfer(s, err);
		if (rc == 0)
			rdb_job_warn(s->transfer->job,
				"%s was replaced by another table of the same name while it was "
				"read: the backup has the new one",
				s->name);
	}
	return rc;
}

static int finish(struct state *s, struct rdb_buf *fact, struct rdb_err *err)
{
	struct rdb_job *job = s->transfer->job;

	if (s->describe.hook_refused)
		atomic_fetch_add(&s->transfer->hooks_refused, 1);
	if (s->transfer->count)
		compare_count(s);
	rdb_job_table_total(job, s->table->number, (int64_t)s->documents);
	rdb_job_table_state(job, s->table->number, RDB_JOB_DONE, NULL);
	return make_fact(s, fact, err);
}

/* Copies a table to the backup, and describes the copy in "fact" as a JSON object. Frees the
 * contents of *describe in all cases. */
static int transfer_one(struct rdb_table_copy *shared, struct rdb_client *client,
	const struct rdb_plan_table *table, struct rdb_describe *describe, struct rdb_buf *fact,
	struct rdb_err *err)
{
	struct state s = {
		.transfer = shared, .client = client, .table = table, .describe = *describe};
	struct rdb_err why = {0};
	int rc;

	*describe = (struct rdb_describe){.estimate = 0};

	snprintf(s.name, sizeof(s.name), "%s.%s", table->db, table->table);
	rdb_job_table_state(shared->job, table->number, RDB_JOB_RUNNING, NULL);
	rc = transfer_anew(&s, &why);
	if (rc == 0) {
		rc = finish(&s, fact, err);
	} else {
		if (s.gone)
			rdb_job_table_total(shared->job, table->number, 0);
		rdb_job_table_state(shared->job, table->number, RDB_JOB_FAILED, &why);
		/* If the table was dropped in the cluster, leave "fact" empty and return 0, because
		 * the drop is not an error. */
		rc = s.gone ? 0 : rdb_err_set(err, why.code, "%s", why.text);
	}
	rdb_describe_free(&s.describe);
	rdb_buf_free(&s.stage);
	return rc;
}

/* ---- several ---- */

/* Requests the descriptions of several tables at once, and stores the descriptions in "out". If a
 * table's description is not received, its element of "out" stays empty. */
static void describe_ahead(struct rdb_client *client, struct rdb_plan_table *const *tables,
	size_t count, struct rdb_describe *out)
{
	struct rdb_describe_asked asked[RDB_TRANSFER_TOGETHER] = {{.db = NULL}};
	struct rdb_conn *conn;
	size_t sent = 0;

	if (rdb_client_conn(client, &conn, NULL) != 0)
		return;
	while (sent < count && rdb_describe_ask(conn, tables[sent]->db, tables[sent]->table,
				       &asked[sent], NULL) == 0)
		sent++;
	for (size_t i = 0; i < sent; i++)
		if (rdb_describe_answer(conn, &asked[i], &out[i], NULL) != 0)
			rdb_describe_free(&out[i]);
}

int rdb_table_copy_run(struct rdb_table_copy *transfer, struct rdb_client *client,
	struct rdb_plan_table *const *tables, size_t count, struct rdb_buf *facts,
	struct rdb_err *err)
{
	struct rdb_describe describes[RDB_TRANSFER_TOGETHER] = {{.estimate = 0}};
	int rc = 0;

	if (count > 1)
		describe_ahead(client, tables, count, describes);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = transfer_one(transfer, client, tables[i], &describes[i], &facts[i], err);
	for (size_t i = 0; i < count; i++)
		rdb_describe_free(&describes[i]);
	return rc;
}
