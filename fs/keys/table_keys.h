/* The documents of a table, by primary key or in the table's order. The first look-up reads the
 * whole table, unless a key index is in the folder of indexes; afterwards it is fast, in any order
 * of keys. Any number of threads may use a struct rdb_table_keys, and one at a time a cursor. Every
 * function may wait, and cancel may be NULL in all of them. */
#ifndef RDB_KEYS_TABLE_KEYS_H
#define RDB_KEYS_TABLE_KEYS_H

#include "archive/archive.h"
#include "json/primary_key.h"
#include "json/text.h"

struct rdb_table_keys;
struct rdb_table_cursor;

enum rdb_table_order {
	RDB_TABLE_ORDER_UNKNOWN, /* the table was not read yet */
	RDB_TABLE_IN_ORDER,      /* no key is less than the key before, in the server's order */
	RDB_TABLE_OUT_OF_ORDER,
};

/* Opens the keys of the table whose documents are in the file "member", and reads the first
 * document. Returns 0, -ECANCELED, -ENOMEM, or -EIO if the first document is damaged or the primary
 * key is unknown. */
int rdb_table_keys_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_cancel *cancel, struct rdb_table_keys **out, struct rdb_err *err);
void rdb_table_keys_close(struct rdb_table_keys *keys); /* keys may be NULL */

/* Returns the name of the primary key. The name is valid until rdb_table_keys_close(). */
const char *rdb_table_keys_name(const struct rdb_table_keys *keys);

/* Returns true if the table has keys that are not strings. Until the whole table was read,
 * considers only the key of the first document. */
bool rdb_table_keys_mixed(const struct rdb_table_keys *keys);

/* Returns the order of the table's keys, or RDB_TABLE_ORDER_UNKNOWN if the keys were not read yet.
 */
enum rdb_table_order rdb_table_keys_order(struct rdb_table_keys *keys);

struct rdb_key_builder;

/* Stores the key index that the caller has built while reading the table. Does nothing if the index
 * is already known, or if another thread is reading the keys. The caller may stop adding keys after
 * the first key out of order, because this key already marks the table as unsorted. */
void rdb_table_keys_learnt(
	struct rdb_table_keys *keys, struct rdb_key_builder *builder, unsigned layout);

/*
 * Finds the first document with the key, and appends the document's text to *text. Stores the
 * document's number, counted from 0, in *ordinal, unless "ordinal" is NULL. May read the whole
 * table.
 * Returns:
 *   0           success
 *   -ENOENT     no document has the key
 *   -EIO        a damaged document or a document without a usable key may have the key
 *   -EIO        the key index cannot be read
 *   -ECANCELED  the cancel object was fired
 *   -ENOMEM     memory is short
 *   other       a temporary file cannot be written, for example -ENOSPC
 */
int rdb_table_keys_find(struct rdb_table_keys *keys, const struct rdb_primary_key *key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err);

/* ---- in the order of the table ---- */

struct rdb_table_document {
	struct rdb_json_span text; /* valid until the next call with the cursor */
	struct rdb_json_span key;  /* the key's text, which is a part of text */
	uint64_t ordinal;          /* number of the document in the order of the table, from 0 */
};

/* Opens a cursor at the document with the number "ordinal", counted from 0. Reads nothing, so the
 * document need not exist. "keys" and cancel must outlive the cursor. Returns 0 or -ENOMEM. */
int rdb_table_cursor_open(struct rdb_table_keys *keys, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_table_cursor **out);
void rdb_table_cursor_close(struct rdb_table_cursor *cursor); /* cursor may be NULL */

/*
 * Reads the table's next document. After an error, all later calls return the same error.
 * Returns:
 *   1           *out has the document
 *   0           the table has ended
 *   -EIO        the document is damaged or has no usable key
 *   -ECANCELED  the cancel object was fired
 *   -ENOMEM     memory is short
 */
int rdb_table_cursor_next(
	struct rdb_table_cursor *cursor, struct rdb_table_document *out, struct rdb_err *err);

#endif
