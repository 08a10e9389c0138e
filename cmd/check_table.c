#include "cmd/cmd_check.h"

#include "base/byte_order_mark.h"
#include "format/documents.h"

#include <errno.h>
#include <inttypes.h>

#define INFO_MAX (16 * 1024 * 1024) /* bytes; a few KB are usual */

void rdb_table_check_init(struct rdb_table_check *check, enum rdb_member_kind kind, char delimiter,
	const char *primary_key)
{
	*check = (struct rdb_table_check){.kind = kind, .primary_key = primary_key};
	rdb_json_split_init(&check->split, 0);
	rdb_json_csv_init(&check->values, delimiter ? delimiter : ',', 0);
}

void rdb_table_check_free(struct rdb_table_check *check)
{
	rdb_json_split_free(&check->split);
	rdb_json_csv_free(&check->values);
	rdb_buf_free(&check->info);
	rdb_gunzip_free(check->gunzip);
}

static int check_document(
	struct rdb_table_check *check, const struct rdb_json_piece *piece, struct rdb_err *err)
{
	const char *key = check->primary_key[0] ? check->primary_key : NULL;
	struct rdb_json_found found;
	int ret = rdb_documents_validate(piece, key, &found, err);

	if (ret == 0 && key)
		ret = rdb_documents_check_key(piece, key, &found, err);
	check->documents += ret == 0;
	return ret;
}

/* Returns a hint about --delimiter if the CSV table has only one column, or "" otherwise. A single
 * column is suspect, because a character other than the comma possibly separates the values. */
static const char *hint(const struct rdb_table_check *check)
{
	return check->kind == RDB_MEMBER_CSV && check->values.columns == 1
		       ? " (--delimiter is for values that no comma delimits)"
		       : "";
}

static int split_failed(const struct rdb_table_check *check, int ret,
	const struct rdb_json_fault *fault, struct rdb_err *err)
{
	if (ret == -EMSGSIZE)
		return rdb_err_set(err, EINVAL,
			"the document at byte %" PRIu64 " is larger than the server takes",
			fault->at);
	if (ret == -EINVAL)
		return rdb_err_set(err, EINVAL,
			"after document %" PRIu64 ", at byte %" PRIu64 ": %s was expected%s",
			check->documents, fault->at, fault->expected, hint(check));
	return rdb_err_sys(err, -ret, "reading documents");
}

static int next(
	struct rdb_table_check *check, struct rdb_json_piece *piece, struct rdb_json_fault *fault)
{
	return check->kind == RDB_MEMBER_CSV ? rdb_json_csv_next(&check->values, piece, fault)
					     : rdb_json_split_next(&check->split, piece, fault);
}

static int check_documents(struct rdb_table_check *check, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	struct rdb_json_fault fault;
	int ret;

	while ((ret = next(check, &piece, &fault)) == 1) {
		ret = check_document(check, &piece, err);
		if (ret != 0)
			return ret;
	}
	return ret == 0 ? 0 : split_failed(check, ret, &fault, err);
}

static int feed_text(
	struct rdb_table_check *check, const char *data, size_t len, struct rdb_err *err)
{
	switch (check->kind) {
	case RDB_MEMBER_JSON:
		rdb_json_split_feed(&check->split, data, len);
		return check_documents(check, err);
	case RDB_MEMBER_CSV:
		rdb_json_csv_feed(&check->values, data, len);
		return check_documents(check, err);
	case RDB_MEMBER_INFO:
		if (check->info.len + len > INFO_MAX)
			return rdb_err_set(err, EINVAL, "it is longer than %d bytes", INFO_MAX);
		return rdb_buf_add(&check->info, data, len) == 0 ? 0
								 : rdb_err_sys(err, ENOMEM, "info");
	}
	return 0;
}

static int feed_gzip(
	struct rdb_table_check *check, const char *data, size_t len, struct rdb_err *err)
{
	const char *text;
	ssize_t n;
	int ret = 0;

	rdb_gunzip_feed(check->gunzip, data, len);
	while (ret == 0 && (n = rdb_gunzip_next(check->gunzip, &text, err)) != 0)
		ret = n < 0 ? (int)n : feed_text(check, text, (size_t)n, err);
	return ret;
}

int rdb_table_check_feed(
	struct rdb_table_check *check, const char *data, size_t len, struct rdb_err *err)
{
	bool begins = !check->begun && len > 0;

	check->begun |= begins;
	if (begins && rdb_gunzip_is(data, len) && rdb_gunzip_create(&check->gunzip) != 0)
		return rdb_err_sys(err, ENOMEM, "decompressing");
	return check->gunzip ? feed_gzip(check, data, len, err) : feed_text(check, data, len, err);
}

static int end_documents(struct rdb_table_check *check, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	struct rdb_json_fault fault;
	int ret = check->kind == RDB_MEMBER_CSV ? rdb_json_csv_end(&check->values, &piece, &fault)
						: rdb_json_split_end(&check->split, &piece, &fault);

	if (ret == 1)
		return check_document(check, &piece, err);
	return ret == 0 ? 0 : split_failed(check, ret, &fault, err);
}

static int end_info(const struct rdb_table_check *check, struct rdb_err *err)
{
	const struct rdb_json_want want = {.object = true};
	struct rdb_json_fault fault;
	const size_t mark = rdb_byte_order_mark(check->info.data, check->info.len);
	/* Add "mark" only if "mark" is not 0, because the data pointer of an empty buffer is NULL,
	 * and adding 0 to NULL is undefined. */
	const char *text = mark ? check->info.data + mark : check->info.data;
	int ret = rdb_json_document(text, check->info.len - mark, &want, NULL, &fault);

	if (ret == -EINVAL)
		return rdb_err_set(err, EINVAL, "at byte %" PRIu64 ": %s was expected",
			mark + fault.at, fault.expected);
	return ret == 0 ? 0 : rdb_err_sys(err, -ret, "info");
}

int rdb_table_check_end(struct rdb_table_check *check, struct rdb_err *err)
{
	int ret = check->gunzip ? rdb_gunzip_end(check->gunzip, err) : 0;

	if (ret != 0)
		return ret;
	if (rdb_blank_is_complete(check->blank, check->gunzip != NULL))
		rdb_json_split_accept_blank(&check->split);
	return check->kind == RDB_MEMBER_INFO ? end_info(check, err) : end_documents(check, err);
}
