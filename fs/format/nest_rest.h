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
 * Checks that the inner archive is followed in the outer archive only by files that
 * rdb_nest_passes_over() accepts. Reads the headers of the outer archive's remaining members. The
 * decoder "outer" is at the first of these headers. If "seekable" is true, the decoder jumps over
 * the content between two headers; otherwise it decodes and discards this content. Damage after the
 * last header is not detected. Returns 0, -ENOMEM, or -EEXIST if a file follows that is not
 * accepted; the error's text has the file's name.
 */
int rdb_nest_check_rest(struct rdb_decoder *outer, bool seekable, struct rdb_err *err);

#endif
