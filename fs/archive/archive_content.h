/*
 * The decompressed content of an archive: what is needed to decode it from any checkpoint. Belongs
 * to the archive, and outlives its scan and its streams. Constant after opening.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_CONTENT_H
#define RDB_ARCHIVE_ARCHIVE_CONTENT_H

#include "format/decoder.h"
#include "format/nested_decoder.h"
#include "index/index.h"

struct rdb_content {
	struct rdb_source *source;
	enum rdb_format format;
	struct rdb_nest nest; /* used if format is RDB_FORMAT_NESTED */
	struct rdb_index *index;
	const char *name;
	bool lenient; /* also serve content that fails its checksum */
};

/* Opens a decoder of the content. Returns 0, or an error of rdb_decoder_open(). */
int rdb_content_open(
	const struct rdb_content *content, struct rdb_decoder **out, struct rdb_err *err);

/*
 * Moves a decoder to a checkpoint. state: memory for the checkpoint's saved state; its content is
 * replaced. Returns 0, or a negative errno, after which the decoder's position is undefined:
 *   -EINVAL  the decoder cannot be restarted
 *   others   as rdb_index_state() and the decoder's load
 */
int rdb_content_enter(const struct rdb_content *content, struct rdb_decoder *decoder,
	const struct rdb_checkpoint *checkpoint, struct rdb_buf *state);

#endif
