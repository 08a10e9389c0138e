/*
 * Damage in the middle of a table's text. An archive that rdbfs wrote has a checksum of each span,
 * so the documents after a damaged span can be read. rdbfs writes each document on a line of its
 * own, and no document contains a line break.
 */
#ifndef RDB_KEYS_TABLE_GAP_H
#define RDB_KEYS_TABLE_GAP_H

#include "archive/archive.h"

/*
 * Finds the first readable line after a damaged place. "offset" is the offset at which the table's
 * text became unreadable. Reads the archive to its end, unless this was already done. Stores the
 * offset of the line in *line and returns 1. Returns 0 if no text after the damaged place can be
 * read, -ECANCELED or -ENOMEM. If cancel is NULL, the call cannot be cancelled.
 */
int rdb_table_gap_end(struct rdb_archive *archive, const struct rdb_member *member, uint64_t offset,
	const struct rdb_cancel *cancel, uint64_t *line);

#endif
