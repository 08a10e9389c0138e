/* The tables of an archive that its damage touches, and the text about them. No shared state. */
#ifndef RDB_INDEX_DAMAGE_H
#define RDB_INDEX_DAMAGE_H

#include "index/catalog.h"
#include "index/index.h"

/* Marks the tables that touch the index's damage. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Replaces the scan's error by a text that names the damaged tables and the damaged byte ranges of
 * the archive. If no byte range of the content is damaged, only adds a remark that says so. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
