/*
 * One document (or any JSON value) validated in one pass: whether the server accepts it, where its
 * primary key lies, and its text as a ReQL term.
 *
 * JSON is RFC 8259, with the server's own rules where the RFC leaves them open or the server is
 * laxer (src/rapidjson/reader.h, src/parsing/utf8.cc, src/rdb_protocol/ of RethinkDB 2.4):
 * numbers must fit a double and have no exponent above 308; strings are UTF-8; an escaped high
 * surrogate must be followed by an escaped low one, but a low one may stand alone, and bytes
 * that encode a surrogate are accepted. "\u0000" is accepted in values; in member names it is
 * reported (nul_names), because the server cuts a name there when the object is a term. The server
 * rejects two members of the same name in any object; here only the primary key is checked for
 * that. The server has no limit of nesting.
 *
 * Any thread may call; nothing is recursive.
 */
#ifndef RDB_JSON_DOCUMENT_H
#define RDB_JSON_DOCUMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#define RDB_JSON_DEPTH_MAX 65536

/* A fault in a text, and its place. */
struct rdb_json_fault {
	size_t at;            /* offset of the first wrong byte; len: the text ended too early */
	const char *expected; /* "':' after a name"; a constant */
};

/* Further work for the pass. Zero-initialised: validate any value. */
struct rdb_json_want {
	unsigned depth;  /* most brackets inside one another; 0: RDB_JSON_DEPTH_MAX */
	bool object;     /* reject anything but an object */
	const char *key; /* name of a top level member to find, UTF-8; NULL: none */
	size_t key_len;
	struct rdb_buf
		*wrap; /* receives the text with each array [...] as [2,[...]]; may be NULL */
};

struct rdb_json_found {
	struct rdb_json_span key; /* the (first) value of that member */
	unsigned keys;            /* number of members of that name */
	bool arrays;              /* has arrays, so that its term differs from its text */
	/* a {"$reql_type$":"LITERAL"} occurs, which no document may hold */
	bool literals;
	bool nul_names; /* a member name contains "\u0000" */
};

/*
 * Validates a text that is one value with optional white space around it. found and fault may be
 * NULL. An error leaves wrap unchanged.
 *   -EINVAL  not JSON as defined above; fault says where and why
 *   -ENOMEM
 */
int rdb_json_document(const char *text, size_t len, const struct rdb_json_want *want,
	struct rdb_json_found *found, struct rdb_json_fault *fault);

/* Words for a fault in a table. number: of the document, from 1; offset: of its first byte in the
 * table's text. Returns -EINVAL. */
int rdb_json_fault_set(const struct rdb_json_fault *fault, uint64_t document, uint64_t offset,
	struct rdb_err *err);

#endif
