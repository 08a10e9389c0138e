#include "cmd/background.h"
#include "cmd/bar.h"
#include "cmd/cmd_check.h"
#include "cmd/helper.h"
#include "cmd/options.h"
#include "cmd/settings.h"
#include "unit/check.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rdb_err err;

/* ---- mount.rdbfs ---- */

static struct rdb_settings settings;

static int helper(const char *const argv[])
{
	int argc = 0;

	while (argv[argc])
		argc++;
	rdb_settings_init(&settings);
	rdb_err_clear(&err);
	return rdb_helper_parse(argc, argv, &settings, &err);
}

#define HELPER(...) helper((const char *const[]){__VA_ARGS__, NULL})

static void test_helper_is_recognized_by_its_name(void)
{
	CHECK(rdb_helper_is("/sbin/mount.rdbfs"));
	CHECK(rdb_helper_is("mount.rdbfs"));
	CHECK(!rdb_helper_is("/usr/bin/rdbfs"));
	CHECK(!rdb_helper_is("mount.rdbfs/rdbfs"));
}

static void test_helper_accepts_the_arguments_of_mount(void)
{
	REQUIRE(HELPER("/srv/b", "/mnt/b", "-n", "-v", "-o", "rw,umask=022,noauto", "-t", "rdbfs",
			"-N", "/proc/1/ns/mnt") == 0);
	REQUIRE(settings.args.count == 2);
	CHECK_STR(settings.args.items[0], "/srv/b");
	CHECK_STR(settings.args.items[1], "/mnt/b");
	CHECK_INT(settings.umask, 022);
	CHECK(!settings.foreground && !settings.sloppy && !settings.fake);
	rdb_settings_free(&settings);

	REQUIRE(HELPER("none", "/mnt/b", "-fs", "-orw,whatever=1") == 0);
	CHECK(settings.fake && settings.sloppy && !settings.foreground);
	rdb_settings_free(&settings);
	REQUIRE(HELPER("none", "/mnt/b", "-o", "whatever", "-s") == 0);
	rdb_settings_free(&settings);
	CHECK_INT(HELPER("none", "/mnt/b", "-o", "whatever"), -EINVAL);
	rdb_settings_free(&settings);
	CHECK_INT(HELPER("none", "/mnt/b", "-d"), -EINVAL);
	rdb_settings_free(&settings);
	CHECK_INT(HELPER("none", "/mnt/b", "-o"), -EINVAL);
	rdb_settings_free(&settings);
	CHECK_INT(HELPER("none", "-t"), 0);
	rdb_settings_free(&settings);
}

/* ---- systemd ---- */

static void check_notified(struct sockaddr_un *address, socklen_t len, const char *name)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char buf[64] = "";

	REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)address, len) == 0);
	setenv("NOTIFY_SOCKET", name, 1);
	CHECK_INT(rdb_notify("READY=1"), 0);
	CHECK_INT(recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT), 7);
	CHECK_STR(buf, "READY=1");
	close(fd);
}

static void test_systemd_is_notified(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64], longer[256];

	snprintf(name, sizeof(name), "/tmp/rdbfs-notify-%d", (int)getpid());
	strcpy(address.sun_path, name);
	check_notified(&address, sizeof(address), name);
	unlink(name);
	CHECK_INT(rdb_notify("READY=1"), -ENOENT);

	snprintf(name, sizeof(name), "@rdbfs-notify-%d", (int)getpid());
	strcpy(address.sun_path + 1, name + 1);
	address.sun_path[0] = '\0';
	check_notified(
		&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)), name);

	memset(longer, '/', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	CHECK_INT(rdb_notify("READY=1"), -ENAMETOOLONG);
	unsetenv("NOTIFY_SOCKET");
	CHECK_INT(rdb_notify("READY=1"), 0);
}

/* ---- the background ---- */

enum fate { FATE_READY, FATE_FAILED, FATE_SILENT };

/* Exit code and output of the parent. */
static int exit_of(enum fate fate, char *said, size_t size)
{
	struct rdb_background b;
	int fds[2], status = 0;
	pid_t child;
	ssize_t len;

	REQUIRE(pipe(fds) == 0);
	child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		if (rdb_background_enter(&b, NULL) != 0)
			_exit(99);
		if (fate == FATE_READY)
			rdb_background_ready(&b);
		if (fate == FATE_FAILED)
			rdb_background_failed(&b, 32, "it is so");
		_exit(7); /* too late for the parent */
	}
	close(fds[1]);
	REQUIRE(waitpid(child, &status, 0) == child && WIFEXITED(status));
	len = read(fds[0], said, size - 1);
	said[len > 0 ? len : 0] = '\0';
	close(fds[0]);
	return WEXITSTATUS(status);
}

static void test_parent_exits_as_the_child_reports(void)
{
	char said[256];

	CHECK_INT(exit_of(FATE_READY, said, sizeof(said)), 0);
	CHECK_STR(said, "");
	CHECK_INT(exit_of(FATE_FAILED, said, sizeof(said)), 32);
	CHECK_STR(said, "rdbfs: it is so\n");
	CHECK_INT(exit_of(FATE_SILENT, said, sizeof(said)), 32);
	CHECK_STR(said, "rdbfs: the mount ended before it served\n");
}

/* ---- bars ---- */

static const char *draw(const struct rdb_bar *bar, unsigned width)
{
	static struct rdb_buf buf;

	rdb_buf_clear(&buf);
	REQUIRE(rdb_bar_draw(bar, width, &buf) == 0);
	return rdb_buf_cstr(&buf);
}

/* Never wider than the limit, at any width: a wider bar would wrap and scroll the terminal. */
static void test_bars_of_any_width(void)
{
	static const char *const labels[] = {"", "x", "shop.orders + 12",
		"a label that is far longer than any terminal would have columns for it, by some "
		"way",
		"\303\244\303\266\303\274\303\244\303\266\303\274\346\227\245\346\234\254\350\252"
		"\236",
		"broken \303"};
	static const struct rdb_bar bars[] = {{.done = 50, .total = 200, .rate = 1},
		{.done = UINT64_MAX / 4, .total = UINT64_MAX / 2, .rate = 1e12},
		{.done = 300, .total = 200}, {.done = 3 << 20, .rate = 1e-9},
		{.done = 1, .total = UINT64_MAX, .rate = 1e-300}};

	for (unsigned width = 0; width < 200; width++)
		for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
			for (size_t k = 0; k < sizeof(bars) / sizeof(bars[0]); k++) {
				struct rdb_bar bar = bars[k];
				unsigned used;

				bar.label = labels[i];
				rdb_bar_cut(draw(&bar, width), strlen(draw(&bar, width)), UINT_MAX,
					&used);
				if (used > width)
					fprintf(stderr, "%u: %s\n", width, draw(&bar, width));
				CHECK(used <= width);
			}
}

static void test_text_is_cut_between_characters(void)
{
	unsigned used;

	CHECK_INT(rdb_bar_cut("abc", 3, 2, &used), 2);
	CHECK_INT(used, 2);
	CHECK_INT(rdb_bar_cut("abc", 3, 9, &used), 3);
	CHECK_INT(rdb_bar_cut("a\377\377", 3, 9, &used), 3);
	CHECK_INT(used, 3);
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return;
	CHECK_INT(rdb_bar_cut("\303\244x", 3, 1, &used), 2);
	CHECK_INT(rdb_bar_cut("\346\227\245x", 4, 2, &used), 3);
	CHECK_INT(rdb_bar_cut("\346\227\245x", 4, 1, &used), 0);
	CHECK_INT(used, 0);
	test_bars_of_any_width();
	setlocale(LC_CTYPE, "C");
}

static void test_bar_has_percent_rate_and_time(void)
{
	struct rdb_bar bar = {.label = "a\033b", .done = 50, .total = 200, .rate = 1};
	const char *line = draw(&bar, 80);

	CHECK(strncmp(line, "a?b ", 4) == 0);
	CHECK(strstr(line, "   25 %  1 B/s  2:30 left"));
	CHECK(strlen(line) <= 80);
	CHECK(strstr(line, "[####"));
	CHECK(strlen(draw(&bar, 60)) <= 60);
	CHECK(strlen(draw(&bar, 0)) < 80);
	CHECK(strlen(draw(&bar, 10000)) < 200);
	bar = (struct rdb_bar){.label = "x", .done = 300, .total = 200};
	CHECK(strstr(draw(&bar, 80), "##]  150 %"));
	bar = (struct rdb_bar){.label = "x", .done = 3 << 20};
	CHECK(strstr(draw(&bar, 80), "3.0 MiB"));
	CHECK(!strchr(draw(&bar, 80), '['));
}

static void test_bytes_and_seconds_as_text(void)
{
	char buf[32];

	CHECK_STR(rdb_bar_bytes(0, buf), "0 B");
	CHECK_STR(rdb_bar_bytes(1023, buf), "1023 B");
	CHECK_STR(rdb_bar_bytes(1024, buf), "1.0 KiB");
	CHECK_STR(rdb_bar_bytes(1048575, buf), "1.0 MiB");
	CHECK_STR(rdb_bar_bytes(1e30, buf), "888178419700125.2 PiB");
	CHECK_STR(rdb_bar_time(59.9, buf), "0:59");
	CHECK_STR(rdb_bar_time(3600, buf), "1:00:00");
	CHECK_STR(rdb_bar_time(-1, buf), "0:00");
}

/* ---- checking a table ---- */

/* Feeds the text byte by byte, and as a whole: the results must be equal. */
static int check_in(enum rdb_member_kind kind, const char *key, const char *text, uint64_t *count)
{
	struct rdb_table_check check;
	struct rdb_err other = {0};
	int ret = 0, again;

	rdb_err_clear(&err);
	rdb_table_check_init(&check, kind, 0, key);
	for (size_t i = 0; text[i] && ret == 0; i++)
		ret = rdb_table_check_feed(&check, text + i, 1, &err);
	if (ret == 0)
		ret = rdb_table_check_end(&check, &err);
	rdb_table_check_free(&check);

	rdb_table_check_init(&check, kind, 0, key);
	again = rdb_table_check_feed(&check, text, strlen(text), &other);
	if (again == 0)
		again = rdb_table_check_end(&check, &other);
	*count = check.documents;
	rdb_table_check_free(&check);
	CHECK_INT(again, ret);
	CHECK_STR(other.text, err.text);
	return ret;
}

static void test_documents_are_checked(void)
{
	uint64_t count;

	CHECK_INT(check_in(RDB_MEMBER_JSON, "id", "[\n{\"id\": 1},\n{\"id\": 2}\n]\n", &count), 0);
	CHECK_INT(count, 2);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "[\n]\n", &count), 0);
	CHECK_INT(count, 0);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "id", "{\"id\": 1}\n{\"id\": [2]}", &count), 0);
	CHECK_INT(count, 2);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "id", "[{\"id\": 1},{\"id\": 2x}]", &count), -EINVAL);
	CHECK(strstr(err.text, "document 2"));
	CHECK_INT(check_in(RDB_MEMBER_JSON, "id", "[{\"id\": 1},{\"is\": 2}]", &count), -EINVAL);
	CHECK(strstr(err.text, "document 2") && strstr(err.text, "no primary key \"id\""));
	CHECK_INT(check_in(RDB_MEMBER_JSON, "id", "[{\"id\": 1, \"id\": 2}]", &count), -EINVAL);
	CHECK(strstr(err.text, "more than one"));
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "[{\"is\": 1},2]", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "[{\"is\": 1}", &count), -EINVAL);
	CHECK(strstr(err.text, "after document 1"));
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "[{\"is\": 1}]]", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_INFO, "", "{\"name\": \"posts\"}\n", &count), 0);
	CHECK_INT(check_in(RDB_MEMBER_INFO, "", "{\"name\": ", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_INFO, "", "", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_INFO, "", "\xef\xbb\xbf{}", &count), 0);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "\xef\xbb\xbf[{}]", &count), 0);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "\xef\xbb\xbf{}{}", &count), 0);
	CHECK_INT(count, 2);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "\xef\xbb[{}]", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "\xef{}", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", " \xef\xbb\xbf{}", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_JSON, "", "\xef\xbb\xbf\xef\xbb\xbf{}", &count), -EINVAL);
}

static void test_values_are_checked(void)
{
	uint64_t count;

	CHECK_INT(check_in(RDB_MEMBER_CSV, "", "a,b\n1,2\n", &count), 0);
	CHECK_INT(count, 1);
	CHECK_INT(check_in(RDB_MEMBER_CSV, "a",
			  "\xef\xbb\xbf"
			  "a,b\n1,2\n\n3,\n",
			  &count),
		0);
	CHECK_INT(count, 2);
	CHECK_INT(check_in(RDB_MEMBER_CSV, "c", "a,b\n1,2\n", &count), -EINVAL);
	CHECK(strstr(err.text, "no primary key \"c\""));
	CHECK_INT(check_in(RDB_MEMBER_CSV, "a", "a,b\n,2\n", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_CSV, "", "a,b\n1,2\n3,\"4\n", &count), -EINVAL);
	CHECK(strstr(err.text, "after document 1"));
	CHECK_INT(check_in(RDB_MEMBER_CSV, "", "a,b\n1,2,3\n", &count), -EINVAL);
	CHECK(strstr(err.text, "as many fields"));
	CHECK_INT(check_in(RDB_MEMBER_CSV, "", "a,b\n1\n", &count), -EINVAL);
	CHECK_INT(check_in(RDB_MEMBER_CSV, "", "a;b\n1;2,3\n", &count), -EINVAL);
	CHECK(strstr(err.text, "--delimiter"));
	CHECK_INT(check_in(RDB_MEMBER_CSV, "", "a\ncaf\xe9\n", &count), -EINVAL);
	CHECK(strstr(err.text, "document 1"));
	CHECK_INT(check_in(RDB_MEMBER_CSV, "", "", &count), -EINVAL);
}

int main(void)
{
	RUN(test_helper_is_recognized_by_its_name);
	RUN(test_helper_accepts_the_arguments_of_mount);
	RUN(test_systemd_is_notified);
	RUN(test_parent_exits_as_the_child_reports);
	RUN(test_bar_has_percent_rate_and_time);
	RUN(test_bars_of_any_width);
	RUN(test_text_is_cut_between_characters);
	RUN(test_bytes_and_seconds_as_text);
	RUN(test_documents_are_checked);
	RUN(test_values_are_checked);
	CHECK_EXIT();
}
