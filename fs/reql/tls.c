#include "reql/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct rdb_tls {
	SSL_CTX *ctx;
	BIO_METHOD *socket;
};

/* ---- a socket that raises no SIGPIPE ---- */

static int socket_fd(BIO *bio)
{
	return (int)(intptr_t)BIO_get_data(bio);
}

static int outcome(BIO *bio, ssize_t n, int retry)
{
	BIO_clear_retry_flags(bio);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
	return (int)n;
}

static int socket_read(BIO *bio, char *data, int len)
{
	return outcome(bio, recv(socket_fd(bio), data, (size_t)len, 0), BIO_FLAGS_READ);
}

static int socket_write(BIO *bio, const char *data, int len)
{
	return outcome(bio, send(socket_fd(bio), data, (size_t)len, MSG_NOSIGNAL), BIO_FLAGS_WRITE);
}

static long socket_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *new_socket_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");

	if (!method)
		return NULL;
	BIO_meth_set_read(method, socket_read);
	BIO_meth_set_write(method, socket_write);
	BIO_meth_set_ctrl(method, socket_ctrl);
	return method;
}

/* ---- files ---- */

static const char *reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *words = code ? ERR_reason_error_string(code) : NULL;

	return words ? words : "unknown reason";
}

static int readable(const char *path, const char *what, struct rdb_err *err)
{
	if (access(path, R_OK) == 0)
		return 0;
	return rdb_err_sys(err, errno, "%s: can't read the %s", path, what);
}

static int load_trusted(SSL_CTX *ctx, const char *path, struct rdb_err *err)
{
	int ret;

	if (!path) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return 0;
		return rdb_err_set(err, EINVAL, "the system's certificates: %s", reason());
	}
	ret = readable(path, "certificate", err);
	if (ret == 0 && SSL_CTX_load_verify_locations(ctx, path, NULL) != 1)
		ret = rdb_err_set(
			err, EINVAL, "%s: not a certificate in PEM format (%s)", path, reason());
	return ret;
}

static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static int load_own(SSL_CTX *ctx, const char *cert, const char *key, struct rdb_err *err)
{
	int ret;

	if (!cert && !key)
		return 0;
	if (!cert || !key)
		return rdb_err_set(err, EINVAL,
			"a client certificate needs its key, and a key "
			"its certificate");
	ret = readable(cert, "client certificate", err);
	if (ret == 0)
		ret = readable(key, "client key", err);
	if (ret != 0)
		return ret;
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return rdb_err_set(
			err, EINVAL, "%s: not a certificate in PEM format (%s)", cert, reason());
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
		SSL_CTX_check_private_key(ctx) != 1)
		return rdb_err_set(err, EINVAL,
			"%s: not the unencrypted PEM key of the certificate %s (%s)", key, cert,
			reason());
	return 0;
}

int rdb_tls_create(const struct rdb_tls_options *options, struct rdb_tls **out, struct rdb_err *err)
{
	struct rdb_tls *tls = calloc(1, sizeof(*tls));
	int ret = -ENOMEM;

	if (!tls)
		return rdb_err_sys(err, ENOMEM, "TLS");
	ERR_clear_error();
	tls->ctx = SSL_CTX_new(TLS_client_method());
	tls->socket = new_socket_method();
	if (!tls->ctx || !tls->socket) {
		rdb_err_sys(err, ENOMEM, "TLS");
		goto fail;
	}
	SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(
		tls->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls->ctx), X509_V_FLAG_PARTIAL_CHAIN);
	ret = load_trusted(tls->ctx, options->trusted, err);
	if (ret == 0)
		ret = load_own(tls->ctx, options->cert, options->key, err);
	if (ret != 0)
		goto fail;
	*out = tls;
	return 0;
fail:
	ERR_clear_error();
	rdb_tls_destroy(tls);
	return ret;
}

void rdb_tls_destroy(struct rdb_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->ctx);
	BIO_meth_free(tls->socket);
	free(tls);
}

/* ---- connections ---- */

static bool is_address(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

int rdb_tls_attach(struct rdb_tls *tls, int fd, const char *host, SSL **out)
{
	SSL *ssl = SSL_new(tls->ctx);
	BIO *bio = BIO_new(tls->socket);

	if (!ssl || !bio || (!is_address(host) && SSL_set_tlsext_host_name(ssl, host) != 1)) {
		ERR_clear_error();
		BIO_free(bio);
		SSL_free(ssl);
		return -ENOMEM;
	}
	BIO_set_data(bio, (void *)(intptr_t)fd);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_connect_state(ssl);
	*out = ssl;
	return 0;
}

static bool is_hosts(X509 *cert, const char *host)
{
	if (is_address(host) && X509_check_ip_asc(cert, host, 0) == 1)
		return true;
	/* Do not compare an address with the common name if the certificate has alternative names,
	 * because the common name counts only without alternative names. */
	if (is_address(host) && X509_get_ext_by_NID(cert, NID_subject_alt_name, -1) >= 0)
		return false;
	return X509_check_host(cert, host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

int rdb_tls_check_host(SSL *ssl, const char *host, struct rdb_err *err)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	char subject[256] = "nobody";

	if (cert && is_hosts(cert, host))
		return 0;
	if (cert)
		X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof(subject));
	return rdb_err_set(err, EKEYREJECTED,
		"%s: the server shows the certificate of %s, not of %s: connect by the name "
		"that the certificate has",
		host, subject, host);
}

static bool is_certificate_alert(unsigned long code)
{
	int alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET;

	return ERR_GET_LIB(code) == ERR_LIB_SSL &&
	       ((alert >= SSL3_AD_NO_CERTIFICATE && alert <= SSL3_AD_CERTIFICATE_UNKNOWN) ||
		       alert == TLS1_AD_UNKNOWN_CA || alert == TLS1_AD_ACCESS_DENIED ||
		       alert == TLS13_AD_CERTIFICATE_REQUIRED);
}

int rdb_tls_explain(SSL *ssl, const char *peer, struct rdb_err *err)
{
	long verdict = SSL_get_verify_result(ssl);
	unsigned long code = ERR_peek_error();
	const char *words = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (verdict != X509_V_OK)
		return rdb_err_set(err, EKEYREJECTED,
			"%s: the server's certificate is not trusted: %s (--tls-cert FILE names "
			"the certificate to trust)",
			peer, X509_verify_cert_error_string(verdict));
	if (is_certificate_alert(code))
		return rdb_err_set(err, EKEYREJECTED,
			"%s: the server refuses this client's certificate, or requires one "
			"(--tls-client-cert, --tls-client-key): %s",
			peer, words ? words : "no reason given");
	return rdb_err_set(err, EPROTO,
		"%s: TLS failed: %s; check that the server's driver port speaks TLS "
		"(driver-tls-key and driver-tls-cert in its configuration)",
		peer, words ? words : "no reason given");
}
