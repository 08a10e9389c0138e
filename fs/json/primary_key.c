#include "json/primary_key.h"

#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)
#define MOST_DIGITS 17 /* significant digits that suffice for any double */

static int encode_value(const json_t *json, struct rdb_primary_key *out);
static int text_of_value(const json_t *json, struct rdb_buf *out);

/* Maximum size in bytes of a primary key's JSON text. No valid key has a longer text, even if all
 * bytes of the text are escaped. */
#define MOST_TEXT 4096

static json_t *parse(struct rdb_json_span json)
{
	return json.len > MOST_TEXT ? NULL : json_loadb(json.data, json.len, FLAGS, NULL);
}

/* ---- encoding ---- */

static int append(struct rdb_primary_key *out, const void *data, size_t len)
{
	if (len > RDB_KEY_BYTES_MAX - (size_t)out->len)
		return -EINVAL;
	if (len == 0)
		return 0;
	memcpy(out->data + out->len, data, len);
	out->len = (unsigned char)(out->len + len);
	return 0;
}

static int encode_string(const char *text, size_t len, struct rdb_primary_key *out)
{
	if (len > 0 && memchr(text, '\0', len))
		return -EINVAL;
	return append(out, "S", 1) == 0 ? append(out, text, len) : -EINVAL;
}

/* Appends the encoding of the number to *out, or returns -EINVAL if the number is not finite. If
 * memcmp() compares two encodings, its result gives the order of the two numbers. */
static int encode_number(double value, struct rdb_primary_key *out)
{
	double positive = value == 0 ? 0 : value; /* -0 equals 0 */
	uint64_t bits;

	if (!isfinite(value))
		return -EINVAL;
	memcpy(&bits, &positive, sizeof(bits));
	bits = bits >> 63 ? ~bits : bits ^ (uint64_t)1 << 63;
	bits = htobe64(bits);
	return append(out, "N", 1) == 0 ? append(out, &bits, sizeof(bits)) : -EINVAL;
}

static int encode_array(const json_t *array, struct rdb_primary_key *out)
{
	int ret = append(out, "A", 1);

	for (size_t i = 0; ret == 0 && i < json_array_size(array); i++) {
		ret = encode_value(json_array_get(array, i), out);
		if (ret == 0)
			ret = append(out, "", 1);
	}
	return ret;
}

static int append_escaped(const unsigned char *data, size_t len, struct rdb_primary_key *out)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < len; i++)
		if (data[i] > 1)
			ret = append(out, data + i, 1);
		else
			ret = append(out, data[i] ? "\1\2" : "\1\1", 2);
	return ret;
}

static size_t without_space(const char *data, size_t len, unsigned char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++)
		if (!memchr(" \t\r\n", data[i], 4))
			out[used++] = (unsigned char)data[i];
	return used;
}

static int encode_binary(const json_t *data, struct rdb_primary_key *out)
{
	unsigned char text[MOST_TEXT], bytes[MOST_TEXT];
	size_t len;
	int used;

	if (!json_is_string(data) || json_string_length(data) > sizeof(text))
		return -EINVAL;
	len = without_space(json_string_value(data), json_string_length(data), text);
	used = EVP_DecodeBlock(bytes, text, (int)len);
	if (used < 0)
		return -EINVAL;
	for (size_t pad = 0; pad < 2 && len > pad && text[len - 1 - pad] == '='; pad++)
		used--;
	if (append(out, "PBINARY:", 8) != 0)
		return -EINVAL;
	return append_escaped(bytes, (size_t)used, out);
}

static int encode_pseudotype(const json_t *object, struct rdb_primary_key *out)
{
	const char *type = json_string_value(json_object_get(object, "$reql_type$"));
	const json_t *time = json_object_get(object, "epoch_time");

	if (type && strcmp(type, "BINARY") == 0)
		return encode_binary(json_object_get(object, "data"), out);
	if (!type || strcmp(type, "TIME") != 0 || !json_is_number(time))
		return -EINVAL;
	return append(out, "PTIME:", 6) == 0 ? encode_number(json_number_value(time), out)
					     : -EINVAL;
}

/* Appends the value's encoding to *out. Returns -EINVAL if the value cannot be a primary key.
 * Recursion is bounded, because each level uses space in *out. */
static int encode_value(const json_t *json, struct rdb_primary_key *out)
{
	switch (json_typeof(json)) {
	case JSON_STRING:
		return encode_string(json_string_value(json), json_string_length(json), out);
	case JSON_INTEGER:
	case JSON_REAL:
		return encode_number(json_number_value(json), out);
	case JSON_TRUE:
	case JSON_FALSE:
		return append(out, json_is_true(json) ? "Bt" : "Bf", 2);
	case JSON_ARRAY:
		return encode_array(json, out);
	case JSON_OBJECT:
		return encode_pseudotype(json, out);
	default:
		return -EINVAL;
	}
}

static bool is_string(struct rdb_json_span json)
{
	return json.len >= 2 && json.data[0] == '"';
}

/* Appends the encoding of the JSON string to *out. Does not use jansson, because the server stores
 * strings with unpaired surrogates, and jansson rejects these strings. */
static int encode_string_text(struct rdb_json_span json, struct rdb_primary_key *out)
{
	const struct rdb_json_span inner = {json.data + 1, json.len - 2};
	struct rdb_buf text = {0};
	int ret;

	if (!memchr(inner.data, '\\', inner.len)) /* fast path for most keys */
		return encode_string(inner.data, inner.len, out);
	ret = inner.len > MOST_TEXT ? -EINVAL : rdb_json_text_decode(inner, &text);
	if (ret == 0)
		ret = encode_string(text.data, text.len, out);
	rdb_buf_free(&text);
	return ret;
}

/* Returns true and stores the number in *value if the JSON text is a whole number of at most 15
 * digits. A double holds 15 digits exactly. */
static bool is_whole(struct rdb_json_span json, double *value)
{
	const bool negative = json.len > 0 && json.data[0] == '-';
	uint64_t sum = 0;

	if (json.len == negative || json.len > 15 + (size_t)negative)
		return false;
	for (size_t i = negative; i < json.len; i++) {
		if (json.data[i] < '0' || json.data[i] > '9')
			return false;
		sum = sum * 10 + (uint64_t)(json.data[i] - '0');
	}
	*value = negative ? -(double)sum : (double)sum;
	return json.len == 1 + (size_t)negative || json.data[negative] != '0';
}

int rdb_primary_key_encode(struct rdb_json_span json, struct rdb_primary_key *out)
{
	json_t *value;
	double number;
	int ret;

	out->len = 0;
	if (is_string(json)) {
		ret = encode_string_text(json, out);
	} else if (is_whole(json, &number)) {
		ret = encode_number(number, out);
	} else {
		value = parse(json);
		ret = value ? encode_value(value, out) : -EINVAL;
		json_decref(value);
	}
	if (ret != 0)
		out->len = 0;
	return ret;
}

int rdb_primary_key_compare(const struct rdb_primary_key *a, const struct rdb_primary_key *b)
{
	int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return order ? order : (int)a->len - (int)b->len;
}

bool rdb_primary_key_is_string(const struct rdb_primary_key *key)
{
	return key->len > 0 && key->data[0] == 'S';
}

/* ---- canonical text ---- */

static int text_of_number(double value, struct rdb_buf *out)
{
	char digits[40];

	if (fabs(value) < 9007199254740992.0 && value == floor(value))
		return rdb_buf_printf(out, "%.0f", value == 0 ? 0.0 : value);
	for (int precision = 1; precision <= MOST_DIGITS; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	return rdb_buf_puts(out, digits);
}

static int text_of_array(const json_t *array, struct rdb_buf *out)
{
	int ret = rdb_buf_putc(out, '[');

	for (size_t i = 0; ret == 0 && i < json_array_size(array); i++) {
		if (i > 0)
			ret = rdb_buf_putc(out, ',');
		if (ret == 0)
			ret = text_of_value(json_array_get(array, i), out);
	}
	return ret ? ret : rdb_buf_putc(out, ']');
}

/* Appends to *out the canonical text of "object", a JSON object that represents a time or a binary
 * value. Writes the object's members in the order of their names, as the server does. */
static int text_of_object(const json_t *object, struct rdb_buf *out)
{
	static const char *const names[] = {"$reql_type$", "data", "epoch_time", "timezone"};
	char separator = '{';
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *value = json_object_get(object, names[i]);
		if (!value)
			continue;
		ret = rdb_buf_printf(out, "%c\"%s\":", separator, names[i]);
		if (ret == 0)
			ret = text_of_value(value, out);
		separator = ',';
	}
	return ret ? ret : rdb_buf_putc(out, '}');
}

static int text_of_value(const json_t *json, struct rdb_buf *out)
{
	switch (json_typeof(json)) {
	case JSON_STRING:
		return rdb_json_text_encode(json_string_value(json), json_string_length(json), out);
	case JSON_INTEGER:
	case JSON_REAL:
		return text_of_number(json_number_value(json), out);
	case JSON_TRUE:
	case JSON_FALSE:
		return rdb_buf_puts(out, json_is_true(json) ? "true" : "false");
	case JSON_ARRAY:
		return text_of_array(json, out);
	case JSON_OBJECT:
		return text_of_object(json, out);
	default:
		return -EINVAL;
	}
}

static int text_of_string(const struct rdb_primary_key *key, struct rdb_buf *out)
{
	return rdb_json_text_encode((const char *)key->data + 1, (size_t)key->len - 1, out);
}

int rdb_primary_key_text(struct rdb_json_span json, struct rdb_buf *out)
{
	struct rdb_primary_key key;
	size_t before = out->len;
	json_t *value;
	int ret;

	if (is_string(json)) {
		ret = rdb_primary_key_encode(json, &key);
		return ret ? ret : text_of_string(&key, out);
	}
	value = parse(json);
	if (!value)
		return -EINVAL;
	key.len = 0;
	ret = encode_value(value, &key); /* also rejects values that are nested too deeply */
	if (ret == 0)
		ret = text_of_value(value, out);
	if (ret != 0)
		out->len = before;
	json_decref(value);
	return ret;
}
