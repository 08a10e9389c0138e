/*
 * Parser of a server response, {"t":3,"r":[...],"n":[...]}. The response is split into its members,
 * and the values are not parsed: json/split.h finds the documents in the text of "r". The members
 * may have any order, and unknown members are ignored.
 */
#ifndef RDB_JSON_RESPONSE_TEXT_H
#define RDB_JSON_RESPONSE_TEXT_H

#include "json/document.h"

/* Members of a response. The spans point into the response's text. */
struct rdb_json_response {
	int type;                     /* "t" */
	int error;                    /* "e"; 0: none */
	struct rdb_json_span results; /* text of the array "r" with its brackets; NULL if absent */
	struct rdb_json_span notes;   /* text of the array "n" with its brackets; NULL if absent */
	struct rdb_json_span backtrace; /* "b", any value */
	struct rdb_json_span profile;   /* "p", any value */
};

/* Splits a response into its members. Does not check nested values. Returns 0, or -EINVAL if a
 * member is missing, occurs twice or has the wrong type. */
int rdb_json_response(const char *text, size_t len, struct rdb_json_response *response,
	struct rdb_json_fault *fault);

#endif
