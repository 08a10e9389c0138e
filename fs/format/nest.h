/* Archives inside another archive, such as backup/rethinkdb.tar.gz in a .tar.lz4, and archives that
 * were compressed twice. One level is supported, and decoded without a copy on disk. Threads: as
 * for decoders. */
#ifndef RDB_FORMAT_NEST_H
#define RDB_FORMAT_NEST_H

#include "format/decoder.h"
#include "format/tar.h"

#define RDB_NEST_TO_END UINT64_MAX

struct rdb_nest {
	enum rdb_format outer; /* format of the outer archive */
	enum rdb_format inner;
	uint64_t offset; /* offset of the inner archive in the outer content */
	uint64_t size;   /* bytes of the inner archive, or RDB_NEST_TO_END */
};

/* Returns the offset, in the content of the outer archive, at which the inner archive (a tar
 * member) ends and the next tar header begins. */
static inline uint64_t rdb_nest_end(const struct rdb_nest *nest)
{
	return nest->offset + nest->size + rdb_tar_padding(nest->size);
}

/* Opens a decoder of the inner archive that *nest describes. Returns 0, or an error of
 * rdb_decoder_open(). */
int rdb_nest_open(struct rdb_source *source, const struct rdb_nest *nest, struct rdb_decoder **out,
	struct rdb_err *err);

/*
 * Looks for an inner archive in "source", and describes the inner archive in *out. The inner
 * archive is the first regular file in the archive, or the content of an archive that was
 * compressed twice.
 * Returns:
 *   1        *out describes the inner archive
 *   0        there is no inner archive, or damage hides it
 *   -ENOMEM  memory is exhausted
 *   other    an error of rdb_source_pread()
 */
int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out,
	struct rdb_err *err);

/*
 * Checks whether the outer archive contains further files behind the inner archive. Ignores
 * folders, and files that file managers add, such as .DS_Store. The decoder "outer" must be at a
 * tar header. If "seekable" is true, skips the contents of further files without reading them.
 * Returns:
 *   0        no further file was found
 *   -EEXIST  a further file was found
 *   -ENOMEM  memory is exhausted
 */
int rdb_nest_check_rest(struct rdb_decoder *outer, bool seekable, struct rdb_err *err);

#endif
