/*
 * File names of documents. A name is KEY.json, where KEY depends on the primary key:
 *
 *   a string key        the text of the string
 *   any other key       its canonical JSON text (json/primary_key.h), for example 17 or ["a",1]
 *   a quoted string     %22, the JSON text between the quotes, and %22 again
 *
 * The quoted form is used for the empty string. In a table with keys of several types, it is also
 * used for a string whose text is the JSON text of another type: the string "17" beside the
 * number 17.
 *
 * In KEY the bytes '/', '%', NUL, control characters and a leading '.' are written as %XX. A name
 * above 255 bytes is shortened; it then ends in '~' and 16 hexadecimal digits, a hash of the whole
 * name. Any thread may call.
 */
#ifndef RDB_JSON_KEY_NAME_H
#define RDB_JSON_KEY_NAME_H

#include "base/buf.h"
#include "json/primary_key.h"
#include "json/text.h"

#include <stdbool.h>

#define RDB_KEY_NAME_MAX 255

/* Stores in "name" the file name of the document with this primary key. "mixed" says that some
 * primary keys of the table are not strings. Returns 0, -ENOMEM or -EINVAL. */
int rdb_key_name(struct rdb_json_span json, bool mixed, char name[RDB_KEY_NAME_MAX + 1]);

/*
 * Appends the possible primary keys of a file name to *json, each with a line feed. For example,
 * 17.json can belong to the number 17 or to the string "17". The file has the document of the
 * first of these keys that exists in the table. See rdb_key_name() for "mixed".
 * Returns:
 *   0              success
 *   -ENOENT        no key has this file name
 *   -ENAMETOOLONG  the name is shortened: search the table for a key with this file name
 *   -ENOMEM        memory is short
 */
int rdb_key_name_parse(const char *name, bool mixed, struct rdb_buf *json);

#endif
