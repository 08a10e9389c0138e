#include "format/decoder.h"

#include "format/filter.h"
#include "gz/inflate.h"

#include <errno.h>
#include <stdlib.h>

uint64_t rdb_decoder_no_member(const struct rdb_decoder *decoder)
{
	(void)decoder;
	return 0;
}

bool rdb_decoder_no_crc(const struct rdb_decoder *decoder, uint32_t *out)
{
	(void)decoder;
	(void)out;
	return false;
}

bool rdb_decoder_no_garbage(const struct rdb_decoder *decoder)
{
	(void)decoder;
	return false;
}

/* ---- plain ---- */

struct plain {
	struct rdb_decoder decoder;
	struct rdb_source *source;
	uint64_t offset;
};

static ssize_t plain_read(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err)
{
	struct plain *plain = (struct plain *)decoder;
	ssize_t n = rdb_source_pread(plain->source, buf, len, plain->offset, err);

	if (n > 0)
		plain->offset += (uint64_t)n;
	return n;
}

static uint64_t plain_offset(const struct rdb_decoder *decoder)
{
	return ((const struct plain *)decoder)->offset;
}

static void plain_restart(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset)
{
	(void)source_offset;
	((struct plain *)decoder)->offset = offset;
}

static int plain_rewind(struct rdb_decoder *decoder, struct rdb_err *err)
{
	(void)err;
	plain_restart(decoder, 0, 0);
	return 0;
}

static void plain_close(struct rdb_decoder *decoder)
{
	free(decoder);
}

static const struct rdb_decoder_ops plain_ops = {
	.read = plain_read,
	.offset = plain_offset,
	.source_offset = plain_offset,
	.rewind = plain_rewind,
	.restart = plain_restart,
	.member = rdb_decoder_no_member,
	.crc = rdb_decoder_no_crc,
	.garbage = rdb_decoder_no_garbage,
	.close = plain_close,
};

static int plain_open(struct rdb_source *source, struct rdb_decoder **out, struct rdb_err *err)
{
	struct plain *plain = calloc(1, sizeof(*plain));

	if (!plain)
		return rdb_err_sys(err, ENOMEM, "decoder");
	plain->decoder.ops = &plain_ops;
	plain->source = source;
	*out = &plain->decoder;
	return 0;
}

/* ---- gzip ---- */

struct gzip {
	struct rdb_decoder decoder;
	struct rdb_inflate *inflate;
};

static struct rdb_inflate *inflate_of(const struct rdb_decoder *decoder)
{
	return ((const struct gzip *)decoder)->inflate;
}

static ssize_t gzip_read(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err)
{
	return rdb_inflate_read(inflate_of(decoder), buf, len, err);
}

static uint64_t gzip_offset(const struct rdb_decoder *decoder)
{
	return rdb_inflate_offset(inflate_of(decoder));
}

static uint64_t gzip_source_offset(const struct rdb_decoder *decoder)
{
	return rdb_inflate_source_offset(inflate_of(decoder));
}

static int gzip_rewind(struct rdb_decoder *decoder, struct rdb_err *err)
{
	(void)err;
	rdb_inflate_rewind(inflate_of(decoder));
	return 0;
}

static int gzip_save(const struct rdb_decoder *decoder, struct rdb_buf *out, uint64_t *from)
{
	return rdb_inflate_save(inflate_of(decoder), out, from);
}

static int gzip_load(struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err)
{
	return rdb_inflate_load(inflate_of(decoder), data, len, err);
}

static void gzip_restart(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset)
{
	rdb_inflate_restart(inflate_of(decoder), source_offset, offset);
}

static uint64_t gzip_member(const struct rdb_decoder *decoder)
{
	return rdb_inflate_member(inflate_of(decoder));
}

static bool gzip_crc(const struct rdb_decoder *decoder, uint32_t *out)
{
	return rdb_inflate_crc(inflate_of(decoder), out);
}

static bool gzip_garbage(const struct rdb_decoder *decoder)
{
	return rdb_inflate_garbage(inflate_of(decoder));
}

static void gzip_close(struct rdb_decoder *decoder)
{
	rdb_inflate_close(inflate_of(decoder));
	free(decoder);
}

static const struct rdb_decoder_ops gzip_ops = {
	.read = gzip_read,
	.offset = gzip_offset,
	.source_offset = gzip_source_offset,
	.rewind = gzip_rewind,
	.save = gzip_save,
	.load = gzip_load,
	.restart = gzip_restart,
	.member = gzip_member,
	.crc = gzip_crc,
	.garbage = gzip_garbage,
	.close = gzip_close,
};

static int gzip_open(struct rdb_source *source, struct rdb_decoder **out, struct rdb_err *err)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));
	int ret;

	if (!gzip)
		return rdb_err_sys(err, ENOMEM, "decoder");
	gzip->decoder.ops = &gzip_ops;
	ret = rdb_inflate_open(source, &gzip->inflate, err);
	if (ret != 0) {
		free(gzip);
		return ret;
	}
	*out = &gzip->decoder;
	return 0;
}

int rdb_decoder_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err)
{
	switch (format) {
	case RDB_FORMAT_PLAIN:
		return plain_open(source, out, err);
	case RDB_FORMAT_GZIP:
		return gzip_open(source, out, err);
	default:
		return rdb_filter_open(source, format, out, err);
	}
}
