/*
 * Requirements for TLS connections to servers. TLS is 1.2 or newer. The certificate chain and the
 * host name of a server are always verified. The name must be one of the certificate's alternative
 * names, or the common name if the certificate has no alternative names.
 */
#ifndef RDB_REQL_TLS_H
#define RDB_REQL_TLS_H

#include "base/err.h"

#include <openssl/ssl.h>

struct rdb_tls_options {
	/* Path of a PEM file with the only certificates to trust, or NULL to trust the system's
	 * certificates. The file may contain the server's own (self-signed) certificate. */
	const char *trusted;
	/* The fields "cert" and "key" are paths of PEM files. Servers that run with --driver-tls-ca
	 * require these files. Set both fields or neither. A key with a passphrase is rejected. */
	const char *cert;
	const char *key;
};

struct rdb_tls;

/*
 * Creates a TLS configuration from PEM files. Any number of connections and threads can share the
 * configuration.
 *
 * Returns:
 *   0            *out is set
 *   -EINVAL      the options or a file's content are invalid, or the key does not belong to the
 *                certificate
 *   -ENOMEM      memory is exhausted
 *   other errno  a file cannot be read, for example -ENOENT
 */
int rdb_tls_create(
	const struct rdb_tls_options *options, struct rdb_tls **out, struct rdb_err *err);
void rdb_tls_destroy(struct rdb_tls *tls);

/* Creates a TLS client over the connected, non-blocking descriptor fd, which the caller still owns.
 * If the peer has closed the connection, writing raises no SIGPIPE. Returns 0 or -ENOMEM. */
int rdb_tls_attach(struct rdb_tls *tls, int fd, const char *host, SSL **out);

/* Checks, after the handshake, that the certificate belongs to this host name or IP address.
 * Returns 0 or -EKEYREJECTED. */
int rdb_tls_check_host(SSL *ssl, const char *host, struct rdb_err *err);

/* Stores the error of a failed SSL function in *err, and clears OpenSSL's error queue. Returns
 * -EKEYREJECTED if either side rejected a certificate, otherwise -EPROTO. */
int rdb_tls_explain(SSL *ssl, const char *peer, struct rdb_err *err);

#endif
