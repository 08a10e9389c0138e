#include "gz/gunzip.h"
#include "unit/check.h"

#include <errno.h>
#include <zlib.h>

/* Appends a gzip member to out. */
static void pack(const char *data, size_t len, struct rdb_buf *out)
{
	z_stream stream = {0};
	unsigned char *copy = malloc(len + 1);

	REQUIRE(copy);
	memcpy(copy, data, len);
	REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0) == Z_OK);
	REQUIRE(rdb_buf_reserve(out, deflateBound(&stream, len)) == 0);
	stream.next_in = copy;
	stream.avail_in = (uInt)len;
	stream.next_out = (unsigned char *)out->data + out->len;
	stream.avail_out = (uInt)(out->cap - out->len);
	REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	out->len += stream.total_out;
	deflateEnd(&stream);
	free(copy);
}

/* Decompresses pieces of the given length; returns the first error, or the result of the end. */
static int unpack(const struct rdb_buf *packed, size_t step, struct rdb_buf *out)
{
	struct rdb_gunzip *gunzip;
	const char *text;
	ssize_t n = 0;
	int ret;

	rdb_buf_clear(out);
	REQUIRE(rdb_gunzip_create(&gunzip) == 0);
	for (size_t at = 0; at < packed->len && n == 0; at += step) {
		size_t len = packed->len - at < step ? packed->len - at : step;
		char *piece = malloc(len);
		REQUIRE(piece);
		memcpy(piece, packed->data + at, len);
		rdb_gunzip_feed(gunzip, piece, len);
		while ((n = rdb_gunzip_next(gunzip, &text, NULL)) > 0)
			REQUIRE(rdb_buf_add(out, text, (size_t)n) == 0);
		if (n < 0)
			CHECK_INT(rdb_gunzip_next(gunzip, &text, NULL), n);
		free(piece);
	}
	ret = n < 0 ? (int)n : rdb_gunzip_end(gunzip, NULL);
	rdb_gunzip_free(gunzip);
	return ret;
}

static void make_text(struct rdb_buf *text)
{
	for (int i = 0; i < 60000; i++)
		REQUIRE(rdb_buf_printf(text, "{\"id\": %d}\n", i * 7919 % 60000) == 0);
}

static void test_pieces_of_any_size(void)
{
	static const size_t steps[] = {1, 2, 7, 100, 4096, 1000000};
	struct rdb_buf text = {0}, packed = {0}, out = {0};

	make_text(&text);
	pack(text.data, text.len / 2, &packed);
	pack("", 0, &packed);
	pack(text.data + text.len / 2, text.len - text.len / 2, &packed);
	CHECK(rdb_gunzip_is(packed.data, packed.len) && !rdb_gunzip_is(text.data, text.len));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		CHECK_INT(unpack(&packed, steps[i], &out), 0);
		CHECK_INT(out.len, text.len);
		CHECK(memcmp(out.data, text.data, text.len) == 0);
	}
	REQUIRE(rdb_buf_add(&packed, "\0\0\0garbage", 10) == 0);
	CHECK_INT(unpack(&packed, 3, &out), 0);
	CHECK_INT(out.len, text.len);
	rdb_buf_free(&text);
	rdb_buf_free(&packed);
	rdb_buf_free(&out);
}

/* Cut or flipped at any position: never decompresses everything without an error. */
static void test_damage_is_an_error(void)
{
	struct rdb_buf packed = {0}, out = {0}, cut;

	pack("[{\"id\": 1},{\"id\": 2}]", 21, &packed);
	for (size_t len = 1; len < packed.len; len++) {
		cut = packed;
		cut.len = len;
		CHECK_INT(unpack(&cut, 5, &out), -EINVAL);
	}
	for (size_t at = 10; at < packed.len; at++) {
		packed.data[at] ^= 0x10;
		CHECK_INT(unpack(&packed, 1000, &out), -EINVAL);
		packed.data[at] ^= 0x10;
	}
	rdb_buf_free(&packed);
	rdb_buf_free(&out);
}

static void test_text_within_the_limit(void)
{
	struct rdb_buf text = {0}, packed = {0}, out = {0};

	make_text(&text);
	pack(text.data, text.len, &packed);
	CHECK_INT(rdb_gunzip_text(packed.data, packed.len, text.len, &out, NULL), 0);
	CHECK_INT(out.len, text.len);
	rdb_buf_clear(&out);
	CHECK_INT(rdb_gunzip_text(packed.data, packed.len, text.len - 1, &out, NULL), -EMSGSIZE);
	rdb_buf_clear(&out);
	CHECK_INT(rdb_gunzip_text(packed.data, packed.len - 1, text.len, &out, NULL), -EINVAL);
	rdb_buf_free(&text);
	rdb_buf_free(&packed);
	rdb_buf_free(&out);
}

int main(void)
{
	RUN(test_pieces_of_any_size);
	RUN(test_damage_is_an_error);
	RUN(test_text_within_the_limit);
	CHECK_EXIT();
}
