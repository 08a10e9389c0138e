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

/* Stores the key index that the caller has built with "builder" while reading the table. Does
 * nothing if the keys are already known, or if another thread is reading the keys. If a key is less
 * than its predecessor, the caller need not add further keys, because the index then only records
 * that the keys are out of order. */
void rdb_table_keys_learnt(
	struct rdb_table_keys *keys, struct rdb_key_builder *builder, unsigned layout);

/*
 * Finds the first document with the given key, and appends the document's text to the buffer
 * "text". If "ordinal" is not NULL, stores the document's number, counted from 0, in *ordinal. May
 * read the whole table. Returns 0, -ECANCELED, -ENOMEM, or
 *   -ENOENT if the table has no document with the key;
 *   -EIO if the key was not found, but may belong to a document that is damaged or lacks a usable
 *       primary key;
 *   -EIO if the index of the table's keys cannot be read;
 *   -ENOSPC or another error if a temporary file cannot be written.
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

/* Reads the table's next document. Returns 1 if *out has the document, 0 at the end of the table,
 * -ECANCELED, -ENOMEM, or -EIO if the document is damaged or has no usable key. After an error,
 * further calls return the same error. */
int rdb_table_cursor_next(
	struct rdb_table_cursor *cursor, struct rdb_table_document *out, struct rdb_err *err);

#endif
