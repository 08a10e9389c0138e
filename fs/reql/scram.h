/*
 * Client side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without I/O and without channel binding. As
 * RethinkDB's V1_0 handshake requires, passwords are used byte for byte. The server's messages are
 * not trusted, so all lengths are bounded.
 */
#ifndef RDB_REQL_SCRAM_H
#define RDB_REQL_SCRAM_H

#include "base/buf.h"
#include "base/err.h"

#define RDB_SCRAM_USER_MAX 255      /* limit in bytes; the server refuses messages of 2048 bytes */
#define RDB_SCRAM_PASSWORD_MAX 4096 /* bytes */
#define RDB_SCRAM_MESSAGE_MAX 4096  /* limit on a message of the server, in bytes */
/* Limit on the iterations that a server may ask for. This many iterations take about one second of
 * one processor. */
#define RDB_SCRAM_ITERATIONS_MAX 4000000

#define RDB_SCRAM_NONCE 25 /* size of a nonce from rdb_scram_nonce(), with its NUL */

struct rdb_scram {
	struct rdb_buf nonce;        /* the client's */
	struct rdb_buf auth;         /* part of the AuthMessage (RFC 5802) that is known so far */
	unsigned char signature[32]; /* signature that the server must send */
};

/* Stores a random nonce. Returns 0 or -EIO. */
int rdb_scram_nonce(char nonce[RDB_SCRAM_NONCE], struct rdb_err *err);

/*
 * Appends the client-first-message to "out". *scram must be filled with zeros before the call. The
 * caller frees *scram with rdb_scram_free(), even after an error.
 *
 * Returns:
 *   0        the message was appended
 *   -EINVAL  the user name is empty or longer than RDB_SCRAM_USER_MAX bytes
 *   -ENOMEM  memory is exhausted
 */
int rdb_scram_first(struct rdb_scram *scram, const char *user, const char *nonce,
	struct rdb_buf *out, struct rdb_err *err);

/* Reads the server-first-message, and appends the client-final-message. Returns 0, -ENOMEM, -EINVAL
 * if the password is too long, -EIO if OpenSSL fails, or -EPROTO if the server's message is
 * invalid. */
int rdb_scram_final(struct rdb_scram *scram, const char *password, const char *message, size_t len,
	struct rdb_buf *out, struct rdb_err *err);

/*
 * Checks the server-final-message in constant time. Returns 0, or -EPROTO if the server does not
 * know the password and may be an impostor.
 */
int rdb_scram_verify(struct rdb_scram *scram, const char *message, size_t len, struct rdb_err *err);

/* Wipes and frees. */
void rdb_scram_free(struct rdb_scram *scram);

#endif
