#include "format/recognise.h"

#include "format/decoder.h"
#include "format/tar.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what is none of ours ---- */

static const char encrypted_gpg[] = "encrypted with GPG: decrypt it first";

static const struct {
	const char *magic;
	size_t len;
	const char *words;
} foreign[] = {
	{"age-encryption.org/", 19, "encrypted with age: decrypt it first"},
	{"-----BEGIN AGE ENCRYPTED FILE", 29, "encrypted with age: decrypt it first"},
	{"Salted__", 8, "encrypted with OpenSSL: decrypt it first"},
	{"-----BEGIN PGP MESSAGE", 22, encrypted_gpg},
	{"PK\3\4", 4, "a zip file: unpack it"},
	{"PK\5\6", 4, "a zip file: unpack it"},
	{"7z\xbc\xaf\x27\x1c", 6, "a 7z file: unpack it"},
	{"Rar!\x1a\x07", 6, "a RAR file: unpack it"},
	{"PGDMP", 5, "a PostgreSQL dump: restore it with pg_restore"},
	{"--\n-- PostgreSQL database", 25, "a PostgreSQL dump: restore it with psql"},
	{"\x6d\xe2\x99\x81", 4, "a MongoDB archive: restore it with mongorestore"},
	{"-- MySQL dump", 13, "a MySQL dump: restore it with mysql"},
	{"-- MariaDB dump", 15, "a MySQL dump: restore it with mysql"},
	{"SQLite format 3", 15, "an SQLite database"},
	{"REDIS0", 6, "a Redis dump"},
};

/* Returns true if "head" begins with the first packet of a file encrypted with gpg (RFC 9580, 4.2):
 * tag 1 for a public key, tag 3 for a password. */
static bool is_pgp(const uint8_t *head, size_t len)
{
	unsigned tag, version_at;

	if (len < 4 || !(head[0] & 0x80))
		return false;
	if (head[0] & 0x40) {
		tag = head[0] & 0x3f;
		version_at = head[1] < 192 ? 2 : head[1] < 224 ? 3 : 0;
	} else {
		tag = head[0] >> 2 & 0xf;
		version_at = (head[0] & 3) == 0 ? 2 : (head[0] & 3) == 1 ? 3 : 0;
	}
	if (version_at == 0)
		return false;
	if (tag == 1)
		return head[version_at] == 3 || head[version_at] == 6;
	return tag == 3 && head[version_at] >= 4 && head[version_at] <= 6;
}

const char *rdb_recognise_foreign(const void *head, size_t len)
{
	for (size_t i = 0; i < COUNT(foreign); i++)
		if (len >= foreign[i].len && memcmp(head, foreign[i].magic, foreign[i].len) == 0)
			return foreign[i].words;
	return is_pgp(head, len) ? encrypted_gpg : NULL;
}

/* ---- what is ---- */

/* Decompresses the beginning of the file to buf. Returns the number of decompressed bytes, 0 if
 * this build cannot decompress the file's format, or a negative errno. */
static ssize_t decode_head(
	struct rdb_source *source, enum rdb_format format, uint8_t *buf, struct rdb_err *err)
{
	struct rdb_decoder *decoder;
	size_t len = 0;
	ssize_t n = rdb_decoder_open(source, format, &decoder, err);

	if (n == -ENOTSUP)
		return 0;
	if (n < 0)
		return n;
	do {
		n = decoder->ops->read(decoder, buf + len, RDB_RECOGNISE_HEAD - len, err);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < RDB_RECOGNISE_HEAD);
	rdb_decoder_close(decoder);
	if (n == -EIO || n == -ENOMEM)
		return n;
	return (ssize_t)len; /* later damage does not matter */
}

/* Returns true if "head", the first bytes of decompressed content, begins like a compressed file.
 * Some backup scripts compress an archive twice. */
static bool is_compressed(const uint8_t *head, size_t len)
{
	return (len >= 3 && memcmp(head, "\x1f\x8b\x08", 3) == 0) ||
	       (len >= 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0) ||
	       (len >= 6 && memcmp(head, "\xfd\x37\x7a\x58\x5a\x00", 6) == 0);
}

int rdb_recognise(
	struct rdb_source *source, bool *is_archive, const char **words, struct rdb_err *err)
{
	uint8_t head[RDB_RECOGNISE_HEAD] = {0};
	enum rdb_format format;
	ssize_t n = rdb_format_detect(source, &format, err);

	*is_archive = false;
	*words = NULL;
	if (n == 0)
		n = format == RDB_FORMAT_PLAIN
			    ? rdb_source_pread(source, head, sizeof(head), 0, err)
			    : decode_head(source, format, head, err);
	if (n < 0)
		return (int)n;
	*is_archive = ((size_t)n >= RDB_TAR_BLOCK && rdb_tar_is_header((const char *)head)) ||
		      (format != RDB_FORMAT_PLAIN && is_compressed(head, (size_t)n));
	if (!*is_archive)
		*words = rdb_recognise_foreign(head, (size_t)n);
	return 0;
}

int rdb_recognise_check(
	struct rdb_source *source, const char *name, const char *advice, struct rdb_err *err)
{
	const char *words;
	bool is_archive;
	int ret = rdb_recognise(source, &is_archive, &words, err);

	if (ret != 0 || is_archive)
		return ret;
	if (!words)
		words = advice;
	return rdb_err_set(err, EINVAL, "%s is neither an archive nor a folder of backups%s%s",
		name, words ? ": " : "", words ? words : "");
}
