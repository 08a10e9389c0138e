/*
 * A response of the server, {"t":3,"r":[...],"n":[...]}, split into its members without parsing
 * their values: json/split.h finds the documents in the text of "r". Members may have any order;
 * unknown ones are ignored.
 */
#ifndef RDB_JSON_RESPONSE_TEXT_H
#define RDB_JSON_RESPONSE_TEXT_H

#include "json/document.h"

/* The spans point into the response's text. */
struct rdb_json_response {
	int type;                       /* "t" */
	int error;                      /* "e"; 0: none */
	struct rdb_json_span results;   /* "r", an array with its brackets; NULL: none */
	struct rdb_json_span notes;     /* "n", an array; NULL: none */
	struct rdb_json_span backtrace; /* "b", any value */
	struct rdb_json_span profile;   /* "p", any value */
};

/*
 * Splits a response. Nested values are not checked.
 *   -EINVAL  not an object; "t" is missing; a member named above occurs twice; "t" or "e" is not a
 *            whole number; "r" or "n" is not an array
 */
int rdb_json_response(const char *text, size_t len, struct rdb_json_response *response,
	struct rdb_json_fault *fault);

#endif
