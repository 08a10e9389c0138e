#include "restore/documents.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int rdb_documents_init(struct rdb_documents *documents, char delimiter, struct rdb_err *err)
{
	*documents = (struct rdb_documents){.csv = delimiter != 0};
	rdb_json_split_init(&documents->split, RDB_DOCUMENT_MAX);
	if (delimiter && rdb_json_csv_init(&documents->values, delimiter, RDB_DOCUMENT_MAX) != 0)
		return rdb_err_set(
			err, EINVAL, "comma-separated values can't be delimited by that character");
	return 0;
}

void rdb_documents_free(struct rdb_documents *documents)
{
	rdb_json_split_free(&documents->split);
	if (documents->csv)
		rdb_json_csv_free(&documents->values);
}

void rdb_documents_feed(struct rdb_documents *documents, const char *data, size_t len)
{
	documents->fed += len;
	if (documents->csv)
		rdb_json_csv_feed(&documents->values, data, len);
	else
		rdb_json_split_feed(&documents->split, data, len);
}

static int explain(const struct rdb_documents *documents, int rc,
	const struct rdb_json_fault *fault, struct rdb_err *err)
{
	if (rc == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "documents");
	if (rc == -EMSGSIZE)
		return rdb_err_set(err, EINVAL,
			"document %" PRIu64 " at byte %zu is larger than the server takes (128 "
			"MiB)",
			documents->number + 1, fault->at);
	if (fault->at >= documents->fed)
		return rdb_err_set(err, EINVAL,
			"it ends in the middle: after document %" PRIu64 ", at byte %zu, %s was "
			"expected",
			documents->number, fault->at, fault->expected);
	return rdb_err_set(err, EINVAL, "after document %" PRIu64 ", at byte %zu, %s was expected",
		documents->number, fault->at, fault->expected);
}

static int outcome(struct rdb_documents *documents, int rc, const struct rdb_json_piece *piece,
	const struct rdb_json_fault *fault, struct rdb_err *err)
{
	if (rc == 1)
		documents->number = piece->number;
	return rc < 0 ? explain(documents, rc, fault, err) : rc;
}

int rdb_documents_next(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err)
{
	struct rdb_json_fault fault = {0};
	int rc = documents->csv ? rdb_json_csv_next(&documents->values, piece, &fault)
				: rdb_json_split_next(&documents->split, piece, &fault);

	return outcome(documents, rc, piece, &fault, err);
}

int rdb_documents_end(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err)
{
	struct rdb_json_fault fault = {0};
	int rc = documents->csv ? rdb_json_csv_end(&documents->values, piece, &fault)
				: rdb_json_split_end(&documents->split, piece, &fault);

	return outcome(documents, rc, piece, &fault, err);
}

int rdb_documents_check(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_span *value, struct rdb_err *err)
{
	const struct rdb_json_want want = {.object = true, .key = key, .key_len = strlen(key)};
	struct rdb_json_found found;
	struct rdb_json_fault fault;
	int rc = rdb_json_document(piece->data, piece->len, &want, &found, &fault);

	if (rc == -EINVAL)
		return rdb_json_fault_set(&fault, piece->number, piece->offset, err);
	if (rc != 0)
		return rdb_err_sys(err, -rc, "document %" PRIu64, piece->number);
	*value = found.key;
	if (found.keys == 1)
		return 0;
	return rdb_err_set(err, EINVAL,
		"document %" PRIu64 " at byte %" PRIu64 " has %s primary key \"%s\"", piece->number,
		piece->offset, found.keys ? "more than one" : "no", key);
}
