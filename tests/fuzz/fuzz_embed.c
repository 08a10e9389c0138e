/*
 * Fuzzes the label and the index inside an archive. The first byte selects the kind of the rest: an
 * unmodified archive; an index, whose checksums are corrected so that the code after them is
 * reached; or a label.
 */
#include "index/embed.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
	struct rdb_source source;
	const uint8_t *data;
};

static ssize_t memory_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct memory *m = (struct memory *)source;

	(void)err;
	if (off >= source->identity.size)
		return 0;
	if (len > source->identity.size - off)
		len = (size_t)(source->identity.size - off);
	memcpy(buf, m->data + off, len);
	return (ssize_t)len;
}

static const struct rdb_source_ops memory_ops = {.pread = memory_pread};

static void read_archive(const uint8_t *data, size_t size)
{
	struct memory m = {
		.source = {.ops = &memory_ops, .identity = {.size = size}}, .data = data};
	struct rdb_embed_label label;
	struct rdb_embed embed;
	struct rdb_err err;

	rdb_embed_read_label(&m.source, &label, &err);
	if (rdb_embed_read(&m.source, &embed, &err) != 0)
		return;
	for (size_t i = 0; i < embed.member_count && i < 16; i++)
		rdb_embed_check_member(&m.source, &embed, i, &err);
	rdb_embed_free(&embed);
}

static uint64_t get(const uint8_t *p, int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static void put_crc(uint8_t *p, const uint8_t *data, size_t len)
{
	uint32_t crc = (uint32_t)crc32_z(0, data, len);

	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(crc >> (8 * i));
}

static void mend_checksums(uint8_t *index, size_t size)
{
	uint64_t count = size < 24 ? 0 : get(index + 12, 4);

	if (size < 24 || count > (size - 24) / 24)
		return;
	for (uint64_t i = 0; i < count; i++) {
		uint8_t *entry = index + 24 + i * 24;
		uint64_t start = get(entry + 8, 8), len = get(entry + 16, 8);
		if (start <= size && len <= size - start && start >= 24 + count * 24)
			put_crc(entry + 4, index + start, (size_t)len);
	}
	put_crc(index + 20, index + 24, (size_t)count * 24);
}

/* The label's numbers precede the index in the input. */
static void parse_index(const uint8_t *data, size_t size)
{
	struct rdb_embed_label label = {.type = "daily"};
	struct rdb_buf index = {0};
	struct rdb_embed embed;
	struct rdb_err err;

	if (size < 16 || rdb_buf_add(&index, data + 16, size - 16) != 0)
		return;
	label.index = get(data, 8);
	label.text = get(data + 8, 8);
	if (index.data)
		mend_checksums((uint8_t *)index.data, index.len);
	if (rdb_embed_parse(&label, &index, &embed, &err) == 0) {
		struct rdb_buf again = {0};
		if (rdb_embed_encode(&embed, &again) != 0)
			abort();
		rdb_buf_free(&again);
		rdb_embed_free(&embed);
	}
}

static void parse_label(const uint8_t *data, size_t size)
{
	struct rdb_embed_label label;
	char text[RDB_EMBED_LABEL + 16] = {0};

	memcpy(text, data, size < RDB_EMBED_LABEL ? size : RDB_EMBED_LABEL);
	rdb_embed_label_parse(text, &label);
	/* Parses the label again with a valid checksum. */
	uint32_t crc = (uint32_t)crc32_z(0, (uint8_t *)text, RDB_EMBED_LABEL - 15);
	static const char digits[] = "0123456789abcdef";
	memcpy(text + RDB_EMBED_LABEL - 15, " check=", 7);
	for (int i = 0; i < 8; i++)
		text[RDB_EMBED_LABEL - 8 + i] = digits[crc >> (28 - 4 * i) & 15];
	rdb_embed_label_parse(text, &label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'a':
		read_archive(data + 1, size - 1);
		break;
	case 'i':
		parse_index(data + 1, size - 1);
		break;
	default:
		parse_label(data + 1, size - 1);
	}
	return 0;
}
