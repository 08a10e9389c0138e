/* Fuzzes gzip in pieces: the output must not depend on their boundaries. */
#include "gz/gunzip.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST (1 << 20) /* limit on decompressed bytes: a small input may contain gigabytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Decompresses pieces of the given length. Returns 0, or the error of rdb_gunzip_next() or
 * rdb_gunzip_end(). */
static int decompress(const char *data, size_t len, size_t piece, struct rdb_buf *out)
{
	struct rdb_gunzip *gunzip;
	struct rdb_err err = {0};
	const char *text;
	ssize_t n = 0;

	require(rdb_gunzip_create(&gunzip) == 0);
	for (size_t at = 0; at < len && n == 0 && out->len < MOST; at += piece) {
		rdb_gunzip_feed(gunzip, data + at, len - at < piece ? len - at : piece);
		while ((n = rdb_gunzip_next(gunzip, &text, &err)) > 0 && out->len < MOST)
			require(rdb_buf_add(out, text, (size_t)n) == 0);
	}
	if (n < 0) {
		require(n == -EINVAL && err.code == EINVAL && err.text[0]);
		require(rdb_gunzip_next(gunzip, &text, NULL) == -EINVAL);
		require(rdb_gunzip_end(gunzip, NULL) == -EINVAL);
	} else if (n == 0) {
		n = rdb_gunzip_end(gunzip, NULL);
	}
	rdb_gunzip_free(gunzip);
	return n > 0 ? -EMSGSIZE : (int)n;
}

/* Compares the text up to the first error; the amount returned before an error may differ. */
static void compare(const struct rdb_buf *a, int a_ret, const struct rdb_buf *b, int b_ret)
{
	size_t len = a->len < b->len ? a->len : b->len;

	require(len == 0 || memcmp(a->data, b->data, len) == 0);
	if (a_ret == -EMSGSIZE || b_ret == -EMSGSIZE)
		return;
	require(a_ret == b_ret);
	require(a_ret != 0 || a->len == b->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct rdb_buf whole = {0}, pieces = {0}, text = {0};
	int whole_ret, pieces_ret, text_ret;

	if (size < 1)
		return 0;
	bytes++;
	size--;
	whole_ret = decompress(bytes, size, size ? size : 1, &whole);
	pieces_ret = decompress(bytes, size, 1u + data[0], &pieces);
	compare(&whole, whole_ret, &pieces, pieces_ret);
	text_ret = rdb_gunzip_text(bytes, size, MOST, &text, NULL);
	require(text.len <= MOST);
	compare(&whole, whole_ret, &text, text_ret);
	rdb_buf_free(&whole);
	rdb_buf_free(&pieces);
	rdb_buf_free(&text);
	return 0;
}
