/* Checksums that a host sends with an archive: Content-MD5, Digest, Repr-Digest, x-goog-hash,
 * x-amz-checksum-sha256. Thread-safe. */
#ifndef RDB_STORE_DOWNLOAD_DIGEST_H
#define RDB_STORE_DOWNLOAD_DIGEST_H

#include "base/cancel.h"
#include "http/http.h"

#include <stddef.h>

#define RDB_DIGEST_TEXT 128

/* Copies the best checksum of the whole body in an answer, as "sha256:BASE64" or "md5:BASE64"; "":
 * none. */
void rdb_digest_of_answer(const struct rdb_http_response *response, char out[RDB_DIGEST_TEXT]);

/*
 * Reads fd from start to end and compares. "" and unknown kinds count as correct.
 *   -EBADMSG  the bytes differ
 *   -ECANCELED -EIO -ENOMEM
 */
int rdb_digest_check(const char *digest, int fd, const struct rdb_cancel *cancel);

#endif
