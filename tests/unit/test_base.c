#include "base/buf.h"
#include "base/condition.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/printable.h"
#include "io/source.h"
#include "unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_err_says_code_and_words(void)
{
	struct rdb_err err = {0};
	char words[64];

	CHECK_INT(rdb_err_set(&err, ENOENT, "no table %s", "posts"), -ENOENT);
	CHECK_STR(err.text, "no table posts");
	rdb_err_prefix(&err, "blog: ");
	CHECK_INT(err.code, ENOENT);
	rdb_err_prefix(NULL, "blog: ");
	CHECK_STR(err.text, "blog: no table posts");
	CHECK_INT(rdb_err_sys(&err, EIO, "a.tar.gz"), -EIO);
	snprintf(words, sizeof(words), "a.tar.gz: %s", strerror(EIO)); /* the words are libc's */
	CHECK_STR(err.text, words);
	CHECK_INT(rdb_err_set(NULL, EPERM, "nobody listens"), -EPERM);
}

static void test_err_holds_no_control_characters(void)
{
	struct rdb_err err = {0};

	rdb_err_set(&err, EIO, "a\x1b[31m\n%s", "\xc2\x9b\x7f\t\xc2\xa0\xc3\xa9\xc2");
	CHECK_STR(err.text, "a?[31m????"
			    "?\xc2\xa0\xc3\xa9\xc2");
	rdb_err_prefix(&err, "%s", "\x1b");
	CHECK(strncmp(err.text, "?a?[31m", 7) == 0);
	rdb_err_sys(&err, EIO, "\r%s", "\xc2\x80");
	CHECK(strncmp(err.text, "???: ", 5) == 0);
	char lines[] = "a\nb\x1b"
		       "c\n";
	rdb_printable_lines(lines, strlen(lines));
	CHECK_STR(lines, "a\nb?c\n");
}

/* Checks the result of printable(TEXT). */
static void check_printable(const char *text, const char *shown)
{
	char copy[100];

	snprintf(copy, sizeof(copy), "%s", text);
	rdb_printable(copy, strlen(copy));
	CHECK_STR(copy, shown);
}

static void test_characters_that_are_not_shown(void)
{
	char turns[] = "\xe2\x80\xaa", isolates[] = "\xe2\x81\xa6";

	for (; turns[2] <= '\xae'; turns[2]++)
		check_printable(turns, "???");
	for (; isolates[2] <= '\xa9'; isolates[2]++)
		check_printable(isolates, "???");
	check_printable("a\xe2\x80\x8e\xe2\x80\x8f"
			"b\xd8\x9c"
			"c",
		"a??????b??c");
	check_printable("\xe2\x80\xa8\xe2\x80\xa9", "??????");
	check_printable("\x9b"
			"31m",
		"?31m"); /* C1 control character of an 8-bit terminal */
	check_printable("caf\xe9 \x80\x9f", "caf\xe9 ??");
	check_printable("\xe2\x80", "\xe2?"); /* cut */
	check_printable(
		"\xf0\x9f\x98\x80 \xd7\xa9 \xe2\x82\xac", "\xf0\x9f\x98\x80 \xd7\xa9 \xe2\x82\xac");
}

static void test_err_is_cut_not_overrun(void)
{
	struct rdb_err err = {0};
	char longer[2 * RDB_ERR_TEXT];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	rdb_err_sys(&err, EIO, "%s", longer);
	CHECK_INT(strlen(err.text), RDB_ERR_TEXT - 1);
	rdb_err_prefix(&err, "%s", longer);
	CHECK_INT(strlen(err.text), RDB_ERR_TEXT - 1);
}

static void test_buf_grows_and_shrinks(void)
{
	struct rdb_buf buf = {0};

	for (int i = 0; i < 1000; i++)
		REQUIRE(rdb_buf_printf(&buf, "%03d", i) == 0);
	CHECK_INT(buf.len, 3000);
	rdb_buf_consume(&buf, 2997);
	CHECK_STR(rdb_buf_cstr(&buf), "999");
	CHECK_INT(rdb_buf_reserve(&buf, SIZE_MAX), -ENOMEM);
	CHECK_INT(buf.len, 3);
	rdb_buf_free(&buf);
}

static int recent_lines(struct rdb_buf *out)
{
	uint64_t next = 0;

	return rdb_log_since(&next, out);
}

static void test_log_keeps_lines_harmless(void)
{
	struct rdb_buf buf = {0};

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_INFO);
	rdb_log_info("name\n\x1b[31mred");
	for (int i = 0; i < 2000; i++)
		rdb_log_info("line %d", i);
	REQUIRE(recent_lines(&buf) == 0);
	CHECK(strstr(rdb_buf_cstr(&buf), "line 1999\n"));
	CHECK(!strstr(buf.data, "line 999\n"));
	rdb_log_info("a\x1b"
		     "b\nc");
	rdb_buf_clear(&buf);
	REQUIRE(recent_lines(&buf) == 0);
	CHECK(strstr(rdb_buf_cstr(&buf), "a?b?c\n"));
	rdb_buf_free(&buf);
}

static void test_log_goes_on_where_it_was_left(void)
{
	struct rdb_buf buf = {0};
	uint64_t next = 0;

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_INFO);
	REQUIRE(rdb_log_since(&next, &buf) == 0);
	rdb_buf_clear(&buf);
	REQUIRE(rdb_log_since(&next, &buf) == 0);
	CHECK_INT(buf.len, 0);
	rdb_log_info("one more");
	REQUIRE(rdb_log_since(&next, &buf) == 0);
	CHECK(strstr(rdb_buf_cstr(&buf), "one more\n"));
	CHECK(strchr(buf.data, '\n') == buf.data + buf.len - 1);
	rdb_buf_free(&buf);
}

/* Replaces standard error. */
static int replace_stderr(int fd)
{
	int before = dup(STDERR_FILENO);

	REQUIRE(before >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	return before;
}

static void restore_stderr(int before)
{
	REQUIRE(dup2(before, STDERR_FILENO) >= 0);
	close(before);
}

/* Reads all available bytes without blocking. */
static size_t drain(int fd, char *text, size_t size)
{
	ssize_t n;
	size_t len = 0;

	REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return len;
}

/* Logs more to out than it can hold; the reading end is in. */
static void check_unread(int in, int out)
{
	static char text[1 << 20];
	int before = replace_stderr(out);
	struct rdb_buf buf = {0};

	alarm(120); /* ends the test if a write blocks */
	rdb_log_open(RDB_LOG_TO_READER, RDB_LOG_INFO);
	for (int i = 0; i < 20000; i++)
		rdb_log_info("line %d of many that nobody reads", i);
	REQUIRE(recent_lines(&buf) == 0);
	CHECK(strstr(rdb_buf_cstr(&buf), "line 19999 "));
	CHECK(drain(in, text, sizeof(text)) > 1000);
	CHECK(strstr(text, "rdbfs: line 0 of many"));
	CHECK(!strstr(text, "line 19999 "));
	rdb_log_info("somebody reads again");
	CHECK(drain(in, text, sizeof(text)) > 0);
	CHECK(strstr(text, " lines are missing here"));
	CHECK(strstr(text, "rdbfs: somebody reads again"));
	alarm(0);
	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_INFO);
	restore_stderr(before);
	rdb_buf_free(&buf);
}

static void test_log_waits_for_no_reader(void)
{
	int fd[2];

	REQUIRE(pipe2(fd, O_CLOEXEC) == 0);
	check_unread(fd[0], fd[1]);
	close(fd[0]);
	close(fd[1]);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == 0);
	check_unread(fd[0], fd[1]);
	close(fd[0]);
	close(fd[1]);
}

static void test_log_waits_for_no_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), terminal;

	if (master < 0 && (errno == ENOENT || errno == ENODEV)) {
		printf("skipped: /dev/pts is not mounted, so there are no pseudo terminals\n");
		return;
	}
	REQUIRE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	REQUIRE(terminal >= 0);
	check_unread(master, terminal);
	close(master);
	close(terminal);
}

static void count_up(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void test_pool_runs_every_task(void)
{
	struct rdb_pool *pool;
	atomic_int count = 0;

	REQUIRE(rdb_pool_create(4, false, &pool) == 0);
	for (int i = 0; i < 1000; i++)
		REQUIRE(rdb_pool_run(pool, count_up, &count) == 0);
	rdb_pool_destroy(pool);
	CHECK_INT(atomic_load(&count), 1000);
}

static pthread_key_t at_end;
static atomic_int marked, ended;

static void end_slowly(void *arg)
{
	(void)arg;
	usleep(20000);
	atomic_fetch_add(&ended, 1);
}

static void mark_thread(void *arg)
{
	if (!pthread_getspecific(at_end))
		atomic_fetch_add(&marked, 1);
	pthread_setspecific(at_end, arg);
}

/* Tasks that are submitted before a thread is available run, at the latest when the pool ends. */
static void test_pool_loses_no_submitted_task(void)
{
	struct rdb_pool_task tasks[10];
	atomic_int count = 0;
	struct rdb_pool *pool;

	REQUIRE(rdb_pool_create(2, false, &pool) == 0);
	CHECK_INT(rdb_pool_start(pool), 0);
	for (int i = 0; i < 10; i++) {
		tasks[i] = (struct rdb_pool_task){.run = count_up, .arg = &count};
		rdb_pool_submit(pool, &tasks[i]);
	}
	rdb_pool_destroy(pool);
	CHECK_INT(atomic_load(&count), 10);
}

/* Thread-exit handlers of libraries have run when the pool is destroyed. */
static void test_pool_ends_with_its_threads(void)
{
	struct rdb_pool *pool;

	REQUIRE(pthread_key_create(&at_end, end_slowly) == 0);
	REQUIRE(rdb_pool_create(4, false, &pool) == 0);
	for (int i = 0; i < 4; i++)
		REQUIRE(rdb_pool_run(pool, mark_thread, &marked) == 0);
	rdb_pool_destroy(pool);
	CHECK(atomic_load(&marked) > 0);
	CHECK_INT(atomic_load(&ended), atomic_load(&marked));
	pthread_key_delete(at_end);
}

struct signalled {
	pthread_mutex_t lock;
	pthread_cond_t condition;
	bool done;
};

static void *signal_it(void *arg)
{
	struct signalled *signalled = arg;

	pthread_mutex_lock(&signalled->lock);
	signalled->done = true;
	pthread_cond_signal(&signalled->condition);
	pthread_mutex_unlock(&signalled->lock);
	return NULL;
}

static void test_condition_ends_by_signal_or_deadline(void)
{
	struct signalled signalled = {.lock = PTHREAD_MUTEX_INITIALIZER};
	int64_t until = rdb_wait_now() + 20;
	pthread_t thread;
	int ret = 0;

	rdb_condition_init(&signalled.condition);
	pthread_mutex_lock(&signalled.lock);
	while (ret == 0)
		ret = rdb_condition_wait(&signalled.condition, &signalled.lock, until);
	CHECK(ret == -ETIMEDOUT);
	CHECK(rdb_wait_now() >= until);
	CHECK(pthread_create(&thread, NULL, signal_it, &signalled) == 0);
	while (!signalled.done)
		CHECK(rdb_condition_wait(&signalled.condition, &signalled.lock, INT64_MAX) == 0);
	pthread_mutex_unlock(&signalled.lock);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&signalled.condition);
}

static void test_source_notices_a_change(void)
{
	char path[] = "/tmp/rdbfs-test-XXXXXX", buf[16];
	int fd = mkstemp(path);
	struct rdb_source *source;
	struct rdb_err err = {0};

	REQUIRE(fd >= 0 && write(fd, "hello world", 11) == 11);
	REQUIRE(rdb_source_file(fd, path, &source, &err) == 0);
	CHECK_INT(rdb_source_pread(source, buf, sizeof(buf), 6, &err), 5);
	CHECK(memcmp(buf, "world", 5) == 0);
	CHECK_INT(rdb_source_pread(source, buf, sizeof(buf), 11, &err), 0);
	CHECK_INT(rdb_source_read_exact(source, buf, 12, 0, &err), -EIO);

	int other = open(path, O_WRONLY | O_TRUNC);
	REQUIRE(other >= 0 && write(other, "HELLO", 5) == 5);
	CHECK_INT(rdb_source_pread(source, buf, 5, 0, &err), -EIO);
	CHECK(strstr(err.text, "was changed"));
	close(other);
	rdb_source_close(source);
	unlink(path);
}

int main(void)
{
	RUN(test_err_says_code_and_words);
	RUN(test_err_holds_no_control_characters);
	RUN(test_characters_that_are_not_shown);
	RUN(test_err_is_cut_not_overrun);
	RUN(test_buf_grows_and_shrinks);
	RUN(test_log_keeps_lines_harmless);
	RUN(test_log_goes_on_where_it_was_left);
	RUN(test_log_waits_for_no_reader);
	RUN(test_log_waits_for_no_terminal);
	RUN(test_pool_runs_every_task);
	RUN(test_pool_loses_no_submitted_task);
	RUN(test_pool_ends_with_its_threads);
	RUN(test_condition_ends_by_signal_or_deadline);
	RUN(test_source_notices_a_change);
	CHECK_EXIT();
}
