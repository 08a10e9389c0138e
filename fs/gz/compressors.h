/* Compressors of one level: of ISA-L for 0 to 3, if the program is built with it, else of zlib. Any
 * number of threads may compress at the same time, each with a compressor of its own. */
#ifndef RDB_GZ_COMPRESSORS_H
#define RDB_GZ_COMPRESSORS_H

#include "base/buf.h"

#include <pthread.h>
#include <stdint.h>

struct rdb_compressors {
	int level;
	pthread_mutex_t lock;      /* guards the list */
	struct compressor *unused; /* compressors that no thread uses */
};

void rdb_compressors_init(struct rdb_compressors *pool, int level);

/* Frees the compressors. No thread may be compressing. */
void rdb_compressors_free(struct rdb_compressors *pool);

/* Compresses a chunk of text, and appends the compressed data to *out. The data is raw deflate that
 * can be decoded without any other chunk. Returns 0, -ENOMEM or -EIO. */
int rdb_compressors_pack(
	struct rdb_compressors *pool, const uint8_t *text, size_t len, struct rdb_buf *out);

#endif
