/* Fuzzes headers of a server: names and values are text without line ends, names in lower case. */
#include "http/http_private.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static const char *check_text(const char *text, const char *end)
{
	const char *stop = memchr(text, '\0', (size_t)(end - text));

	require(stop != NULL && !memchr(text, '\n', (size_t)(stop - text)));
	return stop + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_buf raw = {0};
	struct rdb_http_response response = {0};

	require(rdb_buf_add(&raw, data, size) == 0);
	require(rdb_http_headers_parse(&raw, &response.headers) == 0);
	const char *at = response.headers.data;
	const char *end = response.headers.len ? at + response.headers.len : at;
	while (at < end) {
		const char *value = check_text(at, end);
		for (const char *c = at; *c; c++)
			require(!isupper((unsigned char)*c) && *c != ':');
		require(*at && rdb_http_header(&response, at) != NULL);
		at = check_text(value, end);
	}
	rdb_buf_free(&raw);
	rdb_http_response_free(&response);
	return 0;
}
