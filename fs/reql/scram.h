/*
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without I/O and without channel
 * binding, as RethinkDB's V1_0 handshake requires: passwords are used byte for byte.
 *
 * Messages of the server are not trusted: every length is bounded.
 */
#ifndef RDB_REQL_SCRAM_H
#define RDB_REQL_SCRAM_H

#include "base/buf.h"
#include "base/err.h"

#define RDB_SCRAM_USER_MAX 255      /* bytes; the server accepts messages below 2048 */
#define RDB_SCRAM_PASSWORD_MAX 4096 /* bytes */
#define RDB_SCRAM_MESSAGE_MAX 4096  /* bytes of a message from the server */
/* About one second of one processor. A server that asks for more is rejected. */
#define RDB_SCRAM_ITERATIONS_MAX 4000000

#define RDB_SCRAM_NONCE 25 /* bytes of a nonce from rdb_scram_nonce(), with its NUL */

struct rdb_scram {
	struct rdb_buf nonce;        /* the client's */
	struct rdb_buf auth;         /* AuthMessage of RFC 5802, as far as known */
	unsigned char signature[32]; /* the signature that the server must send */
};

/* Generates a random nonce. Returns 0 or -EIO. */
int rdb_scram_nonce(char nonce[RDB_SCRAM_NONCE], struct rdb_err *err);

/*
 * Starts: appends client-first-message to out. scram must be zeroed, and freed whatever happens.
 *   -EINVAL  the user name is empty or too long
 *   -ENOMEM
 */
int rdb_scram_first(struct rdb_scram *scram, const char *user, const char *nonce,
	struct rdb_buf *out, struct rdb_err *err);

/*
 * Reads server-first-message, appends client-final-message to out.
 *   -EPROTO  not such a message, a foreign nonce, too many iterations
 *   -EINVAL  the password is too long
 *   -ENOMEM
 */
int rdb_scram_final(struct rdb_scram *scram, const char *password, const char *message, size_t len,
	struct rdb_buf *out, struct rdb_err *err);

/*
 * Checks server-final-message, in constant time.
 *   -EPROTO  the server does not know the password: it may be an impostor
 */
int rdb_scram_verify(struct rdb_scram *scram, const char *message, size_t len, struct rdb_err *err);

/* Wipes and frees. */
void rdb_scram_free(struct rdb_scram *scram);

#endif
