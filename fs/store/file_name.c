#include "store/file_name.h"

#include "format/member_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define STAMP_LEN 19 /* characters of YYYY-MM-DDTHH:MM:SS */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const extensions[] = {
	".tar.gz",
	".tgz",
	".tar",
	".tar.zst",
	".tzst",
	".tar.xz",
	".txz",
	".tar.bz2",
	".tbz2",
	".tbz",
	".tar.lz4",
};

static const char *const temporary[] = {
	".part",
	".partial",
	".filepart",
	".crdownload",
	".download",
	".aria2",
	".incomplete",
	".tmp",
	".temp",
	"~",
};

static const char *const reserved[] = {
	"latest", "archives", "documents", "history", "restore", "backup-now"};

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len > end_len && strncasecmp(text + len - end_len, end, end_len) == 0;
}

bool rdb_name_is_archive(const char *file, size_t *base)
{
	size_t len = strlen(file);

	if (file[0] == '.')
		return false;
	for (size_t i = 0; i < COUNT(extensions); i++)
		if (ends_with(file, len, extensions[i])) {
			*base = len - strlen(extensions[i]);
			return true;
		}
	return false;
}

bool rdb_name_is_temporary(const char *file)
{
	size_t len = strlen(file);

	for (size_t i = 0; i < COUNT(temporary); i++)
		if (ends_with(file, len, temporary[i]))
			return true;
	return false;
}

const char *rdb_name_of_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool rdb_name_may_be_export(const char *file)
{
	size_t len = strlen(file), end = strlen("_part");

	return file[0] != '.' && !(len > end && strcmp(file + len - end, "_part") == 0);
}

bool rdb_name_is_table(const char *file)
{
	enum rdb_member_kind kind;

	return rdb_name_kind(file, &kind);
}

bool rdb_name_is_reserved(const char *name)
{
	for (size_t i = 0; i < COUNT(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return true;
	return false;
}

static bool looks_like_stamp(const char *text)
{
	static const char pattern[] = "dddd-dd-ddTdd:dd:dd";

	for (size_t i = 0; i < STAMP_LEN; i++) {
		bool fits = pattern[i] == 'd'   ? isdigit((unsigned char)text[i])
			    : pattern[i] == ':' ? text[i] == ':' || text[i] == '-'
						: text[i] == pattern[i];
		if (!fits)
			return false;
	}
	return !isdigit((unsigned char)text[STAMP_LEN]);
}

/* Converts the local time *tm to seconds since 1970. Does not use mktime(), because each call of
 * mktime() would check the file of the time zone. */
static time_t local_time(struct tm *tm)
{
	time_t as_utc = timegm(tm), guess;
	struct tm there;

	if (!localtime_r(&as_utc, &there))
		return as_utc;
	guess = as_utc - there.tm_gmtoff;
	if (!localtime_r(&guess, &there))
		return as_utc;
	return as_utc - there.tm_gmtoff;
}

static bool stamp_time(const char *text, time_t *out)
{
	struct tm tm = {0}, given;
	time_t time;

	if (sscanf(text, "%4d-%2d-%2dT%2d%*c%2d%*c%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		    &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	given = tm;
	time = text[STAMP_LEN] == 'Z' ? timegm(&tm) : local_time(&tm);
	/* Refuse times out of range and nonexistent dates. timegm() has changed a nonexistent date
	 * to another date. */
	if (given.tm_hour >= 24 || given.tm_min >= 60 || given.tm_sec >= 60 ||
		given.tm_mon != tm.tm_mon || given.tm_mday != tm.tm_mday)
		return false;
	*out = time;
	return true;
}

bool rdb_name_time(const char *name, time_t *out)
{
	size_t len = strlen(name);

	for (size_t i = 0; i + STAMP_LEN <= len; i++)
		if ((i == 0 || !isdigit((unsigned char)name[i - 1])) &&
			looks_like_stamp(name + i) && stamp_time(name + i, out))
			return true;
	return false;
}
