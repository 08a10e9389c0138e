#include "format/tar.h"
#include "gz/crc.h"
#include "index/embed.h"

#include <string.h>

static int add_u32(struct rdb_buf *out, uint32_t value)
{
	uint8_t bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	return rdb_buf_add(out, bytes, sizeof(bytes));
}

static int add_u64(struct rdb_buf *out, uint64_t value)
{
	int ret = add_u32(out, (uint32_t)value);

	return ret ? ret : add_u32(out, (uint32_t)(value >> 32));
}

static int add_facts(const struct rdb_embed *embed, struct rdb_buf *out)
{
	return rdb_buf_add(out, embed->facts, strlen(embed->facts) + 1);
}

static int add_member(const struct rdb_embed_member *member, struct rdb_buf *out)
{
	int ret = add_u64(out, member->in);

	ret = ret ? ret : add_u64(out, member->out);
	ret = ret ? ret : add_u64(out, member->data);
	ret = ret ? ret : add_u64(out, member->size);
	ret = ret ? ret : add_u64(out, (uint64_t)member->mtime);
	ret = ret ? ret : add_u64(out, (uint64_t)member->documents);
	return ret ? ret : rdb_buf_add(out, member->name, strlen(member->name) + 1);
}

static int add_members(const struct rdb_embed *embed, struct rdb_buf *out)
{
	int ret = rdb_buf_add(out, embed->top, strlen(embed->top) + 1);

	for (size_t i = 0; i < embed->member_count && ret == 0; i++)
		ret = add_member(&embed->members[i], out);
	return ret;
}

static int add_checkpoints(const struct rdb_embed *embed, struct rdb_buf *out)
{
	int ret = 0;

	for (size_t i = 0; i < embed->checkpoint_count && ret == 0; i++) {
		ret = add_u64(out, embed->checkpoints[i].in);
		ret = ret ? ret : add_u64(out, embed->checkpoints[i].out);
	}
	return ret;
}

static int add_sums(const struct rdb_embed *embed, struct rdb_buf *out)
{
	int ret = 0;

	for (size_t i = 0; i < embed->checkpoint_count && ret == 0; i++)
		ret = add_u32(out, embed->checkpoints[i].crc);
	return ret;
}

static const struct section {
	char tag[5];
	int (*add)(const struct rdb_embed *embed, struct rdb_buf *out);
} sections[] = {
	{"FACT", add_facts},
	{"MEMB", add_members},
	{"CHKP", add_checkpoints},
	{"SUMS", add_sums},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static int add_sections(
	const struct rdb_embed *embed, struct rdb_buf *table, struct rdb_buf *bodies)
{
	int ret = rdb_buf_reserve(bodies, 0);

	for (size_t i = 0; i < SECTIONS && ret == 0; i++) {
		size_t start = bodies->len;
		ret = sections[i].add(embed, bodies);
		ret = ret ? ret : rdb_buf_puts(table, sections[i].tag);
		ret = ret ? ret
			  : add_u32(table, rdb_crc32(0, bodies->data + start, bodies->len - start));
		ret = ret ? ret
			  : add_u64(table,
				    RDB_EMBED_HEAD + SECTIONS * RDB_EMBED_TABLE_ENTRY + start);
		ret = ret ? ret : add_u64(table, bodies->len - start);
	}
	return ret;
}

int rdb_embed_encode(const struct rdb_embed *embed, struct rdb_buf *out)
{
	static const char zeros[RDB_TAR_BLOCK];
	struct rdb_buf table = {0}, bodies = {0};
	size_t start = out->len;
	int ret = add_sections(embed, &table, &bodies);

	ret = ret ? ret : rdb_buf_puts(out, RDB_EMBED_MAGIC);
	ret = ret ? ret : add_u32(out, RDB_EMBED_VERSION);
	ret = ret ? ret : add_u32(out, SECTIONS);
	ret = ret ? ret : add_u32(out, embed->crc);
	ret = ret ? ret : add_u32(out, rdb_crc32(0, table.data, table.len));
	ret = ret ? ret : rdb_buf_add(out, table.data, table.len);
	ret = ret ? ret : rdb_buf_add(out, bodies.data, bodies.len);
	ret = ret ? ret : rdb_buf_add(out, zeros, rdb_tar_padding(out->len - start));
	rdb_buf_free(&table);
	rdb_buf_free(&bodies);
	return ret;
}
