/*
 * Validation of one document (or any JSON value) in one pass. The pass determines whether the
 * server accepts the document, where its primary key is, and its text as a ReQL term.
 *
 * The rules are those of RFC 8259, and those of the server where the RFC leaves a choice or the
 * server is less strict (src/rapidjson/reader.h, src/parsing/utf8.cc and src/rdb_protocol/ of
 * RethinkDB 2.4):
 *
 *   - A number must fit a double and must not have an exponent above 308.
 *   - A string is UTF-8. An escaped high surrogate must be followed by an escaped low surrogate.
 *     A low surrogate may stand alone. Bytes that encode a surrogate are accepted.
 *   - "\u0000" is accepted in values. In member names it is reported as nul_names, because the
 *     server cuts off a name there when the object is a term.
 *   - The server rejects an object with two members of one name. This code does so only for the
 *     primary key.
 *   - The server does not limit nesting; this code does.
 *
 * Any thread may call. The code is not recursive.
 */
#ifndef RDB_JSON_DOCUMENT_H
#define RDB_JSON_DOCUMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#define RDB_JSON_DEPTH_MAX 65536

/* An error in a text, and its position. */
struct rdb_json_fault {
	uint64_t at; /* offset of the first wrong byte; the text's length if it ends too early */
	const char *expected; /* constant text for the expected input, such as "':' after a name" */
};

/* Options of rdb_json_document(). If all fields are zero, the function only checks the rules at the
 * head of this file. */
struct rdb_json_want {
	unsigned depth;  /* limit on nested brackets; 0 for RDB_JSON_DEPTH_MAX */
	bool object;     /* whether to reject all values except objects */
	const char *key; /* UTF-8 name of the top level member to find; NULL for none */
	size_t key_len;
	struct rdb_buf *wrap; /* if not NULL, receives the text with each array [...] written as
				 [2,[...]] */
};

struct rdb_json_found {
	struct rdb_json_span key; /* value of the first top level member named want.key */
	unsigned keys;            /* number of top level members named want.key */
	bool arrays; /* whether the value contains arrays, so that its term differs from its text */
	/* whether the value contains {"$reql_type$":"LITERAL"}, which documents may not contain */
	bool literals;
	bool nul_names; /* whether a member name contains "\u0000" */
};

/*
 * Checks that a text is exactly one valid JSON value, with the options *want. Stores the
 * facts about the value in *found. "found" and "fault" may be NULL.
 * Returns:
 *   0        success
 *   -EINVAL  the text is not valid; *fault has the position and the reason
 *   -ENOMEM  memory is short
 */
int rdb_json_document(const char *text, size_t len, const struct rdb_json_want *want,
	struct rdb_json_found *found, struct rdb_json_fault *fault);

/* Stores a message about a faulty document in *err. "document" is the ordinal of the faulty
 * document, counted from 1, and "offset" is the faulty document's offset in the table. Returns
 * -EINVAL. */
int rdb_json_fault_set(const struct rdb_json_fault *fault, uint64_t document, uint64_t offset,
	struct rdb_err *err);

#endif
