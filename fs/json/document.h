/*
 * One document (or any JSON value) read once, strictly: is it JSON that the server takes, where
 * is its primary key, and what is it as a ReQL term?
 *
 * JSON is RFC 8259, with the server's own rules where that leaves them open or the server is
 * laxer (src/rapidjson/reader.h, src/parsing/utf8.cc, src/rdb_protocol/ of RethinkDB 2.4):
 * numbers must fit a double and have no exponent above 308; strings are UTF-8; an escaped high
 * surrogate must be followed by an escaped low one, but a low one may stand alone, and bytes
 * that encode a surrogate are taken. "\u0000" is taken in values; in member names it is told
 * apart, because the server cuts a name there when the object is a term. The server refuses
 * two members of the same name in any object; here that is looked at for the primary key only.
 * The server has no limit of nesting.
 *
 * Any thread may call; nothing is recursive.
 */
#ifndef RDB_JSON_DOCUMENT_H
#define RDB_JSON_DOCUMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#define RDB_JSON_DEPTH_MAX 65536

/* What is wrong with a text, and where. */
struct rdb_json_fault {
	size_t at;            /* offset of the first byte that is wrong, len: the text ended */
	const char *expected; /* "':' after a name"; a constant */
};

/* What to do along the way. Zero-initialised: validate any value. */
struct rdb_json_want {
	unsigned depth;  /* most brackets inside one another; 0: RDB_JSON_DEPTH_MAX */
	bool object;     /* it must be an object */
	const char *key; /* name of a top level member to find, UTF-8; NULL: none */
	size_t key_len;
	struct rdb_buf *wrap; /* gets the text with each array [...] as [2,[...]]; NULL: nobody */
};

struct rdb_json_found {
	struct rdb_json_span key; /* the (first) value of that member */
	unsigned keys;            /* how many members had that name */
	bool arrays;              /* there are arrays: as a term it differs from its text */
	bool nul_names;           /* a member name contains "\u0000" */
};

/*
 * Reads a text that is one value with or without white space around it. found and fault may be
 * NULL. After an error wrap holds what it held before.
 *   -EINVAL  not JSON as above; fault says what and where
 *   -ENOMEM
 */
int rdb_json_document(const char *text, size_t len, const struct rdb_json_want *want,
	struct rdb_json_found *found, struct rdb_json_fault *fault);

/* Words for a fault in a table: counts documents from 1, offset is where the document begins in
 * the text. Returns -EINVAL. */
int rdb_json_fault_set(const struct rdb_json_fault *fault, uint64_t document, uint64_t offset,
	struct rdb_err *err);

#endif
