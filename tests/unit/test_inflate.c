#include "gz/inflate.h"
#include "unit/check.h"
#include "unit/memory_source.h"

#include <errno.h>
#include <zlib.h>

/* Text that compresses like documents: words and numbers, not zeros. */
static struct rdb_buf make_text(size_t size, unsigned seed)
{
	struct rdb_buf text = {0};

	while (text.len < size) {
		seed = seed * 1103515245 + 12345;
		REQUIRE(rdb_buf_printf(&text, "{\"id\": %u, \"title\": \"post %u\"},\n", seed >> 8,
				(seed >> 20) % 97) == 0);
	}
	text.len = size;
	return text;
}

static void add_gzip(struct rdb_buf *out, const void *data, size_t len, int level)
{
	z_stream z = {0};

	REQUIRE(deflateInit2(&z, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	size_t bound = deflateBound(&z, len) + 64;
	REQUIRE(rdb_buf_reserve(out, bound) == 0);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out->data + out->len;
	z.avail_out = (uInt)bound;
	REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
	out->len += z.total_out;
	deflateEnd(&z);
}

/* Reads everything in pieces of the given size; returns the result of the last call. */
static ssize_t read_all(
	struct rdb_decoder *inflate, struct rdb_buf *out, size_t piece, struct rdb_err *err)
{
	ssize_t n;

	do {
		REQUIRE(rdb_buf_reserve(out, piece) == 0);
		n = inflate->ops->read(inflate, out->data + out->len, piece, err);
		if (n > 0)
			out->len += (size_t)n;
	} while (n > 0);
	return n;
}

static bool same(const struct rdb_buf *a, const struct rdb_buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void check_reads(const struct rdb_buf *gz, const struct rdb_buf *text, size_t piece)
{
	struct rdb_source *source = memory_source(gz->data, gz->len);
	struct rdb_decoder *inflate;
	struct rdb_buf out = {0};
	struct rdb_err err = {0};

	REQUIRE(rdb_inflate_open(source, &inflate, &err) == 0);
	CHECK_INT(read_all(inflate, &out, piece, &err), 0);
	CHECK(same(&out, text));
	CHECK_INT(inflate->ops->offset(inflate), text->len);
	rdb_buf_free(&out);
	rdb_decoder_close(inflate);
	rdb_source_close(source);
}

static void test_reads_what_zlib_wrote(void)
{
	static const size_t sizes[] = {0, 1, 100, 65535, 65536, 3000000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		for (int level = 0; level <= 9; level += 3) {
			struct rdb_buf text = make_text(sizes[i], 1), gz = {0};
			add_gzip(&gz, text.data, text.len, level);
			check_reads(&gz, &text, 262144);
			check_reads(&gz, &text, 1000);
			rdb_buf_free(&text);
			rdb_buf_free(&gz);
		}
	}
}

static void test_members_are_read_as_one(void)
{
	struct rdb_buf text = make_text(1000000, 2), gz = {0};
	size_t cuts[] = {0, 1, 2, 70000, 70000, 400000, 999999, 1000000};

	for (size_t i = 0; i + 1 < sizeof(cuts) / sizeof(*cuts); i++)
		add_gzip(&gz, text.data + cuts[i], cuts[i + 1] - cuts[i], 6);
	check_reads(&gz, &text, 262144);
	check_reads(&gz, &text, 777);
	rdb_buf_free(&text);
	rdb_buf_free(&gz);
}

static void check_tail(const char *tail, size_t len, bool garbage)
{
	struct rdb_buf text = make_text(50000, 3), gz = {0}, out = {0};
	struct rdb_decoder *inflate;
	struct rdb_err err = {0};

	add_gzip(&gz, text.data, text.len, 6);
	REQUIRE(rdb_buf_add(&gz, tail, len) == 0);
	struct rdb_source *source = memory_source(gz.data, gz.len);
	REQUIRE(rdb_inflate_open(source, &inflate, &err) == 0);
	CHECK_INT(read_all(inflate, &out, 4096, &err), 0);
	CHECK(same(&out, &text));
	CHECK_INT(inflate->ops->garbage(inflate), garbage);
	rdb_decoder_close(inflate);
	rdb_source_close(source);
	rdb_buf_free(&out);
	rdb_buf_free(&text);
	rdb_buf_free(&gz);
}

static void test_what_follows_the_last_member(void)
{
	char zeros[5000] = {0};

	check_tail(zeros, 1, false);
	check_tail(zeros, sizeof(zeros), false);
	check_tail("x", 1, true);
	check_tail("\x1f", 1, true);
	check_tail("garbage behind it", 17, true);
}

/* Each cut yields a prefix of the text, then an error: never a regular end. */
static void test_truncated_anywhere(void)
{
	struct rdb_buf text = make_text(20000, 4), gz = {0};

	add_gzip(&gz, text.data, text.len, 6);
	for (size_t cut = 0; cut < gz.len; cut++) {
		struct rdb_source *source = memory_source(gz.data, cut);
		struct rdb_decoder *inflate;
		struct rdb_buf out = {0};
		struct rdb_err err = {0};

		REQUIRE(rdb_inflate_open(source, &inflate, &err) == 0);
		CHECK_INT(read_all(inflate, &out, 4096, &err), -ENODATA);
		CHECK(err.text[0]);
		CHECK(out.len <= text.len &&
			(out.len == 0 || memcmp(out.data, text.data, out.len) == 0));
		rdb_buf_free(&out);
		rdb_decoder_close(inflate);
		rdb_source_close(source);
	}
	rdb_buf_free(&text);
	rdb_buf_free(&gz);
}

/* A flipped bit never results in wrong text without an error. (Header fields without meaning may
 * change.) */
static void test_flipped_bits(void)
{
	struct rdb_buf text = make_text(3000, 5), gz = {0};

	add_gzip(&gz, text.data, text.len, 6);
	for (size_t bit = 0; bit < gz.len * 8; bit++) {
		struct rdb_decoder *inflate;
		struct rdb_buf out = {0};
		struct rdb_err err = {0};

		gz.data[bit / 8] ^= (char)(1 << bit % 8);
		struct rdb_source *source = memory_source(gz.data, gz.len);
		REQUIRE(rdb_inflate_open(source, &inflate, &err) == 0);
		ssize_t ret = read_all(inflate, &out, 1024, &err);
		CHECK(ret == -EIO || ret == -EILSEQ || ret == -ENODATA || ret == -EBADMSG ||
			(ret == 0 && same(&out, &text)));
		if (bit / 8 >= gz.len - 8)
			CHECK_INT(ret, -EBADMSG);
		gz.data[bit / 8] ^= (char)(1 << bit % 8);
		rdb_buf_free(&out);
		rdb_decoder_close(inflate);
		rdb_source_close(source);
	}
	rdb_buf_free(&text);
	rdb_buf_free(&gz);
}

/* Saves the state after every piece, loads it into another decoder and continues reading there. */
static void check_save_and_load(const struct rdb_buf *gz, const struct rdb_buf *text, size_t piece)
{
	struct rdb_source *source = memory_source(gz->data, gz->len);
	struct rdb_decoder *first, *second;
	struct rdb_err err = {0};
	char *buf = malloc(piece);
	ssize_t n;

	REQUIRE(buf && rdb_inflate_open(source, &first, &err) == 0);
	REQUIRE(rdb_inflate_open(source, &second, &err) == 0);
	while ((n = first->ops->read(first, buf, piece, &err)) > 0) {
		struct rdb_buf saved = {0}, rest = {0};
		size_t at = (size_t)first->ops->offset(first);
		if (first->ops->save(first, &saved, NULL) != 0) {
			rdb_buf_free(&saved);
			break;
		}
		REQUIRE(second->ops->load(second, saved.data, saved.len, &err) == 0);
		CHECK_INT(second->ops->offset(second), at);
		CHECK_INT(read_all(second, &rest, 65536, &err), 0);
		CHECK_INT(rest.len, text->len - at);
		CHECK(memcmp(rest.data, text->data + at, rest.len) == 0);
		rdb_buf_free(&rest);
		rdb_buf_free(&saved);
	}
	free(buf);
	rdb_decoder_close(first);
	rdb_decoder_close(second);
	rdb_source_close(source);
}

static void test_saved_states_read_on(void)
{
	struct rdb_buf text = make_text(2000000, 6), gz = {0};

	add_gzip(&gz, text.data, 700000, 6);
	add_gzip(&gz, text.data + 700000, 1300000, 1);
	check_save_and_load(&gz, &text, 262144);
	check_save_and_load(&gz, &text, 100000);
	check_save_and_load(&gz, &text, 33333);
	rdb_buf_free(&text);
	rdb_buf_free(&gz);
}

static void test_bad_states_are_refused(void)
{
	struct rdb_buf text = make_text(300000, 7), gz = {0}, saved = {0};
	struct rdb_decoder *inflate;
	struct rdb_err err = {0};
	char buf[1000];

	add_gzip(&gz, text.data, text.len, 6);
	struct rdb_source *source = memory_source(gz.data, gz.len);
	REQUIRE(rdb_inflate_open(source, &inflate, &err) == 0);
	REQUIRE(inflate->ops->read(inflate, buf, sizeof(buf), &err) == (ssize_t)sizeof(buf));
	REQUIRE(inflate->ops->save(inflate, &saved, NULL) == 0);
	CHECK_INT(inflate->ops->load(inflate, saved.data, saved.len - 1, &err), -EBADMSG);
	CHECK_INT(inflate->ops->load(inflate, saved.data, 10, &err), -EBADMSG);
	saved.data[0] ^= 1;
	CHECK_INT(inflate->ops->load(inflate, saved.data, saved.len, &err), -EBADMSG);
	CHECK_INT(inflate->ops->read(inflate, buf, sizeof(buf), &err), sizeof(buf));
	CHECK(memcmp(buf, text.data, sizeof(buf)) == 0);
	rdb_decoder_close(inflate);
	rdb_source_close(source);
	rdb_buf_free(&saved);
	rdb_buf_free(&text);
	rdb_buf_free(&gz);
}

static void test_restart_after_a_full_flush(void)
{
	struct rdb_buf text = make_text(200000, 8), gz = {0}, out = {0};
	struct rdb_decoder *inflate;
	struct rdb_err err = {0};
	z_stream z = {0};

	REQUIRE(rdb_buf_reserve(&gz, 400000) == 0);
	REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (Bytef *)text.data;
	z.avail_in = 120000;
	z.next_out = (Bytef *)gz.data;
	z.avail_out = 400000;
	REQUIRE(deflate(&z, Z_FULL_FLUSH) == Z_OK);
	uint64_t flushed = z.total_out;
	z.avail_in = 80000;
	REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
	gz.len = z.total_out;
	deflateEnd(&z);
	add_gzip(&gz, "second", 6, 6);

	struct rdb_source *source = memory_source(gz.data, gz.len);
	REQUIRE(rdb_inflate_open(source, &inflate, &err) == 0);
	inflate->ops->restart(inflate, flushed, 120000);
	CHECK_INT(read_all(inflate, &out, 5000, &err), 0);
	CHECK_INT(out.len, 80006);
	CHECK(memcmp(out.data, text.data + 120000, 80000) == 0);
	CHECK(memcmp(out.data + 80000, "second", 6) == 0);
	rdb_decoder_close(inflate);
	rdb_source_close(source);
	rdb_buf_free(&out);
	rdb_buf_free(&text);
	rdb_buf_free(&gz);
}

static void test_not_gzip(void)
{
	static const struct {
		const char *data;
		size_t len;
		const char *words;
		int ret;
	} cases[] = {
		{"", 0, "the file is empty", -ENODATA},
		{"\x1f", 1, "cut short", -ENODATA},
		{"PK\x03\x04", 4, "not in gzip format", -EILSEQ},
		{"\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x03", 10, "header is damaged", -EILSEQ},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x07", 11, "damaged", -EILSEQ},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rdb_source *source = memory_source(cases[i].data, cases[i].len);
		struct rdb_decoder *inflate;
		struct rdb_err err = {0};
		char buf[10];

		REQUIRE(rdb_inflate_open(source, &inflate, &err) == 0);
		CHECK_INT(inflate->ops->read(inflate, buf, sizeof(buf), &err), cases[i].ret);
		CHECK(strstr(err.text, cases[i].words));
		CHECK_INT(inflate->ops->read(inflate, buf, sizeof(buf), &err), cases[i].ret);
		rdb_decoder_close(inflate);
		rdb_source_close(source);
	}
}

int main(void)
{
	RUN(test_reads_what_zlib_wrote);
	RUN(test_members_are_read_as_one);
	RUN(test_what_follows_the_last_member);
	RUN(test_truncated_anywhere);
	RUN(test_flipped_bits);
	RUN(test_saved_states_read_on);
	RUN(test_bad_states_are_refused);
	RUN(test_restart_after_a_full_flush);
	RUN(test_not_gzip);
	CHECK_EXIT();
}
