#include "index/embed.h"

#include "format/tar.h"
#include "gz/crc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SECTIONS_MAX 64 /* largest number of sections that is accepted */
#define MEMBER_FIXED 48 /* bytes of a member's record in MEMB, without the name */
#define CHECKPOINT 16   /* bytes of a checkpoint's record in CHKP */

struct cursor {
	const uint8_t *at;
	size_t left;
};

static bool get_u32(struct cursor *c, uint32_t *value)
{
	if (c->left < 4)
		return false;
	*value = (uint32_t)c->at[0] | (uint32_t)c->at[1] << 8 | (uint32_t)c->at[2] << 16 |
		 (uint32_t)c->at[3] << 24;
	c->at += 4;
	c->left -= 4;
	return true;
}

static bool get_u64(struct cursor *c, uint64_t *value)
{
	uint32_t low, high;

	if (c->left < 8 || !get_u32(c, &low) || !get_u32(c, &high))
		return false;
	*value = (uint64_t)high << 32 | low;
	return true;
}

static const char *get_string(struct cursor *c)
{
	const char *string = (const char *)c->at;
	const uint8_t *end = c->left ? memchr(c->at, 0, c->left) : NULL;

	if (!end)
		return NULL;
	c->left -= (size_t)(end - c->at) + 1;
	c->at = end + 1;
	return string;
}

static bool valid_part(const char *part, size_t len)
{
	if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && memcmp(part, "..", 2) == 0))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)part[i] < ' ' || part[i] == 0x7f || part[i] == '/')
			return false;
	return true;
}

static bool valid_name(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash && valid_part(name, (size_t)(slash - name)) &&
	       valid_part(slash + 1, strlen(slash + 1));
}

static bool get_member(struct cursor *c, struct rdb_embed_member *member)
{
	uint64_t mtime, documents;

	if (!get_u64(c, &member->in) || !get_u64(c, &member->out) || !get_u64(c, &member->data) ||
		!get_u64(c, &member->size) || !get_u64(c, &mtime) || !get_u64(c, &documents))
		return false;
	member->mtime = (int64_t)mtime;
	member->documents = (int64_t)documents;
	member->name = get_string(c);
	return member->name && valid_name(member->name) && member->documents >= -1;
}

static int parse_facts(struct rdb_embed *embed, struct cursor c)
{
	embed->facts = get_string(&c);
	return embed->facts && c.left == 0 ? 0 : -EBADMSG;
}

static int parse_members(struct rdb_embed *embed, struct cursor c)
{
	embed->top = get_string(&c);
	if (!embed->top || !valid_part(embed->top, strlen(embed->top)))
		return -EBADMSG;
	embed->members = calloc(c.left / (MEMBER_FIXED + 4) + 1, sizeof(*embed->members));
	if (!embed->members)
		return -ENOMEM;
	while (c.left)
		if (!get_member(&c, &embed->members[embed->member_count++]))
			return -EBADMSG;
	return 0;
}

static int parse_checkpoints(struct rdb_embed *embed, struct cursor c)
{
	size_t count = c.left / CHECKPOINT;

	if (count == 0 || c.left % CHECKPOINT)
		return -EBADMSG;
	embed->checkpoints = calloc(count, sizeof(*embed->checkpoints));
	if (!embed->checkpoints)
		return -ENOMEM;
	for (struct rdb_embed_checkpoint *p = embed->checkpoints; c.left; p++)
		if (!get_u64(&c, &p->in) || !get_u64(&c, &p->out))
			return -EBADMSG;
	embed->checkpoint_count = count;
	return 0;
}

/* Stores the checksums from the index's section SUMS in the checkpoints. The caller has already
 * parsed the checkpoints from the section CHKP. */
static int parse_sums(struct rdb_embed *embed, struct cursor c)
{
	if (c.left % sizeof(uint32_t) || c.left / sizeof(uint32_t) != embed->checkpoint_count)
		return -EBADMSG;
	for (struct rdb_embed_checkpoint *p = embed->checkpoints; c.left; p++)
		if (!get_u32(&c, &p->crc))
			return -EBADMSG;
	embed->sums = true;
	return 0;
}

/* parse_members() relies on the number 4, the size of the shortest possible name, "a/b" with its
 * NUL. From this size, parse_members() computes the largest possible number of members. */
_Static_assert(sizeof("a/b") == 4, "the bound on the number of members");

static int parse_section(struct rdb_embed *embed, const uint8_t *tag, struct cursor body)
{
	if (memcmp(tag, "FACT", 4) == 0 && !embed->facts)
		return parse_facts(embed, body);
	if (memcmp(tag, "MEMB", 4) == 0 && !embed->members)
		return parse_members(embed, body);
	if (memcmp(tag, "CHKP", 4) == 0 && !embed->checkpoints)
		return parse_checkpoints(embed, body);
	if (memcmp(tag, "SUMS", 4) == 0 && !embed->sums)
		return parse_sums(embed, body);
	return 0;
}

static int parse_table(struct rdb_embed *embed, struct cursor table, uint32_t count)
{
	const uint8_t *index = (const uint8_t *)embed->memory.data;
	size_t len = embed->memory.len;
	uint64_t start, size;
	uint32_t crc;
	int ret = 0;

	for (uint32_t i = 0; i < count && ret == 0; i++) {
		const uint8_t *tag = table.at;
		table.at += 4;
		table.left -= 4;
		if (!get_u32(&table, &crc) || !get_u64(&table, &start) || !get_u64(&table, &size) ||
			start > len || size > len - start ||
			rdb_crc32(0, index + start, (size_t)size) != crc)
			return -EBADMSG;
		ret = parse_section(embed, tag, (struct cursor){index + start, (size_t)size});
	}
	return ret;
}

static int parse_index(struct rdb_embed *embed, struct rdb_err *err)
{
	struct cursor c = {(const uint8_t *)embed->memory.data, embed->memory.len};
	uint32_t version, count, table_crc;

	if (c.left < RDB_EMBED_HEAD || memcmp(c.at, RDB_EMBED_MAGIC, 8) != 0)
		return -EBADMSG;
	c.at += 8;
	c.left -= 8;
	if (!get_u32(&c, &version) || !get_u32(&c, &count) || !get_u32(&c, &embed->crc) ||
		!get_u32(&c, &table_crc))
		return -EBADMSG;
	if (version != RDB_EMBED_VERSION)
		return rdb_err_set(err, EBADMSG,
			"the index is of version %" PRIu32 ", written by a later rdbfs", version);
	if (count > SECTIONS_MAX || c.left < count * RDB_EMBED_TABLE_ENTRY)
		return -EBADMSG;
	c.left = count * RDB_EMBED_TABLE_ENTRY;
	if (rdb_crc32(0, c.at, c.left) != table_crc)
		return -EBADMSG;
	return parse_table(embed, c, count);
}

/* Returns true if the members cover the decompressed archive without gaps, from its start to the
 * tar header of the index, and if the members' offsets in the compressed archive never decrease. */
static bool members_fit(const struct rdb_embed *embed)
{
	const struct rdb_embed_label *label = &embed->label;
	uint64_t in = 0, out = 0;

	for (size_t i = 0; i < embed->member_count; i++) {
		const struct rdb_embed_member *m = &embed->members[i];
		if (m->in < in || m->in < RDB_EMBED_START || m->in >= label->index ||
			m->out != out || m->data <= m->out || m->data > label->text ||
			m->data - m->out > RDB_TAR_HEADER_MAX ||
			(m->data - m->out) % RDB_TAR_BLOCK || m->size > label->text - m->data)
			return false;
		in = m->in;
		out = m->data + m->size + rdb_tar_padding(m->size);
	}
	return out == label->text;
}

static bool checkpoints_fit(const struct rdb_embed *embed)
{
	const struct rdb_embed_checkpoint *p = embed->checkpoints;

	if (!p || p[0].in != RDB_EMBED_START || p[0].out != 0)
		return false;
	for (size_t i = 1; i < embed->checkpoint_count; i++)
		if (p[i].in <= p[i - 1].in || p[i].out <= p[i - 1].out)
			return false;
	p += embed->checkpoint_count - 1;
	return p->in <= embed->label.index && p->out <= embed->label.text;
}

static bool sums_fit(const struct rdb_embed *embed)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < embed->checkpoint_count; i++) {
		const struct rdb_embed_checkpoint *p = &embed->checkpoints[i];
		uint64_t end = i + 1 < embed->checkpoint_count ? p[1].out : embed->label.text;
		crc = (uint32_t)crc32_combine(crc, p->crc, (z_off_t)(end - p->out));
	}
	return crc == embed->crc;
}

/* Returns true if, for each member, the offset in the compressed archive and the offset in the
 * decompressed text lie between the same two checkpoints. */
static bool members_match_checkpoints(const struct rdb_embed *embed)
{
	const struct rdb_embed_checkpoint *p = embed->checkpoints;
	const struct rdb_embed_checkpoint *last = p + embed->checkpoint_count - 1;

	for (size_t i = 0; i < embed->member_count; i++) {
		const struct rdb_embed_member *m = &embed->members[i];
		while (p < last && p[1].out <= m->out)
			p++;
		if (m->in < p->in || (m->out == p->out && m->in != p->in))
			return false;
		if (p < last && m->in >= p[1].in)
			return false;
	}
	return true;
}

int rdb_embed_parse(const struct rdb_embed_label *label, struct rdb_buf *index,
	struct rdb_embed *out, struct rdb_err *err)
{
	int ret;

	*out = (struct rdb_embed){.label = *label, .memory = *index};
	*index = (struct rdb_buf){0};
	rdb_err_set(err, EBADMSG, "the index is damaged");
	ret = parse_index(out, err);
	if (ret == 0 && (!out->top || !members_fit(out) || !checkpoints_fit(out) ||
				!members_match_checkpoints(out) || (out->sums && !sums_fit(out))))
		ret = -EBADMSG;
	if (ret != 0) {
		rdb_embed_free(out);
		return ret == -ENOMEM ? rdb_err_sys(err, ENOMEM, "the index") : ret;
	}
	if (!out->facts)
		out->facts = "";
	rdb_err_clear(err);
	return 0;
}

void rdb_embed_free(struct rdb_embed *embed)
{
	free(embed->members);
	free(embed->checkpoints);
	rdb_buf_free(&embed->memory);
	*embed = (struct rdb_embed){0};
}

const char *rdb_embed_facts(const struct rdb_buf *member)
{
	struct rdb_embed embed = {.memory = *member};
	int ret = parse_index(&embed, NULL);

	free(embed.members);
	free(embed.checkpoints);
	return ret ? NULL : embed.facts ? embed.facts : "";
}
