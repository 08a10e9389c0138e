/* Which tables of an archive its damage touches, and the words for that. No shared state. */
#ifndef RDB_ARCHIVE_DAMAGE_H
#define RDB_ARCHIVE_DAMAGE_H

#include "archive/catalog.h"
#include "archive/index.h"

/* Mark the tables that touch the index's damage. */
void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog);

/* Say which tables they are, and where in the archive the damage lies. err: the scan's, which stays
 * as it is where no part of the content is damaged, but for a word on that. */
void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err);

#endif
