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

/* Looks for an inner archive in the archive "source". There is an inner archive if the first
 * regular file in "source" is itself an archive, or if "source" was compressed twice. Returns 1
 * with the inner archive's place in *out, 0 if there is no inner archive or damage hides it,
 * -ENOMEM, or an error of rdb_source_pread(). */
int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out,
	struct rdb_err *err);

/* Checks the remaining members of the outer archive, starting with the tar header at the position
 * of "outer". Returns -EEXIST if a member is neither a folder nor a file that file managers add,
 * such as .DS_Store. Returns -ENOMEM if memory is short, or 0 otherwise. If "seekable" is true,
 * skips the contents of the members without reading them. */
int rdb_nest_check_rest(struct rdb_decoder *outer, bool seekable, struct rdb_err *err);

#endif
