/* Finds the damaged tables of an archive, and describes the damage as text. Thread-safe. */
#ifndef RDB_INDEX_DAMAGE_H
#define RDB_INDEX_DAMAGE_H

#include "index/catalog.h"
#include "index/index.h"

/* Marks the tables that overlap a damaged range of the index. The marks are stored in the
 * catalogue. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Replaces the error text of the scan in *err by a list of the damaged tables and byte ranges of
 * the archive. If no byte range is damaged, keeps the scan's text, and adds the statement that no
 * table is damaged to the front of this text. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
