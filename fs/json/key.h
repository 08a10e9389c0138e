/*
 * Extraction of a document's primary key from its text, and conversion of JSON text to a ReQL term:
 * a dump needs both to resume after the last document that it has read. Code that validates
 * documents gets the same from one call of rdb_json_document(). Any thread may call.
 */
#ifndef RDB_JSON_KEY_H
#define RDB_JSON_KEY_H

#include "json/document.h"

/*
 * Finds the value of the top level member of this name (UTF-8, NUL-terminated), as text.
 *   -ENOENT  the document has no such member
 *   -EEXIST  it has more than one
 *   -EINVAL  the text is not a JSON object
 */
int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/*
 * Finds the first such member without validating the document, several times as fast. Ignores the
 * text after the key, so duplicates are not detected. For text other than JSON the result is
 * arbitrary, but the key itself is always a JSON value.
 *   -ENOENT  no such member
 *   -EINVAL  not a JSON object, as far as the text was read
 */
int rdb_json_key_first(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Appends a JSON value as a term, each array [...] as [2,[...]]. Returns 0, -EINVAL (not JSON; out
 * is unchanged) or -ENOMEM. */
int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out);

#endif
