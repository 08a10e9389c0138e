#include "pipeline/hash_shard.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX 128 /* the server's limit on the length of a key, in bytes */

struct encoded {
	size_t len; /* bytes of text; 0 if the key cannot be encoded */
	char text[KEY_MAX];
};

static void encode_string(struct encoded *out, const char *text, size_t len)
{
	if (len >= sizeof(out->text))
		return;
	out->text[0] = 'S';
	memcpy(out->text + 1, text, len);
	out->len = len + 1;
}

/* Stores in *out the server's encoding of a number in a primary key. */
static void encode_number(struct encoded *out, double value)
{
	uint64_t bits;

	value += 0.0; /* turns -0.0 into 0.0 */
	memcpy(&bits, &value, sizeof(bits));
	/* Change the bits of the number as the server does. The hexadecimal text of a lower number
	 * then always sorts before the text of a higher number. */
	bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
	out->len = (size_t)snprintf(
		out->text, sizeof(out->text), "N%016" PRIx64 "#%.20g", bits, value);
}

static void encode_value(struct encoded *out, struct rdb_json_span key)
{
	json_t *value = json_loadb(key.data, key.len,
		JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);

	if (json_is_string(value))
		encode_string(out, json_string_value(value), json_string_length(value));
	else if (json_is_real(value))
		encode_number(out, json_real_value(value));
	json_decref(value);
}

static uint64_t hash(const char *text, size_t len)
{
	uint64_t value = UINT64_C(0x47a59e381fb2dc06);

	for (size_t i = 0; i < len; i++) {
		uint64_t spread = (unsigned char)text[i] * UINT64_C(0x80200802);
		spread &= UINT64_C(0x0884422110);
		value += spread * UINT64_C(0x0101010101) << 23;
		value ^= value >> 11 ^ value << 21;
	}
	return value & INT64_MAX;
}

unsigned rdb_hash_shard(struct rdb_json_span key)
{
	struct encoded encoded;

	encoded.len = 0;
	if (key.len < 2 || key.data[0] != '"' || memchr(key.data, '\\', key.len))
		encode_value(&encoded, key);
	else
		encode_string(&encoded, key.data + 1, key.len - 2);
	return encoded.len ? (unsigned)(hash(encoded.text, encoded.len) >> 60) : 0;
}
