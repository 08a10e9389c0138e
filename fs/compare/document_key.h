/* The primary key of a document, encoded for comparison. Any thread may call. */
#ifndef RDB_COMPARE_DOCUMENT_KEY_H
#define RDB_COMPARE_DOCUMENT_KEY_H

#include "base/err.h"
#include "json/primary_key.h"
#include "json/split.h"

struct rdb_document_key {
	struct rdb_json_span json; /* text of the key, within the document */
	struct rdb_primary_key bytes;
};

/*
 * Extracts a document's key. name: of the primary key.
 *   -EINVAL  not a JSON object, as far as its key, or without a usable primary key; the text
 *            contains the document's number
 *   -ENOMEM
 */
int rdb_document_key(const struct rdb_json_piece *document, const char *name,
	struct rdb_document_key *out, struct rdb_err *err);

#endif
