/* Damaged archives of rdbfs: each span has a checksum, so no wrong byte is served, and only the
 * tables that touch the damage are lost. */
#include "index/embed.h"
#include "unit/archive.h"
#include "writer/writer.h"

#include <errno.h>
#include <unistd.h>

#define TABLES 6
#define MEMBERS (2 * TABLES)
#define STEP (128 * 1024)
#define FLIPS 150

/* An archive written by a dump, and its contents. */
struct own {
	struct rdb_buf bytes;
	struct rdb_embed embed; /* undamaged original */
	struct rdb_buf tables[TABLES];
};

static void write_table(struct rdb_writer *writer, unsigned number, const struct rdb_buf *text)
{
	struct rdb_wtable *table;
	char name[8];

	snprintf(name, sizeof(name), "t%u", number);
	REQUIRE(rdb_writer_table(writer, "blog", name, INFO, text->len, &table, NULL) == 0);
	REQUIRE(rdb_wtable_write(table, text->data, text->len, NULL) == 0);
	REQUIRE(rdb_wtable_end(table, 1, NULL) == 0);
}

static struct rdb_buf take_file(const char *path)
{
	struct rdb_buf bytes = {0};
	FILE *file = fopen(path, "r");
	size_t n;

	do {
		REQUIRE(file && rdb_buf_reserve(&bytes, 65536) == 0);
		n = fread(bytes.data + bytes.len, 1, 65536, file);
		bytes.len += n;
	} while (n > 0);
	fclose(file);
	unlink(path);
	return bytes;
}

static struct own make_own_of(unsigned tables)
{
	static const unsigned documents[TABLES] = {2, 60000, 10, 20000, 300, 40000};
	char path[] = "/tmp/rdbfs-damage-XXXXXX";
	struct rdb_writer_options options = {
		.path = path, .overwrite = true, .top = "top", .type = "daily", .level = 1};
	struct rdb_writer *writer;
	struct rdb_source *source;
	struct own own = {0};
	int fd = mkstemp(path);

	REQUIRE(fd >= 0 && rdb_writer_create(&options, &writer, NULL) == 0);
	close(fd);
	for (unsigned i = 0; i < tables; i++) {
		own.tables[i] = backup_table(documents[i], i);
		write_table(writer, i, &own.tables[i]);
	}
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	own.bytes = take_file(path);
	source = memory_source(own.bytes.data, own.bytes.len);
	REQUIRE(rdb_embed_read(source, &own.embed, NULL) == 0);
	rdb_source_close(source);
	return own;
}

static struct own make_own(void)
{
	return make_own_of(TABLES);
}

static void free_own(struct own *own)
{
	for (unsigned i = 0; i < TABLES; i++)
		rdb_buf_free(&own->tables[i]);
	rdb_embed_free(&own->embed);
	rdb_buf_free(&own->bytes);
}

static void flip(struct own *own, size_t at, unsigned bit)
{
	own->bytes.data[at] ^= (char)(1 << bit % 8);
}

/* ---- reading, in any order ---- */

/* A member that is being read: every served byte must be right. */
struct reading {
	struct rdb_reader *reader;
	struct rdb_buf expected; /* not owned */
	size_t off;
	int ret; /* 0, or the error that ended it early */
};

static void begin_reading(
	struct rdb_archive *archive, const struct own *own, unsigned member, struct reading *out)
{
	static char info[] = INFO;
	char file[32];

	snprintf(file, sizeof(file), "t%u.%s", member / 2, member % 2 ? "json" : "info");
	*out = (struct reading){.reader = open_member(archive, "blog", file)};
	out->expected = member % 2 ? own->tables[member / 2]
				   : (struct rdb_buf){.data = info, .len = strlen(INFO)};
}

/* Reads the next part; returns false at the end. */
static bool read_on(struct reading *r)
{
	static char got[STEP];
	size_t left = r->expected.len - r->off, want = left < STEP ? left : STEP;
	int n;

	if (r->ret != 0 || left == 0)
		return false;
	n = read_at(r->reader, r->off, STEP, got, NULL);
	if (n < 0) {
		CHECK_INT(n, -EIO);
		r->ret = n;
		return false;
	}
	CHECK_INT(n, want);
	CHECK(memcmp(got, r->expected.data + r->off, want) == 0);
	r->off += want;
	return true;
}

static void read_members(struct reading *readings, const unsigned order[MEMBERS], bool in_turns)
{
	bool more = true;

	for (unsigned i = 0; i < MEMBERS && !in_turns; i++)
		while (read_on(&readings[order[i]]))
			continue;
	while (more && in_turns) {
		more = false;
		for (unsigned i = 0; i < MEMBERS; i++)
			more |= read_on(&readings[order[i]]);
	}
}

/* Returns a bit for each member that was read completely. */
static unsigned read_all(struct rdb_archive *archive, const struct own *own,
	const unsigned order[MEMBERS], bool in_turns)
{
	struct reading readings[MEMBERS];
	unsigned whole = 0;

	for (unsigned i = 0; i < MEMBERS; i++)
		begin_reading(archive, own, i, &readings[i]);
	read_members(readings, order, in_turns);
	for (unsigned i = 0; i < MEMBERS; i++) {
		whole |= (readings[i].ret == 0) << i;
		rdb_reader_close(readings[i].reader);
	}
	return whole;
}

/* Orders in which programs open files: as listed, as in the archive, reversed, random. */
static void make_order(unsigned seed, unsigned order[MEMBERS])
{
	for (unsigned i = 0; i < MEMBERS; i++)
		order[i] = seed % 4 == 1 ? MEMBERS - 1 - i : i;
	for (unsigned i = MEMBERS - 1; i > 0 && seed % 4 > 1; i--) {
		seed = seed * 1103515245 + 12345;
		unsigned j = (seed >> 8) % (i + 1), other = order[i];
		order[i] = order[j];
		order[j] = other;
	}
}

/* ---- damaged spans ---- */

/* Span that contains a byte of the archive. */
static void span_at(const struct own *own, size_t at, uint64_t *start, uint64_t *end)
{
	const struct rdb_embed *embed = &own->embed;
	size_t i = 0;

	while (i + 1 < embed->checkpoint_count && embed->checkpoints[i + 1].in <= at)
		i++;
	*start = embed->checkpoints[i].out;
	*end = i + 1 < embed->checkpoint_count ? embed->checkpoints[i + 1].out : embed->label.text;
}

static unsigned number_of(const char *name)
{
	return 2 * (unsigned)(name[6] - '0') + (strstr(name, ".json") != NULL);
}

/* A bit for each member with bytes in the span. */
static unsigned touched_by(const struct own *own, size_t at)
{
	unsigned touched = 0;
	uint64_t start, end;

	span_at(own, at, &start, &end);
	for (size_t i = 0; i < own->embed.member_count; i++) {
		const struct rdb_embed_member *m = &own->embed.members[i];
		if (m->data < end && m->data + m->size > start)
			touched |= 1u << number_of(m->name);
	}
	return touched;
}

/* ---- tests ---- */

#define ALL ((1u << MEMBERS) - 1)

static size_t flip_place(const struct own *own, unsigned i)
{
	size_t region = (size_t)own->embed.label.index - RDB_EMBED_START;

	return RDB_EMBED_START + region * i / FLIPS;
}

/* Without a scan: each span is verified when it is read. */
static void test_no_wrong_byte_in_any_order(void)
{
	struct own own = make_own();
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	unsigned order[MEMBERS], lost = 0;

	for (unsigned i = 0; i < FLIPS; i++) {
		size_t at = flip_place(&own, i);
		flip(&own, at, i);
		archive = open_bytes(env, own.bytes.data, own.bytes.len);
		make_order(i, order);
		unsigned whole = read_all(archive, &own, order, i % 3 == 0);
		CHECK((whole | touched_by(&own, at)) == ALL);
		lost += whole != ALL;
		rdb_archive_unref(archive);
		flip(&own, at, i);
	}
	CHECK(lost > FLIPS * 9 / 10); /* some bits of a deflate stream have no effect */
	rdb_archive_env_destroy(env);
	free_own(&own);
}

static unsigned count_tables(unsigned members)
{
	unsigned tables = 0;

	for (unsigned i = 0; i < TABLES; i++)
		tables += (members >> 2 * i & 3) != 0;
	return tables;
}

/* After the scan, or after its result was read from the cache. */
static void check_judged(struct rdb_archive *archive, const struct own *own, size_t at)
{
	static const unsigned order[MEMBERS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	unsigned touched = touched_by(own, at), lost;
	char text[RDB_ARCHIVE_STATE_TEXT], want[RDB_ARCHIVE_STATE_TEXT] = "damaged";
	struct rdb_archive_facts facts;

	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.state, RDB_ARCHIVE_DAMAGED);
	lost = ALL & ~read_all(archive, own, order, false);
	CHECK((lost & ~touched) == 0);
	CHECK_INT(facts.damaged, count_tables(lost));
	if (lost)
		snprintf(want, sizeof(want), "damaged: %u of 6 tables", count_tables(lost));
	rdb_archive_state_text(&facts, text);
	CHECK_STR(text, want);
	for (uint32_t i = 0; i < MEMBERS; i++) {
		struct rdb_damaged_part part;
		if (!rdb_archive_member_damage(archive, i, 0, &part))
			continue;
		CHECK(part.source_from <= at && at < part.source_to && part.from < part.to);
		CHECK(!rdb_archive_member_damage(archive, i, part.to, &part));
	}
}

static void test_only_what_is_damaged_is_lost(void)
{
	struct own own = make_own();
	char *folder = make_folder();
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive;

	for (unsigned i = 0; i < FLIPS; i += 5) {
		size_t at = flip_place(&own, i);
		flip(&own, at, i);
		archive = open_bytes(env, own.bytes.data, own.bytes.len);
		if (scan(archive, true) != RDB_ARCHIVE_OK) {
			check_judged(archive, &own, at);
			rdb_archive_unref(archive);
			archive = open_bytes(env, own.bytes.data, own.bytes.len);
			check_judged(archive, &own, at);
		}
		rdb_archive_unref(archive);
		flip(&own, at, i);
		remove_folder(folder);
		rdb_archive_env_destroy(env);
		folder = make_folder();
		env = make_env(folder);
	}
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	free_own(&own);
}

/* A bit that ends the deflate stream early, after the only table: gzip fails, rdbfs does not. */
static void test_a_stream_that_ends_early(void)
{
	struct own own = make_own_of(1);
	struct rdb_archive_env *env = make_env(NULL);
	char text[RDB_ARCHIVE_STATE_TEXT];
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;
	struct reading reading;

	flip(&own, RDB_EMBED_START, 0);
	archive = open_bytes(env, own.bytes.data, own.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
	rdb_archive_facts(archive, &facts);
	rdb_archive_state_text(&facts, text);
	CHECK_STR(text, "damaged");
	CHECK(strstr(facts.error.text, "no table is damaged"));
	begin_reading(archive, &own, 1, &reading);
	while (read_on(&reading))
		continue;
	CHECK_INT(reading.ret, 0);
	rdb_reader_close(reading.reader);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	free_own(&own);
}

/* Messages for two damaged spans in one table and one in another. */
static void test_words_for_damage(void)
{
	struct own own = make_own();
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;

	for (size_t i = 0; i < own.embed.member_count; i++) {
		size_t at = (size_t)own.embed.members[i].in + 5000;
		if (strcmp(own.embed.members[i].name, "blog/t1.json") == 0)
			own.bytes.data[at] ^= 1, own.bytes.data[at + 600000] ^= 1;
		if (strcmp(own.embed.members[i].name, "blog/t3.json") == 0)
			own.bytes.data[at] ^= 1;
	}
	archive = open_bytes(env, own.bytes.data, own.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.damaged, 2);
	CHECK(strstr(facts.error.text, "2 of 6 tables are damaged: blog.t1, blog.t3 (bytes "));
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	free_own(&own);
}

/* Damage in the index, its label or the trailer: the archive is read like one of another
 * program. */
static void test_a_damaged_index(void)
{
	struct own own = make_own();
	struct rdb_archive_env *env = make_env(NULL);
	size_t start = (size_t)own.embed.label.index, len = own.bytes.len - start;
	struct rdb_archive *archive;
	unsigned order[MEMBERS];

	for (unsigned i = 0; i < 60; i++) {
		size_t at = start + len * i / 60;
		flip(&own, at, i);
		archive = open_bytes(env, own.bytes.data, own.bytes.len);
		if (scan(archive, true) != RDB_ARCHIVE_OK)
			CHECK_INT(state_of(archive), RDB_ARCHIVE_DAMAGED);
		make_order(i, order);
		read_all(archive, &own, order, false);
		rdb_archive_unref(archive);
		flip(&own, at, i);
	}
	rdb_archive_env_destroy(env);
	free_own(&own);
}

/* A source that fails is not damage of the archive, neither at its opening nor while damaged spans
 * are searched. */
static void test_a_failing_source(void)
{
	struct own own = make_own_of(3);
	struct rdb_archive_env *env = make_env(NULL);
	struct faulty_source *faulty = faulty_source(memory_source(own.bytes.data, own.bytes.len));
	struct rdb_archive_facts facts;
	struct rdb_archive *archive;
	struct rdb_err err = {0};

	atomic_store(&faulty->fail_from, own.bytes.len - 100);
	CHECK_INT(rdb_archive_open(env, &faulty->source, "test", &archive, &err), -EIO);
	CHECK(strstr(err.text, "the disk failed"));
	flip(&own, own.bytes.len / 4, 0);
	faulty = faulty_source(memory_source(own.bytes.data, own.bytes.len));
	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	atomic_store(&faulty->fail_from, own.bytes.len / 4 * 3);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_UNREACHABLE);
	rdb_archive_facts(archive, &facts);
	CHECK(strstr(facts.error.text, "the disk failed"));
	rdb_archive_unref(archive);
	archive = open_bytes(env, own.bytes.data, own.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.damaged, 1);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	free_own(&own);
}

int main(void)
{
	RUN(test_no_wrong_byte_in_any_order);
	RUN(test_only_what_is_damaged_is_lost);
	RUN(test_a_stream_that_ends_early);
	RUN(test_words_for_damage);
	RUN(test_a_damaged_index);
	RUN(test_a_failing_source);
	CHECK_EXIT();
}
