/* The tables of an archive that its damage touches, and the text about them. No shared state. */
#ifndef RDB_ARCHIVE_DAMAGE_H
#define RDB_ARCHIVE_DAMAGE_H

#include "archive/catalog.h"
#include "archive/index.h"

/* Marks the tables that touch the index's damage. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Appends which tables they are, and where in the archive the damage lies. err: the scan's error;
 * unchanged if no part of the content is damaged, except for a remark on that. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
