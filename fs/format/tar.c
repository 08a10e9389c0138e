#include "format/tar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OCTAL_MAX UINT64_C(077777777777) /* eleven octal digits */

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char pad[12];
};

_Static_assert(sizeof(struct ustar) == RDB_TAR_BLOCK, "a ustar header is one block");

/* Writes the number to a field of a tar header in octal digits. Writes a number of more than eleven
 * octal digits in base 256, big-endian, with the top bit of the first byte set. */
static void put_number(char field[12], uint64_t value)
{
	if (value <= OCTAL_MAX) {
		snprintf(field, 12, "%011llo", (unsigned long long)value);
		return;
	}
	memset(field, 0, 12);
	field[0] = (char)0x80;
	for (int i = 11; value; i--, value >>= 8)
		field[i] = (char)(value & 0xff);
}

static void put_checksum(struct ustar *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	char digits[16];
	unsigned sum = 0;

	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	snprintf(digits, sizeof(digits), "%06o", sum);
	memcpy(header->checksum, digits, 7); /* six digits and a NUL before the blank */
}

/* Stores the path in the header's fields "prefix" and "name". If the path does not fit, returns
 * false, and the caller writes a pax record. */
static bool put_path(struct ustar *header, const char *path)
{
	size_t len = strlen(path);
	const char *slash;

	if (len <= sizeof(header->name)) {
		memcpy(header->name, path, len);
		return true;
	}
	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t before = (size_t)(slash - path), after = len - before - 1;
		if (before > sizeof(header->prefix))
			break;
		if (before && after && after <= sizeof(header->name)) {
			memcpy(header->prefix, path, before);
			memcpy(header->name, slash + 1, after);
			return true;
		}
	}
	memcpy(header->name, path, sizeof(header->name));
	return false;
}

static bool fill(struct ustar *header, char type, const char *path, uint64_t size, int64_t mtime)
{
	bool fits;

	memset(header, 0, sizeof(*header));
	fits = put_path(header, path);
	memcpy(header->mode, "0000644", 8);
	memcpy(header->uid, "0000000", 8);
	memcpy(header->gid, "0000000", 8);
	put_number(header->size, size);
	put_number(header->mtime, mtime > 0 ? (uint64_t)mtime : 0);
	header->type = type;
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
	memcpy(header->major, "0000000", 8);
	memcpy(header->minor, "0000000", 8);
	put_checksum(header);
	return fits;
}

/* Returns the length of the pax record for the key and the value. A record begins with its own
 * length, and the digits of the length are counted too. */
static size_t record_len(const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3, len = rest + 1;

	while (len != rest + (size_t)snprintf(NULL, 0, "%zu", len))
		len = rest + (size_t)snprintf(NULL, 0, "%zu", len);
	return len;
}

static int add_record(struct rdb_buf *out, const char *key, const char *value)
{
	return rdb_buf_printf(out, "%zu %s=%s\n", record_len(key, value), key, value);
}

static int add_records(struct rdb_buf *out, const char *path, uint64_t size)
{
	char digits[32];
	int ret;

	/* Write the size with leading zeros, so that the record keeps its length when the header is
	 * written again later with the final size. */
	snprintf(digits, sizeof(digits), "%020llu", (unsigned long long)size);
	ret = add_record(out, "size", digits);
	if (ret == 0 && path)
		ret = add_record(out, "path", path);
	return ret;
}

int rdb_tar_header(struct rdb_buf *out, const char *path, uint64_t size, int64_t mtime)
{
	static const char zeros[RDB_TAR_BLOCK];
	struct rdb_buf records = {0};
	struct ustar pax, header;
	bool fits = fill(&header, '0', path, size, mtime);
	int ret;

	if (strlen(path) > RDB_TAR_PATH_MAX)
		return -ENAMETOOLONG;
	ret = add_records(&records, fits ? NULL : path, size);
	if (ret == 0) {
		fill(&pax, 'x', "././@PaxHeader", records.len, mtime);
		ret = rdb_buf_add(out, &pax, sizeof(pax));
	}
	if (ret == 0)
		ret = rdb_buf_add(out, records.data, records.len);
	if (ret == 0)
		ret = rdb_buf_add(out, zeros, rdb_tar_padding(records.len));
	if (ret == 0)
		ret = rdb_buf_add(out, &header, sizeof(header));
	rdb_buf_free(&records);
	return ret;
}

/* Returns true if the block is a tar header with a name and a correct checksum. Accepts the sum of
 * unsigned bytes or of signed bytes, because some programs compute the checksum with signed bytes.
 */
bool rdb_tar_is_header(const char block[RDB_TAR_BLOCK])
{
	struct ustar header;
	unsigned long sum = 0, stored;
	long signed_sum = 0;
	char digits[sizeof(header.checksum) + 1] = {0}, *end;

	memcpy(&header, block, sizeof(header));
	memcpy(digits, header.checksum, sizeof(header.checksum));
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++) {
		sum += ((const unsigned char *)&header)[i];
		signed_sum += ((const signed char *)&header)[i];
	}
	stored = strtoul(digits, &end, 8);
	return header.name[0] && end != digits && (stored == sum || (long)stored == signed_sum);
}
