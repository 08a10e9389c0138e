#include "cmd/arguments.h"
#include "cmd/environment.h"
#include "cmd/options.h"
#include "cmd/settings.h"
#include "cmd/words.h"
#include "unit/check.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rdb_settings settings;
static struct rdb_err err;

static int parse_for(enum rdb_command_id command, const char *const argv[])
{
	int argc = 0;

	while (argv[argc])
		argc++;
	rdb_settings_init(&settings);
	rdb_err_clear(&err);
	return rdb_arguments_parse(command, argc, argv, &settings, &err);
}

#define PARSE(...) parse_for(RDB_COMMAND_MOUNT, (const char *const[]){__VA_ARGS__, NULL})

static int words(const char *text)
{
	rdb_settings_init(&settings);
	rdb_err_clear(&err);
	return rdb_words_parse(text, &settings, &err);
}

static void test_defaults_are_private(void)
{
	REQUIRE(PARSE("/mnt") == 0);
	CHECK_INT(settings.umask, 077);
	CHECK_INT(settings.uid, getuid());
	CHECK_INT(settings.gid, getgid());
	CHECK_INT(settings.cache_size, 64 << 20);
	CHECK_INT(settings.index, 0);
	CHECK(!settings.source && !settings.index_dir && !settings.allow_other);
	CHECK_INT(settings.args.count, 1);
	CHECK_STR(settings.args.items[0], "/mnt");
	rdb_settings_free(&settings);
}

static void test_every_way_to_write_a_value(void)
{
	static const char *const ways[][4] = {{"--source", "/b"}, {"--source=/b"}, {"-s", "/b"},
		{"-s/b"}, {"-o", "source=/b"}, {"-osource=/b"}, {"--options=source=/b"}, {"-fs/b"},
		{"-fs", "/b"}, {"--source", "/a", "--source=/b"}, {"-o", "rw,source=/b,noauto"}};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		CHECK_INT(parse_for(RDB_COMMAND_MOUNT, ways[i]), 0);
		CHECK_STR(settings.source, "/b");
		rdb_settings_free(&settings);
	}
}

static void test_flags(void)
{
	REQUIRE(PARSE("-fd", "--allow-other", "--allow_root=yes", "-o", "allow_delete") == 0);
	CHECK(settings.foreground && settings.debug && settings.allow_other);
	CHECK(settings.allow_root && settings.allow_delete);
	CHECK(!settings.auto_unmount);
	rdb_settings_free(&settings);
	REQUIRE(PARSE("--allow-other", "--allow-other=no") == 0);
	CHECK(!settings.allow_other);
	rdb_settings_free(&settings);
	CHECK_INT(PARSE("--allow-other=maybe"), -EINVAL);
	CHECK_STR(err.text, "allow-other: \"maybe\" is not yes or no");
	rdb_settings_free(&settings);
}

static void test_arguments_end_options(void)
{
	REQUIRE(PARSE("a", "-f", "-", "--", "-d", "--help") == 0);
	CHECK_INT(settings.args.count, 4);
	CHECK_STR(settings.args.items[1], "-");
	CHECK_STR(settings.args.items[3], "--help");
	CHECK(settings.foreground && !settings.debug && !settings.help);
	rdb_settings_free(&settings);
}

static void test_relative_paths_become_absolute(void)
{
	char cwd[512], expected[600];

	REQUIRE(getcwd(cwd, sizeof(cwd)));
	snprintf(expected, sizeof(expected), "%s/backups", cwd);
	REQUIRE(PARSE("--source=backups") == 0);
	CHECK_STR(settings.source, expected);
	rdb_settings_free(&settings);
}

static void test_sizes(void)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"cache-size=1", 1}, {"cache-size=64K", 65536}, {"cache-size=3m", 3 << 20},
		{"cache-size=2G", UINT64_C(2) << 30}, {"cache_size=1T", UINT64_C(1) << 40},
		{"cache-size=18446744073709551615", UINT64_MAX}};
	static const char *const bad[] = {"cache-size", "cache-size=", "cache-size=K",
		"cache-size=-1", "cache-size=1KB", "cache-size=1.5M", "cache-size= 1",
		"cache-size=18446744073709551616", "cache-size=18014398509481984K",
		"cache-size=0x10", "cache-size=1@", "cache-size=1 "};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_INT(words(good[i].text), 0);
		CHECK(settings.cache_size == good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(words(bad[i]), -EINVAL);
}

static void test_delimiters(void)
{
	static const struct {
		const char *text;
		char delimiter;
	} good[] = {{"delimiter=;", ';'}, {"delimiter=\\,", ','}, {"delimiter=|", '|'},
		{"delimiter=tab", '\t'}, {"delimiter=\t", '\t'}, {"delimiter=\\t", '\t'},
		{"delimiter=\\\\t", '\t'}, {"delimiter= ", ' '}, {"delimiter=t", 't'}};
	static const char *const bad[] = {"delimiter", "delimiter=", "delimiter=;;",
		"delimiter=tabs", "delimiter=\"", "delimiter=\r", "delimiter=\n",
		"delimiter=\xc2\xa7", "delimiter=\xa7", "delimiter=\\t;"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_INT(words(good[i].text), 0);
		CHECK_INT(settings.delimiter, good[i].delimiter);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(words(bad[i]), -EINVAL);
	CHECK_INT(parse_for(RDB_COMMAND_RESTORE, (const char *const[]){"--delimiter", "\\t", NULL}),
		0);
	CHECK_INT(settings.delimiter, '\t');
	CHECK_INT(PARSE("--delimiter=::"), -EINVAL);
	CHECK_STR(err.text, "delimiter: \"::\" is not one character of ASCII, or tab");
	CHECK_INT(PARSE("/mnt"), 0);
	CHECK_INT(settings.delimiter, 0);
	rdb_settings_free(&settings);
}

static void test_octal_users_and_choices(void)
{
	CHECK_INT(words("umask=022,uid=root,gid=12,index=all,log-level=debug"), 0);
	CHECK_INT(settings.umask, 022);
	CHECK_INT(settings.uid, 0);
	CHECK_INT(settings.gid, 12);
	CHECK_INT(settings.index, 1);
	CHECK_INT(settings.log_level, 3);
	CHECK_INT(words("umask=8"), -EINVAL);
	CHECK_INT(words("umask=1000"), -EINVAL);
	CHECK_INT(words("uid=nobody-of-this-name"), -EINVAL);
	CHECK_INT(words("uid=4294967295"), -EINVAL);
	CHECK_INT(words("gid=-1"), -EINVAL);
	CHECK_INT(words("index=some"), -EINVAL);
	CHECK_STR(err.text, "index: \"some\" is not newest|all|none");
	CHECK_INT(words("index=new"), -EINVAL);
	CHECK_INT(words("index=newest|all"), -EINVAL);
}

static void test_words_of_fstab_are_ignored(void)
{
	REQUIRE(words("defaults,auto,noauto,user,nofail,_netdev,rw,ro,x-systemd.automount,"
		      "x-systemd.requires=a.service,comment=x,,") == 0);
	CHECK_INT(settings.fuse_words.count, 0);
}

static void test_words_of_libfuse_are_kept(void)
{
	REQUIRE(words("noatime,nosuid,fsname=a\\,b,source=/x\\,y,noexec") == 0);
	REQUIRE(settings.fuse_words.count == 4);
	CHECK_STR(settings.fuse_words.items[0], "noatime");
	CHECK_STR(settings.fuse_words.items[1], "nosuid");
	CHECK_STR(settings.fuse_words.items[2], "fsname=a\\,b");
	CHECK_STR(settings.fuse_words.items[3], "noexec");
	CHECK(settings.fuse_words.items[4] == NULL);
	CHECK_STR(settings.source, "/x,y");
	rdb_settings_free(&settings);
}

static void test_unknown_words_are_named(void)
{
	CHECK_INT(words("rw,alow_other"), -EINVAL);
	CHECK_STR(err.text,
		"-o alow_other: there is no such mount option: did you mean allow-other?");
	CHECK_INT(words("conect=localhost"), -EINVAL);
	CHECK_STR(err.text, "-o conect: there is no such mount option: did you mean connect?");
	CHECK_INT(words("pasword"), -EINVAL); /* not allowed in fstab in any case */
	CHECK_STR(err.text, "-o pasword: there is no such mount option");
	CHECK_INT(words("help"), -EINVAL); /* an option, but not for mounts */
	CHECK_INT(words("=x"), -EINVAL);
	CHECK_INT(words("\\"), -EINVAL);
}

static void test_unknown_options_are_named(void)
{
	CHECK_INT(PARSE("--sauce=x"), -EINVAL);
	CHECK_STR(err.text, "--sauce: there is no such option");
	CHECK_INT(PARSE("-x"), -EINVAL);
	CHECK_STR(err.text, "-x: there is no such option");
	CHECK_INT(PARSE("--watch"), -EINVAL);
	CHECK_STR(err.text, "--watch: there is no such option for this command");
	CHECK_INT(PARSE("--sorce=x"), -EINVAL);
	CHECK_STR(err.text, "--sorce: there is no such option: did you mean --source?");
	CHECK_INT(PARSE("--wathc"), -EINVAL); /* near one of another command */
	CHECK_STR(err.text, "--wathc: there is no such option");
	CHECK_INT(PARSE("-w"), -EINVAL);
	CHECK_INT(PARSE("--"), 0);
	CHECK_INT(PARSE("--="), -EINVAL);
	CHECK_INT(PARSE("--source"), -EINVAL);
	CHECK_STR(err.text, "--source needs a value: SOURCE");
	CHECK_INT(PARSE("-s"), -EINVAL);
	CHECK_INT(PARSE("--source="), -EINVAL);
	CHECK_INT(PARSE("-o", ""), 0);
	CHECK_INT(PARSE("-o"), -EINVAL);
}

static void test_other_commands_have_their_own(void)
{
	REQUIRE(parse_for(RDB_COMMAND_STATUS, (const char *const[]){"-wj", "/mnt", NULL}) == 0);
	CHECK(settings.watch && settings.json);
	rdb_settings_free(&settings);
	REQUIRE(parse_for(RDB_COMMAND_UNMOUNT, (const char *const[]){"--lazy", "/mnt", NULL}) == 0);
	CHECK(settings.lazy);
	rdb_settings_free(&settings);
	CHECK_INT(parse_for(RDB_COMMAND_CHECK, (const char *const[]){"-o", "rw", NULL}), -EINVAL);
	rdb_settings_free(&settings);
}

static void test_command_line_overrides_configuration(void)
{
	const struct rdb_option *source = rdb_options_find("source", 6);

	rdb_settings_init(&settings);
	REQUIRE(rdb_option_set(source, "/config", RDB_ORIGIN_CONFIG, &settings, &err) == 0);
	CHECK_STR(settings.source, "/config");
	CHECK_INT(rdb_option_origin("source", &settings), RDB_ORIGIN_CONFIG);
	REQUIRE(rdb_option_set(source, "/argv", RDB_ORIGIN_ARGV, &settings, &err) == 0);
	CHECK_STR(settings.source, "/argv");
	REQUIRE(rdb_option_set(source, "/config", RDB_ORIGIN_CONFIG, &settings, &err) == 0);
	CHECK_STR(settings.source, "/argv");
	CHECK_INT(rdb_option_set(source, "", RDB_ORIGIN_CONFIG, &settings, &err), -EINVAL);
	rdb_settings_free(&settings);
}

/* Invariants of the table: names and letters are unique, values are described. */
static void test_table_is_consistent(void)
{
	int hidden = 0;

	for (size_t i = 0; i < rdb_options_count(); i++) {
		const struct rdb_option *o = rdb_options_at(i);
		CHECK(rdb_options_find(o->name, strlen(o->name)) == o);
		CHECK(!strchr(o->name, '_'));
		bool bare = o->kind == RDB_OPTION_FLAG || o->kind == RDB_OPTION_SECRET;
		CHECK(bare == (o->value == NULL));
		CHECK(o->commands);
		CHECK(!o->help || *o->help);
		hidden += !o->help;
		for (size_t j = 0; j < i; j++)
			CHECK(!o->letter || o->letter != rdb_options_at(j)->letter ||
				!(o->commands & rdb_options_at(j)->commands));
	}
	CHECK_INT(hidden, 1); /* rename-wait */
}

static int environment(enum rdb_command_id command)
{
	rdb_err_clear(&err);
	return rdb_environment_read(command, &settings, &err);
}

static void set_some_value(const char *name, const struct rdb_option *option)
{
	char value[64] = "1"; /* valid for most options */

	if (option->kind == RDB_OPTION_USER || option->kind == RDB_OPTION_GROUP)
		strcpy(value, "root");
	if (option->kind == RDB_OPTION_CHOICE)
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(option->value, "|"),
			option->value);
	REQUIRE(setenv(name, value, 1) == 0);
}

/* Every option has a variable, except those that only print something. */
static void test_every_option_has_a_variable(void)
{
	size_t count = 0;

	for (size_t i = 0; i < rdb_options_count(); i++) {
		const struct rdb_option *option = rdb_options_at(i);
		char name[64] = "RDBFS_";

		if (!option->help || !strcmp(option->name, "help") ||
			!strcmp(option->name, "version") || !strcmp(option->name, "options"))
			continue;
		strcat(name, option->name);
		for (char *c = name + 6; *c; c++)
			*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
		REQUIRE(setenv(name, "", 1) == 0);
		for (int command = 0; command <= RDB_COMMAND_RESTORE; command++) {
			if (!rdb_option_is_for(option, (enum rdb_command_id)command))
				continue;
			rdb_settings_init(&settings);
			CHECK_INT(environment((enum rdb_command_id)command), 0);
			CHECK_INT(rdb_option_origin(option->name, &settings), RDB_ORIGIN_DEFAULT);
			set_some_value(name, option);
			CHECK_INT(environment((enum rdb_command_id)command), 0);
			CHECK_INT(
				rdb_option_origin(option->name, &settings), RDB_ORIGIN_ENVIRONMENT);
			rdb_settings_free(&settings);
			unsetenv(name);
			count++;
		}
	}
	CHECK(count > 50);
}

static void test_environment_of_a_command(void)
{
	setenv("RDBFS_EXCLUDE", " shop,blog.posts\tx ", 1);
	setenv("RDBFS_PASSWORD", "secret", 1);
	setenv("RDBFS_SOURCE", "/b", 1);
	REQUIRE(parse_for(RDB_COMMAND_DUMP, (const char *const[]){"-q", NULL}) == 0);
	CHECK_INT(environment(RDB_COMMAND_DUMP), 0);
	CHECK_INT(settings.exclude.count, 3);
	CHECK_STR(settings.exclude.items[1], "blog.posts");
	CHECK_STR(settings.password.text, "secret");
	CHECK(!getenv("RDBFS_PASSWORD"));
	CHECK(!settings.source);
	rdb_settings_free(&settings);
	/* The list on the command line replaces the others. */
	REQUIRE(parse_for(RDB_COMMAND_DUMP, (const char *const[]){"--exclude", "a", NULL}) == 0);
	CHECK_INT(environment(RDB_COMMAND_DUMP), 0);
	CHECK_INT(settings.exclude.count, 1);
	rdb_settings_free(&settings);
	setenv("RDBFS_RETRY", "soon", 1);
	rdb_settings_init(&settings);
	CHECK_INT(environment(RDB_COMMAND_DUMP), -EINVAL);
	CHECK(strstr(err.text, "RDBFS_RETRY"));
	rdb_settings_free(&settings);
	unsetenv("RDBFS_EXCLUDE");
	unsetenv("RDBFS_SOURCE");
	unsetenv("RDBFS_RETRY");
}

static void test_limits(void)
{
	static const struct {
		const char *option, *value;
		int ret;
	} cases[] = {{"--compression", "9", 0}, {"--compression", "10", -EINVAL},
		{"--clients", "0", -EINVAL}, {"--clients", "256", 0}, {"--clients", "257", -EINVAL},
		{"--retry", "86401", -EINVAL}, {"--keep-daily", "0", 0},
		{"--keep-daily", "100001", -EINVAL}, {"--driver-port", "65536", -EINVAL},
		{"--driver-port", "0", -EINVAL}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *argv[] = {cases[i].option, cases[i].value, NULL};
		CHECK_INT(parse_for(RDB_COMMAND_DUMP, argv), cases[i].ret);
		CHECK(cases[i].ret == 0 || strstr(err.text, cases[i].option + 2));
		rdb_settings_free(&settings);
	}
}

static void test_abbreviations(void)
{
	REQUIRE(parse_for(RDB_COMMAND_DUMP,
			(const char *const[]){"--over", "--exp=shop", "--cl", "2", NULL}) == 0);
	CHECK(settings.overwrite_file);
	CHECK_STR(settings.export.items[0], "shop");
	CHECK_INT(settings.clients, 2);
	rdb_settings_free(&settings);
	CHECK_INT(parse_for(RDB_COMMAND_DUMP, (const char *const[]){"--pass", "x", NULL}), -EINVAL);
	rdb_settings_free(&settings);
	CHECK_INT(parse_for(RDB_COMMAND_DUMP, (const char *const[]){"--full", NULL}), -EINVAL);
	rdb_settings_free(&settings);
	CHECK_INT(PARSE("--conn", "x"), -EINVAL);
	rdb_settings_free(&settings);
}

int main(void)
{
	RUN(test_defaults_are_private);
	RUN(test_every_way_to_write_a_value);
	RUN(test_flags);
	RUN(test_arguments_end_options);
	RUN(test_relative_paths_become_absolute);
	RUN(test_sizes);
	RUN(test_delimiters);
	RUN(test_octal_users_and_choices);
	RUN(test_words_of_fstab_are_ignored);
	RUN(test_words_of_libfuse_are_kept);
	RUN(test_unknown_words_are_named);
	RUN(test_unknown_options_are_named);
	RUN(test_other_commands_have_their_own);
	RUN(test_command_line_overrides_configuration);
	RUN(test_table_is_consistent);
	RUN(test_every_option_has_a_variable);
	RUN(test_environment_of_a_command);
	RUN(test_limits);
	RUN(test_abbreviations);
	CHECK_EXIT();
}
