/* Check of one file of a backup that arrives in pieces: validates every document. Not
 * thread-safe. */
#ifndef RDB_CMD_CMD_CHECK_H
#define RDB_CMD_CMD_CHECK_H

#include "archive/archive.h"
#include "gz/gunzip.h"
#include "json/csv.h"
#include "json/split.h"

struct rdb_table_check {
	enum rdb_member_kind kind;
	const char *primary_key; /* "": unknown, not checked */
	struct rdb_json_split split;
	struct rdb_json_csv values;
	bool begun;                /* the first byte was seen */
	struct rdb_gunzip *gunzip; /* decompressor, if the first byte shows gzip; else NULL */
	struct rdb_buf info;       /* complete text of an .info */
	uint64_t documents;
};

/* Starts a check. primary_key must stay valid until rdb_table_check_free(). delimiter: separator of
 * CSV; 0: a comma. */
void rdb_table_check_init(struct rdb_table_check *check, enum rdb_member_kind kind, char delimiter,
	const char *primary_key);

/*
 * Feed checks the next bytes of the file, end its last document.
 *   -EINVAL  a document is not valid; err says where
 *   -ENOMEM
 */
int rdb_table_check_feed(
	struct rdb_table_check *check, const char *data, size_t len, struct rdb_err *err);
int rdb_table_check_end(struct rdb_table_check *check, struct rdb_err *err);

void rdb_table_check_free(struct rdb_table_check *check);

#endif
