#include "reql/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

void rdb_transport_init(struct rdb_transport *stream, int fd, const char *peer)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	*stream = (struct rdb_transport){
		.fd = fd, .peer = peer, .recv_wants = POLLIN, .send_wants = POLLOUT};
}

static int lost(const struct rdb_transport *stream, int error, struct rdb_err *err)
{
	if (error == 0 || error == ECONNRESET || error == EPIPE)
		return rdb_err_set(err, ECONNRESET,
			"%s: the server closed the connection: see the log of the server",
			stream->peer);
	rdb_err_sys(err, error, "%s: the connection was lost", stream->peer);
	if (err)
		err->code = ECONNRESET;
	return -ECONNRESET;
}

static int ssl_outcome(struct rdb_transport *stream, int ret, short *wants, struct rdb_err *err)
{
	int error = errno;

	switch (SSL_get_error(stream->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		*wants = POLLIN;
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		*wants = POLLOUT;
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return lost(stream, 0, err);
	case SSL_ERROR_SYSCALL:
		ERR_clear_error();
		return lost(stream, error, err);
	default:
		if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
			ERR_clear_error();
			return lost(stream, 0, err);
		}
		return rdb_tls_explain(stream->ssl, stream->peer, err);
	}
}

int rdb_transport_start_tls(struct rdb_transport *stream, struct rdb_tls *tls, const char *host,
	const struct rdb_wait *wait, struct rdb_err *err)
{
	int ret = rdb_tls_attach(tls, stream->fd, host, &stream->ssl);

	if (ret != 0)
		return rdb_err_sys(err, ENOMEM, "%s: TLS", stream->peer);
	for (;;) {
		ERR_clear_error();
		errno = 0;
		ret = SSL_do_handshake(stream->ssl);
		if (ret == 1)
			break;
		ret = ssl_outcome(stream, ret, &stream->recv_wants, err);
		if (ret == -EAGAIN)
			ret = rdb_transport_wait(stream, false, wait, err);
		if (ret != 0)
			return ret;
	}
	stream->recv_wants = POLLIN;
	return rdb_tls_check_host(stream->ssl, host, err);
}

static ssize_t ssl_recv(struct rdb_transport *stream, void *buf, size_t len, struct rdb_err *err)
{
	int ret;

	ERR_clear_error();
	errno = 0;
	ret = SSL_read(stream->ssl, buf, len < INT_MAX ? (int)len : INT_MAX);
	return ret > 0 ? ret : ssl_outcome(stream, ret, &stream->recv_wants, err);
}

static ssize_t ssl_send(
	struct rdb_transport *stream, const void *buf, size_t len, struct rdb_err *err)
{
	int ret;

	ERR_clear_error();
	errno = 0;
	ret = SSL_write(stream->ssl, buf, len < INT_MAX ? (int)len : INT_MAX);
	return ret > 0 ? ret : ssl_outcome(stream, ret, &stream->send_wants, err);
}

static ssize_t outcome(struct rdb_transport *stream, ssize_t n, struct rdb_err *err)
{
	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	return lost(stream, n < 0 ? errno : 0, err);
}

ssize_t rdb_transport_recv(struct rdb_transport *stream, void *buf, size_t len, struct rdb_err *err)
{
	if (stream->ssl)
		return ssl_recv(stream, buf, len, err);
	return outcome(stream, recv(stream->fd, buf, len, 0), err);
}

ssize_t rdb_transport_send(
	struct rdb_transport *stream, const void *buf, size_t len, bool more, struct rdb_err *err)
{
	if (stream->ssl)
		return ssl_send(stream, buf, len, err);
	return outcome(
		stream, send(stream->fd, buf, len, MSG_NOSIGNAL | (more ? MSG_MORE : 0)), err);
}

int rdb_transport_wait(struct rdb_transport *stream, bool sending, const struct rdb_wait *wait,
	struct rdb_err *err)
{
	short events = stream->recv_wants | (sending ? stream->send_wants : 0);
	struct pollfd fd = {stream->fd, events, 0};
	int ret = rdb_wait_poll(wait, &fd, 1);

	if (ret == -ETIMEDOUT)
		return rdb_err_set(err, ETIMEDOUT,
			"%s: the server stopped answering: check its load and its log",
			stream->peer);
	if (ret == -EINTR)
		return rdb_err_set(err, EINTR, "%s: cancelled", stream->peer);
	if (ret < 0)
		return rdb_err_sys(err, -ret, "%s", stream->peer);
	return 0;
}

void rdb_transport_close(struct rdb_transport *stream)
{
	if (stream->ssl) {
		ERR_clear_error();
		/* Send close_notify without waiting for the answer. */
		(void)SSL_shutdown(stream->ssl);
		ERR_clear_error();
		SSL_free(stream->ssl);
		stream->ssl = NULL;
	}
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
}
