/*
 * Damage in the middle of a table's text. An archive that rdbfs wrote has checkpoints (positions at
 * which decoding can begin), and a checksum of each span (the range between two checkpoints). The
 * documents after a damaged span can therefore be read. rdbfs writes each document on a line of its
 * own, and no document contains a line break.
 */
#ifndef RDB_KEYS_TABLE_GAP_H
#define RDB_KEYS_TABLE_GAP_H

#include "archive/archive.h"

/* Finds the first readable line after the damage at "offset". Returns 1 and stores its offset, 0 if
 * none follows, -ECANCELED or -ENOMEM. cancel may be NULL. */
int rdb_table_gap_end(struct rdb_archive *archive, const struct rdb_member *member, uint64_t offset,
	const struct rdb_cancel *cancel, uint64_t *line);

#endif
