/*
 * Fuzzes a response: one that jansson parses, with the right members, is accepted, and each span
 * contains the member's value.
 */
#include "fuzz/json_reference.h"
#include "json/response_text.h"
#include "json/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether this member is valid: a small whole number, written as such. */
static bool is_number(const json_t *json, const char *name, double least)
{
	const json_t *value = json_object_get(json, name);
	double number = json_number_value(value);

	return !value || (json_is_number(value) && number >= least && number < 1e8 &&
				 number == (double)(long)number);
}

static bool is_array(const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);

	return !value || json_is_array(value);
}

static void check_span(const json_t *json, const char *name, struct rdb_json_span span)
{
	const json_t *want = json_object_get(json, name);
	json_t *got = NULL;

	DEMAND((want != NULL) == (span.data != NULL));
	if (!want)
		return;
	DEMAND(reference_value(span.data, span.len, &got) == span.len);
	DEMAND(json_equal(want, got));
	json_decref(got);
}

static void check_split(const json_t *json, struct rdb_json_span span)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	size_t count = 0;
	int rc;

	rdb_json_split_init(&split, 0);
	rdb_json_split_feed(&split, span.data, span.len);
	while ((rc = rdb_json_split_next(&split, &piece, NULL)) == 1)
		count++;
	DEMAND(!json || (rc == 0 && count == json_array_size(json_object_get(json, "r"))));
	rdb_json_split_free(&split);
}

static void check(const json_t *json, const struct rdb_json_response *response, int rc)
{
	if (!json_object_get(json, "t") || !is_number(json, "t", 1) || !is_number(json, "e", 0) ||
		!is_array(json, "r") || !is_array(json, "n"))
		return;
	if (rc != 0)
		return; /* a number written as 1.0, an escaped or a duplicate member */
	DEMAND(response->type == (int)json_number_value(json_object_get(json, "t")));
	DEMAND(response->error == (int)json_number_value(json_object_get(json, "e")));
	check_span(json, "r", response->results);
	check_span(json, "n", response->notes);
	check_span(json, "b", response->backtrace);
	check_span(json, "p", response->profile);
	if (response->results.data)
		check_split(json, response->results);
}

/* Whether the members have the server's own form, which must be accepted. */
static bool is_plain(const char *text, size_t len)
{
	return len > 6 && memcmp(text, "{\"t\":", 5) == 0 && !memchr(text, '\\', len) &&
	       !memchr(text, '.', len) && !memchr(text, 'e', len) && !memchr(text, 'E', len) &&
	       !memchr(text, '-', len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct rdb_json_response response;
	struct rdb_json_fault fault = {0};
	int rc = rdb_json_response(text, size, &response, &fault);
	json_error_t error;
	json_t *json;

	DEMAND(rc == 0 || (fault.at <= size && fault.expected));
	if (rc == 0 && response.results.data)
		check_split(NULL, response.results);
	json = json_loadb(text, size,
		JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(json) && !reference_differs(text, size)) {
		check(json, &response, rc);
		if (is_plain(text, size) && json_object_get(json, "t") && is_number(json, "t", 1) &&
			!json_object_get(json, "e") && is_array(json, "r") && is_array(json, "n") &&
			text[5] != '0')
			DEMAND(rc == 0);
	}
	json_decref(json);
	return 0;
}
