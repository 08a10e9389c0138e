#include "cmd/helper.h"

#include "cmd/settings.h"
#include "cmd/value.h"
#include "cmd/words.h"

#include <errno.h>
#include <string.h>

bool rdb_helper_is(const char *program)
{
	const char *slash = strrchr(program, '/');

	return strcmp(slash ? slash + 1 : program, "mount.rdbfs") == 0;
}

static int set_flags(const char *letters, struct rdb_settings *settings, struct rdb_err *err)
{
	for (; *letters; letters++) {
		if (*letters == 's')
			settings->sloppy = true;
		else if (*letters == 'f')
			settings->fake = true;
		else if (*letters == 'h')
			settings->help = true;
		else if (*letters == 'V')
			settings->version = true;
		else if (*letters != 'n' && *letters != 'v')
			return rdb_err_set(
				err, EINVAL, "-%c: mount.rdbfs has no such option", *letters);
	}
	return 0;
}

/* Parses all arguments except the options after -o. The options after -o are parsed later, because
 * their meaning depends on -s, and -s may be a later argument. */
static int parse_first(
	int argc, const char *const argv[], struct rdb_settings *settings, struct rdb_err *err)
{
	int ret = 0;

	for (int i = 0; i < argc && ret == 0; i++) {
		if (argv[i][0] != '-')
			ret = rdb_list_add(&settings->args, argv[i], strlen(argv[i]));
		else if (argv[i][1] && strchr("otN", argv[i][1]))
			i += argv[i][2] == '\0';
		else
			ret = set_flags(argv[i] + 1, settings, err);
	}
	return ret;
}

int rdb_helper_parse(
	int argc, const char *const argv[], struct rdb_settings *settings, struct rdb_err *err)
{
	int ret = parse_first(argc, argv, settings, err);

	for (int i = 0; i < argc && ret == 0; i++) {
		if (strncmp(argv[i], "-o", 2) != 0)
			continue;
		if (argv[i][2])
			ret = rdb_words_parse(argv[i] + 2, settings, err);
		else if (i + 1 < argc)
			ret = rdb_words_parse(argv[++i], settings, err);
		else
			ret = rdb_err_set(err, EINVAL, "-o needs a value");
	}
	return ret;
}
