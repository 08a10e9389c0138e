#include "reql/handshake.h"

#include "reql/scram.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

static const char MAGIC[4] = {'\xc3', '\xbd', '\xc2', '\x34'}; /* V1_0, little-endian */

struct handshake {
	struct rdb_transport *stream;
	const struct rdb_wait *wait;
	struct rdb_err *err;
	const char *user;
	struct rdb_buf in; /* bytes received and not used yet */
	struct rdb_scram scram;
};

/* ---- messages to the server ---- */

static int send_all(struct handshake *h, const char *data, size_t len)
{
	ssize_t n;
	int ret;

	while (len > 0) {
		n = rdb_transport_send(h->stream, data, len, false, h->err);
		if (n == -EAGAIN) {
			ret = rdb_transport_wait(h->stream, true, h->wait, h->err);
			if (ret != 0)
				return ret;
			continue;
		}
		if (n < 0)
			return (int)n;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Sends the bytes "prefix", and then "object" as JSON text with a NUL byte at the end. Takes
 * ownership of "object". Returns -ENOMEM if "object" is NULL. */
static int send_object(struct handshake *h, const char *prefix, size_t prefix_len, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	struct rdb_buf out = {0};
	int ret = -ENOMEM;

	if (text && rdb_buf_add(&out, prefix, prefix_len) == 0 &&
		rdb_buf_add(&out, text, strlen(text) + 1) == 0)
		ret = send_all(h, out.data, out.len);
	else
		rdb_err_sys(h->err, ENOMEM, "%s", h->stream->peer);
	rdb_buf_free(&out);
	free(text);
	json_decref(object);
	return ret;
}

static int check_user(struct handshake *h)
{
	json_t *text = json_string(h->user);

	json_decref(text);
	return text ? 0 : rdb_err_set(h->err, EINVAL, "the user's name is not UTF-8");
}

static int send_first(struct handshake *h, const char *nonce)
{
	struct rdb_buf scram = {0};
	int ret = check_user(h);

	if (ret == 0)
		ret = rdb_scram_first(&h->scram, h->user, nonce, &scram, h->err);
	if (ret == 0)
		ret = send_object(h, MAGIC, sizeof(MAGIC),
			json_pack("{s:i, s:s, s:s%}", "protocol_version", 0,
				"authentication_method", "SCRAM-SHA-256", "authentication",
				scram.data, scram.len));
	rdb_buf_free(&scram);
	return ret;
}

static int send_final(struct handshake *h, const char *password, json_t *reply)
{
	struct rdb_buf scram = {0};
	const char *text;
	size_t len;
	int ret;

	if (json_unpack(reply, "{s:s%}", "authentication", &text, &len) != 0)
		return rdb_err_set(h->err, EPROTO, "%s: the server sends no password challenge",
			h->stream->peer);
	ret = rdb_scram_final(&h->scram, password, text, len, &scram, h->err);
	if (ret != 0)
		rdb_err_prefix(h->err, "%s: ", h->stream->peer);
	else
		ret = send_object(
			h, "", 0, json_pack("{s:s%}", "authentication", scram.data, scram.len));
	rdb_buf_free(&scram);
	return ret;
}

/* ---- messages from the server ---- */

static int not_rethinkdb(struct handshake *h)
{
	const char *peer = h->stream->peer;
	char words[200];
	size_t len = h->in.len < sizeof(words) - 1 ? h->in.len : sizeof(words) - 1;

	for (size_t i = 0; i < len; i++)
		words[i] = isprint((unsigned char)h->in.data[i]) ? h->in.data[i] : ' ';
	words[len] = '\0';
	if (strncmp(words, "ERROR:", 6) == 0)
		return rdb_err_set(h->err, EPROTO,
			"%s: the server is older than RethinkDB 2.3, which is not supported: %s",
			peer, words);
	if (strncmp(words, "HTTP/", 5) == 0)
		return rdb_err_set(h->err, EPROTO,
			"%s: a web server answers there: use the driver port (28015 unless "
			"configured otherwise)",
			peer);
	if (strncmp(words, "RethinkDB cluster", 17) == 0)
		return rdb_err_set(h->err, EPROTO,
			"%s: this port is for other servers of the cluster: use the driver port "
			"(28015 unless configured otherwise)",
			peer);
	if (len > 1 && h->in.data[0] == '\x15' && h->in.data[1] == '\x03')
		return rdb_err_set(h->err, EPROTO,
			"%s: the server speaks TLS: give its certificate with --tls-cert, or --tls "
			"if a public authority signed it",
			peer);
	return rdb_err_set(
		h->err, EPROTO, "%s: not a RethinkDB server: it says \"%s\"", peer, words);
}

static int lost(struct handshake *h)
{
	if (h->in.len > 0 && h->in.data[0] != '{')
		return not_rethinkdb(h);
	if (h->in.len > 0)
		return rdb_err_set(h->err, ECONNRESET,
			"%s: the server closed the connection within its answer", h->stream->peer);
	return rdb_err_set(h->err, ECONNRESET,
		"%s: the server closed the connection at once: it is shutting down, or it requires "
		"TLS (--tls-cert)",
		h->stream->peer);
}

static int receive_some(struct handshake *h)
{
	ssize_t n;

	if (h->in.len >= RDB_HANDSHAKE_MAX)
		return not_rethinkdb(h);
	if (rdb_buf_reserve(&h->in, RDB_HANDSHAKE_MAX) != 0)
		return rdb_err_sys(h->err, ENOMEM, "%s", h->stream->peer);
	n = rdb_transport_recv(
		h->stream, h->in.data + h->in.len, RDB_HANDSHAKE_MAX - h->in.len, h->err);
	if (n == -EAGAIN)
		return rdb_transport_wait(h->stream, false, h->wait, h->err);
	if (n == -ECONNRESET)
		return lost(h);
	if (n < 0)
		return (int)n;
	h->in.len += (size_t)n;
	return 0;
}

static int refused(struct handshake *h, json_t *reply)
{
	const char *words = "no reason given", *peer = h->stream->peer;
	json_int_t code = 0;

	json_unpack(reply, "{s?s, s?I}", "error", &words, "error_code", &code);
	if (code == 12)
		return rdb_err_set(h->err, EACCES,
			"%s: wrong password for the user \"%s\": give the right one with "
			"--password-file",
			peer, h->user);
	if (code == 17)
		return rdb_err_set(
			h->err, EACCES, "%s: the server has no user \"%s\"", peer, h->user);
	/* Return EACCES for all codes from 10 to 20, because these codes concern the user or the
	 * password. */
	if (code >= 10 && code <= 20)
		return rdb_err_set(h->err, EACCES, "%s: the server refuses the user \"%s\": %s",
			peer, h->user, words);
	return rdb_err_set(h->err, EPROTO, "%s: the server refuses the handshake: %s", peer, words);
}

static int receive(struct handshake *h, json_t **reply)
{
	const char *end;
	json_t *object;
	size_t len;
	int ret;

	while (!h->in.data || !(end = memchr(h->in.data, '\0', h->in.len))) {
		ret = receive_some(h);
		if (ret != 0)
			return ret;
	}
	len = (size_t)(end - h->in.data);
	object = json_loadb(h->in.data, len, 0, NULL);
	if (!json_is_object(object)) {
		json_decref(object);
		return not_rethinkdb(h);
	}
	rdb_buf_consume(&h->in, len + 1);
	if (!json_is_true(json_object_get(object, "success"))) {
		ret = refused(h, object);
		json_decref(object);
		return ret;
	}
	*reply = object;
	return 0;
}

static int read_version(struct handshake *h, json_t *reply, char version[RDB_SERVER_VERSION])
{
	json_int_t min = 0, max = 0;
	const char *text = "";

	json_unpack(reply, "{s?I, s?I, s?s}", "min_protocol_version", &min, "max_protocol_version",
		&max, "server_version", &text);
	snprintf(version, RDB_SERVER_VERSION, "%s", text);
	if (min <= 0 && max >= 0)
		return 0;
	return rdb_err_set(h->err, EPROTO,
		"%s: RethinkDB %s speaks only newer protocols than this program", h->stream->peer,
		version);
}

static int check_proof(struct handshake *h, json_t *reply)
{
	const char *text = "";
	size_t len = 0;
	int ret;

	json_unpack(reply, "{s:s%}", "authentication", &text, &len);
	ret = rdb_scram_verify(&h->scram, text, len, h->err);
	if (ret != 0) {
		rdb_err_prefix(h->err, "%s: ", h->stream->peer);
		return ret;
	}
	if (h->in.len > 0)
		return rdb_err_set(h->err, EPROTO, "%s: the server sent data without a query",
			h->stream->peer);
	return 0;
}

static int converse(struct handshake *h, const char *password, const char *nonce,
	char version[RDB_SERVER_VERSION])
{
	json_t *hello = NULL, *challenge = NULL, *proof = NULL;
	int ret = send_first(h, nonce);

	if (ret == 0)
		ret = receive(h, &hello);
	if (ret == 0)
		ret = read_version(h, hello, version);
	if (ret == 0)
		ret = receive(h, &challenge);
	if (ret == 0)
		ret = send_final(h, password, challenge);
	if (ret == 0)
		ret = receive(h, &proof);
	if (ret == 0)
		ret = check_proof(h, proof);
	json_decref(hello);
	json_decref(challenge);
	json_decref(proof);
	return ret;
}

int rdb_handshake(struct rdb_transport *stream, const char *user, const char *password,
	const char *nonce, char version[RDB_SERVER_VERSION], const struct rdb_wait *wait,
	struct rdb_err *err)
{
	struct handshake h = {.stream = stream, .wait = wait, .err = err, .user = user};
	int ret = converse(&h, password, nonce, version);

	rdb_scram_free(&h.scram);
	rdb_buf_free(&h.in);
	return ret;
}
