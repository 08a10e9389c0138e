/*
 * Damage in the middle of a table's text. An archive that rdbfs wrote has a checksum of each span,
 * so the documents behind a damaged span can be read. rdbfs writes each document on a line of its
 * own, and no document contains a line break.
 */
#ifndef RDB_KEYS_TABLE_GAP_H
#define RDB_KEYS_TABLE_GAP_H

#include "archive/archive.h"

/*
 * Finds the first line behind the damage that made the text unreadable at the offset. Reads the
 * archive to its end, unless this was already done. Without a cancel object (NULL) the call cannot
 * be cancelled. Returns 1 and stores the offset of the line, 0 if nothing behind the damage can be
 * read, -ECANCELED or -ENOMEM.
 */
int rdb_table_gap_end(struct rdb_archive *archive, const struct rdb_member *member, uint64_t offset,
	const struct rdb_cancel *cancel, uint64_t *line);

#endif
