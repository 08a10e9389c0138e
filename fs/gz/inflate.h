/* Decoder of gzip (RFC 1952). Consecutive members are read as one content, and their checksums are
 * verified. Bytes after the last member are ignored, as gzip(1) does. */
#ifndef RDB_GZ_INFLATE_H
#define RDB_GZ_INFLATE_H

#include "gz/decoder_ops.h"
#include "io/source.h"

/* Memory in bytes that a decoder is estimated to need. Caches count this memory as used. */
#define RDB_INFLATE_MEMORY (220 * 1024)

/* Creates a decoder at the start of the source, without reading. Returns 0 or -ENOMEM. */
int rdb_inflate_open(struct rdb_source *source, struct rdb_decoder **out, struct rdb_err *err);

/* Returns a number that identifies the build of the decompression library. A saved state can only
 * be loaded by the build that has saved this state. */
uint64_t rdb_inflate_library(void);

#endif
