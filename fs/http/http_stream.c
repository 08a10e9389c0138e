#include "http/http_private.h"

#include <errno.h>
#include <stdlib.h>

struct rdb_http_stream {
	struct rdb_http_request request; /* copy of the caller's request, used by the transfer */
	struct rdb_transfer *transfer;
};

int rdb_http_stream_open(struct rdb_http *http, const struct rdb_http_request *request,
	size_t window, struct rdb_http_response *response, struct rdb_http_stream **out,
	struct rdb_err *err)
{
	struct rdb_http_stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return rdb_err_sys(err, ENOMEM, "an HTTP stream");
	stream->request = *request;
	ret = rdb_http_attempt(http, &stream->request, window, response, &stream->transfer, err);
	if (ret != 0) {
		rdb_http_stream_close(stream);
		return ret;
	}
	*out = stream;
	return 0;
}

/* Returns true if the caller must resume the paused transfer, because its ring buffer is at most
 * half full. Returns true once per pause. The caller holds transfer->lock. */
static bool has_room_again(struct rdb_transfer *transfer)
{
	const struct rdb_ring *ring = &transfer->ring;

	if (!transfer->full || ring->len > ring->size / 2)
		return false;
	transfer->full = false;
	return true;
}

ssize_t rdb_http_stream_read(
	struct rdb_http_stream *stream, void *buf, size_t len, struct rdb_err *err)
{
	struct rdb_transfer *transfer = stream->transfer;
	bool ended, resume;
	size_t n;

	pthread_mutex_lock(&transfer->lock);
	while (transfer->ring.len == 0 && transfer->state != RDB_TRANSFER_ENDED)
		pthread_cond_wait(&transfer->changed, &transfer->lock);
	n = rdb_ring_get(&transfer->ring, buf, len);
	ended = transfer->state == RDB_TRANSFER_ENDED;
	resume = has_room_again(transfer);
	pthread_mutex_unlock(&transfer->lock);
	if (resume)
		rdb_http_post(transfer->http, transfer);
	if (n > 0 || !ended)
		return (ssize_t)n;
	return rdb_transfer_result(transfer, err);
}

int rdb_http_stream_widen(struct rdb_http_stream *stream, size_t window)
{
	struct rdb_transfer *transfer = stream->transfer;
	bool resume = false;
	int ret;

	pthread_mutex_lock(&transfer->lock);
	ret = rdb_ring_grow(&transfer->ring, window);
	if (ret == 0)
		resume = has_room_again(transfer);
	pthread_mutex_unlock(&transfer->lock);
	if (resume)
		rdb_http_post(transfer->http, transfer);
	return ret;
}

void rdb_http_stream_close(struct rdb_http_stream *stream)
{
	if (!stream)
		return;
	rdb_transfer_free(stream->transfer);
	free(stream);
}
