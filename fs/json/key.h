/* The primary key in a document's text, and JSON text as a ReQL term. Code that validates documents
 * calls rdb_json_document() instead, which also returns both. Any thread may call. */
#ifndef RDB_JSON_KEY_H
#define RDB_JSON_KEY_H

#include "json/document.h"

/*
 * Finds the object's top level member with the given name, and stores the member's value in *key.
 * Returns:
 *   0        exactly one member has the name
 *   -ENOENT  no member has the name
 *   -EEXIST  several members have the name
 *   -EINVAL  the text is not an object
 *   -ENOMEM  memory is short
 */
int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/*
 * Finds the first top level member with the given name, and stores the member's value in *key.
 * Does not check the text after this value.
 * Returns:
 *   0        success
 *   -ENOENT  no member has the name
 *   -EINVAL  the text before the end of the value is malformed
 */
int rdb_json_key_first(const char *text, size_t len, const char *name, struct rdb_json_span *key);

/* Appends a JSON value as a ReQL term: [...] becomes [2,[...]]. Returns 0, -ENOMEM, or -EINVAL;
 * after an error, out is unchanged. */
int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out);

#endif
