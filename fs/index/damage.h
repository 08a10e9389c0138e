/* Finds the damaged tables of an archive, and describes the damage as text. Thread-safe. */
#ifndef RDB_INDEX_DAMAGE_H
#define RDB_INDEX_DAMAGE_H

#include "index/catalog.h"
#include "index/index.h"

/* Marks a table in the catalogue as damaged if the table overlaps a damaged range of the index. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Replaces the error text of the scan in *err by a list of the damaged tables and byte ranges of
 * the archive. If no byte range is damaged, puts the statement that no table is damaged before the
 * scan's text. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
