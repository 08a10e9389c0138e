/*
 * File names of documents: KEY.json, where KEY is
 *
 *   a string key        its text
 *   any other key       its canonical JSON text (json/primary_key.h): 17, true, ["a",1]
 *   a quoted string     %22, the JSON text between the quotes, %22: for the empty string, and in
 *                       a table with keys of several types for a string whose text is JSON of
 *                       another type ("17" beside 17)
 *
 * In KEY the bytes '/', '%', NUL, control characters and a leading '.' are written as %XX. A name
 * above 255 bytes is cut and ends in '~' and 16 digits of a hash of the whole. Any thread may call.
 */
#ifndef RDB_JSON_KEY_NAME_H
#define RDB_JSON_KEY_NAME_H

#include "base/buf.h"
#include "json/primary_key.h"
#include "json/text.h"

#include <stdbool.h>

#define RDB_KEY_NAME_MAX 255

/*
 * Writes the file name of a key. json: its JSON text; mixed: the table has keys other than strings.
 * Returns 0, -EINVAL (not a primary key) or -ENOMEM.
 */
int rdb_key_name(struct rdb_json_span json, bool mixed, char name[RDB_KEY_NAME_MAX + 1]);

/*
 * Appends to *json the JSON texts of the keys that a file name can stand for, each followed by a
 * line feed, in the order in which to try them. More than one only with mixed: the number 17, then
 * the string "17".
 *   -ENOENT        no key has this name
 *   -ENAMETOOLONG  the name was cut (ends in '~' and a hash): compare it with
 *                  rdb_key_name() of each key
 *   -ENOMEM
 */
int rdb_key_name_parse(const char *name, bool mixed, struct rdb_buf *json);

#endif
