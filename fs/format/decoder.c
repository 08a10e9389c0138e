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

int rdb_decoder_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err)
{
	switch (format) {
	case RDB_FORMAT_PLAIN:
		return plain_open(source, out, err);
	case RDB_FORMAT_GZIP:
		return rdb_inflate_open(source, out, err);
	default:
		return rdb_filter_open(source, format, out, err);
	}
}
