/* Primary key of a document, encoded for comparison. Any thread may call. */
#ifndef RDB_COMPARE_DOCUMENT_KEY_H
#define RDB_COMPARE_DOCUMENT_KEY_H

#include "base/err.h"
#include "json/primary_key.h"
#include "json/split.h"

struct rdb_document_key {
	struct rdb_json_span json; /* text of the key, a part of the document's text */
	struct rdb_primary_key bytes;
};

/* Reads the value of a document's primary key. "name" is the name of the primary key. Checks the
 * document's JSON syntax only up to the end of this value. Returns 0, -ENOMEM, or -EINVAL if the
 * document is no object or has no usable primary key. */
int rdb_document_key(const struct rdb_json_piece *document, const char *name,
	struct rdb_document_key *out, struct rdb_err *err);

#endif
