#include "mount/mountinfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *next_field(const char **text, size_t *len)
{
	const char *field = *text;

	*len = strcspn(field, " \n");
	*text = field + *len + (field[*len] == ' ');
	return field;
}

static bool is_octal(const char *text, size_t len)
{
	if (len < 4 || text[0] != '\\')
		return false;
	for (int i = 1; i < 4; i++)
		if (text[i] < '0' || text[i] > '7')
			return false;
	return true;
}

/* Returns true if a field of the list of mounts is the path "path". In the field, each space, tab,
 * newline or backslash is written as an octal escape, for example \040 for a space. */
static bool is_path(const char *field, size_t len, const char *path)
{
	while (len > 0) {
		bool octal = is_octal(field, len);
		size_t taken = octal ? 4 : 1;
		char c = octal ? (char)((field[1] - '0') << 6 | (field[2] - '0') << 3 |
					 (field[3] - '0'))
			       : *field;
		if (*path == '\0' || *path++ != c)
			return false;
		field += taken;
		len -= taken;
	}
	return *path == '\0';
}

static long owner_in(const char *options, size_t len)
{
	static const char name[] = "user_id=";
	const size_t name_len = sizeof(name) - 1;

	for (size_t i = 0; i + name_len < len; i++)
		if ((i == 0 || options[i - 1] == ',') && strncmp(options + i, name, name_len) == 0)
			return strtol(options + i + name_len, NULL, 10);
	return -1;
}

/* Parses a line "ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS [OPTIONAL...] - TYPE SOURCE OPTIONS", and
 * fills *out if MOUNTPOINT is the path "path". */
static void parse_line(const char *line, const char *path, struct rdb_mountinfo *out)
{
	const char *field = "";
	size_t len = 0;

	for (int i = 0; i < 5; i++)
		field = next_field(&line, &len);
	if (!is_path(field, len, path))
		return;
	do
		field = next_field(&line, &len);
	while (len > 0 && !(len == 1 && *field == '-'));
	field = next_field(&line, &len);
	snprintf(out->type, sizeof(out->type), "%.*s", (int)len, field);
	next_field(&line, &len);
	field = next_field(&line, &len);
	out->owner = owner_in(field, len);
}

void rdb_mountinfo_parse(const char *text, const char *path, struct rdb_mountinfo *out)
{
	*out = (struct rdb_mountinfo){.owner = -1};
	while (*text) {
		parse_line(text, path, out);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

int rdb_mountinfo_find(const char *path, struct rdb_mountinfo *out)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct rdb_mountinfo line_info;
	char *line = NULL;
	size_t room = 0;

	out->type[0] = '\0';
	if (!file)
		return -EIO;
	while (getline(&line, &room, file) >= 0) {
		rdb_mountinfo_parse(line, path, &line_info);
		if (line_info.type[0])
			*out = line_info;
	}
	free(line);
	fclose(file);
	return 0;
}

bool rdb_mountinfo_is_rdbfs(const struct rdb_mountinfo *info)
{
	return strcmp(info->type, "fuse.rdbfs") == 0;
}
