/* Check of one file of a backup, whose bytes arrive in pieces. Every document is validated. Not
 * thread-safe. */
#ifndef RDB_CMD_CMD_CHECK_H
#define RDB_CMD_CMD_CHECK_H

#include "archive/archive.h"
#include "format/member_name.h"
#include "gz/gunzip.h"
#include "json/csv.h"
#include "json/split.h"

struct rdb_table_check {
	enum rdb_member_kind kind;
	const char *primary_key; /* "" if unknown; the key of documents is then not checked */
	struct rdb_json_split split;
	struct rdb_json_csv values;
	enum rdb_blank blank;      /* which blank file is complete; the caller may set it */
	bool begun;                /* the first byte was received */
	struct rdb_gunzip *gunzip; /* decompressor if the file is gzip; else NULL */
	struct rdb_buf info;       /* complete text of a table's .info file */
	uint64_t documents;
};

/* Starts a check. primary_key must stay valid until rdb_table_check_free(). delimiter is the
 * delimiter of comma-separated values; 0 means a comma. */
void rdb_table_check_init(struct rdb_table_check *check, enum rdb_member_kind kind, char delimiter,
	const char *primary_key);

/*
 * rdb_table_check_feed() checks the next bytes of the file. rdb_table_check_end() checks that no
 * document is incomplete. Both return 0, -ENOMEM, or -EINVAL for an invalid document.
 */
int rdb_table_check_feed(
	struct rdb_table_check *check, const char *data, size_t len, struct rdb_err *err);
int rdb_table_check_end(struct rdb_table_check *check, struct rdb_err *err);

void rdb_table_check_free(struct rdb_table_check *check);

#endif
