/* Finds the damaged tables of an archive, and describes the damage as text. Thread-safe. */
#ifndef RDB_INDEX_DAMAGE_H
#define RDB_INDEX_DAMAGE_H

#include "index/catalog.h"
#include "index/index.h"

/* Sets the flag "damaged" of every table in the catalogue whose data overlaps a damaged range of
 * the index. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Adds the extent of the damage to *err, the error of a scan. If the index has damaged byte ranges,
 * replaces the error's text by a list of these ranges and of any damaged tables. Otherwise keeps
 * the text, and inserts before it that no table is damaged, but the archive is. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
