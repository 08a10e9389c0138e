#include "reql/response.h"

#include "json/response_text.h"
#include "json/split.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool is_type(int type)
{
	return (type >= RDB_RESPONSE_ATOM && type <= RDB_RESPONSE_SERVER_INFO) ||
	       (type >= RDB_RESPONSE_CLIENT_ERROR && type <= RDB_RESPONSE_RUNTIME_ERROR);
}

int rdb_response_parse(struct rdb_response *response, struct rdb_err *err)
{
	struct rdb_json_response parts;
	struct rdb_json_fault fault;
	int ret = rdb_json_response(response->body.data, response->body.len, &parts, &fault);

	if (ret != 0)
		return rdb_err_set(err, EPROTO,
			"the server's answer is not a ReQL response: at byte %" PRIu64
			" %s was expected",
			fault.at, fault.expected);
	if (!is_type(parts.type) || !parts.results.data)
		return rdb_err_set(
			err, EPROTO, "the server's answer is of no known type (%d)", parts.type);
	response->type = (enum rdb_response_type)parts.type;
	response->error_class = parts.error;
	response->r = parts.results;
	return 0;
}

int rdb_response_atom(
	const struct rdb_response *response, struct rdb_json_span *out, struct rdb_err *err)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece, second;
	int ret;

	rdb_json_split_init(&split, response->r.len);
	rdb_json_split_feed(&split, response->r.data, response->r.len);
	ret = rdb_json_split_next(&split, &piece, NULL);
	if (ret == 1)
		*out = (struct rdb_json_span){piece.data, piece.len};
	if (ret == 1 && rdb_json_split_next(&split, &second, NULL) != 0)
		ret = 0;
	rdb_json_split_free(&split);
	if (ret == 1)
		return 0;
	return rdb_err_set(err, EPROTO, "the server's answer is not one value");
}

struct rdb_json_span rdb_response_rows(const struct rdb_response *response)
{
	struct rdb_json_span value;

	if (response->type == RDB_RESPONSE_ATOM && rdb_response_atom(response, &value, NULL) == 0 &&
		value.data[0] == '[')
		return value;
	return response->r;
}

void rdb_response_free(struct rdb_response *response)
{
	rdb_buf_free(&response->body);
	*response = (struct rdb_response){0};
}

/* ---- errors ---- */

struct error_words {
	const char *words; /* text that occurs in the server's message */
	int code;
};

/* Texts to search for in the error message of a failed operation, each with its error number. If a
 * message contains none of the texts, the failure is permanent. */
static const struct error_words FAILED[] = {
	{"` does not exist", ENOENT},
	{"` already exists", EEXIST},
	{"primary replica", EAGAIN},
	{"not available", EAGAIN},
	{"imed out", EAGAIN},
	{"not ready", EAGAIN},
	{"contact", EAGAIN},
	{"unreachable", EAGAIN},
	{"majority", EAGAIN},
	{"accessible", EAGAIN},
	{"aborted by unshard", EAGAIN},
};

static const struct error_words INTERNAL[] = {
	{"none of the servers were accessible", EAGAIN},
	{"permission", EACCES},
};

static const struct error_words OTHER[] = {
	{"permission", EACCES},
};

static const struct error_words COMPILE[] = {
	{"Unrecognized TermType", EOPNOTSUPP},
	{"Unrecognized optional argument", EOPNOTSUPP},
};

static int find_code(
	const struct error_words *codes, size_t count, const char *words, int otherwise)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(words, codes[i].words))
			return codes[i].code;
	return otherwise;
}

#define CODE_OF(codes, words, otherwise)                                                           \
	find_code(codes, sizeof(codes) / sizeof((codes)[0]), words, otherwise)

static int class_code(int error_class, const char *words)
{
	switch (error_class) {
	case RDB_CLASS_INTERNAL:
		return CODE_OF(INTERNAL, words, EIO);
	case RDB_CLASS_OP_FAILED:
		return CODE_OF(FAILED, words, EINVAL);
	case RDB_CLASS_OP_INDETERMINATE:
		return EREMOTEIO;
	case RDB_CLASS_PERMISSION:
		return EACCES;
	case RDB_CLASS_NON_EXISTENCE:
		return ENOENT;
	case RDB_CLASS_QUERY_LOGIC:
		return EINVAL;
	default:
		return CODE_OF(OTHER, words, EIO);
	}
}

static int error_code(const struct rdb_response *response, const char *words)
{
	switch (response->type) {
	case RDB_RESPONSE_RUNTIME_ERROR:
		return class_code(response->error_class, words);
	case RDB_RESPONSE_COMPILE_ERROR:
		return CODE_OF(COMPILE, words, EINVAL);
	case RDB_RESPONSE_CLIENT_ERROR:
		return EINVAL;
	default:
		return 0;
	}
}

/* Appends the decoded value of the JSON string "text" to *out. Returns 0 or -ENOMEM. If "text" is
 * not a JSON string, appends nothing and returns 0. */
static int decode(struct rdb_json_span text, struct rdb_buf *out)
{
	const struct rdb_json_want want = {0};

	if (text.data[0] != '"' || text.data[text.len - 1] != '"' ||
		rdb_json_document(text.data, text.len, &want, NULL, NULL) != 0)
		return 0;
	return rdb_json_text_decode((struct rdb_json_span){text.data + 1, text.len - 2}, out);
}

/* Stores the first line of the server's error message in "words". Omits the message's other lines,
 * because they may show a document. */
static int get_words(const struct rdb_response *response, struct rdb_buf *words)
{
	struct rdb_json_span text;
	int ret = 0;

	if (rdb_response_atom(response, &text, NULL) == 0)
		ret = decode(text, words);
	if (ret != 0 || !rdb_buf_cstr(words))
		return -ENOMEM;
	words->len = strcspn(words->data, "\n");
	if (words->len == 0)
		ret = rdb_buf_puts(words, "the server gives no reason");
	return rdb_buf_cstr(words) ? ret : -ENOMEM;
}

int rdb_response_check(const struct rdb_response *response, struct rdb_err *err)
{
	struct rdb_buf words = {0};
	int ret;

	if (response->type < RDB_RESPONSE_CLIENT_ERROR)
		return 0;
	if (get_words(response, &words) != 0)
		ret = rdb_err_sys(err, ENOMEM, "the server's answer");
	else
		ret = rdb_err_set(err, error_code(response, words.data), "%s", words.data);
	rdb_buf_free(&words);
	return ret;
}

/* ---- trying again ---- */

enum rdb_retry rdb_retry_of(int error)
{
	switch (-error) {
	case EAGAIN:
	case ECONNREFUSED:
	case EHOSTUNREACH:
		return RDB_RETRY_ALWAYS;
	case ECONNRESET:
	case ETIMEDOUT:
	case EREMOTEIO:
		return RDB_RETRY_IDEMPOTENT;
	default:
		return RDB_RETRY_NEVER;
	}
}
