/*
 * Extraction of a document's primary key from its text, and conversion of JSON text to a ReQL term.
 * A dump needs both to resume after the last document that it has read. Code that validates
 * documents calls rdb_json_document() instead, which also returns the key and the term. Any thread
 * may call.
 */
#ifndef RDB_JSON_KEY_H
#define RDB_JSON_KEY_H

#include "json/document.h"

/*
 * Stores the text of the top level member with the name (UTF-8, NUL-terminated) in *key. Returns 0,
 * -ENOENT if the document has no such member, -EEXIST if it has several, or -EINVAL if the text is
 * not a JSON object.
 */
int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/*
 * Finds the first top level member with the name. Much faster than rdb_json_key(), because the
 * text after the member is not read. Returns 0, -ENOENT, or -EINVAL for malformed text. Malformed
 * text may remain unnoticed; *key is a valid JSON value even then.
 */
int rdb_json_key_first(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Appends a JSON value as a ReQL term, in which each array [...] is written as [2,[...]]. Returns
 * 0, -ENOMEM, or -EINVAL if the value is not JSON. After an error, out is unchanged. */
int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out);

#endif
