/*
 * The members of an outer archive beside the archive inside it (format/nest.h): those that do not
 * count, and those that are not shown. Threads: as for decoders.
 */
#ifndef RDB_FORMAT_NEST_REST_H
#define RDB_FORMAT_NEST_REST_H

#include "format/decoder.h"

struct archive_entry;

/* Returns whether a member does not count: a folder, or a file that every folder may have. */
bool rdb_nest_passes_over(struct archive_entry *entry);

/*
 * Reads the headers behind the inner archive, from the decoder's current offset on. seekable: the
 * decoder has restart. Damage behind the last header is not noticed.
 *   -EEXIST  another file follows; err names it
 *   -ENOMEM
 */
int rdb_nest_check_rest(struct rdb_decoder *outer, bool seekable, struct rdb_err *err);

#endif
