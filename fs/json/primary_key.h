/*
 * Primary keys in the server's order. A key is encoded so that memcmp() orders keys as the server
 * stores them (datum_t::print_primary() in src/rdb_protocol/datum.cc of RethinkDB 2.4): arrays,
 * booleans, numbers, binary values, times, strings. Two keys are equal when their encodings are.
 *
 * The encoding is the server's, except for numbers: 'N' and the eight bytes of the double instead
 * of their hexadecimal digits. Any thread may call.
 */
#ifndef RDB_JSON_PRIMARY_KEY_H
#define RDB_JSON_PRIMARY_KEY_H

#include "base/buf.h"
#include "json/text.h"

#include <stdbool.h>

/* Limit on an encoded key; the server accepts at most 127 bytes in its own, longer encoding. */
#define RDB_KEY_BYTES_MAX 255

struct rdb_primary_key {
	unsigned char len; /* bytes; 0: no key */
	unsigned char data[RDB_KEY_BYTES_MAX];
};

/*
 * Encodes a key from its JSON text (valid JSON, as rdb_json_key() returns it).
 *   -EINVAL  not a key for the server: null, an object, a number beyond double, a NUL in a string,
 *            or longer than RDB_KEY_BYTES_MAX
 *   -ENOMEM
 */
int rdb_primary_key_encode(struct rdb_json_span json, struct rdb_primary_key *out);

/* Compares two keys like memcmp(): <0, 0, >0. */
int rdb_primary_key_compare(const struct rdb_primary_key *a, const struct rdb_primary_key *b);

/* Returns whether the key is a string. */
bool rdb_primary_key_is_string(const struct rdb_primary_key *key);

/*
 * Appends the canonical JSON text of a key: no white space, strings with as few escapes as JSON
 * allows, numbers in their shortest form. Equal keys have equal texts, except for the time zone of
 * a time. json and errors as for rdb_primary_key_encode().
 */
int rdb_primary_key_text(struct rdb_json_span json, struct rdb_buf *out);

#endif
