#include "pipeline/sync_collect.h"

#include "base/buf.h"
#include "io/scratch.h"
#include "io/write_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER ((size_t)256 << 10) /* bytes per write or read */

/* Header before each document in the temporary file. */
struct head {
	uint64_t number, offset, len;
};

struct rdb_sync_collect {
	int fd;
	uint64_t written;      /* bytes in the file */
	struct rdb_buf buffer; /* bytes that are not yet in the file */
};

struct collected {
	struct rdb_document_source source;
	const struct rdb_sync_collect *collect;
	uint64_t at;        /* file offset of the next read */
	struct rdb_buf buf; /* bytes from the file; the first "used" bytes are consumed */
	size_t used;
};

int rdb_sync_collect_create(const char *dir, struct rdb_sync_collect **out, struct rdb_err *err)
{
	struct rdb_sync_collect *collect = calloc(1, sizeof(*collect));

	if (!collect)
		return rdb_err_sys(err, ENOMEM, "documents");
	collect->fd = rdb_scratch_open(dir, err);
	if (collect->fd < 0) {
		int ret = collect->fd;
		free(collect);
		return ret;
	}
	*out = collect;
	return 0;
}

void rdb_sync_collect_free(struct rdb_sync_collect *collect)
{
	if (!collect)
		return;
	close(collect->fd);
	rdb_buf_free(&collect->buffer);
	free(collect);
}

/* ---- writing ---- */

static int flush(struct rdb_sync_collect *collect, struct rdb_err *err)
{
	int ret = rdb_write_all_at(
		collect->fd, collect->buffer.data, collect->buffer.len, collect->written);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "a temporary file for documents");
	collect->written += collect->buffer.len;
	rdb_buf_clear(&collect->buffer);
	return 0;
}

int rdb_sync_collect_add(struct rdb_sync_collect *collect, const struct rdb_json_piece *document,
	struct rdb_err *err)
{
	const struct head head = {document->number, document->offset, document->len};

	if (rdb_buf_add(&collect->buffer, &head, sizeof(head)) != 0 ||
		rdb_buf_add(&collect->buffer, document->data, document->len) != 0)
		return rdb_err_sys(err, ENOMEM, "documents");
	return collect->buffer.len >= BUFFER ? flush(collect, err) : 0;
}

/* ---- reading ---- */

static int fetch(struct collected *collected, size_t want, struct rdb_err *err)
{
	struct rdb_buf *buf = &collected->buf;

	rdb_buf_consume(buf, collected->used);
	collected->used = 0;
	while (buf->len < want) {
		size_t len = want - buf->len > BUFFER ? want - buf->len : BUFFER;
		ssize_t n;
		if (rdb_buf_reserve(buf, len) != 0)
			return rdb_err_sys(err, ENOMEM, "documents");
		n = pread(collected->collect->fd, buf->data + buf->len, len, (off_t)collected->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return rdb_err_sys(
				err, n < 0 ? errno : EIO, "a temporary file for documents");
		buf->len += (size_t)n;
		collected->at += (uint64_t)n;
	}
	return 0;
}

static int next(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	struct collected *collected = (struct collected *)source;
	struct head head;
	int ret = 0;

	if (collected->used == collected->buf.len && collected->at == collected->collect->written)
		return 0;
	if (collected->buf.len - collected->used < sizeof(head))
		ret = fetch(collected, sizeof(head), err);
	if (ret != 0)
		return ret;
	memcpy(&head, collected->buf.data + collected->used, sizeof(head));
	if (collected->buf.len - collected->used - sizeof(head) < head.len)
		ret = fetch(collected, sizeof(head) + head.len, err);
	if (ret != 0)
		return ret;
	*document = (struct rdb_json_piece){
		.data = collected->buf.data + collected->used + sizeof(head),
		.len = head.len,
		.offset = head.offset,
		.number = head.number};
	collected->used += sizeof(head) + head.len;
	return 1;
}

static void close_collected(struct rdb_document_source *source)
{
	struct collected *collected = (struct collected *)source;

	rdb_buf_free(&collected->buf);
	free(collected);
}

static const struct rdb_document_source_ops ops = {.next = next, .close = close_collected};

int rdb_sync_collect_source(
	struct rdb_sync_collect *collect, struct rdb_document_source **out, struct rdb_err *err)
{
	struct collected *collected;
	int ret = flush(collect, err);

	if (ret != 0)
		return ret;
	collected = calloc(1, sizeof(*collected));
	if (!collected)
		return rdb_err_sys(err, ENOMEM, "documents");
	collected->source.ops = &ops;
	collected->collect = collect;
	*out = &collected->source;
	return 0;
}
