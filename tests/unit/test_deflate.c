#include "gz/deflate.h"
#include "gz/gzip_frame.h"
#include "unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <zlib.h>

/* ---- helpers ---- */

static uint32_t seed = 1;

static uint32_t next_random(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

enum kind { ROWS, NOISE, ZEROS, KINDS };

static char *make_text(enum kind kind, size_t len)
{
	char *text = calloc(1, len + 128);

	REQUIRE(text);
	for (size_t at = 0; kind == NOISE && at < len; at++)
		text[at] = (char)next_random();
	for (size_t at = 0; kind == ROWS && at < len;)
		at += (size_t)sprintf(text + at, "{\"id\": \"%08x\", \"n\": %u},\n", next_random(),
			next_random() % 1000);
	return text;
}

/* Inflates a single span with a new decoder; it must yield exactly text_len bytes. */
static void check_alone(const struct rdb_deflate_span *span, char *text)
{
	z_stream z = {.next_in = (Bytef *)span->data,
		.avail_in = (uInt)span->len,
		.next_out = (Bytef *)text,
		.avail_out = (uInt)span->text_len + 1};

	REQUIRE(inflateInit2(&z, -15) == Z_OK);
	CHECK_INT(inflate(&z, Z_SYNC_FLUSH), Z_OK);
	CHECK_INT(z.avail_in, 0);
	CHECK_INT(z.total_out, span->text_len);
	CHECK(span->len >= 5 && memcmp((char *)span->data + span->len - 4, "\0\0\xff\xff", 4) == 0);
	CHECK_INT(span->crc, crc32(0, (Bytef *)text, (uInt)span->text_len));
	inflateEnd(&z);
}

struct collected {
	struct rdb_buf text;
	struct rdb_buf packed;
	uint32_t crc;
	int spans;
	int fail_at; /* number of the span that fails, 0: none */
};

static int collect(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	struct collected *c = arg;
	char *text = malloc(span->text_len + 1);

	c->spans++;
	if (c->spans == c->fail_at) {
		free(text);
		return rdb_err_set(err, ENOSPC, "no room");
	}
	REQUIRE(text);
	check_alone(span, text);
	REQUIRE(rdb_buf_add(&c->text, text, span->text_len) == 0);
	REQUIRE(rdb_buf_add(&c->packed, span->data, span->len) == 0);
	c->crc = (uint32_t)crc32_combine(c->crc, span->crc, (z_off_t)span->text_len);
	free(text);
	return 0;
}

static void collected_free(struct collected *c)
{
	rdb_buf_free(&c->text);
	rdb_buf_free(&c->packed);
	*c = (struct collected){0};
}

static struct rdb_deflater *make_deflater(int level, unsigned threads)
{
	struct rdb_deflate_options options = {.level = level, .threads = threads};
	struct rdb_deflater *deflater;

	REQUIRE(rdb_deflater_create(&options, &deflater, NULL) == 0);
	return deflater;
}

static struct rdb_deflate *open_stream(struct rdb_deflater *deflater, struct collected *c)
{
	struct rdb_deflate_sink sink = {.span = collect, .arg = c};
	struct rdb_deflate *stream;

	REQUIRE(rdb_deflate_open(deflater, &sink, &stream, NULL) == 0);
	return stream;
}

/* ---- tests ---- */

static void roundtrip(struct rdb_deflater *deflater, enum kind kind, size_t len)
{
	struct collected c = {0};
	struct rdb_deflate *stream = open_stream(deflater, &c);
	char *text = make_text(kind, len);

	for (size_t at = 0, n; at < len; at += n) {
		n = 1 + next_random() % 300000;
		n = n < len - at ? n : len - at;
		CHECK_INT(rdb_deflate_write(stream, text + at, n, NULL), 0);
	}
	CHECK_INT(rdb_deflate_flush(stream, NULL), 0);
	CHECK_INT(c.spans, (len + RDB_DEFLATE_CHUNK - 1) / RDB_DEFLATE_CHUNK);
	CHECK_INT(c.text.len, len);
	CHECK(c.text.len == len && (len == 0 || memcmp(c.text.data, text, len) == 0));
	rdb_deflate_close(stream);
	collected_free(&c);
	free(text);
}

static void test_every_level_size_and_kind(void)
{
	static const size_t sizes[] = {0, 1, 2, 511, 65535, 65536, RDB_DEFLATE_CHUNK - 1,
		RDB_DEFLATE_CHUNK, RDB_DEFLATE_CHUNK + 1, 3 * RDB_DEFLATE_CHUNK + 17};

	for (int level = 0; level <= RDB_DEFLATE_LEVEL_MAX; level++) {
		struct rdb_deflater *deflater = make_deflater(level, 3);
		size_t count = level == 0 || level == 1 || level == 6 ? 10 : 9;
		for (size_t i = 0; i < count; i++)
			for (int kind = 0; kind < KINDS; kind++)
				roundtrip(deflater, (enum kind)kind, sizes[i]);
		rdb_deflater_destroy(deflater);
	}
}

static void test_levels_that_do_not_exist(void)
{
	struct rdb_deflate_options options = {.level = 10};
	struct rdb_deflater *deflater;
	struct rdb_err err = {0};

	CHECK_INT(rdb_deflater_create(&options, &deflater, &err), -EINVAL);
	CHECK(strstr(err.text, "10"));
	options.level = -1;
	CHECK_INT(rdb_deflater_create(&options, &deflater, &err), -EINVAL);
}

static void test_a_higher_level_is_smaller(void)
{
	char *text = make_text(ROWS, RDB_DEFLATE_CHUNK);
	struct rdb_buf fast = {0}, small = {0};
	struct rdb_deflater *a = make_deflater(1, 1), *b = make_deflater(9, 1);

	REQUIRE(rdb_deflate_once(a, text, RDB_DEFLATE_CHUNK, &fast, NULL) == 0);
	REQUIRE(rdb_deflate_once(b, text, RDB_DEFLATE_CHUNK, &small, NULL) == 0);
	CHECK(small.len < fast.len && fast.len < RDB_DEFLATE_CHUNK / 2);
	rdb_buf_free(&fast);
	rdb_buf_free(&small);
	rdb_deflater_destroy(a);
	rdb_deflater_destroy(b);
	free(text);
}

static void test_joined_spans_are_a_gzip_member(void)
{
	struct rdb_deflater *deflater = make_deflater(1, 2);
	size_t len = 2 * RDB_DEFLATE_CHUNK + 1000;
	char *text = make_text(ROWS, len), *back = malloc(len + 3), comment[64] = "";
	struct collected c = {0};
	struct rdb_deflate *stream = open_stream(deflater, &c);
	struct rdb_buf file = {0};
	uint8_t header[64], stored[RDB_DEFLATE_STORED_HEAD], trailer[RDB_GZIP_TRAILER];
	gz_header fields = {.comment = (Bytef *)comment, .comm_max = sizeof(comment)};
	z_stream z = {0};

	REQUIRE(back && rdb_deflate_write(stream, text, len, NULL) == 0);
	REQUIRE(rdb_deflate_flush(stream, NULL) == 0);
	size_t header_len = rdb_gzip_header(header, 1234, 9, "about it");
	CHECK_INT(header_len, RDB_GZIP_HEADER(8));
	rdb_buf_add(&file, header, header_len);
	rdb_buf_add(&file, c.packed.data, c.packed.len);
	rdb_deflate_stored_head(stored, 3, true);
	rdb_buf_add(&file, stored, sizeof(stored));
	rdb_buf_add(&file, "end", 3);
	c.crc = (uint32_t)crc32(c.crc, (const Bytef *)"end", 3);
	rdb_gzip_trailer(trailer, c.crc, len + 3);
	rdb_buf_add(&file, trailer, sizeof(trailer));

	z.next_in = (Bytef *)file.data;
	z.avail_in = (uInt)file.len;
	z.next_out = (Bytef *)back;
	z.avail_out = (uInt)len + 3;
	REQUIRE(inflateInit2(&z, 31) == Z_OK && inflateGetHeader(&z, &fields) == Z_OK);
	CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
	CHECK_INT(z.total_out, len + 3);
	CHECK(memcmp(back, text, len) == 0 && memcmp(back + len, "end", 3) == 0);
	CHECK_STR(comment, "about it");
	CHECK_INT(fields.time, 1234);
	CHECK_INT(fields.os, 3);
	inflateEnd(&z);
	rdb_deflate_close(stream);
	rdb_deflater_destroy(deflater);
	collected_free(&c);
	rdb_buf_free(&file);
	free(text);
	free(back);
}

struct producer {
	struct rdb_deflater *deflater;
	enum kind kind;
	char *text;
	size_t len;
	pthread_t thread;
	struct collected c;
};

static void *produce(void *arg)
{
	struct producer *p = arg;
	struct rdb_deflate *stream = open_stream(p->deflater, &p->c);

	for (size_t at = 0; at < p->len; at += 50000) {
		size_t n = p->len - at < 50000 ? p->len - at : 50000;
		REQUIRE(rdb_deflate_write(stream, p->text + at, n, NULL) == 0);
	}
	REQUIRE(rdb_deflate_flush(stream, NULL) == 0);
	rdb_deflate_close(stream);
	return NULL;
}

static void test_streams_do_not_mix(void)
{
	struct rdb_deflater *deflater = make_deflater(0, 2);
	struct producer p[5];

	for (int i = 0; i < 5; i++) {
		p[i] = (struct producer){
			.deflater = deflater, .len = (size_t)(i + 1) * 1500000, .kind = ROWS};
		p[i].text = make_text(i % 2 ? NOISE : ROWS, p[i].len);
		REQUIRE(pthread_create(&p[i].thread, NULL, produce, &p[i]) == 0);
	}
	for (int i = 0; i < 5; i++) {
		pthread_join(p[i].thread, NULL);
		CHECK_INT(p[i].c.text.len, p[i].len);
		CHECK(p[i].c.text.len == p[i].len &&
			memcmp(p[i].c.text.data, p[i].text, p[i].len) == 0);
		collected_free(&p[i].c);
		free(p[i].text);
	}
	rdb_deflater_destroy(deflater);
}

static void test_a_sink_that_fails_ends_the_stream(void)
{
	struct rdb_deflater *deflater = make_deflater(1, 2);
	struct collected bad = {.fail_at = 2}, good = {0};
	struct rdb_deflate *stream = open_stream(deflater, &bad);
	struct rdb_deflate *other = open_stream(deflater, &good);
	char *text = make_text(ROWS, RDB_DEFLATE_CHUNK);
	struct rdb_err err = {0};
	int ret = 0;

	for (int i = 0; i < 1000 && ret == 0; i++)
		ret = rdb_deflate_write(stream, text, RDB_DEFLATE_CHUNK, &err);
	CHECK_INT(ret, -ENOSPC);
	CHECK_STR(err.text, "no room");
	CHECK_INT(rdb_deflate_flush(stream, &err), -ENOSPC);
	CHECK_INT(rdb_deflate_write(stream, text, RDB_DEFLATE_CHUNK, &err), -ENOSPC);
	CHECK_INT(bad.spans, 2);
	CHECK_INT(rdb_deflate_write(other, text, RDB_DEFLATE_CHUNK, NULL), 0);
	CHECK_INT(rdb_deflate_flush(other, NULL), 0);
	CHECK_INT(good.spans, 1);
	rdb_deflate_close(stream);
	rdb_deflate_close(other);
	rdb_deflater_destroy(deflater);
	collected_free(&bad);
	collected_free(&good);
	free(text);
}

/* A sink that is slower than the producer: the number of spans between the two is limited. */
struct slow {
	sem_t go;
	atomic_long written, entered, taken;
	atomic_int worst;
};

static int take_slowly(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	struct slow *slow = arg;

	(void)span;
	(void)err;
	atomic_fetch_add(&slow->entered, 1);
	while (sem_wait(&slow->go) != 0)
		;
	int between = (int)(atomic_load(&slow->written) - atomic_load(&slow->taken));
	if (between > atomic_load(&slow->worst))
		atomic_store(&slow->worst, between);
	atomic_fetch_add(&slow->taken, 1);
	return 0;
}

struct writer {
	struct rdb_deflate *stream;
	struct slow *slow;
	int ret;
};

static void *write_all(void *arg)
{
	struct writer *w = arg;
	char *text = calloc(1, RDB_DEFLATE_CHUNK);

	REQUIRE(text);
	for (int i = 0; i < 100 && w->ret == 0; i++) {
		w->ret = rdb_deflate_write(w->stream, text, RDB_DEFLATE_CHUNK, NULL);
		atomic_fetch_add(&w->slow->written, 1);
	}
	free(text);
	return NULL;
}

static void test_a_slow_sink_holds_the_producer_back(void)
{
	struct slow slow = {0};
	struct rdb_deflater *deflater = make_deflater(0, 2);
	struct rdb_deflate_sink sink = {.span = take_slowly, .arg = &slow};
	struct writer w = {.slow = &slow};
	pthread_t thread;

	sem_init(&slow.go, 0, 0);
	REQUIRE(rdb_deflate_open(deflater, &sink, &w.stream, NULL) == 0);
	REQUIRE(pthread_create(&thread, NULL, write_all, &w) == 0);
	for (int i = 0; i < 100; i++)
		sem_post(&slow.go);
	pthread_join(thread, NULL);
	CHECK_INT(w.ret, 0);
	CHECK_INT(rdb_deflate_flush(w.stream, NULL), 0);
	CHECK_INT(atomic_load(&slow.taken), 100);
	CHECK(atomic_load(&slow.worst) <= 2 * 2 + 2);
	rdb_deflate_close(w.stream);
	rdb_deflater_destroy(deflater);
	sem_destroy(&slow.go);
}

static void test_cancel_wakes_the_producer(void)
{
	struct slow slow = {0};
	struct rdb_deflater *deflater = make_deflater(0, 2);
	struct rdb_deflate_sink sink = {.span = take_slowly, .arg = &slow};
	struct writer w = {.slow = &slow};
	pthread_t thread;

	sem_init(&slow.go, 0, 0);
	REQUIRE(rdb_deflate_open(deflater, &sink, &w.stream, NULL) == 0);
	REQUIRE(pthread_create(&thread, NULL, write_all, &w) == 0);
	while (atomic_load(&slow.entered) == 0 || atomic_load(&slow.written) < 6)
		sched_yield();
	rdb_deflater_cancel(deflater);
	pthread_join(thread, NULL); /* while the sink is still busy with the first span */
	CHECK_INT(w.ret, -ECANCELED);
	sem_post(&slow.go);
	CHECK_INT(rdb_deflate_flush(w.stream, NULL), -ECANCELED);
	rdb_deflate_close(w.stream);
	CHECK_INT(atomic_load(&slow.taken), 1);
	rdb_deflater_destroy(deflater);
	sem_destroy(&slow.go);
}

int main(void)
{
	RUN(test_every_level_size_and_kind);
	RUN(test_levels_that_do_not_exist);
	RUN(test_a_higher_level_is_smaller);
	RUN(test_joined_spans_are_a_gzip_member);
	RUN(test_streams_do_not_mix);
	RUN(test_a_sink_that_fails_ends_the_stream);
	RUN(test_a_slow_sink_holds_the_producer_back);
	RUN(test_cancel_wakes_the_producer);
	CHECK_EXIT();
}
