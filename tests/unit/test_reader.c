/* Readers of an archive's tables: data that was decompressed before, ahead of them, and
 * concurrently. */
#include "index/index.h"
#include "unit/archive.h"

#include <errno.h>
#include <stdatomic.h>

/* Built only once, because this takes the longest time. */
static struct rdb_buf posts, users;
static struct backup backup;

/* A scanned archive whose source can fail, and a reader of its first table. */
struct reading {
	struct rdb_buf posts; /* shared by all tests */
	struct backup backup;
	struct rdb_archive_env *env;
	struct faulty_source *faulty;
	struct rdb_archive *archive;
	struct rdb_reader *reader;
};

static struct reading begin_reading_in(struct rdb_archive_env *env)
{
	struct reading r = {.env = env};

	r.posts = posts;
	r.backup = backup;
	r.faulty = faulty_source(memory_source(r.backup.bytes.data, r.backup.bytes.len));
	REQUIRE(rdb_archive_open(r.env, &r.faulty->source, "test", &r.archive, NULL) == 0);
	CHECK_INT(scan(r.archive, true), RDB_ARCHIVE_OK);
	r.reader = open_member(r.archive, "blog", "posts.json");
	return r;
}

static struct reading begin_reading(void)
{
	return begin_reading_in(make_env(NULL));
}

static void end_reading(struct reading *r)
{
	rdb_reader_close(r->reader);
	rdb_archive_unref(r->archive);
	rdb_archive_env_destroy(r->env);
}

static void check_bytes(const struct rdb_read *read, const char *expected, size_t len)
{
	size_t done = 0;

	CHECK_INT(read->len, len);
	for (int i = 0; i < read->count; i++) {
		CHECK(memcmp(read->iov[i].iov_base, expected + done, read->iov[i].iov_len) == 0);
		done += read->iov[i].iov_len;
	}
	CHECK_INT(done, len);
}

static void test_what_was_read_outlives_its_reader(void)
{
	struct reading r = begin_reading();
	struct rdb_read kept, other;

	CHECK_INT(rdb_reader_read(r.reader, 1000, 700000, &kept, NULL), 0);
	for (size_t off = 0; off + RDB_READ_MAX < r.posts.len; off += RDB_READ_MAX) {
		CHECK_INT(rdb_reader_read(r.reader, off, RDB_READ_MAX, &other, NULL), 0);
		rdb_read_done(&other);
	}
	check_bytes(&kept, r.posts.data + 1000, 700000);
	rdb_reader_close(r.reader);
	check_bytes(&kept, r.posts.data + 1000, 700000);
	rdb_read_done(&kept);
	rdb_read_done(&kept);
	r.reader = open_member(r.archive, "blog", "posts.json");
	end_reading(&r);
}

static void read_in_a_row(struct reading *r, int count)
{
	struct rdb_read read;

	for (int i = 0; i < count; i++) {
		CHECK_INT(rdb_reader_read(r->reader, (size_t)i * 65536, 65536, &read, NULL), 0);
		rdb_read_done(&read);
	}
}

static void test_reading_ahead(void)
{
	struct reading r = begin_reading();
	struct rdb_read read;
	size_t end = 4 * 65536;

	CHECK_INT(rdb_reader_lead(r.reader), SIZE_MAX);
	read_in_a_row(&r, 4);
	CHECK(rdb_reader_lead(r.reader) < RDB_READ_MAX);
	CHECK(!rdb_reader_ready(r.reader, end, RDB_READ_MAX, &read));
	while (rdb_reader_lead(r.reader) < RDB_READ_MAX)
		rdb_reader_ahead(r.reader);
	atomic_store(&r.faulty->fail_from, 0);
	REQUIRE(rdb_reader_ready(r.reader, end, RDB_READ_MAX, &read));
	check_bytes(&read, r.posts.data + end, RDB_READ_MAX);
	rdb_read_done(&read);
	CHECK(rdb_reader_lead(r.reader) < RDB_READ_MAX);
	end_reading(&r);
}

static void test_ahead_of_a_random_read_is_nothing(void)
{
	struct reading r = begin_reading();
	struct rdb_read read;

	for (int i = 0; i < 5; i++) {
		size_t off = (size_t)(i * 7 % 5) * (r.posts.len / 5);
		CHECK_INT(rdb_reader_read(r.reader, off, 65536, &read, NULL), 0);
		rdb_read_done(&read);
		CHECK_INT(rdb_reader_lead(r.reader), SIZE_MAX);
	}
	end_reading(&r);
}

/* A failure ahead is only reported by the read that reaches it; data before it is served. */
static void test_a_failure_ahead(void)
{
	struct reading r = begin_reading();
	struct rdb_read read;

	read_in_a_row(&r, 4);
	atomic_store(&r.faulty->fail_from, 0);
	for (int i = 0; i < 100 && rdb_reader_lead(r.reader) != SIZE_MAX; i++)
		rdb_reader_ahead(r.reader);
	CHECK_INT(rdb_reader_lead(r.reader), SIZE_MAX);
	REQUIRE(rdb_reader_ready(r.reader, 0, 65536, &read));
	check_bytes(&read, r.posts.data, 65536);
	rdb_read_done(&read);
	CHECK_INT(rdb_reader_read(r.reader, r.posts.len / 2, 65536, &read, NULL), -EIO);
	end_reading(&r);
}

static void *go_ahead(void *arg)
{
	struct reading *r = arg;
	struct rdb_read read;

	for (size_t off = 0; off + 65536 < r->posts.len; off += 65536) {
		CHECK_INT(rdb_reader_read(r->reader, off, 65536, &read, NULL), 0);
		rdb_read_done(&read);
		rdb_reader_ahead(r->reader);
	}
	return NULL;
}

/* Data that one thread has decompressed is available to another. */
static void test_ready_while_another_reads(void)
{
	struct reading r = begin_reading();
	struct rdb_read read;
	pthread_t thread;
	unsigned seed = 3;

	REQUIRE(pthread_create(&thread, NULL, go_ahead, &r) == 0);
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1103515245 + 12345;
		size_t off = (size_t)((uint64_t)(seed >> 1) * (r.posts.len - 20000) >> 31);
		if (!rdb_reader_ready(r.reader, off, 10000, &read))
			continue;
		check_bytes(&read, r.posts.data + off, 10000);
		rdb_read_done(&read);
	}
	pthread_join(thread, NULL);
	end_reading(&r);
}

/* ---- two decoders ---- */

#define STEP (128 * 1024)
#define FAR (5 * 1024 * 1024) /* sequential bytes after which a second decoder is used */

/* Reads like a mount: ready data, else waits; decompresses ahead. Returns bytes, or a negative
 * errno. */
static int read_on(struct reading *r, size_t off, struct rdb_read *read)
{
	int ret = 0;

	if (!rdb_reader_ready(r->reader, off, STEP, read))
		ret = rdb_reader_read(r->reader, off, STEP, read, NULL);
	while (ret == 0 && rdb_reader_lead(r->reader) < 2 * STEP)
		rdb_reader_ahead(r->reader);
	return ret;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Reads from off to end, or to the last readable byte. */
static size_t read_right(struct reading *r, size_t off, size_t end)
{
	struct rdb_read read;

	for (; off < end && read_on(r, off, &read) == 0; off += STEP) {
		check_bytes(&read, r->posts.data + off, min_size(STEP, r->posts.len - off));
		rdb_read_done(&read);
	}
	return min_size(off, end);
}

/* Position in the table that a second decoder has reached. */
static size_t find_island(struct reading *r, size_t from)
{
	struct rdb_read read;
	size_t off = from;

	while (rdb_reader_ready(r->reader, off, 4096, &read)) {
		rdb_read_done(&read);
		off += 4096;
	}
	for (; off + 4096 < r->posts.len; off += 4096) {
		if (!rdb_reader_ready(r->reader, off, 4096, &read))
			continue;
		check_bytes(&read, r->posts.data + off, 4096);
		rdb_read_done(&read);
		return off;
	}
	return 0;
}

static void test_a_second_decoder_works_ahead(void)
{
	struct reading r = begin_reading();
	size_t end, used;

	CHECK(!rdb_reader_can_help(r.reader));
	CHECK(!rdb_reader_help(r.reader));
	end = read_right(&r, 0, FAR);
	CHECK(rdb_reader_can_help(r.reader));
	while (rdb_reader_help(r.reader))
		continue;
	CHECK(!rdb_reader_can_help(r.reader));
	used = rdb_archive_env_used(r.env);
	CHECK(find_island(&r, end) > end);
	CHECK(used <= 16 << 20);
	r.reader = (rdb_reader_close(r.reader), open_member(r.archive, "blog", "posts.json"));
	CHECK_INT(read_right(&r, 0, r.posts.len), r.posts.len);
	end_reading(&r);
}

/* Both decoders alternate: the second runs as far as possible after each read, or rarely. */
static void test_decoders_take_turns(void)
{
	for (unsigned every = 1; every < 14; every = every * 3 + 1) {
		struct reading r = begin_reading();
		unsigned reads = 0, helped = 0;
		for (size_t off = 0; off < r.posts.len; off += STEP) {
			CHECK(read_right(&r, off, off + STEP) > off);
			while (++reads % every == 0 && rdb_reader_help(r.reader))
				helped++;
		}
		CHECK(helped > 0);
		end_reading(&r);
	}
}

static void test_one_decoder_where_there_is_but_one_processor(void)
{
	struct rdb_archive_env_options options = {.cache_size = 16 << 20, .decoders = 1};
	struct rdb_archive_env *env;
	struct reading r;

	REQUIRE(rdb_archive_env_create(&options, &env, NULL) == 0);
	r = begin_reading_in(env);
	read_right(&r, 0, FAR);
	CHECK(!rdb_reader_can_help(r.reader));
	CHECK(!rdb_reader_help(r.reader));
	end_reading(&r);
}

static void test_no_second_decoder_without_memory(void)
{
	struct rdb_archive_env_options options = {.cache_size = 3 << 20, .decoders = 4};
	struct rdb_archive_env *env;
	struct reading r;

	REQUIRE(rdb_archive_env_create(&options, &env, NULL) == 0);
	r = begin_reading_in(env);
	read_right(&r, 0, FAR);
	CHECK(!rdb_reader_can_help(r.reader));
	CHECK_INT(read_right(&r, FAR, r.posts.len), r.posts.len);
	CHECK(rdb_archive_env_used(r.env) <= 3 << 20);
	end_reading(&r);
}

struct helper {
	struct rdb_reader *reader;
	atomic_bool over;
};

/* Memory of a reader far before the position where another one has read. */
static uint64_t used_by_a_second(bool first_is_closed)
{
	struct reading r = begin_reading();
	struct rdb_reader *first = open_member(r.archive, "blog", "posts.json");
	struct rdb_read read;
	uint64_t used;

	CHECK_INT(rdb_reader_read(first, r.posts.len / 4 * 3, RDB_READ_MAX, &read, NULL), 0);
	rdb_read_done(&read);
	if (first_is_closed)
		rdb_reader_close(first);
	used = rdb_archive_env_used(r.env);
	CHECK_INT(rdb_reader_read(r.reader, 0, RDB_READ_MAX, &read, NULL), 0);
	check_bytes(&read, r.posts.data, RDB_READ_MAX);
	rdb_read_done(&read);
	used = rdb_archive_env_used(r.env) - used;
	if (!first_is_closed)
		rdb_reader_close(first);
	end_reading(&r);
	return used;
}

/* Allocating memory takes time: buffers of a closed table are reused for the next one, but not
 * those of another active reader. */
static void test_the_stream_of_a_closed_table_is_used_again(void)
{
	CHECK_INT(used_by_a_second(true), 0);
	CHECK(used_by_a_second(false) > RDB_READ_MAX);
}

static void *keep_helping(void *arg)
{
	struct helper *helper = arg;

	while (!atomic_load(&helper->over))
		if (!rdb_reader_help(helper->reader))
			sched_yield();
	return NULL;
}

static void *read_anywhere(void *arg)
{
	struct reading *r = arg;

	check_content(r->archive, "blog", "posts.json", &r->posts, 40);
	return NULL;
}

static void *read_backwards(void *arg)
{
	struct reading *r = arg;
	struct rdb_reader *reader = open_member(r->archive, "blog", "posts.json");
	struct rdb_read read;

	for (size_t off = r->posts.len / STEP * STEP; off > 0; off -= STEP) {
		CHECK_INT(rdb_reader_read(reader, off - STEP, STEP, &read, NULL), 0);
		check_bytes(&read, r->posts.data + off - STEP, STEP);
		rdb_read_done(&read);
	}
	rdb_reader_close(reader);
	return NULL;
}

static void test_two_decoders_among_other_readers(void)
{
	struct reading r = begin_reading();
	struct helper helper = {.reader = r.reader};
	pthread_t threads[3];

	REQUIRE(pthread_create(&threads[0], NULL, keep_helping, &helper) == 0);
	REQUIRE(pthread_create(&threads[1], NULL, read_anywhere, &r) == 0);
	REQUIRE(pthread_create(&threads[2], NULL, read_backwards, &r) == 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(read_right(&r, 0, r.posts.len), r.posts.len);
	atomic_store(&helper.over, true);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK(rdb_archive_env_used(r.env) <= 16 << 20);
	end_reading(&r);
}

/* Changes the archive after indexing: that many bytes, at a fraction of its length. */
static void damage(struct reading *r, double part, size_t bytes)
{
	struct memory_source *memory = (struct memory_source *)r->faulty->below;
	size_t at = (size_t)((double)r->backup.bytes.len * part);

	for (size_t i = 0; i < bytes; i++)
		memory->data[at + i] ^= 0x55;
}

/* Wrong bytes at the second decoder, or at the first one, result in EIO. */
static void check_damage(double part, size_t bytes, bool helped)
{
	struct reading r = begin_reading();
	struct rdb_read read;
	size_t off;

	damage(&r, part, bytes);
	for (off = 0; off < r.posts.len && read_on(&r, off, &read) == 0; off += STEP) {
		if ((double)off < (double)r.posts.len * (part - 0.02))
			check_bytes(&read, r.posts.data + off, STEP);
		rdb_read_done(&read);
		while (helped && rdb_reader_help(r.reader))
			continue;
	}
	CHECK(off < r.posts.len);
	CHECK_INT(rdb_reader_read(r.reader, off, STEP, &read, NULL), -EIO);
	end_reading(&r);
}

static void test_damage_beside_the_reader(void)
{
	for (int i = 0; i < 2; i++) {
		check_damage(0.3, 40, i);
		check_damage(0.55, 1, i);
		check_damage(0.6, 40, i);
	}
}

int main(void)
{
	backup = make_backup("gzip", 300000, &posts, &users);
	RUN(test_what_was_read_outlives_its_reader);
	RUN(test_reading_ahead);
	RUN(test_ahead_of_a_random_read_is_nothing);
	RUN(test_a_failure_ahead);
	RUN(test_ready_while_another_reads);
	RUN(test_a_second_decoder_works_ahead);
	RUN(test_decoders_take_turns);
	RUN(test_one_decoder_where_there_is_but_one_processor);
	RUN(test_no_second_decoder_without_memory);
	RUN(test_the_stream_of_a_closed_table_is_used_again);
	RUN(test_two_decoders_among_other_readers);
	RUN(test_damage_beside_the_reader);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
	CHECK_EXIT();
}
