#include "gz/gunzip.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#define OUTPUT ((size_t)64 << 10)
#define GZIP_ONLY (16 + MAX_WBITS)

enum state {
	INSIDE, /* a member */
	BEHIND, /* after a member; another member may follow */
	IGNORE, /* after the last member; the rest is ignored */
	BROKEN,
};

struct rdb_gunzip {
	z_stream stream;
	enum state state;
	size_t left; /* bytes of the piece that were not passed to zlib yet */
	struct rdb_err error;
	char output[OUTPUT];
};

int rdb_gunzip_create(struct rdb_gunzip **out)
{
	struct rdb_gunzip *gunzip = calloc(1, sizeof(*gunzip));

	if (!gunzip)
		return -ENOMEM;
	if (inflateInit2(&gunzip->stream, GZIP_ONLY) != Z_OK) {
		free(gunzip);
		return -ENOMEM;
	}
	*out = gunzip;
	return 0;
}

void rdb_gunzip_free(struct rdb_gunzip *gunzip)
{
	if (!gunzip)
		return;
	inflateEnd(&gunzip->stream);
	free(gunzip);
}

void rdb_gunzip_feed(struct rdb_gunzip *gunzip, const char *data, size_t len)
{
	gunzip->stream.next_in = (Bytef *)(uintptr_t)data;
	gunzip->stream.avail_in = 0;
	gunzip->left = len;
}

/* Returns true if zlib has input. If zlib has used up its input, passes the next bytes of the piece
 * to zlib. */
static bool has_input(struct rdb_gunzip *gunzip)
{
	z_stream *stream = &gunzip->stream;

	if (stream->avail_in == 0) {
		stream->avail_in = gunzip->left < UINT_MAX ? (uInt)gunzip->left : UINT_MAX;
		gunzip->left -= stream->avail_in;
	}
	return stream->avail_in > 0;
}

static void begin_next_member(struct rdb_gunzip *gunzip)
{
	bool is = rdb_gunzip_is((const char *)gunzip->stream.next_in, 1);

	gunzip->state = is && inflateReset(&gunzip->stream) == Z_OK ? INSIDE : IGNORE;
}

static void inflate_some(struct rdb_gunzip *gunzip)
{
	z_stream *stream = &gunzip->stream;
	int ret = inflate(stream, Z_NO_FLUSH);

	if (ret == Z_STREAM_END) {
		gunzip->state = BEHIND;
	} else if (ret == Z_MEM_ERROR) {
		gunzip->state = BROKEN;
		rdb_err_sys(&gunzip->error, ENOMEM, "decompressing");
	} else if (ret != Z_OK && ret != Z_BUF_ERROR) {
		gunzip->state = BROKEN;
		rdb_err_set(&gunzip->error, EINVAL, "its gzip data is damaged: %s",
			stream->msg ? stream->msg : "unknown error");
	}
}

ssize_t rdb_gunzip_next(struct rdb_gunzip *gunzip, const char **out, struct rdb_err *err)
{
	z_stream *stream = &gunzip->stream;

	stream->next_out = (Bytef *)gunzip->output;
	stream->avail_out = OUTPUT;
	/* Call zlib even without input, because zlib may have output left from the last call. */
	do {
		has_input(gunzip);
		if (gunzip->state == BEHIND && stream->avail_in > 0)
			begin_next_member(gunzip);
		if (gunzip->state == INSIDE)
			inflate_some(gunzip);
		if (gunzip->state == IGNORE)
			stream->avail_in = 0;
	} while (stream->avail_out == OUTPUT && gunzip->state != BROKEN && has_input(gunzip));
	*out = gunzip->output;
	if (stream->avail_out < OUTPUT || gunzip->state != BROKEN)
		return (ssize_t)(OUTPUT - stream->avail_out);
	if (err)
		*err = gunzip->error;
	return -gunzip->error.code;
}

int rdb_gunzip_end(const struct rdb_gunzip *gunzip, struct rdb_err *err)
{
	if (gunzip->state == INSIDE)
		return rdb_err_set(err, EINVAL, "its gzip data is cut short");
	if (gunzip->state == BROKEN && err)
		*err = gunzip->error;
	return gunzip->state == BROKEN ? -gunzip->error.code : 0;
}

int rdb_gunzip_text(
	const char *data, size_t len, size_t max, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_gunzip *gunzip;
	const char *piece;
	ssize_t n;
	int ret = rdb_gunzip_create(&gunzip);

	if (ret != 0)
		return rdb_err_sys(err, ENOMEM, "decompressing");
	rdb_gunzip_feed(gunzip, data, len);
	while (ret == 0 && (n = rdb_gunzip_next(gunzip, &piece, err)) != 0) {
		if (n < 0)
			ret = (int)n;
		else if ((size_t)n > max - out->len)
			ret = rdb_err_set(err, EMSGSIZE, "it is longer than %zu bytes", max);
		else if (rdb_buf_add(out, piece, (size_t)n) != 0)
			ret = rdb_err_sys(err, ENOMEM, "decompressing");
	}
	if (ret == 0)
		ret = rdb_gunzip_end(gunzip, err);
	rdb_gunzip_free(gunzip);
	return ret;
}
