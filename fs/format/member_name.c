#include "format/member_name.h"

#include <string.h>

/* Returns the length of the UTF-8 sequence at p, or 0 if the sequence is invalid (RFC 3629). */
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

/* ---- extensions ---- */

static const struct {
	const char *extension;
	enum rdb_member_kind kind;
	bool may_be_blank;
} kinds[] = {
	{".info", RDB_MEMBER_INFO, false},
	{".json", RDB_MEMBER_JSON, false},
	{".ndjson", RDB_MEMBER_JSON, true},
	{".jsonl", RDB_MEMBER_JSON, true},
	{".csv", RDB_MEMBER_CSV, false},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

#define PACKED ".gz" /* extension of a file that is gzip */

static bool is_packed(const char *file, size_t len)
{
	const size_t packed = strlen(PACKED);

	return len > packed && strcmp(file + len - packed, PACKED) == 0;
}

static size_t find_kind(const char *file, size_t *before)
{
	size_t len = strlen(file), i;

	if (is_packed(file, len))
		len -= strlen(PACKED);

	for (i = 0; i < KINDS; i++) {
		size_t extension = strlen(kinds[i].extension);
		*before = len - extension;
		if (len > extension && memcmp(file + *before, kinds[i].extension, extension) == 0)
			break;
	}
	return i;
}

bool rdb_name_kind(const char *file, enum rdb_member_kind *out)
{
	size_t before, i = find_kind(file, &before);

	if (i == KINDS || file[0] == '.')
		return false;
	*out = kinds[i].kind;
	return true;
}

enum rdb_blank rdb_name_blank(const char *file)
{
	size_t before, i = find_kind(file, &before);

	if (i == KINDS || !kinds[i].may_be_blank)
		return RDB_BLANK_NONE;
	return is_packed(file, strlen(file)) ? RDB_BLANK_GZIP : RDB_BLANK_ANY;
}

bool rdb_blank_is_complete(enum rdb_blank blank, bool gzip)
{
	return blank == RDB_BLANK_ANY || (blank == RDB_BLANK_GZIP && gzip);
}

size_t rdb_name_table(const char *file)
{
	size_t before, i = find_kind(file, &before);

	return i == KINDS ? 0 : before;
}

/* ---- clutter ---- */

bool rdb_name_is_clutter(const char *name, size_t len)
{
	static const char *const names[] = {
		".DS_Store", ".localized", ".directory", ".hidden", "Thumbs.db", "desktop.ini"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && memcmp(name, names[i], len) == 0)
			return true;
	return len > 2 && memcmp(name, "._", 2) == 0;
}

/* ---- paths ---- */

/* Stores the start of the path's next component in *out, and moves *path to the end of the
 * component. Returns the component's length, or 0 at the end of the path. */
static size_t next_component(const char **path, const char **out)
{
	const char *p = *path;
	size_t len;

	for (;;) {
		p += strspn(p, "/");
		len = strcspn(p, "/");
		if (!(len == 1 && p[0] == '.' && p[1] == '/'))
			break;
		p += 2;
	}
	*out = p;
	*path = p + len;
	return len;
}

bool rdb_name_path_is_clutter(const char *path)
{
	const char *part;
	size_t len;
	bool first = true;

	while ((len = next_component(&path, &part)) > 0) {
		if (rdb_name_is_clutter(part, len))
			return true;
		if (first && len == 8 && memcmp(part, "__MACOSX", 8) == 0)
			return true;
		first = false;
	}
	return false;
}

static bool copy_part(const char *part, size_t len, char *to, size_t size)
{
	if (!rdb_name_is_fit(part, len) || len >= size)
		return false;
	memcpy(to, part, len);
	to[len] = '\0';
	return true;
}

static bool add_top(struct rdb_name *out, const char *part, size_t len)
{
	size_t at = out->tops ? strlen(out->top) : 0;

	if (at + 1 + len >= sizeof(out->top))
		return false;
	if (at > 0)
		out->top[at++] = '/';
	memcpy(out->top + at, part, len);
	out->top[at + len] = '\0';
	out->tops++;
	return true;
}

/* Splits the path into its top folders, its database and its file name. The last two components of
 * the path are the database's folder and the file's name. The components before them are the top
 * folders. */
bool rdb_name_parse(const char *path, struct rdb_name *out)
{
	const char *db = NULL, *file = NULL, *part;
	size_t db_len = 0, file_len = 0, len, whole = strlen(path);

	out->tops = 0;
	strcpy(out->top, RDB_NAME_TOP);
	if (whole > 0 && path[whole - 1] == '/')
		return false;
	while ((len = next_component(&path, &part)) > 0) {
		if (len == 2 && part[0] == '.' && part[1] == '.')
			return false;
		if (db && !add_top(out, db, db_len))
			return false;
		db = file;
		db_len = file_len;
		file = part;
		file_len = len;
	}
	return db && copy_part(db, db_len, out->db, sizeof(out->db)) &&
	       copy_part(file, file_len, out->file, sizeof(out->file)) &&
	       rdb_name_kind(out->file, &out->kind);
}

unsigned rdb_name_tops(const char *top)
{
	unsigned tops = 1;

	if (strcmp(top, RDB_NAME_TOP) == 0)
		return 0;
	for (; *top; top++)
		tops += *top == '/';
	return tops;
}

bool rdb_name_is_below(const char *path, const char *top)
{
	const char *part, *top_part;
	size_t len;

	if (rdb_name_tops(top) == 0)
		return true;
	while ((len = next_component(&top, &top_part)) > 0)
		if (next_component(&path, &part) != len || memcmp(part, top_part, len) != 0)
			return false;
	return true;
}
