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

/* Reads the primary key of a document. "name" is the name of the key. Does not check the JSON
 * syntax after the key. Returns 0, -ENOMEM, or -EINVAL if the document has no usable key. */
int rdb_document_key(const struct rdb_json_piece *document, const char *name,
	struct rdb_document_key *out, struct rdb_err *err);

#endif
