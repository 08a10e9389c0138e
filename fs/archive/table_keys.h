/*
 * The documents of one table of a backup by primary key, and in the order of the table.
 *
 * The first look-up in a table reads it once, unless a key index exists: the pass verifies the
 * order of the keys, and its result is stored in the folder of indexes. Look-ups in tables out of
 * order (dumps of old servers, CSV) are as quick as in others.
 *
 * Threads: any number may use one struct rdb_table_keys, and open the same table, at once; one
 * caller at a time per struct rdb_table_cursor. Every function may wait for the disk, the network,
 * decompression, and the archive's first scan: call them from threads that may wait.
 */
#ifndef RDB_ARCHIVE_TABLE_KEYS_H
#define RDB_ARCHIVE_TABLE_KEYS_H

#include "archive/archive.h"
#include "json/primary_key.h"
#include "json/text.h"

struct rdb_table_keys;
struct rdb_table_cursor;

/*
 * Opens the keys of a table. member: its documents (not its .info). Waits until the archive's
 * tables are known, and reads the first document. Holds a reference to the archive. cancel may be
 * NULL in all functions of this file.
 *   -EIO        the archive is damaged in front of the table's first document, or the table has no
 *               primary key: neither .info nor a member "id"; the error's text says which
 *   -ECANCELED
 *   -ENOMEM
 */
int rdb_table_keys_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_cancel *cancel, struct rdb_table_keys **out, struct rdb_err *err);
void rdb_table_keys_close(struct rdb_table_keys *keys); /* accepts NULL */

/* Name of the primary key. Lives as long as keys. */
const char *rdb_table_keys_name(const struct rdb_table_keys *keys);

/* Returns whether the table has keys other than strings: the "mixed" of json/key_name.h. Before the
 * table was read, whether its first document has one. */
bool rdb_table_keys_mixed(const struct rdb_table_keys *keys);

enum rdb_table_order {
	RDB_TABLE_ORDER_UNKNOWN, /* no pass over the table has been made */
	RDB_TABLE_IN_ORDER,      /* no key is less than the one before, in the server's order */
	RDB_TABLE_OUT_OF_ORDER,
};

/* Order of the table's keys, as far as known. */
enum rdb_table_order rdb_table_keys_order(struct rdb_table_keys *keys);

struct rdb_key_builder;

/*
 * Stores the order that a caller's own pass over a table of unknown order found. builder: the
 * table's documents in the order of the table: all of them, or those up to the first out of order.
 * layout: an enum rdb_table_layout. Does nothing while another thread is creating the table's key
 * index.
 */
void rdb_table_keys_learnt(
	struct rdb_table_keys *keys, struct rdb_key_builder *builder, unsigned layout);

/*
 * Appends the text of the document with this key, byte for byte as in the backup (a row of CSV as
 * JSON); of the first one if several have the key. The first call may read the whole table.
 * *ordinal becomes the document's number in the order of the table, as a cursor counts; UINT64_MAX:
 * not known, since the table is out of order. ordinal may be NULL.
 *   -ENOENT     the table has no such document
 *   -EIO        the archive is damaged, and the document may be in the damaged bytes; or a document
 *               has no usable primary key
 *   -ECANCELED
 *   -ENOMEM, and the errors of a temporary file (-ENOSPC …)
 */
int rdb_table_keys_find(struct rdb_table_keys *keys, const struct rdb_primary_key *key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err);

/* ---- in the order of the table ---- */

struct rdb_table_document {
	struct rdb_json_span text; /* valid until the next call with the cursor */
	struct rdb_json_span key;  /* within the text */
	uint64_t ordinal;          /* number in the order of the table, from 0 */
};

/*
 * Opens a cursor at a document, counted from 0; beyond the last: at the end. Reads nothing. cancel
 * must outlive the cursor. Close the cursor before keys. Returns 0 or -ENOMEM.
 */
int rdb_table_cursor_open(struct rdb_table_keys *keys, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_table_cursor **out);
void rdb_table_cursor_close(struct rdb_table_cursor *cursor); /* accepts NULL */

/*
 * Reads the next document. Returns 1, 0 behind the last, or an error. Holds at most one read of
 * 1 MiB and one document.
 *   -EIO        the archive is damaged at the document, or the text is not a document, or has no
 *               usable primary key
 *   -ECANCELED
 *   -ENOMEM
 * An error is returned by every later call as well.
 */
int rdb_table_cursor_next(
	struct rdb_table_cursor *cursor, struct rdb_table_document *out, struct rdb_err *err);

#endif
