/*
 * The documents of a table of a backup, one after the other, from any document on.
 *
 * Threads: one at a time. Calls wait for the disk, the network and decompression.
 */
#ifndef RDB_ARCHIVE_TABLE_WALK_H
#define RDB_ARCHIVE_TABLE_WALK_H

#include "archive/archive.h"
#include "format/documents.h"
#include "json/split.h"

struct rdb_table_walk;

/* A document where a walk can start. */
struct rdb_table_place {
	enum rdb_table_layout layout;
	uint64_t head;    /* ROWS: bytes before the first row of values */
	uint64_t offset;  /* offset of the document in the table's text */
	uint64_t ordinal; /* number of documents before it */
};

/* Opens a walk. member: the table's documents. place: where to start; NULL: the start of the table.
 * Holds a reference to the archive. cancel may be NULL, and must outlive the walk. Reads nothing.
 * Returns 0 or -ENOMEM. */
int rdb_table_walk_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_table_place *place, const struct rdb_cancel *cancel,
	struct rdb_table_walk **out);
void rdb_table_walk_close(struct rdb_table_walk *walk); /* accepts NULL */

/*
 * Finds the next document, valid until the next call. Returns 1, 0 behind the last, or an error.
 * Offset and number are those in the whole table.
 *   -EIO        the archive is damaged at the document, or its text is not a document
 *   -ECANCELED
 *   -ENOMEM
 * An error is returned by every later call as well.
 */
int rdb_table_walk_next(
	struct rdb_table_walk *walk, struct rdb_json_piece *document, struct rdb_err *err);

/* Layout of the table. Known once rdb_table_walk_next() has returned 1. */
enum rdb_table_layout rdb_table_walk_layout(const struct rdb_table_walk *walk);

#endif
