#include "archive/member_name.h"

#include <string.h>

/* Length of the UTF-8 sequence at p (RFC 3629), 0 when there is none. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] >= 0x80 && (p[0] < 0xc2 || p[0] > 0xf4))
		return 0;
	if (len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

bool rdb_name_is_fit(const char *name, size_t len)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t step;

	if (len == 0 || len > RDB_NAME_MAX || (len == 1 && p[0] == '.') ||
		(len == 2 && p[0] == '.' && p[1] == '.'))
		return false;
	for (size_t i = 0; i < len; i += step) {
		if (p[i] < ' ' || p[i] == 0x7f || p[i] == '/')
			return false;
		step = utf8_length(p + i, len - i);
		if (step == 0)
			return false;
	}
	return true;
}

bool rdb_name_kind(const char *file, enum rdb_member_kind *out)
{
	static const struct {
		const char *extension;
		enum rdb_member_kind kind;
	} kinds[] = {
		{".info", RDB_MEMBER_INFO}, {".json", RDB_MEMBER_JSON}, {".csv", RDB_MEMBER_CSV}};
	size_t len = strlen(file);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t extension = strlen(kinds[i].extension);
		if (len > extension && strcmp(file + len - extension, kinds[i].extension) == 0) {
			*out = kinds[i].kind;
			return true;
		}
	}
	return false;
}

/* The next component of a path; *path goes behind it. 0 at the end. */
static size_t next_component(const char **path, const char **out)
{
	const char *p = *path;
	size_t len;

	for (;;) {
		len = strcspn(p, "/");
		if (!(len == 1 && p[0] == '.' && p[1] == '/'))
			break;
		p += 2;
	}
	*out = p;
	*path = p[len] == '/' ? p + len + 1 : p + len;
	return len;
}

static bool take(const char *part, size_t len, char *to, size_t size)
{
	if (len == 0 || len >= size || (len == 2 && part[0] == '.' && part[1] == '.'))
		return false;
	memcpy(to, part, len);
	to[len] = '\0';
	return true;
}

bool rdb_name_parse(const char *path, struct rdb_name *out)
{
	const char *part;
	size_t len;

	if (path[0] == '/')
		return false;
	len = next_component(&path, &part);
	if (!take(part, len, out->top, sizeof(out->top)))
		return false;
	len = next_component(&path, &part);
	if (!rdb_name_is_fit(part, len) || !take(part, len, out->db, sizeof(out->db)))
		return false;
	len = next_component(&path, &part);
	if (!rdb_name_is_fit(part, len) || !take(part, len, out->file, sizeof(out->file)))
		return false;
	return path[0] == '\0' && part[len] == '\0' && rdb_name_kind(out->file, &out->kind);
}
