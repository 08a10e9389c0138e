#include "format/info.h"

#include "base/byte_order_mark.h"
#include "format/member_name.h"
#include "gz/gunzip.h"
#include "json/count.h"
#include "json/key.h"
#include "json/split.h"

#include <errno.h>
#include <string.h>

static bool find(struct rdb_json_span object, const char *name, struct rdb_json_span *out)
{
	return rdb_json_key(object.data, object.len, name, out) == 0;
}

static bool copy_text(struct rdb_json_span value, char *out, size_t size)
{
	struct rdb_buf text = {0};
	bool fits;

	/* Refuse a value of more than 6 * size bytes, because the value's text would not fit in
	 * "size" bytes: one byte of text takes at most six bytes in JSON. */
	if (value.len < 2 || value.data[0] != '"' || value.len > 6 * size)
		return false;
	fits = rdb_json_text_decode((struct rdb_json_span){value.data + 1, value.len - 2}, &text) ==
		       0 &&
	       text.len < size && (text.len == 0 || !memchr(text.data, '\0', text.len));
	if (fits && text.len > 0)
		memcpy(out, text.data, text.len);
	if (fits)
		out[text.len] = '\0';
	rdb_buf_free(&text);
	return fits;
}

bool rdb_info_text(struct rdb_json_span object, const char *name, char *out, size_t size)
{
	struct rdb_json_span value;

	return find(object, name, &value) && copy_text(value, out, size);
}

void rdb_info_each_name(
	struct rdb_json_span array, bool (*emit)(void *arg, const char *name), void *arg)
{
	char name[RDB_NAME_MAX + 1];
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	bool more = true;

	rdb_json_split_init(&split, 6 * sizeof(name));
	rdb_json_split_feed(&split, array.data, array.len);
	while (more && rdb_json_split_next(&split, &piece, NULL) == 1)
		if (copy_text((struct rdb_json_span){piece.data, piece.len}, name, sizeof(name)) &&
			rdb_name_is_fit(name, strlen(name)))
			more = emit(arg, name);
	rdb_json_split_free(&split);
}

bool rdb_info_number(struct rdb_json_span object, const char *name, int64_t *out)
{
	struct rdb_json_span value;

	if (!find(object, name, &value) || value.len > 18)
		return false;
	*out = 0;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return false;
		*out = *out * 10 + (value.data[i] - '0');
	}
	return true;
}

bool rdb_info_time(struct rdb_json_span object, const char *name, time_t *out)
{
	int64_t seconds;

	if (!rdb_info_number(object, name, &seconds) || seconds == 0 || seconds > RDB_INFO_TIME_MAX)
		return false;
	*out = seconds;
	return true;
}

bool rdb_info_array(struct rdb_json_span object, const char *name, struct rdb_json_span *out)
{
	return find(object, name, out) && out->data[0] == '[';
}

static int parse(const char *text, size_t len, int64_t *indexes, char primary_key[128])
{
	const struct rdb_json_want want = {.object = true};
	const size_t mark = rdb_byte_order_mark(text, len);
	/* Add "mark" only if it is not 0, because the text of an empty buffer may be NULL, and
	 * arithmetic on NULL is undefined. */
	struct rdb_json_span object = {mark ? text + mark : text, len - mark}, list;
	struct rdb_json_count count;

	*indexes = -1;
	primary_key[0] = '\0';
	if (rdb_json_document(object.data, object.len, &want, NULL, NULL) != 0)
		return -EINVAL;
	rdb_info_text(object, "primary_key", primary_key, 128);
	if (rdb_info_array(object, "indexes", &list)) {
		rdb_json_count_init(&count);
		rdb_json_count_feed(&count, list.data, list.len);
		*indexes = (int64_t)rdb_json_count_documents(&count);
	}
	return 0;
}

int rdb_info_parse(const char *text, size_t len, int64_t *indexes, char primary_key[128])
{
	struct rdb_buf plain = {0};
	int ret;

	if (!rdb_gunzip_is(text, len))
		return parse(text, len, indexes, primary_key);
	*indexes = -1;
	primary_key[0] = '\0';
	ret = rdb_gunzip_text(text, len, RDB_INFO_MAX, &plain, NULL) == 0 && plain.len > 0
		      ? parse(plain.data, plain.len, indexes, primary_key)
		      : -EINVAL;
	rdb_buf_free(&plain);
	return ret;
}
