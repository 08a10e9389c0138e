#include "gz/crc.h"
#include "index/embed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rdb_embed_type_valid(const char *type)
{
	size_t len = strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len < RDB_EMBED_TYPE_MAX && type[len] == '\0';
}

#define CHECK_LEN 15 /* characters of " check=" and eight digits */

void rdb_embed_label_format(const struct rdb_embed_label *label, char out[RDB_EMBED_LABEL + 1])
{
	int len = snprintf(out, RDB_EMBED_LABEL + 1,
		"rdbfs1 type=%s size=%016" PRIx64 " index=%016" PRIx64 " text=%016" PRIx64
		" data=%016" PRIx64 " length=%016" PRIx64 " home=%016" PRIx64,
		label->type, label->size, label->index, label->text, label->data, label->length,
		label->home);

	memset(out + len, ' ', (size_t)(RDB_EMBED_LABEL - len));
	snprintf(out + RDB_EMBED_LABEL - CHECK_LEN, CHECK_LEN + 1, " check=%08" PRIx32,
		rdb_crc32(0, out, RDB_EMBED_LABEL - CHECK_LEN));
}

static bool parse_fact(const char *word, struct rdb_embed_label *label)
{
	static const struct {
		const char *key;
		size_t offset;
	} numbers[] = {
		{"size=", offsetof(struct rdb_embed_label, size)},
		{"index=", offsetof(struct rdb_embed_label, index)},
		{"text=", offsetof(struct rdb_embed_label, text)},
		{"data=", offsetof(struct rdb_embed_label, data)},
		{"length=", offsetof(struct rdb_embed_label, length)},
		{"home=", offsetof(struct rdb_embed_label, home)},
	};

	if (strncmp(word, "type=", 5) == 0) {
		if (!rdb_embed_type_valid(word + 5))
			return false;
		strcpy(label->type, word + 5);
		return true;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		size_t len = strlen(numbers[i].key);
		if (strncmp(word, numbers[i].key, len) != 0)
			continue;
		if (strlen(word + len) != 16 || strspn(word + len, "0123456789abcdef") != 16)
			return false;
		uint64_t value = strtoull(word + len, NULL, 16);
		memcpy((char *)label + numbers[i].offset, &value, sizeof(value));
	}
	return true;
}

int rdb_embed_label_parse(const char text[RDB_EMBED_LABEL], struct rdb_embed_label *out)
{
	char copy[RDB_EMBED_LABEL + 1], check[CHECK_LEN + 1], *rest = NULL;

	memset(out, 0, sizeof(*out));
	if (memcmp(text, "rdbfs1 ", 7) != 0)
		return -ENOENT;
	memcpy(copy, text, RDB_EMBED_LABEL);
	copy[RDB_EMBED_LABEL - CHECK_LEN] = '\0';
	snprintf(check, sizeof(check), " check=%08" PRIx32,
		rdb_crc32(0, text, RDB_EMBED_LABEL - CHECK_LEN));
	if (memcmp(text + RDB_EMBED_LABEL - CHECK_LEN, check, CHECK_LEN) != 0)
		return -EBADMSG;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (!parse_fact(word, out))
			return -EBADMSG;
	return out->type[0] ? 0 : -EBADMSG;
}

int rdb_embed_read_label(
	struct rdb_source *source, struct rdb_embed_label *out, struct rdb_err *err)
{
	char head[RDB_EMBED_START];
	ssize_t n = rdb_source_pread(source, head, sizeof(head), 0, err);

	if (n < 0)
		return (int)n;
	if (n < RDB_EMBED_START || memcmp(head, "\x1f\x8b\x08\x10", 4) != 0 ||
		rdb_embed_label_parse(head + 10, out) != 0 || head[RDB_EMBED_START - 1] != '\0')
		return rdb_err_set(err, ENOENT, "rdbfs did not write it");
	return 0;
}
