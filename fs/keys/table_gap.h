/* Damage in the middle of a table. In an archive that rdbfs wrote, documents after the damage can
 * be read, because each is a line, and checksums cover small ranges. */
#ifndef RDB_KEYS_TABLE_GAP_H
#define RDB_KEYS_TABLE_GAP_H

#include "archive/archive.h"

/* Finds the first readable line after the damage at "offset". Returns 1 and stores the line's
 * offset in *line if there is such a line, 0 if no readable line follows, -ECANCELED or -ENOMEM.
 * cancel may be NULL. */
int rdb_table_gap_end(struct rdb_archive *archive, const struct rdb_member *member, uint64_t offset,
	const struct rdb_cancel *cancel, uint64_t *line);

#endif
