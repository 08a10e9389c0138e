/*
 * Fuzzes keys and their file names, in both directions. The first byte selects: a file name that
 * stands for keys (each of them must be a key), or the JSON text of a key (its name must stand for
 * that key).
 */
#include "json/document.h"
#include "json/key_name.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMAND(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each candidate is a key. */
static void parse_name(const char *name, bool mixed)
{
	struct rdb_primary_key key;
	struct rdb_buf keys = {0};
	const char *line, *end;

	if (rdb_key_name_parse(name, mixed, &keys) == 0) {
		DEMAND(keys.len > 0 && keys.data[keys.len - 1] == '\n');
		for (line = keys.data; line < keys.data + keys.len; line = end + 1) {
			end = memchr(line, '\n', (size_t)(keys.data + keys.len - line));
			DEMAND(rdb_primary_key_encode(
				       (struct rdb_json_span){line, (size_t)(end - line)}, &key) ==
				0);
		}
	}
	rdb_buf_free(&keys);
}

/* The name of a key is a file name, and its first candidate is that key. */
static void name_key(struct rdb_json_span json, bool mixed)
{
	char name[RDB_KEY_NAME_MAX + 1];
	struct rdb_primary_key key, back;
	struct rdb_buf keys = {0};
	int ret;

	if (rdb_primary_key_encode(json, &key) != 0 || rdb_key_name(json, mixed, name) != 0)
		return;
	DEMAND(strlen(name) <= RDB_KEY_NAME_MAX && !strchr(name, '/') && name[0] != '.');
	if (!mixed && !rdb_primary_key_is_string(&key))
		return;
	ret = rdb_key_name_parse(name, mixed, &keys);
	if (ret == 0) {
		const char *end = memchr(keys.data, '\n', keys.len);
		json = (struct rdb_json_span){keys.data, (size_t)(end - keys.data)};
		DEMAND(rdb_primary_key_encode(json, &back) == 0);
		DEMAND(rdb_primary_key_compare(&key, &back) == 0);
	} else {
		DEMAND(ret == -ENAMETOOLONG);
	}
	rdb_buf_free(&keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rdb_json_want want = {0};
	bool mixed = size > 0 && (data[0] & 1);
	char *text;

	if (size < 2 || size > 4096)
		return 0;
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] & 2) {
		text[size - 1 > RDB_KEY_NAME_MAX ? RDB_KEY_NAME_MAX : size - 1] = '\0';
		parse_name(text, mixed);
	} else if (rdb_json_document(text, size - 1, &want, NULL, NULL) == 0) {
		struct rdb_json_span json = {text, size - 1};
		while (json.len > 0 && memchr(" \t\r\n", json.data[0], 4))
			json.data++, json.len--;
		while (json.len > 0 && memchr(" \t\r\n", json.data[json.len - 1], 4))
			json.len--;
		name_key(json, mixed);
	}
	free(text);
	return 0;
}
