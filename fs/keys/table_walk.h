/*
 * Reads the documents of a table of a backup, one after the other, from any document on.
 *
 * Not thread-safe. Calls wait for the disk, the network and decompression.
 */
#ifndef RDB_KEYS_TABLE_WALK_H
#define RDB_KEYS_TABLE_WALK_H

#include "archive/archive.h"
#include "format/documents.h"
#include "json/split.h"

struct rdb_table_walk;

/* Position of a document in the text of a table. Reading can start at this document. */
struct rdb_table_place {
	enum rdb_table_layout layout;
	uint64_t head;    /* bytes before the first row of values, for RDB_LAYOUT_ROWS */
	uint64_t offset;  /* offset of the document in the table's text */
	uint64_t ordinal; /* number of documents before the document */
};

/* Opens a walk that begins at "place". If "place" is NULL, the walk begins at the first document.
 * Reads nothing yet. cancel may be NULL; otherwise, *cancel must outlive the walk. Returns 0 or
 * -ENOMEM. */
int rdb_table_walk_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_table_place *place, const struct rdb_cancel *cancel,
	struct rdb_table_walk **out);
void rdb_table_walk_close(struct rdb_table_walk *walk); /* walk may be NULL */

/*
 * Reads the next document. The document is valid until the next call. After an error, all later
 * calls return the same error.
 * Returns:
 *   1           there is a document
 *   0           the table has ended
 *   -EIO        the text cannot be read or is not a document
 *   -ECANCELED  the cancel object was fired
 *   -ENOMEM     memory is short
 */
int rdb_table_walk_next(
	struct rdb_table_walk *walk, struct rdb_json_piece *document, struct rdb_err *err);

/* Returns the offset in the table's text up to which the walk has read. */
uint64_t rdb_table_walk_offset(const struct rdb_table_walk *walk);

/* Returns the form of the table's text, such as a JSON array or comma-separated values. The form is
 * known after the first document was read. */
enum rdb_table_layout rdb_table_walk_layout(const struct rdb_table_walk *walk);

#endif
