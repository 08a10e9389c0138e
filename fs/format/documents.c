#include "format/documents.h"

#include "reql/term.h"
#include "json/binary.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Limit on the length of a document's text, in bytes. A binary value may contain an escaped line
 * break of 4 bytes after every 76 characters. LIMIT counts these line breaks, but
 * RDB_QUERY_DOCUMENT_MAX does not. */
#define LIMIT (RDB_QUERY_DOCUMENT_MAX / 76 * 80 + 80)

int rdb_documents_init(struct rdb_documents *documents, char delimiter, struct rdb_err *err)
{
	*documents = (struct rdb_documents){.csv = delimiter != 0};
	rdb_json_split_init(&documents->split, LIMIT);
	if (delimiter && rdb_json_csv_init(&documents->values, delimiter, LIMIT) != 0)
		return rdb_err_set(
			err, EINVAL, "that character can't delimit comma-separated values");
	return 0;
}

void rdb_documents_free(struct rdb_documents *documents)
{
	rdb_json_split_free(&documents->split);
	if (documents->csv)
		rdb_json_csv_free(&documents->values);
	rdb_gunzip_free(documents->gunzip);
}

void rdb_documents_accept_blank(struct rdb_documents *documents, enum rdb_blank blank)
{
	documents->blank = blank;
}

bool rdb_documents_are_blank(const struct rdb_documents *documents)
{
	return !documents->csv && rdb_json_split_is_blank(&documents->split);
}

void rdb_documents_enter(
	struct rdb_documents *documents, bool in_array, uint64_t offset, uint64_t number)
{
	documents->begun = true;
	documents->fed = offset;
	documents->number = number;
	if (documents->csv)
		rdb_json_csv_enter(&documents->values, offset, number);
	else
		rdb_json_split_enter(&documents->split, in_array, offset, number);
}

enum rdb_table_layout rdb_documents_layout(const struct rdb_documents *documents)
{
	if (documents->packed)
		return RDB_LAYOUT_PACKED;
	if (documents->csv)
		return RDB_LAYOUT_ROWS;
	return documents->split.scan.mode == RDB_JSON_STREAM ? RDB_LAYOUT_STREAM : RDB_LAYOUT_ARRAY;
}

static void feed_text(struct rdb_documents *documents, const char *data, size_t len)
{
	documents->fed += len;
	if (documents->csv)
		rdb_json_csv_feed(&documents->values, data, len);
	else
		rdb_json_split_feed(&documents->split, data, len);
}

void rdb_documents_feed(struct rdb_documents *documents, const char *data, size_t len)
{
	if (!documents->begun)
		documents->packed = rdb_gunzip_is(data, len);
	documents->begun |= len > 0;
	if (!documents->packed) {
		feed_text(documents, data, len);
	} else if (documents->gunzip || rdb_gunzip_create(&documents->gunzip) == 0) {
		rdb_gunzip_feed(documents->gunzip, data, len);
	}
}

static int too_large(uint64_t number, uint64_t offset, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"document %" PRIu64 " at byte %" PRIu64
		" is larger than the server accepts (128 MiB)",
		number, offset);
}

static int explain(const struct rdb_documents *documents, int ret,
	const struct rdb_json_fault *fault, struct rdb_err *err)
{
	if (ret == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "documents");
	if (ret == -EMSGSIZE)
		return too_large(documents->number + 1, fault->at, err);
	if (fault->at >= documents->fed)
		return rdb_err_set(err, EINVAL,
			"it is cut short: after document %" PRIu64 ", at byte %" PRIu64
			", %s was expected",
			documents->number, fault->at, fault->expected);
	return rdb_err_set(err, EINVAL,
		"after document %" PRIu64 ", at byte %" PRIu64 ", %s was expected",
		documents->number, fault->at, fault->expected);
}

static int outcome(struct rdb_documents *documents, int ret, const struct rdb_json_piece *piece,
	const struct rdb_json_fault *fault, struct rdb_err *err)
{
	if (ret == 1)
		documents->number = piece->number;
	return ret < 0 ? explain(documents, ret, fault, err) : ret;
}

static int next(struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err)
{
	struct rdb_json_fault fault = {0};
	int ret = documents->csv ? rdb_json_csv_next(&documents->values, piece, &fault)
				 : rdb_json_split_next(&documents->split, piece, &fault);

	return outcome(documents, ret, piece, &fault, err);
}

int rdb_documents_next(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err)
{
	int ret = next(documents, piece, err);
	const char *text;
	ssize_t n;

	if (ret == 0 && documents->packed && !documents->gunzip)
		return rdb_err_sys(err, ENOMEM, "documents");
	while (ret == 0 && documents->gunzip) {
		n = rdb_gunzip_next(documents->gunzip, &text, err);
		if (n <= 0)
			return (int)n;
		feed_text(documents, text, (size_t)n);
		ret = next(documents, piece, err);
	}
	return ret;
}

int rdb_documents_end(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err)
{
	struct rdb_json_fault fault = {0};
	int ret = documents->gunzip ? rdb_gunzip_end(documents->gunzip, err) : 0;

	if (ret != 0)
		return ret;
	if (rdb_blank_is_complete(documents->blank, documents->gunzip != NULL))
		rdb_json_split_accept_blank(&documents->split);
	ret = documents->csv ? rdb_json_csv_end(&documents->values, piece, &fault)
			     : rdb_json_split_end(&documents->split, piece, &fault);

	return outcome(documents, ret, piece, &fault, err);
}

int rdb_documents_validate(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_found *found, struct rdb_err *err)
{
	const struct rdb_json_want want = {
		.object = true, .key = key, .key_len = key ? strlen(key) : 0};
	struct rdb_json_fault fault;
	int ret = rdb_json_document(piece->data, piece->len, &want, found, &fault);

	if (ret == -EINVAL)
		return rdb_json_fault_set(&fault, piece->number, piece->offset, err);
	return ret ? rdb_err_sys(err, -ret, "document %" PRIu64, piece->number) : 0;
}

int rdb_documents_check_key(const struct rdb_json_piece *piece, const char *key,
	const struct rdb_json_found *found, struct rdb_err *err)
{
	if (found->keys == 1)
		return 0;
	return rdb_err_set(err, EINVAL,
		"document %" PRIu64 " at byte %" PRIu64 " has %s primary key \"%s\"", piece->number,
		piece->offset, found->keys ? "more than one" : "no", key);
}

int rdb_documents_check(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_span *value, struct rdb_err *err)
{
	struct rdb_json_found found;
	int ret = rdb_documents_validate(piece, key, &found, err);

	if (ret != 0)
		return ret;
	if (piece->len > RDB_QUERY_DOCUMENT_MAX &&
		rdb_json_binary_length(piece->data, piece->len) > RDB_QUERY_DOCUMENT_MAX)
		return too_large(piece->number, piece->offset, err);
	if (found.literals)
		return rdb_err_set(err, EINVAL,
			"document %" PRIu64 " at byte %" PRIu64
			" contains an object of the type LITERAL, which is valid only in queries",
			piece->number, piece->offset);
	*value = found.key;
	return rdb_documents_check_key(piece, key, &found, err);
}
