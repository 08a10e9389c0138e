/*
 * Requirements for a TLS connection to a server. TLS 1.2 or newer; the server's chain and name are
 * always verified: the alternative names of the certificate, or the common name if it has none.
 */
#ifndef RDB_REQL_TLS_H
#define RDB_REQL_TLS_H

#include "base/err.h"

#include <openssl/ssl.h>

struct rdb_tls_options {
	/* PEM certificates, the only ones trusted. A certificate that is not a CA's is trusted for
	 * itself (the self-signed certificates of RethinkDB's manual). NULL: the system's. */
	const char *trusted;
	/* PEM certificate chain and key of this client, for servers with --driver-tls-ca; both or
	 * neither. A key with a passphrase is rejected. */
	const char *cert;
	const char *key;
};

struct rdb_tls;

/*
 * Reads the files; connects to nothing. The result serves any number of connections and threads.
 *   -ENOENT -EACCES  a file can't be read
 *   -EINVAL          a file holds no certificate or key, or the key is not the certificate's
 *   -ENOMEM
 */
int rdb_tls_create(
	const struct rdb_tls_options *options, struct rdb_tls **out, struct rdb_err *err);
void rdb_tls_destroy(struct rdb_tls *tls);

/* Makes the client's end over a connected, non-blocking descriptor, which stays the caller's.
 * Writing to a closed connection raises no SIGPIPE. Returns 0 or -ENOMEM. */
int rdb_tls_attach(struct rdb_tls *tls, int fd, const char *host, SSL **out);

/*
 * After the handshake: checks that the verified certificate is that of this host (a name or an
 * address).
 *   -EKEYREJECTED  it is another host's; the error's text says whose
 */
int rdb_tls_check_host(SSL *ssl, const char *host, struct rdb_err *err);

/*
 * Words and errno for a failed SSL_connect, SSL_read or SSL_write, from OpenSSL's error queue,
 * which is emptied.
 *   -EKEYREJECTED  a certificate was refused, by this side or by the server
 *   -EPROTO        anything else, such as a server that does not speak TLS
 */
int rdb_tls_explain(SSL *ssl, const char *peer, struct rdb_err *err);

#endif
