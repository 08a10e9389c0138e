#include "reql/scram.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <string.h>

#define KEY 32        /* bytes of a SHA-256 hash */
#define KEY_BASE64 44 /* characters of a hash in base64 */
#define SALT_MAX 256  /* bytes, decoded */

int rdb_scram_nonce(char nonce[RDB_SCRAM_NONCE], struct rdb_err *err)
{
	unsigned char random[(RDB_SCRAM_NONCE - 1) / 4 * 3];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return rdb_err_set(err, EIO, "the system provides no random numbers");
	EVP_EncodeBlock((unsigned char *)nonce, random, sizeof(random));
	return 0;
}

/* ---- first ---- */

static int put_user(struct rdb_buf *out, const char *user)
{
	int ret = 0;

	for (const char *c = user; *c && ret == 0; c++) {
		if (*c == '=')
			ret = rdb_buf_puts(out, "=3D");
		else if (*c == ',')
			ret = rdb_buf_puts(out, "=2C");
		else
			ret = rdb_buf_putc(out, *c);
	}
	return ret;
}

int rdb_scram_first(struct rdb_scram *scram, const char *user, const char *nonce,
	struct rdb_buf *out, struct rdb_err *err)
{
	if (!*user || strlen(user) > RDB_SCRAM_USER_MAX)
		return rdb_err_set(
			err, EINVAL, "the user name must have 1 to %d bytes", RDB_SCRAM_USER_MAX);
	if (rdb_buf_puts(&scram->nonce, nonce) != 0 || rdb_buf_puts(&scram->auth, "n=") != 0 ||
		put_user(&scram->auth, user) != 0 ||
		rdb_buf_printf(&scram->auth, ",r=%s", nonce) != 0 ||
		rdb_buf_puts(out, "n,,") != 0 ||
		rdb_buf_add(out, scram->auth.data, scram->auth.len) != 0)
		return rdb_err_sys(err, ENOMEM, "SCRAM");
	return 0;
}

/* ---- server-first-message: r=NONCE,s=SALT,i=ITERATIONS[,EXTENSIONS] ---- */

struct server_first {
	const char *nonce;
	size_t nonce_len;
	unsigned char salt[SALT_MAX];
	size_t salt_len;
	int iterations;
};

static bool read_attribute(
	const char **at, const char *end, char name, const char **value, size_t *len)
{
	const char *comma;

	if (end - *at < 2 || (*at)[0] != name || (*at)[1] != '=')
		return false;
	*value = *at + 2;
	comma = memchr(*value, ',', (size_t)(end - *value));
	*len = (size_t)((comma ? comma : end) - *value);
	*at = comma ? comma + 1 : end;
	return true;
}

/* Decodes base64 text into "out". Returns the number of decoded bytes, or 0 if the text is empty,
 * is not base64, or is too long. */
static size_t decode(const char *text, size_t len, unsigned char out[SALT_MAX])
{
	unsigned char padded[SALT_MAX + 3]; /* has room for up to two bytes of padding */
	size_t padding = 0;
	int n;

	if (len == 0 || len % 4 != 0)
		return 0;
	while (padding < 2 && text[len - 1 - padding] == '=')
		padding++;
	if (memchr(text, '=', len - padding) || len / 4 * 3 - padding > SALT_MAX)
		return 0;
	n = EVP_DecodeBlock(padded, (const unsigned char *)text, (int)len);
	if (n <= (int)padding)
		return 0;
	memcpy(out, padded, (size_t)n - padding);
	return (size_t)n - padding;
}

static int to_iterations(const char *text, size_t len)
{
	int value = 0;

	if (len == 0 || len > 7)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		value = value * 10 + (text[i] - '0');
	}
	return value <= RDB_SCRAM_ITERATIONS_MAX ? value : 0;
}

static bool parse(const char *message, size_t len, struct server_first *out)
{
	const char *at = message, *end = message + len, *value;
	size_t value_len;

	if (!read_attribute(&at, end, 'r', &out->nonce, &out->nonce_len) ||
		!read_attribute(&at, end, 's', &value, &value_len))
		return false;
	out->salt_len = decode(value, value_len, out->salt);
	if (!read_attribute(&at, end, 'i', &value, &value_len))
		return false;
	out->iterations = to_iterations(value, value_len);
	return out->salt_len > 0 && out->iterations > 0;
}

static bool continues_nonce(const struct rdb_scram *scram, const struct server_first *first)
{
	return first->nonce_len > scram->nonce.len &&
	       memcmp(first->nonce, scram->nonce.data, scram->nonce.len) == 0;
}

/* ---- proofs ---- */

static bool hmac(const unsigned char key[KEY], const void *data, size_t len, unsigned char out[KEY])
{
	return HMAC(EVP_sha256(), key, KEY, data, len, out, NULL) != NULL;
}

static bool prove(struct rdb_scram *scram, const char *password, const struct server_first *first,
	unsigned char proof[KEY])
{
	unsigned char salted[KEY], client[KEY], stored[KEY], server[KEY];
	const struct rdb_buf *auth = &scram->auth;
	bool ok;

	ok = PKCS5_PBKDF2_HMAC(password, (int)strlen(password), first->salt, (int)first->salt_len,
		     first->iterations, EVP_sha256(), KEY, salted) == 1 &&
	     hmac(salted, "Client Key", 10, client) &&
	     EVP_Digest(client, KEY, stored, NULL, EVP_sha256(), NULL) == 1 &&
	     hmac(stored, auth->data, auth->len, proof) && hmac(salted, "Server Key", 10, server) &&
	     hmac(server, auth->data, auth->len, scram->signature);
	for (int i = 0; ok && i < KEY; i++)
		proof[i] ^= client[i];
	OPENSSL_cleanse(salted, KEY);
	OPENSSL_cleanse(client, KEY);
	OPENSSL_cleanse(stored, KEY);
	OPENSSL_cleanse(server, KEY);
	return ok;
}

int rdb_scram_final(struct rdb_scram *scram, const char *password, const char *message, size_t len,
	struct rdb_buf *out, struct rdb_err *err)
{
	unsigned char proof[KEY], base64[KEY_BASE64 + 1];
	struct server_first first = {.iterations = 0};
	size_t final;

	if (strlen(password) > RDB_SCRAM_PASSWORD_MAX)
		return rdb_err_set(
			err, EINVAL, "the password has more than %d bytes", RDB_SCRAM_PASSWORD_MAX);
	if (len > RDB_SCRAM_MESSAGE_MAX || !parse(message, len, &first))
		return rdb_err_set(err, EPROTO, "the server's password challenge is not valid");
	if (!continues_nonce(scram, &first))
		return rdb_err_set(err, EPROTO,
			"the server's SCRAM nonce does not extend ours: this is not the server "
			"that holds the password, or the answer was altered");
	if (rdb_buf_putc(&scram->auth, ',') != 0 || rdb_buf_add(&scram->auth, message, len) != 0 ||
		rdb_buf_putc(&scram->auth, ',') != 0)
		return rdb_err_sys(err, ENOMEM, "SCRAM");
	final = scram->auth.len;
	if (rdb_buf_puts(&scram->auth, "c=biws,r=") != 0 ||
		rdb_buf_add(&scram->auth, first.nonce, first.nonce_len) != 0)
		return rdb_err_sys(err, ENOMEM, "SCRAM");
	if (!prove(scram, password, &first, proof))
		return rdb_err_set(err, EIO, "OpenSSL does not provide SHA-256");
	EVP_EncodeBlock(base64, proof, KEY);
	if (rdb_buf_add(out, scram->auth.data + final, scram->auth.len - final) != 0 ||
		rdb_buf_printf(out, ",p=%s", (const char *)base64) != 0)
		return rdb_err_sys(err, ENOMEM, "SCRAM");
	return 0;
}

int rdb_scram_verify(struct rdb_scram *scram, const char *message, size_t len, struct rdb_err *err)
{
	unsigned char base64[KEY_BASE64 + 1];

	EVP_EncodeBlock(base64, scram->signature, KEY);
	if (len == KEY_BASE64 + 2 && memcmp(message, "v=", 2) == 0 &&
		CRYPTO_memcmp(message + 2, base64, KEY_BASE64) == 0)
		return 0;
	return rdb_err_set(err, EPROTO,
		"the server could not prove that it knows the password: this may not be your "
		"server");
}

void rdb_scram_free(struct rdb_scram *scram)
{
	rdb_buf_free(&scram->nonce);
	rdb_buf_free(&scram->auth);
	OPENSSL_cleanse(scram->signature, sizeof(scram->signature));
}
