/* Content that a scan decodes, and the readers that follow the scan. */
#include "stream/block.h"
#include "stream/stream.h"
#include "unit/check.h"

#include <pthread.h>

#define BLOCK RDB_STREAM_BLOCK

/* A scan of a content whose bytes are the numbers of their blocks. */
struct scan {
	struct rdb_content content;
	struct rdb_stream *stream;
	uint64_t at;
};

static void begin(struct scan *scan, uint64_t cache_size)
{
	*scan = (struct scan){.content = {.format = RDB_FORMAT_GZIP, .name = "test"}};
	REQUIRE(rdb_stream_cache_create(cache_size, NULL, 2, &scan->content.cache) == 0);
	REQUIRE(rdb_stream_scan_open(&scan->content, &scan->stream) == 0);
	rdb_stream_scan_run(scan->stream, true);
}

static void end(struct scan *scan)
{
	if (scan->stream)
		rdb_stream_scan_close(scan->stream, NULL);
	rdb_stream_cache_free(scan->content.cache);
}

static void decode(struct scan *scan, unsigned blocks)
{
	for (; blocks; blocks--) {
		struct rdb_block *block = rdb_stream_scan_block(scan->stream);
		REQUIRE(block != NULL);
		memset(block->data, (int)(scan->at / BLOCK), BLOCK);
		rdb_stream_scan_add(scan->stream, scan->at, block, BLOCK);
		scan->at += BLOCK;
	}
}

static bool follow(struct scan *scan, uint64_t offset, size_t len)
{
	struct rdb_read read;
	bool followed = rdb_stream_follow(&scan->content, offset, len, &read);

	CHECK_INT(read.len, followed ? len : 0);
	for (int i = 0; i < read.count; i++) {
		const char *bytes = read.iov[i].iov_base;
		CHECK_INT(bytes[0], (int)(offset / BLOCK));
		CHECK_INT(bytes[read.iov[i].iov_len - 1],
			(int)((offset + read.iov[i].iov_len - 1) / BLOCK));
		offset += read.iov[i].iov_len;
	}
	rdb_read_done(&read);
	return followed;
}

static void test_what_the_scan_decoded_is_read(void)
{
	struct scan scan;
	struct rdb_read read;

	begin(&scan, 64 << 20);
	decode(&scan, 6);
	CHECK(follow(&scan, 100, BLOCK));
	CHECK(follow(&scan, 2 * BLOCK + 5, RDB_READ_MAX - 5));
	CHECK(rdb_stream_ready(&scan.content, BLOCK, BLOCK, &read));
	rdb_read_done(&read);
	CHECK(!rdb_stream_ready(&scan.content, 6 * BLOCK, 1, &read));
	end(&scan);
}

static void test_only_right_behind_the_scan(void)
{
	struct scan scan;

	begin(&scan, 64 << 20);
	decode(&scan, RDB_STREAM_BLOCKS + 2);
	CHECK(!follow(&scan, BLOCK, 10));
	CHECK(!rdb_stream_has_leader(&scan.content, BLOCK));
	CHECK(rdb_stream_has_leader(&scan.content, 2 * BLOCK));
	CHECK(rdb_stream_has_leader(&scan.content, scan.at));
	CHECK(!rdb_stream_has_leader(&scan.content, scan.at + 1));
	CHECK(!follow(&scan, scan.at + 1, 10));
	end(&scan);
}

/* ---- readers that wait ---- */

struct reader {
	struct scan *scan;
	uint64_t offset;
	size_t len;
	bool followed;
};

static void *run_reader(void *arg)
{
	struct reader *reader = arg;

	reader->followed = follow(reader->scan, reader->offset, reader->len);
	return NULL;
}

static void test_readers_wait_for_the_scan(void)
{
	struct scan scan;
	struct reader a = {&scan, BLOCK / 2, 3 * BLOCK, false}, b = {&scan, BLOCK, BLOCK, false};
	pthread_t threads[2];

	begin(&scan, 64 << 20);
	decode(&scan, 1);
	REQUIRE(pthread_create(&threads[0], NULL, run_reader, &a) == 0);
	REQUIRE(pthread_create(&threads[1], NULL, run_reader, &b) == 0);
	decode(&scan, 4);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	CHECK(a.followed && b.followed);
	end(&scan);
}

/* The scan fails, or begins anew. */
static void test_readers_do_not_wait_for_ever(void)
{
	struct scan scan;
	struct reader a = {&scan, BLOCK, BLOCK, true};
	pthread_t thread;

	begin(&scan, 64 << 20);
	decode(&scan, 1);
	REQUIRE(pthread_create(&thread, NULL, run_reader, &a) == 0);
	scan.at = 0;
	decode(&scan, 1); /* a reader that is late finds no leader, or no progress */
	rdb_stream_scan_close(scan.stream, NULL);
	scan.stream = NULL;
	pthread_join(thread, NULL);
	CHECK(!a.followed);
	end(&scan);
}

static void test_readers_do_not_wait_without_a_thread(void)
{
	struct scan scan;

	begin(&scan, 64 << 20);
	decode(&scan, 1);
	rdb_stream_scan_run(scan.stream, false);
	CHECK(!follow(&scan, BLOCK / 2, BLOCK));
	CHECK(follow(&scan, BLOCK / 2, BLOCK / 2));
	end(&scan);
}

/* ---- pace ---- */

static bool yes(void *arg)
{
	(*(unsigned *)arg)++;
	return true;
}

static void test_pace_without_readers(void)
{
	struct scan scan;
	unsigned asked = 0;

	begin(&scan, 64 << 20);
	decode(&scan, 20);
	CHECK_INT(rdb_stream_scan_pace(scan.stream, yes, &asked), RDB_STREAM_ALONE);
	end(&scan);
}

/* ---- memory ---- */

static void test_blocks_give_way(void)
{
	struct scan scan;

	begin(&scan, 4 * BLOCK);
	decode(&scan, 12);
	CHECK(rdb_stream_cache_used(scan.content.cache) <= 4 * BLOCK);
	decode(&scan, 1);
	end(&scan);
}

/* A reader that is as fast as the scan does not make the scan's memory grow. */
static void test_a_close_reader_needs_few_blocks(void)
{
	const unsigned most = RDB_STREAM_BLOCKS + 2 * RDB_READ_MAX / BLOCK + 2;
	struct scan scan;

	begin(&scan, 64 << 20);
	for (unsigned i = 0; i < 100; i++) {
		decode(&scan, 1);
		CHECK(follow(&scan, scan.at - BLOCK, BLOCK));
		CHECK(rdb_stream_cache_used(scan.content.cache) <= most * BLOCK);
	}
	end(&scan);
}

static void test_a_read_outlives_the_scan(void)
{
	struct scan scan;
	struct rdb_read read;

	begin(&scan, 64 << 20);
	decode(&scan, 1);
	CHECK(rdb_stream_follow(&scan.content, 0, BLOCK, &read));
	decode(&scan, 3 * RDB_STREAM_BLOCKS);
	end(&scan);
	CHECK_INT(((const char *)read.iov[0].iov_base)[BLOCK - 1], 0);
	rdb_read_done(&read);
}

int main(void)
{
	RUN(test_what_the_scan_decoded_is_read);
	RUN(test_only_right_behind_the_scan);
	RUN(test_readers_wait_for_the_scan);
	RUN(test_readers_do_not_wait_for_ever);
	RUN(test_readers_do_not_wait_without_a_thread);
	RUN(test_pace_without_readers);
	RUN(test_blocks_give_way);
	RUN(test_a_close_reader_needs_few_blocks);
	RUN(test_a_read_outlives_the_scan);
	CHECK_EXIT();
}
