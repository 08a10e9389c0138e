#include "dump/rows.h"

#include "json/document.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define REST 0.5     /* duration of a pause, as a multiple of the last batch's duration */
#define REST_MAX 100 /* ms */

static int check_same_table(struct rdb_rows *rows, struct rdb_conn *conn, struct rdb_err *err)
{
	struct rdb_describe now = {0};
	int rc = rdb_describe_shortly(conn, rows->query.db, rows->query.table, &now, err);

	if (rc == 0 && strcmp(now.id.data, rows->describe->id.data) != 0)
		rc = rdb_err_set(err, ENOENT,
			"%s: the table was replaced by another one of the same name", rows->name);
	rdb_describe_free(&now);
	return rc;
}

static int put_query(const struct rdb_rows *rows, struct rdb_buf *out)
{
	struct rdb_query_read query = rows->query;
	uint32_t limit = rows->manners->batch_bytes;

	if (rows->gentle && (!query.batch_bytes || query.batch_bytes > limit))
		query.batch_bytes = limit;
	return rdb_query_read(out, &query);
}

static int open_cursor(struct rdb_rows *rows, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	struct rdb_conn *conn;
	int rc = rdb_client_conn(rows->client, &conn, err);

	if (rc == 0 && rows->key.len) {
		rows->query.after = rows->key.data;
		rows->query.after_len = rows->key.len;
	}
	if (rc != 0)
		return rc;
	if (put_query(rows, &query) != 0)
		return rdb_err_sys(err, ENOMEM, "%s", rows->name);
	rc = rdb_cursor_open(&rows->cursor, conn, query.data, query.len, err);
	rows->cursor.patient = true;
	rows->open = rc == 0;
	rows->same = false;
	rdb_buf_free(&query);
	return rc;
}

/*
 * Checks that the rows are from the described table, and not from a later table with the same
 * name. "answer" is the result of rdb_cursor_next().
 * Returns:
 *   -ENOENT  the described table was dropped or replaced
 *   other    "answer" is not an error, but the check has failed with this error
 *   answer   in all other cases
 */
static int make_sure(struct rdb_rows *rows, int answer, struct rdb_err *err)
{
	struct rdb_err why = {0};
	int rc;

	if (rows->same || answer == -ENOENT || rdb_conn_breaks(answer))
		return answer;
	rc = check_same_table(rows, rows->cursor.conn, &why);
	rows->same = rc == 0;
	if (rc == 0 && answer > 0 && !rows->gentle)
		rdb_cursor_hurry(&rows->cursor);
	if (rc == 0 || (answer < 0 && rc != -ENOENT))
		return answer;
	return rdb_err_set(err, why.code, "%s", why.text);
}

static void close_cursor(struct rdb_rows *rows)
{
	if (rows->open)
		rdb_cursor_close(&rows->cursor);
	rows->open = false;
	if (rows->turn)
		rdb_read_token_release(rows->manners->turn);
	rows->turn = false;
}

static int fetch(struct rdb_rows *rows, struct rdb_json_span *batch, struct rdb_err *err)
{
	int rc = rows->open ? 0 : open_cursor(rows, err);

	if (rc != 0)
		return rc;
	rc = rdb_cursor_next(&rows->cursor, batch, err);
	return make_sure(rows, rc, err);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void rest(double ms)
{
	struct timespec pause;

	if (ms > REST_MAX)
		ms = REST_MAX;
	pause = (struct timespec){0, (long)(ms * 1e6)};
	nanosleep(&pause, NULL);
}

static int fetch_gently(struct rdb_rows *rows, struct rdb_json_span *batch, struct rdb_err *err)
{
	double began;
	int rc;

	if (!rows->turn &&
		rdb_read_token_acquire(rows->manners->turn, rows->client->back_off.cancel) != 0)
		return rdb_err_set(err, ECANCELED, "cancelled");
	rows->turn = true;
	rest(rows->rest);
	began = now_ms();
	rc = fetch(rows, batch, err);
	rows->rest = (now_ms() - began) * REST;
	return rc;
}

/* Closes the cursor if other clients have begun or stopped using the cluster. The batch size must
 * then change, and a cursor keeps its batch size. */
static void adapt(struct rdb_rows *rows)
{
	const struct rdb_load *load = rows->manners->load;
	bool gentle = load && rdb_load_others(load);

	if (gentle != rows->gentle)
		close_cursor(rows);
	rows->gentle = gentle;
}

int rdb_rows_next(struct rdb_rows *rows, struct rdb_json_span *batch, struct rdb_err *err)
{
	struct rdb_err why = {0};
	int rc;

	do {
		adapt(rows);
		rc = (rows->gentle ? fetch_gently : fetch)(rows, batch, &why);
		if (rc >= 0) {
			rdb_client_progress(rows->client);
			return rc;
		}
		close_cursor(rows);
	} while (rdb_client_again(rows->client, rows->name, &why));
	return rdb_err_set(err, why.code, "%s", why.text);
}

int rdb_rows_keep(struct rdb_rows *rows, const char *document, size_t len, struct rdb_err *err)
{
	const struct rdb_buf *name = &rows->describe->primary_key;
	const struct rdb_json_want want = {.object = true, .key = name->data, .key_len = name->len};
	struct rdb_json_found found;
	int rc = rdb_json_document(document, len, &want, &found, NULL);

	if (rc == -EINVAL || (rc == 0 && found.keys != 1))
		return rdb_err_set(err, EPROTO,
			"%s: the server sent something that is not a document, or lacks the "
			"primary key %s",
			rows->name, name->data);
	rdb_buf_clear(&rows->key);
	if (rc != 0 || rdb_buf_add(&rows->key, found.key.data, found.key.len) != 0)
		return rdb_err_sys(err, ENOMEM, "%s", rows->name);
	return 0;
}

void rdb_rows_close(struct rdb_rows *rows)
{
	close_cursor(rows);
	rdb_buf_free(&rows->key);
}
