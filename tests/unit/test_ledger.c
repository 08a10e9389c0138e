#include "writer/ledger.h"

#include "gz/deflate.h"
#include "unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADER 512
#define SPAN 1000

/* A growing archive: its text, and its ledger. */
struct growing {
	struct rdb_ledger ledger;
	struct rdb_buf text;
};

static struct growing begin(void)
{
	return (struct growing){.ledger = {.end = {.in = RDB_EMBED_START}}};
}

/* Appends len bytes of text as one span, for which the archive grows by 10 bytes. */
static void append(struct growing *g, size_t len)
{
	size_t at = g->text.len;

	REQUIRE(rdb_buf_reserve(&g->text, len) == 0);
	for (size_t i = 0; i < len; i++)
		g->text.data[at + i] = (char)((at + i) * 2654435761u >> 13);
	g->text.len += len;
	rdb_ledger_advance(&g->ledger, g->ledger.end.in + 10, len,
		(uint32_t)crc32_z(0, (const Bytef *)g->text.data + at, len));
}

static void checkpoint(struct growing *g)
{
	REQUIRE(rdb_ledger_checkpoint(&g->ledger) == 0);
}

static void add_member(struct growing *g, const char *name)
{
	const struct rdb_embed_member member = {
		.name = name,
		.in = g->ledger.end.in,
		.out = g->ledger.end.out,
		.data = g->ledger.end.out + HEADER,
		.size = SPAN,
		.documents = 7,
	};

	REQUIRE(rdb_ledger_add_member(&g->ledger, &member) == 0);
}

static uint32_t crc_of(const struct growing *g, uint64_t from, uint64_t to)
{
	return (uint32_t)crc32_z(0, (const Bytef *)g->text.data + from, (size_t)(to - from));
}

/* Makes the whole text one member if there is none: a reader requires all text to belong to
 * members. */
static void cover(struct growing *g)
{
	struct rdb_embed_member all = {
		.name = "blog/all.json", .in = RDB_EMBED_START, .data = HEADER};

	REQUIRE(rdb_buf_reserve(&g->text, 1) == 0);
	if (g->ledger.end.members || g->text.len == 0)
		return;
	append(g, 2 * HEADER - g->text.len % HEADER);
	all.size = g->text.len - HEADER;
	REQUIRE(rdb_ledger_add_member(&g->ledger, &all) == 0);
}

/* Reads the index like an archive's reader, which verifies it, and checks it against the text.
 * Frees everything. Returns the number of checkpoints. */
static size_t check_index(struct growing *g, const char *members)
{
	struct rdb_embed_label label = {.type = "daily"};
	struct rdb_buf index = {0}, names = {0};
	struct rdb_embed embed;
	struct rdb_err err = {0};
	size_t count, wrong = 0;

	cover(g);
	label.index = g->ledger.end.in + 1;
	label.text = g->text.len;
	CHECK_INT(g->ledger.end.out, g->text.len);
	REQUIRE(rdb_ledger_encode(&g->ledger, "top", "{}", &index) == 0);
	REQUIRE(rdb_embed_parse(&label, &index, &embed, &err) == 0);
	CHECK(embed.sums);
	CHECK_STR(embed.facts, "{}");
	CHECK_INT(embed.crc, crc_of(g, 0, g->text.len));
	for (size_t i = 0; i < embed.member_count; i++)
		REQUIRE(rdb_buf_printf(&names, "%s ", embed.members[i].name) == 0);
	CHECK_STR(names.len ? rdb_buf_cstr(&names) : "", members);
	count = embed.checkpoint_count;
	for (size_t i = 0; i < count; i++) {
		const struct rdb_embed_checkpoint *p = &embed.checkpoints[i];
		wrong += p->crc != crc_of(g, p->out, i + 1 < count ? p[1].out : g->text.len);
	}
	CHECK_INT(wrong, 0);
	rdb_embed_free(&embed);
	rdb_buf_free(&names);
	rdb_buf_free(&g->text);
	rdb_ledger_free(&g->ledger);
	return count;
}

/* ---- tests ---- */

/* The minimum for a reader: the position of the start. */
static void test_empty_archive_has_one_checkpoint(void)
{
	struct growing g = begin();

	CHECK_INT(check_index(&g, ""), 1);
}

static void test_checkpoints_have_sums(void)
{
	struct growing g = begin();

	for (int i = 0; i < 5; i++) {
		checkpoint(&g);
		append(&g, SPAN);
		append(&g, SPAN + 1);
	}
	CHECK_INT(check_index(&g, "blog/all.json "), 5);
}

/* Spans at which a decoder can start become checkpoints at intervals of a chunk of text. */
static void test_entering_keeps_a_distance(void)
{
	struct growing g = begin();

	for (int i = 0; i < 8; i++) {
		REQUIRE(rdb_ledger_enter(&g.ledger, RDB_DEFLATE_CHUNK) == 0);
		append(&g, RDB_DEFLATE_CHUNK / 2);
	}
	CHECK_INT(g.ledger.end.checkpoints, 4);
	CHECK_INT(check_index(&g, "blog/all.json "), 5);
}

static void test_withdrawn_members_are_removed(void)
{
	struct growing g = begin();
	struct rdb_ledger_mark mark;

	checkpoint(&g);
	add_member(&g, "blog/posts.json");
	append(&g, HEADER + SPAN + 24);
	mark = g.ledger.end;
	for (int i = 0; i < 20; i++) {
		add_member(&g, "blog/gone.json");
		checkpoint(&g);
		append(&g, HEADER + SPAN + 24);
	}
	rdb_ledger_rewind(&g.ledger, &mark);
	g.text.len = (size_t)mark.out;
	checkpoint(&g);
	add_member(&g, "blog/users.json");
	append(&g, HEADER + SPAN + 24);
	CHECK_INT(check_index(&g, "blog/posts.json blog/users.json "), 2);
}

/* A header whose text is written last, but precedes the rest: with checkpoints after it,
 * or none. */
static void check_open_header(int behind)
{
	struct growing g = begin();
	struct rdb_ledger_mark mark;

	checkpoint(&g);
	append(&g, SPAN);
	mark = g.ledger.end;
	checkpoint(&g);
	append(&g, HEADER);
	rdb_ledger_leave_open(&g.ledger);
	append(&g, SPAN);
	for (int i = 0; i < behind; i++) {
		checkpoint(&g);
		append(&g, SPAN + (size_t)i);
	}
	memset(g.text.data + mark.out, 'h', HEADER);
	rdb_ledger_fill_in(&g.ledger, &mark, g.text.data + mark.out, HEADER);
	append(&g, SPAN);
	CHECK_INT(check_index(&g, "blog/all.json "), 2 + behind);
}

static void test_header_that_is_open(void)
{
	check_open_header(0);
	check_open_header(1);
	check_open_header(3);
}

/* More checkpoints than a reader accepts: every other one is removed, and its sum added to the
 * preceding one. An even number of checkpoints, and an odd one. */
static void test_excess_checkpoints_are_merged(void)
{
	for (size_t count = 512 * 1024; count <= 512 * 1024 + 2; count++) {
		struct growing g = begin();

		REQUIRE(rdb_buf_reserve(&g.text, 2 * count) == 0);
		for (size_t i = 0; i < count; i++) {
			checkpoint(&g);
			append(&g, 1 + i % 2);
		}
		CHECK_INT(check_index(&g, "blog/all.json "),
			count <= 512 * 1024 ? count : (count + 1) / 2);
	}
}

int main(void)
{
	RUN(test_empty_archive_has_one_checkpoint);
	RUN(test_checkpoints_have_sums);
	RUN(test_entering_keeps_a_distance);
	RUN(test_withdrawn_members_are_removed);
	RUN(test_header_that_is_open);
	RUN(test_excess_checkpoints_are_merged);
	CHECK_EXIT();
}
