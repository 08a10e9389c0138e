/* Checks one file of a backup, that arrives in pieces: every document of it. Not thread-safe. */
#ifndef RDB_CMD_CMD_CHECK_H
#define RDB_CMD_CMD_CHECK_H

#include "archive/archive.h"
#include "gz/gunzip.h"
#include "json/csv.h"
#include "json/split.h"

struct rdb_table_check {
	enum rdb_member_kind kind;
	const char *primary_key; /* "": not known, so not looked for */
	struct rdb_json_split split;
	struct rdb_json_csv values;
	bool begun;                /* the first byte was seen */
	struct rdb_gunzip *gunzip; /* of a file that is gzip, as its first byte shows; NULL: none */
	struct rdb_buf info;       /* the whole text of an .info */
	uint64_t documents;
};

/* primary_key must stay until free. delimiter: of comma-separated values; 0: a comma. */
void rdb_table_check_init(struct rdb_table_check *check, enum rdb_member_kind kind, char delimiter,
	const char *primary_key);

/*
 * Takes the next bytes; end: there are no more.
 *   -EINVAL  something is wrong with a document; the words say where
 *   -ENOMEM
 */
int rdb_table_check_feed(
	struct rdb_table_check *check, const char *data, size_t len, struct rdb_err *err);
int rdb_table_check_end(struct rdb_table_check *check, struct rdb_err *err);

void rdb_table_check_free(struct rdb_table_check *check);

#endif
