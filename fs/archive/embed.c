#include "archive/embed.h"

#include "archive/tar.h"
#include "gz/deflate.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC "rdbfsidx"
#define VERSION 1
#define HEAD 24         /* bytes before the table of sections */
#define TABLE_ENTRY 24  /* bytes for each section in it */
#define SECTIONS_MAX 64 /* that a reader looks at */
#define MEMBER_FIXED 48 /* bytes of a member's record before its name */
#define CHECKPOINT 16   /* bytes of a checkpoint's record */

/* How far from the end of the archive the last blocks start. */
#define END_TRAILER RDB_GZIP_TRAILER
#define END_ZEROS (END_TRAILER + RDB_DEFLATE_STORED_HEAD + RDB_TAR_END)
#define END_LABEL (END_ZEROS + RDB_DEFLATE_STORED_HEAD + RDB_TAR_BLOCK)

/* ---- the label ---- */

static uint32_t crc_of(const void *data, size_t len)
{
	return (uint32_t)crc32_z(0, data, len);
}

bool rdb_embed_type_valid(const char *type)
{
	size_t len = strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len < RDB_EMBED_TYPE_MAX && type[len] == '\0';
}

#define CHECK_LEN 15 /* " check=" and eight digits */

void rdb_embed_label_format(const struct rdb_embed_label *label, char out[RDB_EMBED_LABEL + 1])
{
	int len = snprintf(out, RDB_EMBED_LABEL + 1,
		"rdbfs1 type=%s size=%016" PRIx64 " index=%016" PRIx64 " text=%016" PRIx64
		" data=%016" PRIx64 " length=%016" PRIx64 " home=%016" PRIx64,
		label->type, label->size, label->index, label->text, label->data, label->length,
		label->home);

	memset(out + len, ' ', (size_t)(RDB_EMBED_LABEL - len));
	snprintf(out + RDB_EMBED_LABEL - CHECK_LEN, CHECK_LEN + 1, " check=%08" PRIx32,
		crc_of(out, RDB_EMBED_LABEL - CHECK_LEN));
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
		crc_of(text, RDB_EMBED_LABEL - CHECK_LEN));
	if (memcmp(text + RDB_EMBED_LABEL - CHECK_LEN, check, CHECK_LEN) != 0)
		return -EBADMSG;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (!parse_fact(word, out))
			return -EBADMSG;
	return out->type[0] ? 0 : -EBADMSG;
}

/* ---- encoding the index ---- */

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

/* Adds the bodies and their table, which stands before them. */
static int add_sections(
	const struct rdb_embed *embed, struct rdb_buf *table, struct rdb_buf *bodies)
{
	int ret = rdb_buf_reserve(bodies, 0);

	for (size_t i = 0; i < SECTIONS && ret == 0; i++) {
		size_t start = bodies->len;
		ret = sections[i].add(embed, bodies);
		ret = ret ? ret : rdb_buf_puts(table, sections[i].tag);
		ret = ret ? ret : add_u32(table, crc_of(bodies->data + start, bodies->len - start));
		ret = ret ? ret : add_u64(table, HEAD + SECTIONS * TABLE_ENTRY + start);
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

	ret = ret ? ret : rdb_buf_puts(out, MAGIC);
	ret = ret ? ret : add_u32(out, VERSION);
	ret = ret ? ret : add_u32(out, SECTIONS);
	ret = ret ? ret : add_u32(out, embed->crc);
	ret = ret ? ret : add_u32(out, crc_of(table.data, table.len));
	ret = ret ? ret : rdb_buf_add(out, table.data, table.len);
	ret = ret ? ret : rdb_buf_add(out, bodies.data, bodies.len);
	ret = ret ? ret : rdb_buf_add(out, zeros, rdb_tar_padding(out->len - start));
	rdb_buf_free(&table);
	rdb_buf_free(&bodies);
	return ret;
}

/* ---- parsing the index ---- */

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

/* DATABASE/FILE */
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

/* They stand behind the checkpoints. */
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

/* The shortest name is of 3 characters and a NUL: a member takes 52 bytes or more. */
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
			crc_of(index + start, (size_t)size) != crc)
			return -EBADMSG;
		ret = parse_section(embed, tag, (struct cursor){index + start, (size_t)size});
	}
	return ret;
}

static int parse_index(struct rdb_embed *embed, struct rdb_err *err)
{
	struct cursor c = {(const uint8_t *)embed->memory.data, embed->memory.len};
	uint32_t version, count, table_crc;

	if (c.left < HEAD || memcmp(c.at, MAGIC, 8) != 0)
		return -EBADMSG;
	c.at += 8;
	c.left -= 8;
	if (!get_u32(&c, &version) || !get_u32(&c, &count) || !get_u32(&c, &embed->crc) ||
		!get_u32(&c, &table_crc))
		return -EBADMSG;
	if (version != VERSION)
		return rdb_err_set(err, EBADMSG,
			"the index is of version %" PRIu32 ", written by a later rdbfs", version);
	if (count > SECTIONS_MAX || c.left < count * TABLE_ENTRY)
		return -EBADMSG;
	c.left = count * TABLE_ENTRY;
	if (crc_of(c.at, c.left) != table_crc)
		return -EBADMSG;
	return parse_table(embed, c, count);
}

/* Members follow each other without a gap from the text's start to the last member. */
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

/* All of the checkpoints' are the CRC of all. */
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

/* A member is reached from the checkpoint before it, or from a place behind that. */
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

/* ---- reading from the archive ---- */

#define PIECE 65536
#define SPAN_MAX (UINT64_C(64) << 20) /* bytes of text; archives of TiBs have spans of 8 MiB */

/*
 * Inflates raw deflate at [from, to) of the source, until the text is of limit bytes. Appends
 * to out. -EBADMSG when the text ends before.
 */
static int inflate_range(struct rdb_source *source, uint64_t from, uint64_t to, size_t limit,
	struct rdb_buf *out, struct rdb_err *err)
{
	uint8_t *piece = malloc(PIECE);
	z_stream z = {0};
	int ret = 0;

	if (!piece || inflateInit2(&z, -15) != Z_OK) {
		free(piece);
		return rdb_err_sys(err, ENOMEM, "the index");
	}
	while (ret == 0 && out->len < limit) {
		if (z.avail_in == 0 && from < to) {
			size_t n = to - from < PIECE ? (size_t)(to - from) : PIECE;
			ret = rdb_source_read_exact(source, piece, n, from, err);
			z.next_in = piece;
			z.avail_in = (uInt)n;
			from += n;
		}
		if (ret == 0 && rdb_buf_reserve(out, PIECE) != 0)
			ret = rdb_err_sys(err, ENOMEM, "the index");
		if (ret != 0)
			break;
		size_t room = limit - out->len < PIECE ? limit - out->len : PIECE;
		z.next_out = (uint8_t *)out->data + out->len;
		z.avail_out = (uInt)room;
		int state = inflate(&z, Z_SYNC_FLUSH);
		out->len += room - z.avail_out;
		if (state != Z_OK && !(state == Z_BUF_ERROR && from < to))
			break;
	}
	inflateEnd(&z);
	free(piece);
	if (ret == 0 && out->len < limit)
		ret = rdb_err_set(err, EBADMSG, "the index is damaged");
	return ret;
}

/* Whether the bytes are the header of a member of this path and size. 0, -EBADMSG, -ENOMEM. */
static int check_header(
	const void *header, size_t len, const char *path, uint64_t size, struct rdb_err *err)
{
	struct archive *tar = archive_read_new();
	struct archive_entry *entry;
	const char *name = NULL;
	bool same = false;

	if (!tar)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	if (archive_read_support_format_tar(tar) == ARCHIVE_OK &&
		archive_read_open_memory(tar, header, len) == ARCHIVE_OK &&
		archive_read_next_header(tar, &entry) == ARCHIVE_OK)
		name = archive_entry_pathname(entry);
	if (name)
		same = strcmp(name, path) == 0 && archive_entry_filetype(entry) == AE_IFREG &&
		       archive_entry_size(entry) >= 0 &&
		       (uint64_t)archive_entry_size(entry) == size;
	archive_read_free(tar);
	if (!same)
		return rdb_err_set(err, EBADMSG, "the index does not fit the archive at %s", path);
	return 0;
}

static char *member_path(const struct rdb_embed *embed, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", embed->top, name) < 0 ? NULL : path;
}

size_t rdb_embed_span_at(const struct rdb_embed *embed, uint64_t out)
{
	size_t low = 0, high = embed->checkpoint_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (embed->checkpoints[middle].out <= out)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Bytes of text between where inflate starts for a member, and its header. */
static uint64_t text_before(const struct rdb_embed *embed, const struct rdb_embed_member *m)
{
	const struct rdb_embed_checkpoint *p =
		&embed->checkpoints[rdb_embed_span_at(embed, m->out)];

	return m->in == p->in ? m->out - p->out : 0;
}

int rdb_embed_check_member(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err)
{
	const struct rdb_embed_member *m = &embed->members[number];
	size_t header_len = (size_t)(m->data - m->out);
	uint64_t before = text_before(embed, m);
	char *path = member_path(embed, m->name);
	struct rdb_buf text = {0};
	int ret = 0;

	if (!path)
		return rdb_err_sys(err, ENOMEM, "%s", m->name);
	if (before > SPAN_MAX)
		ret = rdb_err_set(err, EBADMSG, "a span of the archive is too large");
	if (ret == 0)
		ret = inflate_range(
			source, m->in, embed->label.index, (size_t)before + header_len, &text, err);
	if (ret == 0)
		ret = check_header(text.data + before, header_len, path, m->size, err);
	rdb_buf_free(&text);
	free(path);
	return ret;
}

int rdb_embed_check_span(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err)
{
	const struct rdb_embed_checkpoint *p = &embed->checkpoints[number];
	bool last = number + 1 == embed->checkpoint_count;
	uint64_t len = (last ? embed->label.text : p[1].out) - p->out;
	struct rdb_buf text = {0};
	int ret;

	if (len > SPAN_MAX)
		return rdb_err_set(err, EBADMSG, "a span of the archive is too large");
	ret = inflate_range(source, p->in, embed->label.size, (size_t)len, &text, err);
	if (ret == 0 && crc_of(text.data, text.len) != p->crc)
		ret = rdb_err_set(err, EBADMSG, "the text is not what was written");
	rdb_buf_free(&text);
	return ret;
}

/* It is the gzip header's comment. */
int rdb_embed_read_label(
	struct rdb_source *source, struct rdb_embed_label *out, struct rdb_err *err)
{
	char head[RDB_EMBED_START];
	ssize_t n = rdb_source_pread(source, head, sizeof(head), 0, err);

	if (n < 0)
		return (int)n;
	if (n < RDB_EMBED_START || memcmp(head, "\x1f\x8b\x08\x10", 4) != 0 ||
		rdb_embed_label_parse(head + 10, out) != 0 || head[RDB_EMBED_START - 1] != '\0')
		return rdb_err_set(err, ENOENT, "no label of rdbfs");
	return 0;
}

/* The last blocks: fixed bytes but for the label and the trailer. */
static bool parse_end(const uint8_t end[END_LABEL], struct rdb_embed_label *label)
{
	uint8_t head[RDB_DEFLATE_STORED_HEAD];
	const uint8_t *zeros = end + END_LABEL - END_ZEROS;

	rdb_deflate_stored_head(head, RDB_TAR_BLOCK, false);
	if (memcmp(end, head, sizeof(head)) != 0)
		return false;
	rdb_deflate_stored_head(head, RDB_TAR_END, true);
	if (memcmp(zeros, head, sizeof(head)) != 0)
		return false;
	for (size_t i = 0; i < RDB_TAR_END; i++)
		if (zeros[sizeof(head) + i] != 0)
			return false;
	return rdb_embed_label_parse((const char *)end + sizeof(head), label) == 0;
}

static bool labels_agree(const struct rdb_embed_label *first, const struct rdb_embed_label *last)
{
	if (strcmp(first->type, last->type) != 0)
		return false;
	if (first->index == 0) /* written to a pipe */
		return first->size == 0 && first->text == 0 && first->data == 0 &&
		       first->length == 0 && first->home == 0 && last->home == 0;
	return first->size == last->size && first->index == last->index &&
	       first->text == last->text && first->data == last->data &&
	       first->length == last->length && first->home == last->home;
}

static bool label_fits(const struct rdb_embed_label *label)
{
	return label->index >= RDB_EMBED_START && label->index < label->size - END_LABEL &&
	       label->text <= INT64_MAX && label->text % RDB_TAR_BLOCK == 0 &&
	       label->data > label->text && label->data - label->text <= RDB_TAR_HEADER_MAX &&
	       label->length <= RDB_EMBED_INDEX_MAX && label->length % RDB_TAR_BLOCK == 0;
}

static int read_labels(struct rdb_source *source, struct rdb_embed_label *label,
	uint8_t end[END_LABEL], struct rdb_err *err)
{
	struct rdb_embed_label first;
	uint64_t size = source->identity.size;
	int ret = rdb_embed_read_label(source, &first, err);

	if (ret != 0)
		return ret;
	if (size < RDB_EMBED_START + END_LABEL)
		return rdb_err_set(err, EBADMSG, "the archive is cut short");
	ret = rdb_source_read_exact(source, end, END_LABEL, size - END_LABEL, err);
	if (ret != 0)
		return ret;
	if (!parse_end(end, label) || label->size != size)
		return rdb_err_set(err, EBADMSG, "the archive is cut short, or was added to");
	if (!labels_agree(&first, label) || !label_fits(label))
		return rdb_err_set(err, EBADMSG, "the label is damaged");
	return 0;
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Whether the archive's trailer is what follows from the text before the last member and it. */
static bool trailer_fits(const struct rdb_embed *embed, uint32_t crc, uint64_t last_len,
	const uint8_t end[END_LABEL])
{
	const uint8_t *trailer = end + END_LABEL - END_TRAILER;
	const uint8_t *label = end + RDB_DEFLATE_STORED_HEAD;
	const uint8_t *zeros = trailer - RDB_TAR_END;

	crc = (uint32_t)crc32_z(crc, label, RDB_TAR_BLOCK);
	crc = (uint32_t)crc32_z(crc, zeros, RDB_TAR_END);
	last_len += RDB_TAR_BLOCK + RDB_TAR_END;
	crc = (uint32_t)crc32_combine(embed->crc, crc, (z_off_t)last_len);
	return crc == le32(trailer) &&
	       (uint32_t)(embed->label.text + last_len) == le32(trailer + 4);
}

/* The last member's tar header says what it is and how long. */
static int check_last(
	const struct rdb_embed *embed, const struct rdb_buf *header, struct rdb_err *err)
{
	char *path = member_path(embed, RDB_EMBED_FILE);
	int ret;

	if (!path)
		return rdb_err_sys(err, ENOMEM, "the index");
	ret = check_header(
		header->data, header->len, path, embed->label.length + RDB_TAR_BLOCK, err);
	free(path);
	return ret;
}

/* Inflates the last member up to its label: its tar header, and the index. */
static int read_last(struct rdb_source *source, const struct rdb_embed_label *label,
	struct rdb_buf *header, struct rdb_buf *index, struct rdb_err *err)
{
	size_t header_len = (size_t)(label->data - label->text);
	int ret = inflate_range(source, label->index, label->size - END_LABEL,
		header_len + (size_t)label->length, index, err);

	if (ret != 0)
		return ret;
	if (rdb_buf_add(header, index->data, header_len) != 0)
		return rdb_err_sys(err, ENOMEM, "the index");
	rdb_buf_consume(index, header_len);
	return 0;
}

int rdb_embed_read(struct rdb_source *source, struct rdb_embed *out, struct rdb_err *err)
{
	struct rdb_buf header = {0}, index = {0};
	struct rdb_embed_label label;
	uint8_t end[END_LABEL];
	uint64_t last_len;
	uint32_t crc;
	int ret = read_labels(source, &label, end, err);

	if (ret == 0)
		ret = read_last(source, &label, &header, &index, err);
	if (ret != 0)
		goto done;
	crc = crc_of(header.data, header.len);
	crc = (uint32_t)crc32_z(crc, (const uint8_t *)index.data, index.len);
	last_len = header.len + index.len;
	ret = rdb_embed_parse(&label, &index, out, err);
	if (ret != 0)
		goto done;
	ret = check_last(out, &header, err);
	if (ret == 0 && !trailer_fits(out, crc, last_len, end))
		ret = rdb_err_set(err, EBADMSG, "the archive's checksum is not the index's");
	if (ret != 0)
		rdb_embed_free(out);
done:
	rdb_buf_free(&header);
	rdb_buf_free(&index);
	return ret;
}
