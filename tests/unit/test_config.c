#include "cmd/config.h"
#include "cmd/options.h"
#include "cmd/paths.h"
#include "cmd/secret.h"
#include "cmd/settings.h"
#include "unit/check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rdb_settings settings;
static struct rdb_err err;

static int parse(const char *text)
{
	rdb_settings_init(&settings);
	rdb_err_clear(&err);
	return rdb_config_parse(text, strlen(text), "config.json", &settings, &err);
}

static void test_every_kind_of_member(void)
{
	REQUIRE(parse("{\"source\": \"/b\", \"cache-size\": \"1M\", \"allow-other\": true,"
		      " \"allow_delete\": false, \"umask\": \"022\", \"uid\": 7, \"gid\": \"8\","
		      " \"index\": \"none\"}") == 0);
	CHECK_STR(settings.source, "/b");
	CHECK_INT(settings.cache_size, 1 << 20);
	CHECK(settings.allow_other && !settings.allow_delete);
	CHECK_INT(settings.umask, 022);
	CHECK_INT(settings.uid, 7);
	CHECK_INT(settings.gid, 8);
	CHECK_INT(settings.index, 2);
	rdb_settings_free(&settings);
	CHECK_INT(parse("{}"), 0);
	CHECK_INT(parse("\xef\xbb\xbf{}"), 0);
	CHECK_INT(parse("{\"cache-size\": 4096}"), 0);
	CHECK_INT(settings.cache_size, 4096);
	CHECK_INT(parse("{\"delimiter\": \"\\t\"}"), 0);
	CHECK_INT(settings.delimiter, '\t');
	CHECK_INT(parse("{\"delimiter\": \";\"}"), 0);
	CHECK_INT(settings.delimiter, ';');
}

static void check_refused(const char *text, const char *word)
{
	CHECK_INT(parse(text), -EINVAL);
	CHECK(strncmp(err.text, "config.json: ", 13) == 0);
	if (!strstr(err.text, word)) {
		fprintf(stderr, "%s: \"%s\" lacks \"%s\"\n", text, err.text, word);
		CHECK(false);
	}
	rdb_settings_free(&settings);
}

static void test_what_is_wrong_is_named(void)
{
	check_refused("", "line");
	check_refused("{\n\n\"source\": }", "line 3");
	check_refused("[]", "object");
	check_refused("{\"sauce\": 1}", "\"sauce\"");
	check_refused("{\"source\": \"/b\", \"foreground\": true}", "\"foreground\"");
	check_refused("{\"source\": \"/a\", \"source\": \"/b\"}", "source");
	check_refused("{\"source\": true}", "source");
	check_refused("{\"source\": \"\"}", "source");
	check_refused("{\"source\": [\"/b\"]}", "source");
	check_refused("{\"source\": null}", "source");
	check_refused("{\"allow-other\": \"yes\"}", "allow-other");
	check_refused("{\"allow-other\": 1}", "allow-other");
	check_refused("{\"umask\": 22}", "octal");
	check_refused("{\"cache-size\": -1}", "cache-size");
	check_refused("{\"cache-size\": 1.5}", "cache-size");
	check_refused("{\"delimiter\": \"--\"}", "delimiter");
	check_refused("{} x", "end of file");
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void test_file_is_found_where_xdg_says(void)
{
	char home[] = "/tmp/rdbfs-config-XXXXXX", path[128], below[256];

	REQUIRE(mkdtemp(home));
	setenv("HOME", home, 1);
	unsetenv("XDG_CONFIG_HOME");
	rdb_settings_init(&settings);
	if (access("/etc/rdbfs/config.json", F_OK) != 0) {
		CHECK_INT(rdb_config_load(&settings, &err), 0);
		CHECK(settings.source == NULL);
	}
	snprintf(path, sizeof(path), "%s/.config/rdbfs", home);
	REQUIRE(rdb_path_make(path, &err) == 0);
	snprintf(below, sizeof(below), "%s/config.json", path);
	put(below, "{\"source\": \"/of-home\"}");
	CHECK_INT(rdb_config_load(&settings, &err), 0);
	CHECK_STR(settings.source, "/of-home");
	rdb_settings_free(&settings);

	snprintf(path, sizeof(path), "%s/xdg/rdbfs", home);
	REQUIRE(rdb_path_make(path, &err) == 0);
	snprintf(below, sizeof(below), "%s/config.json", path);
	put(below, "{\"source\": \"/of-xdg\"}");
	snprintf(path, sizeof(path), "%s/xdg", home);
	setenv("XDG_CONFIG_HOME", path, 1);
	CHECK_INT(rdb_config_load(&settings, &err), 0);
	CHECK_STR(settings.source, "/of-xdg");
	rdb_settings_free(&settings);

	put(below, "{\"sauce\": 1}");
	CHECK_INT(rdb_config_load(&settings, &err), -EINVAL);
	CHECK(strstr(err.text, below));
	unlink(below);
	REQUIRE(mkdir(below, 0700) == 0);
	CHECK_INT(rdb_config_load(&settings, &err), -EIO);
	snprintf(below, sizeof(below), "rm -rf %s", home);
	REQUIRE(system(below) == 0);
}

static void test_too_long_a_file_is_refused(void)
{
	char path[] = "/tmp/rdbfs-config-XXXXXX";
	int fd = mkstemp(path);

	REQUIRE(fd >= 0 && ftruncate(fd, RDB_SECRET_FILE_MAX + 100000) == 0);
	rdb_settings_init(&settings);
	CHECK_INT(rdb_config_load_file(path, &settings, &err), -EINVAL);
	CHECK(strstr(err.text, "longer"));
	close(fd);
	unlink(path);
	CHECK_INT(rdb_config_load_file(path, &settings, &err), -ENOENT);
}

static void test_folders_are_made_private(void)
{
	char root[] = "/tmp/rdbfs-config-XXXXXX", path[128], below[256];
	struct stat st;

	REQUIRE(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/a/b/", root);
	CHECK_INT(rdb_path_make(path, &err), 0);
	CHECK_INT(rdb_path_make(path, &err), 0);
	REQUIRE(stat(path, &st) == 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/file", root);
	put(path, "");
	CHECK_INT(rdb_path_make(path, &err), -ENOTDIR);
	snprintf(below, sizeof(below), "%s/below", path);
	CHECK_INT(rdb_path_make(below, &err), -ENOTDIR);
	CHECK_INT(rdb_path_make("/proc/rdbfs", &err), -EIO);
	snprintf(path, sizeof(path), "rm -rf %s", root);
	REQUIRE(system(path) == 0);
}

static void test_relative_xdg_is_ignored(void)
{
	char *path;

	setenv("HOME", "/home/x", 1);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	path = rdb_path_config("config.json");
	CHECK_STR(path, "/home/x/.config/rdbfs/config.json");
	free(path);
}

int main(void)
{
	RUN(test_every_kind_of_member);
	RUN(test_what_is_wrong_is_named);
	RUN(test_file_is_found_where_xdg_says);
	RUN(test_too_long_a_file_is_refused);
	RUN(test_folders_are_made_private);
	RUN(test_relative_xdg_is_ignored);
	CHECK_EXIT();
}
