/*
 * The documents of one table of a backup by primary key, and in the order of the table.
 *
 * The first look-up of a table needs to know where its keys lie. An archive whose index has them
 * answers at once; any other table is read once, which verifies the order of its keys, and what was
 * found is kept in the folder of indexes. Tables out of order (dumps of old servers, CSV) are found
 * as quickly as others.
 *
 * Threads: any number may use one struct rdb_table_keys, and open the same table, at once; a
 * struct rdb_table_cursor serves one caller at a time. Everything here may wait for the disk, the
 * network, decompression, and the archive's first scan: call from threads that may wait.
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
 * NULL here and below.
 *   -EIO        the archive is damaged in front of the table's first document, or the table has no
 *               primary key: neither .info nor a member "id"; the words say which
 *   -ECANCELED
 *   -ENOMEM
 */
int rdb_table_keys_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_cancel *cancel, struct rdb_table_keys **out, struct rdb_err *err);
void rdb_table_keys_close(struct rdb_table_keys *keys); /* accepts NULL */

/* Name of the primary key. Lives as long as keys. */
const char *rdb_table_keys_name(const struct rdb_table_keys *keys);

/* Whether the table has keys other than strings: the "mixed" of json/key_name.h. In a table that
 * was not read yet, whether its first document has. */
bool rdb_table_keys_mixed(const struct rdb_table_keys *keys);

enum rdb_table_order {
	RDB_TABLE_ORDER_UNKNOWN, /* no pass over the table is known of */
	RDB_TABLE_IN_ORDER,      /* no key is less than the one before, in the server's order */
	RDB_TABLE_OUT_OF_ORDER,
};

/* Whether the table is in the order of its keys, as far as that is known. */
enum rdb_table_order rdb_table_keys_order(struct rdb_table_keys *keys);

struct rdb_key_builder;

/*
 * Keeps what other work has found out about a table of unknown order. builder: has the table's
 * documents in the order of the table: all of them, or those up to the first that is out of order.
 * layout: an enum rdb_table_layout. Without effect when a thread is finding out the same.
 */
void rdb_table_keys_learnt(
	struct rdb_table_keys *keys, struct rdb_key_builder *builder, unsigned layout);

/*
 * Appends the text of the document with this key, byte for byte as in the backup (a row of CSV as
 * JSON). The first one where the table has several. The first call may read the whole table.
 * *ordinal becomes the document's place in the order of the table, as a cursor counts; UINT64_MAX:
 * not known, since the table is out of order. May be NULL.
 *   -ENOENT     the table has no such document
 *   -EIO        the archive is damaged, and the document may be where it is; or a document has no
 *               usable primary key
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
	uint64_t ordinal;          /* in the order of the table, from 0 */
};

/*
 * Starts at a document, from 0; one behind the last: a cursor at the end. Reads nothing. cancel
 * outlives the cursor. The cursor holds keys open: close it before them. 0 or -ENOMEM.
 */
int rdb_table_cursor_open(struct rdb_table_keys *keys, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_table_cursor **out);
void rdb_table_cursor_close(struct rdb_table_cursor *cursor); /* accepts NULL */

/*
 * The next document: 1; 0 behind the last. Holds at most one read of 1 MiB and one document.
 *   -EIO        the archive is damaged there; what is no document, or has no usable primary key
 *   -ECANCELED
 *   -ENOMEM
 * An error is returned by every later call as well.
 */
int rdb_table_cursor_next(
	struct rdb_table_cursor *cursor, struct rdb_table_document *out, struct rdb_err *err);

#endif
