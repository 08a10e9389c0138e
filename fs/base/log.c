#include "base/log.h"

#include "base/printable.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINES 512
#define LOG_LINE 640

static struct {
	pthread_mutex_t lock; /* guards everything below */
	enum rdb_log_target target;
	enum rdb_log_level level;
	uint64_t next;     /* number of lines since the start */
	int reader;        /* descriptor for RDB_LOG_TO_READER */
	unsigned left_out; /* lines dropped since the last line written to standard error */
} rdb_log_state = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .level = RDB_LOG_WARNING, .reader = STDERR_FILENO};

/* Guarded by rdb_log_state.lock. The array is not a member of rdb_log_state, because the executable
 * contains every byte of an initialised struct. The array would therefore add 320 KiB of zeros to
 * the executable. */
static char lines[LOG_LINES][LOG_LINE];

static atomic_int log_format = RDB_LOG_TEXT;

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const int syslog_levels[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

/* Returns true if standard error is not a regular file. Standard error may then be a pipe or a
 * terminal, where a write blocks while the reader is slow. */
static bool has_reader(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Opens standard error again with O_NONBLOCK, because other processes may share descriptor 2.
 * Returns the new descriptor, or 2 if opening fails. */
static int open_reader(void)
{
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd >= 0 ? fd : STDERR_FILENO;
}

void rdb_log_open(enum rdb_log_target target, enum rdb_log_level level)
{
	int reader = STDERR_FILENO, before;

	if (target == RDB_LOG_TO_READER && !has_reader())
		target = RDB_LOG_TO_STDERR;
	if (target == RDB_LOG_TO_READER)
		reader = open_reader();
	pthread_mutex_lock(&rdb_log_state.lock);
	before = rdb_log_state.reader;
	rdb_log_state.reader = reader;
	rdb_log_state.target = target;
	rdb_log_state.level = level;
	pthread_mutex_unlock(&rdb_log_state.lock);
	if (before > STDERR_FILENO)
		close(before);
	if (target == RDB_LOG_TO_SYSLOG)
		openlog("rdbfs", LOG_PID, LOG_DAEMON);
}

static void set_time(char when[32])
{
	struct tm tm;
	time_t now = time(NULL);

	localtime_r(&now, &tm);
	strftime(when, 32, "%Y-%m-%dT%H:%M:%S%z", &tm);
}

static bool write_at_once(int fd, const char *line)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLOUT};

	return poll(&pollfd, 1, 0) == 1 && (pollfd.revents & POLLOUT) &&
	       write(fd, line, strlen(line)) > 0;
}

/* Writes the line to standard error, or counts the line as left out if the write would block. The
 * caller holds the log's lock, so writing must not block. */
static void to_reader(const char *line)
{
	char missing[128];

	snprintf(missing, sizeof(missing),
		"rdbfs: warning: standard error was not read: %u lines are missing here\n",
		rdb_log_state.left_out);
	if (rdb_log_state.left_out && !write_at_once(rdb_log_state.reader, missing)) {
		rdb_log_state.left_out++;
		return;
	}
	rdb_log_state.left_out = write_at_once(rdb_log_state.reader, line) ? 0 : 1;
}

/* Log message before formatting */
struct event {
	enum rdb_log_level level;
	const char *backup, *table; /* NULL if the message concerns no backup or no table */
	char when[32];
	char text[LOG_LINE - 64]; /* the names, followed by the message */
	const char *words;        /* start of the message in text */
};

static void put_member(struct rdb_buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	rdb_buf_printf(out, "%s\"%s\":", out->len ? "," : "{", name);
	rdb_buf_putc(out, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			rdb_buf_putc(out, '\\');
		rdb_buf_putc(out, *value); /* value has no control characters, so no other escapes
					      are needed */
	}
	rdb_buf_putc(out, '"');
}

static void format_json(const struct event *event, struct rdb_buf *out)
{
	put_member(out, "time", event->when);
	put_member(out, "level", level_names[event->level]);
	put_member(out, "backup", event->backup);
	put_member(out, "table", event->table);
	put_member(out, "message", event->words);
	rdb_buf_puts(out, "}\n");
}

static void format(const struct event *event, struct rdb_buf *out)
{
	enum rdb_log_format how = (enum rdb_log_format)atomic_load(&log_format);

	if (how == RDB_LOG_JSON) {
		format_json(event, out);
		return;
	}
	rdb_buf_printf(out, "%s%srdbfs: %s%s\n", how == RDB_LOG_TIMED ? event->when : "",
		how == RDB_LOG_TIMED ? " " : "", event->level == RDB_LOG_WARNING ? "warning: " : "",
		event->text);
}

static void write_event(const struct event *event)
{
	enum rdb_log_target target;
	enum rdb_log_level level = event->level;
	struct rdb_buf line = {0};

	format(event, &line);
	pthread_mutex_lock(&rdb_log_state.lock);
	if (level != RDB_LOG_DEBUG || rdb_log_state.level >= RDB_LOG_DEBUG)
		snprintf(lines[rdb_log_state.next++ % LOG_LINES], LOG_LINE, "%s %s: %s\n",
			event->when, level_names[level], event->text);
	target = level <= rdb_log_state.level ? rdb_log_state.target : RDB_LOG_TO_NOWHERE;
	if (target == RDB_LOG_TO_READER && rdb_buf_cstr(&line))
		to_reader(line.data);
	pthread_mutex_unlock(&rdb_log_state.lock);

	if (target == RDB_LOG_TO_STDERR && rdb_buf_cstr(&line))
		dprintf(STDERR_FILENO, "%s", line.data);
	else if (target == RDB_LOG_TO_SYSLOG)
		syslog(syslog_levels[level], "%s", event->text);
	rdb_buf_free(&line);
}

static const char *copy_name(const char *name, char out[256])
{
	if (!name)
		return NULL;
	snprintf(out, 256, "%s", name);
	rdb_printable(out, strlen(out));
	return out;
}

__attribute__((format(printf, 4, 0))) static void log_about(enum rdb_log_level level,
	const char *backup, const char *table, const char *fmt, va_list args)
{
	char names[2][256];
	struct event event = {.level = level,
		.backup = copy_name(backup, names[0]),
		.table = copy_name(table, names[1])};
	size_t len;

	len = (size_t)snprintf(event.text, sizeof(event.text), "%s%s%s%s", backup ? names[0] : "",
		table ? "/" : "", table ? names[1] : "", backup ? ": " : "");
	if (len >= sizeof(event.text))
		len = sizeof(event.text) - 1;
	vsnprintf(event.text + len, sizeof(event.text) - len, fmt, args);
	rdb_printable(event.text, strlen(event.text));
	event.words = event.text + len;
	set_time(event.when);
	write_event(&event);
}

void rdb_log(enum rdb_log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_about(level, NULL, NULL, fmt, args);
	va_end(args);
}

void rdb_log_about(
	enum rdb_log_level level, const char *backup, const char *table, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_about(level, backup, table, fmt, args);
	va_end(args);
}

bool rdb_log_is_json(void)
{
	return atomic_load(&log_format) == RDB_LOG_JSON;
}

void rdb_log_set_format(enum rdb_log_format wanted)
{
	atomic_store(&log_format, wanted);
}

int rdb_log_since(uint64_t *next, struct rdb_buf *out)
{
	uint64_t i;
	int ret = 0;

	pthread_mutex_lock(&rdb_log_state.lock);
	i = rdb_log_state.next > LOG_LINES ? rdb_log_state.next - LOG_LINES : 0;
	if (i < *next)
		i = *next;
	for (; i < rdb_log_state.next && ret == 0; i++)
		ret = rdb_buf_puts(out, lines[i % LOG_LINES]);
	*next = i;
	pthread_mutex_unlock(&rdb_log_state.lock);
	return ret;
}
