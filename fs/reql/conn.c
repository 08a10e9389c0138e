#include "reql/conn.h"

#include "reql/awaited.h"
#include "reql/dial.h"
#include "reql/frame.h"
#include "reql/handshake.h"
#include "reql/scram.h"
#include "reql/transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_TIMEOUT (20 * 1000)
#define MAX_RESPONSE (1024ULL * 1024 * 1024)

struct rdb_conn {
	struct rdb_transport stream;
	struct rdb_frame frame;
	const struct rdb_cancel *cancel;
	atomic_ullong *queries; /* NULL: not counted */
	int answer_timeout;
	int silence;
	int64_t next_token;
	struct rdb_awaited_list awaited;
	struct rdb_err broken; /* why the connection is unusable; code 0 if it is usable */
	char version[RDB_SERVER_VERSION];
	char peer[300];
};

/* ---- opening and closing ---- */

static int or_default(int value, int otherwise)
{
	return value ? value : otherwise;
}

static struct rdb_conn *new_conn(const struct rdb_conn_options *options)
{
	struct rdb_conn *conn = calloc(1, sizeof(*conn));
	bool v6 = strchr(options->host, ':') != NULL;

	if (!conn)
		return NULL;
	conn->stream.fd = -1;
	conn->cancel = options->cancel;
	conn->queries = options->queries;
	conn->answer_timeout = options->answer_timeout;
	conn->silence = or_default(options->silence, RDB_CONN_SILENCE);
	conn->frame.max = options->max_response ? options->max_response : MAX_RESPONSE;
	conn->next_token = 1;
	TAILQ_INIT(&conn->awaited);
	snprintf(conn->peer, sizeof(conn->peer), v6 ? "[%s]:%d" : "%s:%d", options->host,
		or_default(options->port, RDB_CONN_PORT));
	return conn;
}

/* Returns true if the server at this port uses TLS. Tries a TLS handshake. A rejected certificate
 * also shows that the server uses TLS. */
static bool speaks_tls(
	const struct rdb_conn_options *options, const struct rdb_wait *wait, uint16_t port)
{
	const struct rdb_tls_options any = {0};
	struct rdb_transport stream;
	struct rdb_tls *tls;
	int fd, ret;

	if (rdb_tls_create(&any, &tls, NULL) != 0)
		return false;
	ret = rdb_dial(options->host, port, options->host, wait, &fd, NULL);
	if (ret == 0) {
		rdb_transport_init(&stream, fd, options->host);
		ret = rdb_transport_start_tls(&stream, tls, options->host, wait, NULL);
		rdb_transport_close(&stream);
		ret = ret == -EKEYREJECTED ? 0 : ret;
	}
	rdb_tls_destroy(tls);
	return ret == 0;
}

static int shake_hands(struct rdb_conn *conn, const struct rdb_conn_options *options,
	const struct rdb_wait *wait, struct rdb_err *err)
{
	char nonce[RDB_SCRAM_NONCE];
	int ret = 0;

	if (options->tls)
		ret = rdb_transport_start_tls(
			&conn->stream, options->tls, options->host, wait, err);
	if (ret == 0)
		ret = rdb_scram_nonce(nonce, err);
	if (ret == 0)
		ret = rdb_handshake(&conn->stream, options->user ? options->user : "admin",
			options->password ? options->password : "", nonce, conn->version, wait,
			err);
	return ret;
}

int rdb_conn_open(
	const struct rdb_conn_options *options, struct rdb_conn **out, struct rdb_err *err)
{
	struct rdb_wait wait = rdb_wait_for(
		options->cancel, or_default(options->connect_timeout, CONNECT_TIMEOUT));
	struct rdb_conn *conn = new_conn(options);
	uint16_t port = options->port ? options->port : RDB_CONN_PORT;
	int fd, ret;

	if (!conn)
		return rdb_err_sys(err, ENOMEM, "%s", options->host);
	ret = rdb_dial(options->host, port, conn->peer, &wait, &fd, err);
	if (ret == 0) {
		rdb_transport_init(&conn->stream, fd, conn->peer);
		ret = shake_hands(conn, options, &wait, err);
	}
	if (ret == -ECONNRESET && !options->tls && speaks_tls(options, &wait, port))
		ret = rdb_err_set(err, EPROTO,
			"%s: the server speaks TLS: give its certificate with --tls-cert, or --tls "
			"if a public authority signed it",
			conn->peer);
	if (ret != 0) {
		rdb_conn_close(conn);
		return ret;
	}
	*out = conn;
	return 0;
}

int rdb_conn_adopt(
	int fd, const struct rdb_conn_options *options, struct rdb_conn **out, struct rdb_err *err)
{
	*out = new_conn(options);
	if (!*out) {
		close(fd);
		return rdb_err_sys(err, ENOMEM, "%s", options->host);
	}
	rdb_transport_init(&(*out)->stream, fd, (*out)->peer);
	return 0;
}

void rdb_conn_close(struct rdb_conn *conn)
{
	if (!conn)
		return;
	rdb_awaited_free(&conn->awaited);
	rdb_transport_close(&conn->stream);
	rdb_frame_free(&conn->frame);
	free(conn);
}

const char *rdb_conn_server_version(const struct rdb_conn *conn)
{
	return conn->version;
}

void rdb_conn_set_answer_timeout(struct rdb_conn *conn, int ms)
{
	conn->answer_timeout = ms;
}

void rdb_conn_set_max_response(struct rdb_conn *conn, uint64_t bytes)
{
	conn->frame.max = bytes ? bytes : MAX_RESPONSE;
}

bool rdb_conn_breaks(int error)
{
	return error == -ECONNRESET || error == -ETIMEDOUT || error == -EINTR || error == -EPROTO ||
	       error == -EMSGSIZE;
}

/* Closes the connection and marks it as broken. Copies *why to *err, and returns the negative errno
 * of *why. Later calls that must send or receive bytes fail with the error *why. */
static int break_down(struct rdb_conn *conn, const struct rdb_err *why, struct rdb_err *err)
{
	conn->broken = *why;
	rdb_transport_close(&conn->stream);
	return rdb_err_set(err, why->code, "%s", why->text);
}

static int still_broken(const struct rdb_conn *conn, struct rdb_err *err)
{
	return rdb_err_set(err, conn->broken.code, "%s", conn->broken.text);
}

/* ---- answers ---- */

static int deliver(struct rdb_conn *conn, struct rdb_err *why)
{
	if (rdb_awaited_arrive(&conn->awaited, conn->frame.token, &conn->frame.body) != 0)
		return rdb_err_set(
			why, EPROTO, "%s: the server sent an answer to no known query", conn->peer);
	rdb_frame_reset(&conn->frame);
	return 0;
}

static int cancelled(const struct rdb_conn *conn, struct rdb_err *why)
{
	if (!rdb_cancel_fired(conn->cancel))
		return 0;
	return rdb_err_set(why, EINTR, "%s: cancelled", conn->peer);
}

/* Reads bytes from the server without waiting, and passes a complete answer to its query. Returns 1
 * if bytes were read, 0 if none have arrived. */
static int receive_some(struct rdb_conn *conn, struct rdb_err *why)
{
	void *where;
	size_t room;
	ssize_t n;
	int ret = cancelled(conn, why);

	if (ret != 0)
		return ret;
	if (rdb_frame_space(&conn->frame, &where, &room) != 0)
		return rdb_err_sys(why, ENOMEM, "%s: the server's answer", conn->peer);
	n = rdb_transport_recv(&conn->stream, where, room, why);
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	ret = rdb_frame_filled(&conn->frame, (size_t)n, why);
	if (ret < 0)
		rdb_err_prefix(why, "%s: ", conn->peer);
	if (ret > 0)
		ret = deliver(conn, why);
	return ret < 0 ? ret : 1;
}

static int receive_all(struct rdb_conn *conn, struct rdb_err *why)
{
	int ret;

	do
		ret = receive_some(conn, why);
	while (ret > 0);
	return ret;
}

static int hand_over(struct rdb_conn *conn, struct rdb_awaited *awaited, struct rdb_response *out,
	struct rdb_err *err)
{
	struct rdb_buf used = out->body;
	struct rdb_err why = {0};

	out->token = awaited->token;
	out->body = awaited->body;
	awaited->body = (struct rdb_buf){0};
	rdb_awaited_drop(&conn->awaited, awaited);
	/* Receive the next frame into the memory of the caller's previous response. If the frame
	 * already has memory, because a part of it was received, free the previous response. */
	if (!conn->frame.body.data) {
		conn->frame.body = used;
		rdb_buf_clear(&conn->frame.body);
	} else {
		rdb_buf_free(&used);
	}
	if (rdb_response_parse(out, &why) == 0)
		return 0;
	rdb_err_prefix(&why, "%s: ", conn->peer);
	return break_down(conn, &why, err);
}

/* ---- waiting ---- */

static int send_text(
	struct rdb_conn *conn, int64_t token, const char *text, size_t len, struct rdb_err *why);

static int ping(struct rdb_conn *conn, struct rdb_err *why)
{
	const int64_t token = conn->next_token++;
	struct rdb_awaited *pong = rdb_awaited_add(&conn->awaited, token);

	if (!pong)
		return rdb_err_sys(why, ENOMEM, "%s", conn->peer);
	pong->forgotten = true;
	return send_text(conn, token, "[5]", 3, why);
}

/* Time limit for a server from which no bytes arrive. Each received byte restarts the limit. */
struct silence {
	struct rdb_wait wait;
	bool pinged;
};

static struct silence silence_begins(const struct rdb_conn *conn)
{
	const int ms = conn->answer_timeout ? conn->answer_timeout : conn->silence / 2;

	return (struct silence){.wait = rdb_wait_for(conn->cancel, ms)};
}

/* Waits for bytes from the server. Returns 0 if the caller may read again, or a negative errno. If
 * conn->answer_timeout is 0, the first timeout causes a ping instead of -ETIMEDOUT. */
static int bear_silence(struct rdb_conn *conn, struct silence *silence, struct rdb_err *why)
{
	int ret = rdb_transport_wait(&conn->stream, false, &silence->wait, why);

	if (ret != -ETIMEDOUT || conn->answer_timeout || silence->pinged)
		return ret;
	silence->pinged = true;
	silence->wait = rdb_wait_for(conn->cancel, conn->silence / 2);
	return ping(conn, why);
}

int rdb_conn_receive(
	struct rdb_conn *conn, int64_t token, struct rdb_response *out, struct rdb_err *err)
{
	struct silence silence = silence_begins(conn);
	struct rdb_err why = {0};
	struct rdb_awaited *awaited;
	int ret;

	while (!(awaited = rdb_awaited_find(&conn->awaited, token, true))) {
		if (conn->broken.code)
			return still_broken(conn, err);
		if (!rdb_awaited_find(&conn->awaited, token, false))
			return rdb_err_set(
				err, ENOENT, "%s: no answer to this query is expected", conn->peer);
		ret = receive_some(conn, &why);
		if (ret > 0)
			silence = silence_begins(conn);
		if (ret == 0)
			ret = bear_silence(conn, &silence, &why);
		if (ret < 0)
			return break_down(conn, &why, err);
	}
	return hand_over(conn, awaited, out, err);
}

int rdb_conn_ready(struct rdb_conn *conn, int64_t token, struct rdb_err *err)
{
	struct rdb_err why = {0};

	if (!rdb_awaited_find(&conn->awaited, token, true) && !conn->broken.code &&
		receive_all(conn, &why) < 0)
		break_down(conn, &why, NULL);
	if (rdb_awaited_find(&conn->awaited, token, true))
		return 1;
	return conn->broken.code ? still_broken(conn, err) : 0;
}

void rdb_conn_forget(struct rdb_conn *conn, int64_t token)
{
	rdb_awaited_forget(&conn->awaited, token);
}

/* ---- queries ---- */

static int send_all(
	struct rdb_conn *conn, const void *data, size_t len, bool more, struct rdb_err *why)
{
	const int ms = or_default(conn->answer_timeout, conn->silence);
	struct rdb_wait wait = rdb_wait_for(conn->cancel, ms);
	const char *at = data;
	ssize_t n;
	int ret;

	while (len > 0) {
		ret = cancelled(conn, why);
		if (ret != 0)
			return ret;
		n = rdb_transport_send(&conn->stream, at, len, more, why);
		if (n < 0 && n != -EAGAIN)
			return (int)n;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
			wait = rdb_wait_for(conn->cancel, ms);
			continue;
		}
		ret = receive_all(conn, why);
		if (ret == 0)
			ret = rdb_transport_wait(&conn->stream, true, &wait, why);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int send_text(
	struct rdb_conn *conn, int64_t token, const char *text, size_t len, struct rdb_err *why)
{
	unsigned char header[RDB_FRAME_HEADER];
	int ret;

	rdb_frame_put_header(header, token, (uint32_t)len);
	if (conn->queries)
		atomic_fetch_add(conn->queries, 1);
	ret = send_all(conn, header, sizeof(header), true, why);
	return ret ? ret : send_all(conn, text, len, false, why);
}

static int send_frame(
	struct rdb_conn *conn, int64_t token, const char *text, size_t len, struct rdb_err *err)
{
	struct rdb_err why = {0};

	if (conn->broken.code)
		return still_broken(conn, err);
	if (!rdb_awaited_add(&conn->awaited, token))
		return rdb_err_sys(err, ENOMEM, "%s", conn->peer);
	return send_text(conn, token, text, len, &why) < 0 ? break_down(conn, &why, err) : 0;
}

int rdb_conn_send(
	struct rdb_conn *conn, const char *query, size_t len, int64_t *token, struct rdb_err *err)
{
	if (len > RDB_FRAME_QUERY_MAX)
		return rdb_err_set(err, EMSGSIZE,
			"the query is %zu bytes long, but a server accepts at most %d: send fewer "
			"or smaller documents at once",
			len, RDB_FRAME_QUERY_MAX);
	*token = conn->next_token++;
	return send_frame(conn, *token, query, len, err);
}

int rdb_conn_continue(struct rdb_conn *conn, int64_t token, struct rdb_err *err)
{
	return send_frame(conn, token, "[2]", 3, err);
}

int rdb_conn_stop(struct rdb_conn *conn, int64_t token, struct rdb_err *err)
{
	return send_frame(conn, token, "[3]", 3, err);
}

int rdb_conn_query(struct rdb_conn *conn, const char *query, size_t len, struct rdb_response *out,
	struct rdb_err *err)
{
	int64_t token = 0;
	int ret = rdb_conn_send(conn, query, len, &token, err);

	if (ret == 0)
		ret = rdb_conn_receive(conn, token, out, err);
	if (ret == 0)
		ret = rdb_response_check(out, err);
	return ret;
}
