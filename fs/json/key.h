/* The primary key in a document's text, and JSON text as a ReQL term. Code that validates documents
 * calls rdb_json_document() instead, which also returns both. Any thread may call. */
#ifndef RDB_JSON_KEY_H
#define RDB_JSON_KEY_H

#include "json/document.h"

/* Finds an object's top level member whose name equals the argument "name", and stores the member's
 * value in *key. Returns 0, -ENOMEM, -ENOENT if no member has this name, -EEXIST if several members
 * have this name, or -EINVAL if the text is not an object. */
int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Finds the first top level member whose name equals the argument "name", and stores the member's
 * value in *key. The text after this value is not read and may be malformed. Returns 0, -ENOENT if
 * no member has this name, or -EINVAL if the text up to the end of the value is malformed. */
int rdb_json_key_first(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Appends a JSON value as a ReQL term: [...] becomes [2,[...]]. Returns 0, -ENOMEM, or -EINVAL;
 * after an error, out is unchanged. */
int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out);

#endif
