/*
 * A document's primary key, cut out of its text, and JSON text as a ReQL term: a dump needs both
 * to resume after the last document it has read. Code that validates documents anyway gets the
 * same from one call of rdb_json_document(). Any thread may call.
 */
#ifndef RDB_JSON_KEY_H
#define RDB_JSON_KEY_H

#include "json/document.h"

/*
 * The value of the top level member of this name (UTF-8, NUL-terminated), as text.
 *   -ENOENT  the document has no such member
 *   -EEXIST  it has more than one
 *   -EINVAL  it is no JSON object
 */
int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/*
 * The same several times as fast, for a document that need not be validated: text behind the key is
 * not looked at, so that of members that repeat the first counts. For other text than JSON the
 * result is arbitrary, but the key itself is a JSON value.
 *   -ENOENT  no such member
 *   -EINVAL  no JSON object, as far as the text was looked at
 */
int rdb_json_key_first(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Appends a JSON value as a term, each array [...] as [2,[...]]. 0, -EINVAL (not JSON; out is
 * unchanged), -ENOMEM. */
int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out);

#endif
