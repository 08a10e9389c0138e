/* Finds the damaged tables of an archive, and describes the damage as text. The functions share no
 * state between threads. */
#ifndef RDB_INDEX_DAMAGE_H
#define RDB_INDEX_DAMAGE_H

#include "index/catalog.h"
#include "index/index.h"

/* Marks in the catalogue the tables that overlap the index's damage. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Replaces the text of the scan's error by a list of the damaged tables and byte ranges of the
 * archive. If no byte range is damaged, keeps the text, and puts before it that no table is
 * damaged. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
