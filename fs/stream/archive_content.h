/*
 * The decompressed content of an archive, and the data that a decoder needs to start at a
 * checkpoint (a position at which decoding can begin). The content belongs to the archive, outlives
 * the scan and the streams, and is constant after opening.
 */
#ifndef RDB_STREAM_ARCHIVE_CONTENT_H
#define RDB_STREAM_ARCHIVE_CONTENT_H

#include "format/decoder.h"
#include "format/nest.h"
#include "index/index.h"

struct rdb_stream_cache;

struct rdb_content {
	struct rdb_source *source;
	enum rdb_format format;
	struct rdb_nest nest; /* describes the inner archive if format is RDB_FORMAT_NESTED */
	struct rdb_index *index;
	struct rdb_stream_cache *cache; /* holds the streams; NULL if there are none */
	const char *name;
	bool lenient; /* serve content even if its checksum is wrong */
};

/* Opens a decoder of the content. Returns 0, or an error of rdb_decoder_open(). */
int rdb_content_open(
	const struct rdb_content *content, struct rdb_decoder **out, struct rdb_err *err);

/* Moves a decoder to a checkpoint. Uses the buffer "state" as working memory, so the buffer may
 * lose its previous content. Returns 0, or a negative errno. After an error, the decoder's position
 * is undefined. */
int rdb_content_enter(const struct rdb_content *content, struct rdb_decoder *decoder,
	const struct rdb_checkpoint *checkpoint, struct rdb_buf *state);

#endif
