/*
 * Primary keys, encoded so that memcmp() orders keys as the server orders them in a table:
 * arrays, booleans, numbers, binary values, times, strings. Two keys are equal when their encodings
 * are equal.
 *
 * The encoding is that of the server (datum_t::print_primary() in src/rdb_protocol/datum.cc of
 * RethinkDB 2.4), except for numbers. A number is 'N' and the eight bytes of the double, not
 * hexadecimal digits. Any thread may call.
 */
#ifndef RDB_JSON_PRIMARY_KEY_H
#define RDB_JSON_PRIMARY_KEY_H

#include "base/buf.h"
#include "json/text.h"

#include <stdbool.h>

/* Limit of an encoded key in bytes. Keys from a server are shorter, because the server limits keys
 * to 127 bytes. */
#define RDB_KEY_BYTES_MAX 255

struct rdb_primary_key {
	unsigned char len; /* number of bytes in data; 0 for no key */
	unsigned char data[RDB_KEY_BYTES_MAX];
};

/* Encodes a key from valid JSON. Returns 0, -ENOMEM, or -EINVAL for a value that is no key, or is
 * longer than RDB_KEY_BYTES_MAX. */
int rdb_primary_key_encode(struct rdb_json_span json, struct rdb_primary_key *out);

/* Compares two keys. Returns a negative number, 0 or a positive number, like memcmp(). */
int rdb_primary_key_compare(const struct rdb_primary_key *a, const struct rdb_primary_key *b);

bool rdb_primary_key_is_string(const struct rdb_primary_key *key);

/* Appends the canonical JSON text of the key "json". Equal keys have equal texts, except times in
 * different zones. Returns 0, or an error of rdb_primary_key_encode(). */
int rdb_primary_key_text(struct rdb_json_span json, struct rdb_buf *out);

#endif
