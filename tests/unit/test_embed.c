#include "index/embed.h"

#include "unit/check.h"
#include "writer/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

/* ---- a source in memory ---- */

struct memory {
	struct rdb_source source;
	const char *data;
	bool fails;
};

static ssize_t memory_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct memory *m = (struct memory *)source;

	if (m->fails)
		return rdb_err_set(err, EIO, "the disk failed");
	if (off >= source->identity.size)
		return 0;
	if (len > source->identity.size - off)
		len = (size_t)(source->identity.size - off);
	memcpy(buf, m->data + off, len);
	return (ssize_t)len;
}

static const struct rdb_source_ops memory_ops = {.pread = memory_pread};

static struct memory in_memory(const char *data, size_t len)
{
	return (struct memory){
		.source = {.ops = &memory_ops, .identity = {.size = len}}, .data = data};
}

static int read_from(const char *data, size_t len, struct rdb_embed *embed)
{
	struct memory m = in_memory(data, len);

	return rdb_embed_read(&m.source, embed, NULL);
}

/* ---- an archive to damage ---- */

#define FACTS "{\"server\": \"rethinkdb 2.4.4\", \"databases\": [\"empty\"]}"

static struct rdb_buf archive; /* a small, undamaged archive */
static struct rdb_embed good;  /* its parsed index */

static void make_archive(void)
{
	char path[] = "/tmp/rdbfs-embed-XXXXXX";
	struct rdb_writer_options options = {.path = path,
		.overwrite = true,
		.top = "rethinkdb_dump_2026-11-22T03:00:00",
		.type = "weekly",
		.level = 1,
		.time = 1700000000};
	struct rdb_writer *writer;
	struct rdb_wtable *table;
	int fd = mkstemp(path);

	REQUIRE(fd >= 0 && rdb_writer_create(&options, &writer, NULL) == 0);
	for (int i = 0; i < 3; i++) {
		char name[] = {(char)('a' + i), '\0'};
		REQUIRE(rdb_writer_table(writer, "db", name, "{}\n", 0, &table, NULL) == 0);
		REQUIRE(rdb_wtable_write(table, "[\n{\"id\": 1}\n]\n", 14, NULL) == 0);
		REQUIRE(rdb_wtable_end(table, i, NULL) == 0);
	}
	REQUIRE(rdb_writer_facts(writer, FACTS, NULL) == 0);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	close(fd);
	fd = open(path, O_RDONLY);
	REQUIRE(fd >= 0 && rdb_buf_reserve(&archive, 65536) == 0);
	archive.len = (size_t)read(fd, archive.data, 65536);
	REQUIRE(archive.len > 2000 && archive.len < 65536);
	close(fd);
	unlink(path);
	REQUIRE(read_from(archive.data, archive.len, &good) == 0);
}

static bool same(const struct rdb_embed *a, const struct rdb_embed *b)
{
	if (strcmp(a->facts, b->facts) != 0 || strcmp(a->top, b->top) != 0 ||
		a->member_count != b->member_count || a->checkpoint_count != b->checkpoint_count ||
		strcmp(a->label.type, b->label.type) != 0 || a->label.index != b->label.index)
		return false;
	for (size_t i = 0; i < a->member_count; i++) {
		const struct rdb_embed_member *m = &a->members[i], *n = &b->members[i];
		if (strcmp(m->name, n->name) != 0 || m->in != n->in || m->out != n->out ||
			m->data != n->data || m->size != n->size || m->documents != n->documents)
			return false;
	}
	return true;
}

/* ---- whole ---- */

static void test_what_was_written_is_read(void)
{
	static const char *const names[] = {
		"db/a.info", "db/a.json", "db/b.info", "db/b.json", "db/c.info", "db/c.json"};
	struct memory m = in_memory(archive.data, archive.len);
	struct rdb_embed_label label;

	CHECK_INT(rdb_embed_read_label(&m.source, &label, NULL), 0);
	CHECK_STR(label.type, "weekly");
	CHECK_STR(good.label.type, "weekly");
	CHECK_STR(good.top, "rethinkdb_dump_2026-11-22T03:00:00");
	CHECK_STR(good.facts, FACTS);
	CHECK_INT(good.member_count, 6);
	for (size_t i = 0; i < 6; i++) {
		CHECK_STR(good.members[i].name, names[i]);
		CHECK_INT(good.members[i].size, i % 2 ? 14 : 3);
		CHECK_INT(good.members[i].documents, i % 2 ? (int)i / 2 : -1);
		CHECK_INT(good.members[i].mtime, 1700000000);
		CHECK_INT(rdb_embed_check_member(&m.source, &good, i, NULL), 0);
	}
}

static void test_the_label_needs_200_bytes(void)
{
	struct memory m = in_memory(archive.data, 200);
	struct rdb_embed_label label;

	CHECK_INT(rdb_embed_read_label(&m.source, &label, NULL), 0);
	CHECK_STR(label.type, "weekly");
}

static void test_label_survives_a_round_trip(void)
{
	struct rdb_embed_label label = {"on-demand", 1, UINT64_MAX, 3, 0x123456789abcdef, 5, 6},
			       back;
	char text[RDB_EMBED_LABEL + 1];

	rdb_embed_label_format(&label, text);
	CHECK_INT(strlen(text), RDB_EMBED_LABEL);
	CHECK_INT(strncmp(text, "rdbfs1 type=on-demand ", 22), 0);
	CHECK_INT(rdb_embed_label_parse(text, &back), 0);
	CHECK_STR(back.type, "on-demand");
	CHECK(back.size == 1 && back.index == UINT64_MAX && back.text == 3 &&
		back.data == 0x123456789abcdef && back.length == 5 && back.home == 6);
	strcpy(label.type, "a-long-on-demand"); /* the longest type leaves room for the checksum */
	rdb_embed_label_format(&label, text);
	CHECK_INT(strlen(text), RDB_EMBED_LABEL);
	CHECK_INT(rdb_embed_label_parse(text, &back), 0);
	CHECK_STR(back.type, "a-long-on-demand");
	CHECK_INT(back.home, 6);
	text[30] ^= 1;
	CHECK_INT(rdb_embed_label_parse(text, &back), -EBADMSG);
	text[5] = '2';
	CHECK_INT(rdb_embed_label_parse(text, &back), -ENOENT);
}

/* A label of a later rdbfs may contain unknown facts, which are ignored. */
static void test_label_with_further_facts(void)
{
	struct rdb_embed_label label;
	char text[RDB_EMBED_LABEL + 1];

	snprintf(text, sizeof(text), "%-166s",
		"rdbfs1 colour=red type=daily index=0000000000000010");
	snprintf(text + 166, 16, " check=%08x", (unsigned)crc32(0, (Bytef *)text, 166));
	CHECK_INT(rdb_embed_label_parse(text, &label), 0);
	CHECK_STR(label.type, "daily");
	CHECK_INT(label.index, 16);

	static const char *const bad[] = {"rdbfs1 type=Daily", "rdbfs1 type=", "rdbfs1 index=00",
		"rdbfs1 type=daily index=000000000000001g", "rdbfs1 colour=red"};
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%-166s", bad[i]);
		snprintf(text + 166, 16, " check=%08x", (unsigned)crc32(0, (Bytef *)text, 166));
		CHECK_INT(rdb_embed_label_parse(text, &label), -EBADMSG);
	}
}

/* ---- not ours ---- */

static void test_other_archives(void)
{
	static const char plain[300] = "\x1f\x8b\x08\x00";
	static const char named[300] = "\x1f\x8b\x08\x10....\0\003a comment of somebody else's";
	struct rdb_embed embed;
	struct memory m = in_memory(plain, 300);
	struct rdb_embed_label label;

	CHECK_INT(read_from("", 0, &embed), -ENOENT);
	CHECK_INT(read_from(plain, sizeof(plain), &embed), -ENOENT);
	CHECK_INT(read_from(named, sizeof(named), &embed), -ENOENT);
	CHECK_INT(rdb_embed_read_label(&m.source, &label, NULL), -ENOENT);
	m.fails = true;
	CHECK_INT(rdb_embed_read_label(&m.source, &label, NULL), -EIO);
	CHECK_INT(rdb_embed_read(&m.source, &embed, NULL), -EIO);
}

/* ---- damaged ---- */

static void test_cut_short_and_added_to(void)
{
	struct rdb_buf more = {0};
	struct rdb_embed embed;
	struct rdb_err err = {0};

	for (size_t len = 0; len < archive.len; len++)
		CHECK_INT(read_from(archive.data, len, &embed),
			len < RDB_EMBED_START ? -ENOENT : -EBADMSG);
	REQUIRE(rdb_buf_add(&more, archive.data, archive.len) == 0);
	REQUIRE(rdb_buf_add(&more, archive.data, archive.len) == 0); /* like cat a b */
	struct memory m = in_memory(more.data, archive.len + 1);
	CHECK_INT(rdb_embed_read(&m.source, &embed, &err), -EBADMSG);
	CHECK(strstr(err.text, "added to"));
	CHECK_INT(read_from(more.data, 2 * archive.len, &embed), -EBADMSG);
	rdb_buf_free(&more);
}

/* A change of any byte is detected, or has no effect on the result. */
static void test_any_byte_changed(void)
{
	size_t noticed = 0, behind = 0;

	for (size_t at = 0; at < archive.len; at++) {
		struct rdb_embed embed;
		archive.data[at] ^= 0x5a;
		int ret = read_from(archive.data, archive.len, &embed);
		archive.data[at] ^= 0x5a;
		CHECK(ret == 0 || ret == -EBADMSG || ret == -ENOENT);
		if (ret == 0) {
			CHECK(same(&embed, &good));
			rdb_embed_free(&embed);
		}
		if (at >= good.label.index) {
			behind++;
			noticed += ret == -EBADMSG;
		}
	}
	CHECK(noticed + 20 > behind); /* only unused bits of block headers */
}

/* The trailer of another archive, with a checksum that is right for neither. */
static void test_the_trailer_has_to_fit(void)
{
	struct rdb_embed embed;

	for (size_t back = 1; back <= 8; back++) {
		archive.data[archive.len - back] ^= 1;
		CHECK_INT(read_from(archive.data, archive.len, &embed), -EBADMSG);
		archive.data[archive.len - back] ^= 1;
	}
}

static void test_a_member_that_differs_from_the_index(void)
{
	struct memory m = in_memory(archive.data, archive.len);
	struct rdb_embed_member keep = good.members[1];
	struct rdb_embed_member *one = &good.members[1];

	one->size++;
	CHECK_INT(rdb_embed_check_member(&m.source, &good, 1, NULL), -EBADMSG);
	*one = keep;
	one->name = "db/b.json";
	CHECK_INT(rdb_embed_check_member(&m.source, &good, 1, NULL), -EBADMSG);
	*one = keep;
	one->out = good.members[3].out;
	one->data = good.members[3].data;
	CHECK_INT(rdb_embed_check_member(&m.source, &good, 1, NULL), -EBADMSG);
	*one = keep;
	one->in = keep.in + 1;
	CHECK_INT(rdb_embed_check_member(&m.source, &good, 1, NULL), -EBADMSG);
	*one = keep;
	m.fails = true;
	CHECK_INT(rdb_embed_check_member(&m.source, &good, 1, NULL), -EIO);
	m.fails = false;
	CHECK_INT(rdb_embed_check_member(&m.source, &good, 1, NULL), 0);
}

/* ---- an index that lies ---- */

struct lie {
	struct rdb_embed embed;
	struct rdb_embed_member members[3];
	struct rdb_embed_checkpoint checkpoints[3];
};

/* Checksum of the whole, computed from those of the parts. */
static uint32_t crc_of_all(const struct lie *lie)
{
	const struct rdb_embed_checkpoint *p = lie->checkpoints;
	uint32_t crc = (uint32_t)crc32_combine(p[0].crc, p[1].crc, (z_off_t)(p[2].out - p[1].out));

	return (uint32_t)crc32_combine(crc, p[2].crc, (z_off_t)(lie->embed.label.text - p[2].out));
}

/* A consistent index of three members, for modification. */
static struct lie truth(void)
{
	struct lie lie = {
		.embed = {.label = {.type = "daily",
				  .size = 20000000,
				  .index = 10000000,
				  .text = 8005632,
				  .length = 1024},
			.top = "top",
			.facts = "{}",
			.member_count = 3,
			.checkpoint_count = 3},
		.members = {{"d/a.info", 192, 0, 1536, 10, 1, -1},
			{"d/a.json", 300, 2048, 3584, 8000001, 1, 7},
			{"d/b.csv", 9000000, 8004096, 8005632, 0, 1, 0}},
		.checkpoints = {{192, 0, 7}, {2000000, 2000000, 8}, {9500000, 8005632, 0}},
	};

	lie.embed.crc = crc_of_all(&lie);
	return lie;
}

static int parse_lie(struct lie *lie)
{
	struct rdb_buf index = {0};
	struct rdb_embed back;
	int ret;

	lie->embed.members = lie->members;
	lie->embed.checkpoints = lie->checkpoints;
	REQUIRE(rdb_embed_encode(&lie->embed, &index) == 0);
	CHECK_INT(index.len % 512, 0);
	ret = rdb_embed_parse(&lie->embed.label, &index, &back, NULL);
	CHECK(index.data == NULL);
	if (ret == 0) {
		CHECK(same(&lie->embed, &back));
		CHECK_INT(back.crc, lie->embed.crc);
		CHECK(back.sums);
		rdb_embed_free(&back);
	}
	return ret;
}

static void test_an_honest_index(void)
{
	struct lie lie = truth();

	CHECK_INT(parse_lie(&lie), 0);
}

#define LIE(change)                                                                                \
	do {                                                                                       \
		struct lie lie = truth();                                                          \
		change;                                                                            \
		CHECK_INT(parse_lie(&lie), -EBADMSG);                                              \
	} while (0)

static void test_impossible_members_are_refused(void)
{
	LIE(lie.members[0].out = 512);
	LIE(lie.members[0].in = 191);
	LIE(lie.members[1].in = 191);
	LIE(lie.members[2].in = 1999999);
	LIE(lie.members[1].in = 10000000);
	LIE(lie.members[1].in = 2000001);
	LIE(lie.members[1].in = UINT64_MAX);
	LIE(lie.members[1].out += 512);
	LIE(lie.members[1].out = UINT64_MAX);
	LIE(lie.members[1].data = 2048);
	LIE(lie.members[1].data += 1);
	LIE(lie.members[1].data += 512);
	LIE(lie.members[1].data += 512 * 100);
	LIE(lie.members[1].size += 512);
	LIE(lie.members[1].size = UINT64_MAX);
	LIE(lie.members[1].size = UINT64_MAX - 600);
	LIE(lie.members[2].size = 1);
	LIE(lie.members[1].documents = -2);
	LIE(lie.embed.member_count = 2);
	LIE(lie.embed.label.text += 512);
	LIE(lie.embed.label.index = 400);
}

static void test_impossible_checkpoints_are_refused(void)
{
	LIE(lie.embed.checkpoint_count = 0);
	LIE(lie.checkpoints[0].in = 193);
	LIE(lie.checkpoints[0].out = 1);
	LIE(lie.checkpoints[1].in = 192);
	LIE(lie.checkpoints[1].out = 0);
	LIE(lie.checkpoints[2].in = 1000000);
	LIE(lie.checkpoints[2].out = 1000000);
	LIE(lie.checkpoints[2].in = 10000001);
	LIE(lie.checkpoints[2].out = 8005633);
	LIE(lie.checkpoints[1].in = 250); /* before a member's start in the archive */
	LIE(lie.checkpoints[2].in = 8000000);
}

static void test_impossible_sums_are_refused(void)
{
	LIE(lie.checkpoints[0].crc++);
	LIE(lie.checkpoints[2].crc++);
	LIE(lie.embed.crc++);
}

static void test_impossible_names_are_refused(void)
{
	static const char *const bad[] = {"", "a", "/a", "a/", "a/b/c", "../x", "a/..", "./x",
		"a/.", "a/\n", "a\x7f/b", "a//b"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		LIE(lie.members[1].name = bad[i]);
	LIE(lie.embed.top = "");
	LIE(lie.embed.top = "..");
	LIE(lie.embed.top = "a/b");
	LIE(lie.embed.top = "a\x01");
}

/* ---- indexes of later versions, and invalid ones ---- */

static int parse_changed(size_t at, uint8_t value, size_t cut)
{
	struct lie lie = truth();
	struct rdb_buf index = {0};
	struct rdb_embed back;

	lie.embed.members = lie.members;
	lie.embed.checkpoints = lie.checkpoints;
	REQUIRE(rdb_embed_encode(&lie.embed, &index) == 0);
	index.data[at] = (char)value;
	index.len -= cut;
	/* Corrects the table's own checksum. */
	uint32_t crc = (uint32_t)crc32(0, (Bytef *)index.data + 24, 4 * 24);
	for (int i = 0; i < 4; i++)
		index.data[20 + i] = (char)(crc >> (8 * i));
	int ret = rdb_embed_parse(&lie.embed.label, &index, &back, NULL);
	if (ret == 0) {
		CHECK_STR(back.facts, at == 24 ? "" : "{}");
		CHECK_INT(back.sums, at != 96);
		rdb_embed_free(&back);
	}
	return ret;
}

static void test_wrong_sections_are_refused(void)
{
	CHECK_INT(parse_changed(8, 1, 0), 0);          /* version of the format */
	CHECK_INT(parse_changed(8, 2, 0), -EBADMSG);   /* a later one */
	CHECK_INT(parse_changed(0, 'x', 0), -EBADMSG); /* something else */
	CHECK_INT(parse_changed(24, 'X', 0), 0);       /* an unknown kind instead of FACT */
	CHECK_INT(parse_changed(96, 'X', 0), 0);       /* no SUMS */
	CHECK_INT(parse_changed(48, 'X', 0), -EBADMSG);
	CHECK_INT(parse_changed(72, 'X', 0), -EBADMSG);
	CHECK_INT(parse_changed(12, 65, 0), -EBADMSG);   /* too many sections */
	CHECK_INT(parse_changed(28, 1, 0), -EBADMSG);    /* a section's checksum */
	CHECK_INT(parse_changed(39, 1, 0), -EBADMSG);    /* its offset */
	CHECK_INT(parse_changed(47, 0xff, 0), -EBADMSG); /* its length */
	CHECK_INT(parse_changed(0, 'r', 500), -EBADMSG);
	CHECK_INT(parse_changed(0, 'r', 512 - 24), -EBADMSG);
	CHECK_INT(parse_changed(0, 'r', 512), -EBADMSG);
}

int main(void)
{
	make_archive();
	RUN(test_what_was_written_is_read);
	RUN(test_the_label_needs_200_bytes);
	RUN(test_label_survives_a_round_trip);
	RUN(test_label_with_further_facts);
	RUN(test_other_archives);
	RUN(test_cut_short_and_added_to);
	RUN(test_any_byte_changed);
	RUN(test_the_trailer_has_to_fit);
	RUN(test_a_member_that_differs_from_the_index);
	RUN(test_an_honest_index);
	RUN(test_impossible_members_are_refused);
	RUN(test_impossible_checkpoints_are_refused);
	RUN(test_impossible_sums_are_refused);
	RUN(test_impossible_names_are_refused);
	RUN(test_wrong_sections_are_refused);
	rdb_embed_free(&good);
	rdb_buf_free(&archive);
	CHECK_EXIT();
}
