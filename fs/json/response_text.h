/*
 * A response of the server, {"t":3,"r":[...],"n":[...]}, taken apart without looking at what is
 * in it: documents are found with json/split.h in the text of "r". The members may come in any
 * order, others are passed over.
 */
#ifndef RDB_JSON_RESPONSE_TEXT_H
#define RDB_JSON_RESPONSE_TEXT_H

#include "json/document.h"

/* The spans lie in the response's text. */
struct rdb_json_response {
	int type;                     /* "t" */
	int error;                    /* "e", 0 when there is none */
	struct rdb_json_span results; /* "r", an array with its brackets; NULL when there is none */
	struct rdb_json_span notes;   /* "n", the same */
	struct rdb_json_span backtrace; /* "b", any value */
	struct rdb_json_span profile;   /* "p", any value */
};

/*
 *   -EINVAL  it is no object; or it has no "t", or one of these twice, or "t" or "e" are no
 *            whole numbers or "r" or "n" no arrays. Inside of brackets only the end is looked for.
 */
int rdb_json_response(const char *text, size_t len, struct rdb_json_response *response,
	struct rdb_json_fault *fault);

#endif
