/* The primary key in a document's text, and JSON text as a ReQL term. Code that validates documents
 * calls rdb_json_document() instead, which also returns both. Any thread may call. */
#ifndef RDB_JSON_KEY_H
#define RDB_JSON_KEY_H

#include "json/document.h"

/* Stores the value of the top level member "name" in *key. Returns 0, -ENOENT, -EEXIST if there are
 * several, or -EINVAL if the text is no object. */
int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Finds the first top level member "name" without reading the text after it, which may be
 * malformed. *key is always valid JSON. Returns 0, -ENOENT, or -EINVAL. */
int rdb_json_key_first(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Appends a JSON value as a ReQL term: [...] becomes [2,[...]]. Returns 0, -ENOMEM, or -EINVAL;
 * after an error, out is unchanged. */
int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out);

#endif
