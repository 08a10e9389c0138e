/*
 * Validation of one document (or any JSON value) in one pass: determines whether the server accepts
 * it, the position of its primary key, and its text as a ReQL term.
 *
 * JSON is RFC 8259, with the server's own rules where the RFC leaves them open or the server is
 * less strict (src/rapidjson/reader.h, src/parsing/utf8.cc, src/rdb_protocol/ of RethinkDB 2.4):
 * numbers must fit a double and have no exponent above 308; strings are UTF-8; an escaped high
 * surrogate must be followed by an escaped low one, but a low one may stand alone, and bytes that
 * encode a surrogate are accepted. "\u0000" is accepted in values; in member names it is reported
 * (nul_names), because the server cuts a name there when the object is a term. The server rejects
 * two members of the same name in any object; this code checks only the primary key for that. The
 * server has no limit on nesting.
 *
 * Any thread may call; the code is not recursive.
 */
#ifndef RDB_JSON_DOCUMENT_H
#define RDB_JSON_DOCUMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#define RDB_JSON_DEPTH_MAX 65536

/* An error in a text, and its position. */
struct rdb_json_fault {
	size_t at;            /* offset of the first wrong byte; len: the text ended too early */
	const char *expected; /* description: "':' after a name"; a constant */
};

/* Additional checks and results. Zero-initialised: validate any value. */
struct rdb_json_want {
	unsigned depth;  /* limit on nested brackets; 0: RDB_JSON_DEPTH_MAX */
	bool object;     /* reject anything except an object */
	const char *key; /* name of a top level member to find, UTF-8; NULL: none */
	size_t key_len;
	struct rdb_buf
		*wrap; /* receives the text with each array [...] as [2,[...]]; may be NULL */
};

struct rdb_json_found {
	struct rdb_json_span key; /* value of the first such member */
	unsigned keys;            /* number of members of that name */
	bool arrays;              /* contains arrays, so that its term differs from its text */
	/* contains {"$reql_type$":"LITERAL"}, which is not allowed in documents */
	bool literals;
	bool nul_names; /* a member name contains "\u0000" */
};

/*
 * Validates a text that is one value with optional white space around it. found and fault may be
 * NULL. An error leaves wrap unchanged.
 *   -EINVAL  not JSON as defined above; fault contains the position and the reason
 *   -ENOMEM
 */
int rdb_json_document(const char *text, size_t len, const struct rdb_json_want *want,
	struct rdb_json_found *found, struct rdb_json_fault *fault);

/* Stores a message for a fault in a table. number: of the document, from 1; offset: of its first
 * byte in the table's text. Returns -EINVAL. */
int rdb_json_fault_set(const struct rdb_json_fault *fault, uint64_t document, uint64_t offset,
	struct rdb_err *err);

#endif
