/* Damage in the middle of a table. In an archive that rdbfs wrote, documents after the damage can
 * be read, because each is a line, and checksums cover small ranges. */
#ifndef RDB_KEYS_TABLE_GAP_H
#define RDB_KEYS_TABLE_GAP_H

#include "archive/archive.h"

/*
 * Finds the first readable line after the damage at "offset", and stores the line's offset in
 * *line. May read the archive to its end. cancel may be NULL.
 * Returns:
 *   1           a readable line follows
 *   0           no readable line follows
 *   -ECANCELED  the cancel object was fired
 *   -ENOMEM     memory is short
 */
int rdb_table_gap_end(struct rdb_archive *archive, const struct rdb_member *member, uint64_t offset,
	const struct rdb_cancel *cancel, uint64_t *line);

#endif
