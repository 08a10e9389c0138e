/* Finds the damaged tables of an archive, and describes the damage as text. Thread-safe. */
#ifndef RDB_INDEX_DAMAGE_H
#define RDB_INDEX_DAMAGE_H

#include "index/catalog.h"
#include "index/index.h"

/* Finds the damaged tables in the catalogue, and sets their flag "damaged". A table is damaged if
 * its data in the archive overlaps a damaged range. The index lists the damaged ranges. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Rewrites the text of a scan's error. The new text lists the archive's damaged tables and byte
 * ranges, or says that no table is damaged. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
