/* Checksums that a host sends with an archive in the headers Content-MD5, Digest, Repr-Digest,
 * x-goog-hash and x-amz-checksum-sha256. All functions are thread-safe. */
#ifndef RDB_DOWNLOAD_DOWNLOAD_DIGEST_H
#define RDB_DOWNLOAD_DOWNLOAD_DIGEST_H

#include "base/cancel.h"
#include "http/http.h"

#define RDB_DIGEST_TEXT 128

/* Finds in an answer's headers the strongest checksum of the whole body. Stores the checksum in
 * "out" as "sha256:BASE64" or "md5:BASE64". Stores "" if the headers have no checksum. */
void rdb_digest_of_answer(const struct rdb_http_response *response, char out[RDB_DIGEST_TEXT]);

/*
 * Compares a file's checksum with the digest.
 * Returns:
 *   0            the checksum is correct, or the digest is empty or of an unknown kind
 *   -EBADMSG     the checksum differs
 *   -ECANCELED   "cancel" has fired
 *   -EIO         the file cannot be read
 *   -ENOMEM      memory is exhausted
 */
int rdb_digest_check(const char *digest, int fd, const struct rdb_cancel *cancel);

#endif
