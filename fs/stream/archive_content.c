#include "stream/archive_content.h"

#include <errno.h>

int rdb_content_open(
	const struct rdb_content *content, struct rdb_decoder **out, struct rdb_err *err)
{
	return content->format == RDB_FORMAT_NESTED
		       ? rdb_nest_open(content->source, &content->nest, out, err)
		       : rdb_decoder_open(content->source, content->format, out, err);
}

int rdb_content_enter(const struct rdb_content *content, struct rdb_decoder *decoder,
	const struct rdb_checkpoint *checkpoint, struct rdb_buf *state)
{
	const struct rdb_decoder_ops *ops = decoder->ops;
	int ret;

	if (!checkpoint->saved) {
		if (!ops->restart)
			return -EINVAL;
		ops->restart(decoder, checkpoint->source_offset, checkpoint->offset);
		return 0;
	}
	rdb_buf_clear(state);
	ret = rdb_index_state(content->index, checkpoint, state);
	return ret ? ret : ops->load(decoder, state->data, state->len, NULL);
}
