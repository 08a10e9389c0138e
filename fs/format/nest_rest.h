/*
 * Examines the members of an outer archive other than the inner archive (format/nest.h). Some of
 * these members are ignored, and others contain data that rdbfs would not show. Threads: the same
 * rules as for decoders.
 */
#ifndef RDB_FORMAT_NEST_REST_H
#define RDB_FORMAT_NEST_REST_H

#include "format/decoder.h"

struct archive_entry;

/* Returns whether a member of the outer archive can be ignored, because it is a folder or a file
 * that file managers create. */
bool rdb_nest_passes_over(struct archive_entry *entry);

/*
 * Checks that only files to ignore follow in the outer archive, whose decoder is at the next
 * header. If "seekable" is true, the decoder jumps from header to header. Returns 0, -ENOMEM, or
 *   -EEXIST if another file follows.
 */
int rdb_nest_check_rest(struct rdb_decoder *outer, bool seekable, struct rdb_err *err);

#endif
