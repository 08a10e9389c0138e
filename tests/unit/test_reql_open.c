/* Opening connections: TCP and TLS to servers of the test on loopback. */
#include "reql/conn.h"
#include "reql/dial.h"
#include "reql/frame.h"
#include "reql/scram.h"
#include "reql/transport.h"
#include "unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* say() passes its format on */

static struct rdb_cancel never;
static char folder[] = "/tmp/rdbfs-test-XXXXXX";

static int listen_on_loopback(int backlog, uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0);
	REQUIRE(listen(fd, backlog) == 0);
	REQUIRE(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* ---- TCP ---- */

static int dial(const char *host, uint16_t port, int ms, const struct rdb_cancel *cancel, int *fd,
	struct rdb_err *err)
{
	struct rdb_wait wait = rdb_wait_for(cancel, ms);

	return rdb_dial(host, port, host, &wait, fd, err);
}

static void test_dial(void)
{
	struct rdb_err err = {0};
	uint16_t port;
	int listener = listen_on_loopback(5, &port), fd = -1;

	CHECK_INT(dial("127.0.0.1", port, 10000, &never, &fd, &err), 0);
	close(fd);
	/* Also by name, whatever the address family of the name's first address. */
	CHECK_INT(dial("localhost", port, 10000, &never, &fd, &err), 0);
	CHECK_STR(err.text, "");
	close(fd);
	close(listener);
	CHECK_INT(dial("127.0.0.1", port, 10000, &never, &fd, &err), -ECONNREFUSED);
	CHECK(strstr(err.text, "127.0.0.1"));
	CHECK_INT(dial("no..such..host", port, 10000, &never, &fd, &err), -EHOSTUNREACH);
	CHECK(strstr(err.text, "no..such..host"));
}

/* A server with a full queue of connections, which never answers. */
static int make_deaf_server(int fillers[8], uint16_t *port)
{
	int listener = listen_on_loopback(0, port);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 8; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
	}
	usleep(50000);
	return listener;
}

static void *fire(void *arg)
{
	usleep(20000);
	rdb_cancel_fire(arg);
	return NULL;
}

static void test_dial_without_an_answer(void)
{
	struct rdb_cancel stop;
	struct rdb_err err = {0};
	pthread_t thread;
	uint16_t port;
	int fillers[8], listener = make_deaf_server(fillers, &port), fd;

	REQUIRE(rdb_cancel_init(&stop) == 0);
	CHECK_INT(dial("127.0.0.1", port, 100, NULL, &fd, &err), -ETIMEDOUT);
	CHECK(strstr(err.text, "does not answer"));
	REQUIRE(pthread_create(&thread, NULL, fire, &stop) == 0);
	CHECK_INT(dial("127.0.0.1", port, -1, &stop, &fd, &err), -EINTR);
	pthread_join(thread, NULL);
	for (int i = 0; i < 8; i++)
		close(fillers[i]);
	close(listener);
	/* The limit also applies to looking up a name. */
	CHECK_INT(dial("localhost", port, -1, &stop, &fd, &err), -EINTR);
	rdb_cancel_destroy(&stop);
}

/* ---- certificates ---- */

struct identity {
	EVP_PKEY *key;
	X509 *cert;
	char cert_file[64], key_file[64];
};

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	REQUIRE(extension && X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static void write_files(struct identity *id, const char *name)
{
	FILE *file;

	snprintf(id->cert_file, sizeof(id->cert_file), "%s/%s.pem", folder, name);
	snprintf(id->key_file, sizeof(id->key_file), "%s/%s.key", folder, name);
	file = fopen(id->cert_file, "w");
	REQUIRE(file && PEM_write_X509(file, id->cert) == 1);
	fclose(file);
	file = fopen(id->key_file, "w");
	REQUIRE(file && PEM_write_PrivateKey(file, id->key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(file);
}

/* Creates a certificate. days: from now; issuer NULL: self-signed; san NULL: none. */
static struct identity make_identity(
	const char *cn, const char *san, int days, const struct identity *issuer, bool ca)
{
	struct identity id = {.key = EVP_EC_gen("P-256"), .cert = X509_new()};
	static int serial;
	X509_NAME *name;
	char file[16];

	REQUIRE(id.key && id.cert);
	X509_set_version(id.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(id.cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(id.cert), -10L * 86400);
	X509_gmtime_adj(X509_getm_notAfter(id.cert), days * 86400L);
	X509_set_pubkey(id.cert, id.key);
	name = X509_get_subject_name(id.cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(id.cert, issuer ? X509_get_subject_name(issuer->cert) : name);
	if (san)
		add_extension(id.cert, id.cert, NID_subject_alt_name, san);
	if (ca)
		add_extension(id.cert, id.cert, NID_basic_constraints, "critical,CA:TRUE");
	REQUIRE(X509_sign(id.cert, issuer ? issuer->key : id.key, EVP_sha256()) > 0);
	snprintf(file, sizeof(file), "%d", serial);
	write_files(&id, file);
	return id;
}

static void free_identity(struct identity *id)
{
	unlink(id->cert_file);
	unlink(id->key_file);
	EVP_PKEY_free(id->key);
	X509_free(id->cert);
}

/* ---- a server ---- */

struct server {
	const struct identity *id;      /* NULL: plain */
	const struct identity *clients; /* issuer of clients' certificates; NULL: not requested */
	const char *says;               /* plain text sent immediately */
	int max_version;
	bool scram; /* performs the handshake, then answers one query */
	int listener;
	uint16_t port;
	pthread_t thread;
};

struct line {
	int fd;
	SSL *ssl;
};

static int line_read(struct line *line, void *buf, int len)
{
	return line->ssl ? SSL_read(line->ssl, buf, len) : (int)recv(line->fd, buf, (size_t)len, 0);
}

static void line_write(struct line *line, const void *buf, size_t len)
{
	if (line->ssl)
		SSL_write(line->ssl, buf, (int)len);
	else
		(void)!send(line->fd, buf, len, MSG_NOSIGNAL);
}

static void echo(struct line *line)
{
	char buf[65536];
	int n;

	while ((n = line_read(line, buf, sizeof(buf))) > 0)
		line_write(line, buf, (size_t)n);
}

static void read_string(struct line *line, char *text, size_t size)
{
	size_t i = 0;

	do {
		REQUIRE(i < size);
		if (line_read(line, text + i, 1) != 1)
			text[i] = '\0';
	} while (text[i++]);
}

/* Value of the last member, "authentication", unparsed. */
static char *authentication(char *text)
{
	char *at = strstr(text, "\"authentication\":\"");

	REQUIRE(at);
	at += strlen("\"authentication\":\"");
	at[strcspn(at, "\"")] = '\0';
	return at;
}

static void say(struct line *line, const char *format, const char *value)
{
	struct rdb_buf buf = {0};

	REQUIRE(rdb_buf_printf(&buf, format, value) == 0 && rdb_buf_putc(&buf, '\0') == 0);
	line_write(line, buf.data, buf.len);
	rdb_buf_free(&buf);
}

/* Server side of SCRAM by means of the client's: both compute the same signature. */
static void shake_hands(struct line *line, const char *user, const char *password)
{
	struct rdb_scram scram = {0};
	struct rdb_buf out = {0};
	char magic[4], text[4096], first[256], challenge[256], v[64];

	REQUIRE(line_read(line, magic, 4) == 4);
	say(line, "{\"success\":true,\"server_version\":\"%s\"}", "2.4.4");
	read_string(line, text, sizeof(text));
	snprintf(first, sizeof(first), "%s", authentication(text));
	REQUIRE(rdb_scram_first(&scram, user, strstr(first, ",r=") + 3, &out, NULL) == 0);
	CHECK_STR(rdb_buf_cstr(&out), first);
	snprintf(challenge, sizeof(challenge), "r=%s+server,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=3",
		strstr(first, ",r=") + 3);
	say(line, "{\"success\":true,\"authentication\":\"%s\"}", challenge);
	rdb_buf_clear(&out);
	REQUIRE(rdb_scram_final(&scram, password, challenge, strlen(challenge), &out, NULL) == 0);
	read_string(line, text, sizeof(text));
	CHECK_STR(authentication(text), rdb_buf_cstr(&out));
	EVP_EncodeBlock((unsigned char *)v, scram.signature, sizeof(scram.signature));
	say(line, "{\"success\":true,\"authentication\":\"v=%s\"}", v);
	rdb_scram_free(&scram);
	rdb_buf_free(&out);
}

static void answer_one(struct line *line)
{
	static const char answer[] = "{\"t\":1,\"r\":[42]}";
	unsigned char header[RDB_FRAME_HEADER];
	char query[32];
	int64_t token;

	REQUIRE(line_read(line, header, sizeof(header)) == sizeof(header));
	REQUIRE(line_read(line, query, 5) == 5);
	memcpy(&token, header, sizeof(token));
	rdb_frame_put_header(header, token, sizeof(answer) - 1);
	line_write(line, header, sizeof(header));
	line_write(line, answer, sizeof(answer) - 1);
}

static void serve_tls(const struct server *server, struct line *line)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	REQUIRE(SSL_CTX_use_certificate(ctx, server->id->cert) == 1);
	REQUIRE(SSL_CTX_use_PrivateKey(ctx, server->id->key) == 1);
	if (server->max_version) {
		SSL_CTX_set_security_level(ctx, 0);
		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(ctx, server->max_version);
	}
	if (server->clients) {
		REQUIRE(SSL_CTX_load_verify_locations(ctx, server->clients->cert_file, NULL) == 1);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	line->ssl = SSL_new(ctx);
	SSL_set_fd(line->ssl, line->fd);
	if (SSL_accept(line->ssl) == 1) {
		if (server->scram) {
			shake_hands(line, "bob", "geheim€");
			answer_one(line);
		}
		echo(line);
		SSL_shutdown(line->ssl);
	}
	SSL_free(line->ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static void *serve(void *arg)
{
	const struct server *server = arg;
	struct line line = {.fd = accept(server->listener, NULL, NULL)};
	sigset_t pipe;

	/* The server's thread may write to a closed connection; the client's must not. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	REQUIRE(line.fd >= 0);
	if (server->says)
		line_write(&line, server->says, strlen(server->says) + 1);
	else if (server->id)
		serve_tls(server, &line);
	else if (server->scram) {
		shake_hands(&line, "bob", "geheim€");
		answer_one(&line);
		echo(&line);
	}
	shutdown(line.fd, SHUT_WR);
	/* Wait for the client to close, so that a reset does not discard sent data. */
	while (recv(line.fd, (char[512]){0}, 512, 0) > 0)
		;
	close(line.fd);
	return NULL;
}

static void start(struct server *server)
{
	server->listener = listen_on_loopback(5, &server->port);
	REQUIRE(pthread_create(&server->thread, NULL, serve, server) == 0);
}

static void stop(struct server *server)
{
	pthread_join(server->thread, NULL);
	close(server->listener);
}

/* ---- TLS ---- */

/* Result of a TLS handshake and of sending and receiving a byte. */
static int try_tls(struct server *server, const char *host, const struct rdb_tls_options *options,
	struct rdb_err *err)
{
	struct rdb_wait wait = rdb_wait_for(&never, 20000);
	struct rdb_transport stream;
	struct rdb_tls *tls;
	char byte = 'x';
	ssize_t n;
	int fd, rc;

	REQUIRE(rdb_tls_create(options, &tls, NULL) == 0);
	start(server);
	REQUIRE(rdb_dial("127.0.0.1", server->port, "server", &wait, &fd, NULL) == 0);
	rdb_transport_init(&stream, fd, "there:1");
	rc = rdb_transport_start_tls(&stream, tls, host, &wait, err);
	if (rc == 0)
		rc = (int)rdb_transport_send(&stream, &byte, 1, false, err);
	while (rc == 1 && (n = rdb_transport_recv(&stream, &byte, 1, err)) != 1) {
		rc = (int)n;
		if (n == -EAGAIN)
			rc = rdb_transport_wait(&stream, false, &wait, err) == 0 ? 1 : -ETIMEDOUT;
	}
	rdb_transport_close(&stream);
	stop(server);
	rdb_tls_destroy(tls);
	return rc == 1 ? 0 : rc;
}

static void check_tls(int expected, const char *words, const struct identity *id, const char *host,
	const char *trusted)
{
	struct server server = {.id = id};
	struct rdb_tls_options options = {.trusted = trusted};
	struct rdb_err err = {0};

	CHECK_INT(try_tls(&server, host, &options, &err), expected);
	if (!strstr(err.text, words)) {
		fprintf(stderr, "%s: not in: %s\n", words, err.text);
		check_failed++;
	}
}

static void test_tls_names(void)
{
	struct identity cn = make_identity("localhost", NULL, 2, NULL, false);
	struct identity cn_ip = make_identity("127.0.0.1", NULL, 2, NULL, false);
	struct identity san =
		make_identity("localhost", "DNS:db,DNS:*.example.com", 2, NULL, false);
	struct identity san_ip = make_identity("x", "IP:127.0.0.1,IP:::1", 2, NULL, false);

	check_tls(0, "", &cn, "localhost", cn.cert_file);
	check_tls(-EKEYREJECTED, "not of 127.0.0.1", &cn, "127.0.0.1", cn.cert_file);
	check_tls(0, "", &cn_ip, "127.0.0.1", cn_ip.cert_file);
	check_tls(0, "", &san, "db", san.cert_file);
	check_tls(0, "", &san, "a.example.com", san.cert_file);
	/* The common name is ignored if there are alternative names. */
	check_tls(-EKEYREJECTED, "CN=localhost", &san, "localhost", san.cert_file);
	check_tls(0, "", &san_ip, "127.0.0.1", san_ip.cert_file);
	check_tls(0, "", &san_ip, "::1", san_ip.cert_file);
	check_tls(-EKEYREJECTED, "certificate", &san_ip, "127.0.0.2", san_ip.cert_file);
	free_identity(&cn);
	free_identity(&cn_ip);
	free_identity(&san);
	free_identity(&san_ip);
}

static void test_tls_trust(void)
{
	struct identity ca = make_identity("our CA", NULL, 2, NULL, true);
	struct identity leaf = make_identity("h", NULL, 2, &ca, false);
	struct identity old = make_identity("h", NULL, -1, NULL, false);
	struct identity other = make_identity("h", NULL, 2, NULL, false);

	check_tls(0, "", &leaf, "h", ca.cert_file);
	check_tls(0, "", &leaf, "h", leaf.cert_file);
	check_tls(-EKEYREJECTED, "not trusted", &leaf, "h", other.cert_file);
	check_tls(-EKEYREJECTED, "self-signed", &other, "h", NULL);
	check_tls(-EKEYREJECTED, "expired", &old, "h", old.cert_file);
	free_identity(&ca);
	free_identity(&leaf);
	free_identity(&old);
	free_identity(&other);
}

static void test_tls_client_certificates(void)
{
	struct identity id = make_identity("h", NULL, 2, NULL, false);
	struct identity ca = make_identity("our CA", NULL, 2, NULL, true);
	struct identity client = make_identity("client", NULL, 2, &ca, false);
	struct identity stranger = make_identity("client", NULL, 2, NULL, false);
	struct server server = {.id = &id, .clients = &ca};
	struct rdb_tls_options options = {.trusted = id.cert_file};
	struct rdb_err err = {0};

	CHECK_INT(try_tls(&server, "h", &options, &err), -EKEYREJECTED);
	CHECK(strstr(err.text, "this client's certificate"));
	options.cert = stranger.cert_file;
	options.key = stranger.key_file;
	CHECK_INT(try_tls(&server, "h", &options, &err), -EKEYREJECTED);
	options.cert = client.cert_file;
	options.key = client.key_file;
	CHECK_INT(try_tls(&server, "h", &options, &err), 0);
	server.max_version = TLS1_2_VERSION;
	CHECK_INT(try_tls(&server, "h", &options, &err), 0);
	free_identity(&id);
	free_identity(&ca);
	free_identity(&client);
	free_identity(&stranger);
}

static void test_tls_with_what_is_not_one(void)
{
	struct identity id = make_identity("h", NULL, 2, NULL, false);
	struct rdb_tls_options options = {.trusted = id.cert_file};
	struct server plain = {.says = "ERROR: Received an unsupported protocol version.\n"};
	struct server old = {.id = &id, .max_version = TLS1_1_VERSION};
	struct server gone = {.says = NULL};
	struct rdb_err err = {0};

	CHECK_INT(try_tls(&plain, "h", &options, &err), -EPROTO);
	CHECK(strstr(err.text, "TLS"));
	CHECK_INT(try_tls(&old, "h", &options, &err), -EPROTO);
	CHECK_INT(try_tls(&gone, "h", &options, &err), -ECONNRESET);
	free_identity(&id);
}

static int create(const char *trusted, const char *cert, const char *key, struct rdb_err *err)
{
	struct rdb_tls_options options = {trusted, cert, key};
	struct rdb_tls *tls = NULL;
	int rc = rdb_tls_create(&options, &tls, err);

	rdb_tls_destroy(tls);
	return rc;
}

static void test_tls_files(void)
{
	struct identity one = make_identity("h", NULL, 2, NULL, false);
	struct identity other = make_identity("h", NULL, 2, NULL, false);
	struct rdb_err err = {0};

	CHECK_INT(create(one.cert_file, one.cert_file, one.key_file, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_INT(create("/nonexistent/ca.pem", NULL, NULL, &err), -ENOENT);
	CHECK(strstr(err.text, "/nonexistent/ca.pem"));
	CHECK_INT(create(one.key_file, NULL, NULL, &err), -EINVAL);
	CHECK_INT(create(NULL, one.cert_file, NULL, &err), -EINVAL);
	CHECK_INT(create(NULL, NULL, one.key_file, &err), -EINVAL);
	CHECK_INT(create(NULL, one.cert_file, other.key_file, &err), -EINVAL);
	CHECK_INT(create(NULL, one.cert_file, "/nonexistent/key", &err), -ENOENT);
	CHECK_INT(create(NULL, one.key_file, one.key_file, &err), -EINVAL);
	free_identity(&one);
	free_identity(&other);
}

/* ---- complete connections ---- */

static void open_and_ask(const struct identity *id)
{
	struct server server = {.id = id, .scram = true};
	struct rdb_tls_options tls_options = {.trusted = id ? id->cert_file : NULL};
	struct rdb_conn_options options = {
		.host = "127.0.0.1", .user = "bob", .password = "geheim€", .cancel = &never};
	struct rdb_response response = {0};
	struct rdb_conn *conn = NULL;
	struct rdb_err err = {0};

	start(&server);
	options.port = server.port;
	if (id)
		REQUIRE(rdb_tls_create(&tls_options, &options.tls, NULL) == 0);
	CHECK_INT(rdb_conn_open(&options, &conn, &err), 0);
	CHECK_STR(err.text, "");
	REQUIRE(conn);
	CHECK_STR(rdb_conn_server_version(conn), "2.4.4");
	CHECK_INT(rdb_conn_query(conn, "[1,1]", 5, &response, NULL), 0);
	CHECK(response.r.len == 4 && memcmp(response.r.data, "[42]", 4) == 0);
	rdb_response_free(&response);
	rdb_conn_close(conn);
	stop(&server);
	rdb_tls_destroy(options.tls);
}

static void test_open_plain(void)
{
	open_and_ask(NULL);
}

static void test_open_tls(void)
{
	struct identity id = make_identity("127.0.0.1", NULL, 2, NULL, false);

	open_and_ask(&id);
	free_identity(&id);
}

static void test_open_fails(void)
{
	struct rdb_conn_options options = {.host = "127.0.0.1"};
	struct server server = {.says = "HTTP/1.1 400 Bad Request\r\n"};
	struct rdb_conn *conn = NULL;
	struct rdb_err err = {0};

	start(&server);
	options.port = server.port;
	CHECK_INT(rdb_conn_open(&options, &conn, &err), -EPROTO);
	stop(&server);
	CHECK_INT(rdb_conn_open(&options, &conn, &err), -ECONNREFUSED);
	CHECK(!conn);
	options.host = "::1";
	options.user = "";
	CHECK_INT(rdb_conn_open(&options, &conn, &err), -ECONNREFUSED);
}

int main(void)
{
	REQUIRE(mkdtemp(folder));
	REQUIRE(rdb_cancel_init(&never) == 0);
	RUN(test_dial);
	RUN(test_dial_without_an_answer);
	RUN(test_tls_names);
	RUN(test_tls_trust);
	RUN(test_tls_client_certificates);
	RUN(test_tls_with_what_is_not_one);
	RUN(test_tls_files);
	RUN(test_open_plain);
	RUN(test_open_tls);
	RUN(test_open_fails);
	rdb_cancel_destroy(&never);
	rmdir(folder);
	CHECK_EXIT();
}
