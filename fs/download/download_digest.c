#include "download/download_digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20)
#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/* ---- headers ---- */

/* If "value" begins with exactly len base64 characters (a checksum), stores "kind", a colon and
 * these characters in "out", and returns true. Otherwise returns false. */
static bool store_checksum(
	const char *kind, const char *value, size_t len, char out[RDB_DIGEST_TEXT])
{
	size_t used = strspn(value, BASE64);

	while (used < len && value[used] == '=')
		used++;
	if (used != len)
		return false;
	snprintf(out, RDB_DIGEST_TEXT, "%s:%.*s", kind, (int)len, value);
	return true;
}

/* Finds the checksum "name" in the list, stores the checksum in "out" as "KIND:BASE64", and returns
 * true. Returns false if the list does not contain the checksum. The list has the form
 * "md5=BASE64,sha-256=:BASE64:". */
static bool find_in_list(
	const char *list, const char *name, const char *kind, size_t len, char out[RDB_DIGEST_TEXT])
{
	size_t name_len = strlen(name);

	for (; list && *list; list += strcspn(list, ","), list += *list == ',') {
		list += strspn(list, " \t");
		if (strncasecmp(list, name, name_len) != 0 || list[name_len] != '=')
			continue;
		list += name_len + 1;
		list += *list == ':';
		if (strlen(list) >= len && store_checksum(kind, list, len, out))
			return true;
	}
	return false;
}

#define MD5_LEN 24
#define SHA256_LEN 44

void rdb_digest_of_answer(const struct rdb_http_response *response, char out[RDB_DIGEST_TEXT])
{
	const char *digest = rdb_http_header(response, "digest");
	const char *repr = rdb_http_header(response, "repr-digest");
	const char *amazon = rdb_http_header(response, "x-amz-checksum-sha256");
	const char *google = rdb_http_header(response, "x-goog-hash");
	const char *md5 = rdb_http_header(response, "content-md5");

	out[0] = '\0';
	if (find_in_list(repr, "sha-256", "sha256", SHA256_LEN, out) ||
		find_in_list(digest, "sha-256", "sha256", SHA256_LEN, out))
		return;
	if (amazon && strlen(amazon) == SHA256_LEN &&
		store_checksum("sha256", amazon, SHA256_LEN, out))
		return;
	if (md5 && strlen(md5) == MD5_LEN && store_checksum("md5", md5, MD5_LEN, out))
		return;
	if (!find_in_list(google, "md5", "md5", MD5_LEN, out))
		find_in_list(digest, "md5", "md5", MD5_LEN, out);
}

/* ---- checking ---- */

static int hash_file(EVP_MD_CTX *hash, int fd, const struct rdb_cancel *cancel)
{
	char *piece = malloc(PIECE);
	off_t at = 0;
	ssize_t n = 1;
	int ret = piece ? 0 : -ENOMEM;

	while (ret == 0 && n > 0) {
		n = pread(fd, piece, PIECE, at);
		if (n < 0)
			ret = errno == EINTR ? 0 : -EIO;
		else if (!EVP_DigestUpdate(hash, piece, (size_t)n))
			ret = -ENOMEM;
		else if (rdb_cancel_fired(cancel))
			ret = -ECANCELED;
		at += n > 0 ? n : 0;
		n = n < 0 && ret == 0 ? 1 : n;
	}
	free(piece);
	return ret;
}

int rdb_digest_check(const char *digest, int fd, const struct rdb_cancel *cancel)
{
	unsigned char sum[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
	const EVP_MD *kind = strncmp(digest, "sha256:", 7) == 0 ? EVP_sha256()
			     : strncmp(digest, "md5:", 4) == 0  ? EVP_md5()
								: NULL;
	EVP_MD_CTX *hash;
	unsigned len;
	int ret;

	if (!kind)
		return 0;
	hash = EVP_MD_CTX_new();
	if (!hash)
		return -ENOMEM;
	ret = EVP_DigestInit_ex(hash, kind, NULL) ? hash_file(hash, fd, cancel) : -ENOMEM;
	if (ret == 0 && !EVP_DigestFinal_ex(hash, sum, &len))
		ret = -ENOMEM;
	EVP_MD_CTX_free(hash);
	if (ret != 0)
		return ret;
	EVP_EncodeBlock(text, sum, (int)len);
	return strcmp(strchr(digest, ':') + 1, (const char *)text) == 0 ? 0 : -EBADMSG;
}
