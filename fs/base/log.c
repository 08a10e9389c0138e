#include "base/log.h"

#include "base/printable.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINES 512
#define LOG_LINE 640

static struct {
	pthread_mutex_t lock; /* guards everything below */
	enum rdb_log_target target;
	enum rdb_log_level level;
	uint64_t next; /* lines written since the start */
	char lines[LOG_LINES][LOG_LINE];
} rdb_log_state = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = RDB_LOG_WARNING};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const int syslog_levels[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

void rdb_log_open(enum rdb_log_target target, enum rdb_log_level level)
{
	pthread_mutex_lock(&rdb_log_state.lock);
	rdb_log_state.target = target;
	rdb_log_state.level = level;
	pthread_mutex_unlock(&rdb_log_state.lock);
	if (target == RDB_LOG_TO_SYSLOG)
		openlog("rdbfs", LOG_PID, LOG_DAEMON);
}

static void keep(enum rdb_log_level level, const char *text)
{
	char when[32];
	struct tm tm;
	time_t now = time(NULL);

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", &tm);
	snprintf(rdb_log_state.lines[rdb_log_state.next++ % LOG_LINES], LOG_LINE, "%s %s: %s\n",
		when, level_names[level], text);
}

void rdb_log(enum rdb_log_level level, const char *fmt, ...)
{
	enum rdb_log_target target;
	char text[LOG_LINE - 64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rdb_printable(text, strlen(text));

	pthread_mutex_lock(&rdb_log_state.lock);
	if (level != RDB_LOG_DEBUG || rdb_log_state.level >= RDB_LOG_DEBUG)
		keep(level, text);
	target = level <= rdb_log_state.level ? rdb_log_state.target : RDB_LOG_TO_NOWHERE;
	pthread_mutex_unlock(&rdb_log_state.lock);

	if (target == RDB_LOG_TO_STDERR)
		dprintf(STDERR_FILENO, "rdbfs: %s%s\n", level == RDB_LOG_WARNING ? "warning: " : "",
			text);
	else if (target == RDB_LOG_TO_SYSLOG)
		syslog(syslog_levels[level], "%s", text);
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
		ret = rdb_buf_puts(out, rdb_log_state.lines[i % LOG_LINES]);
	*next = i;
	pthread_mutex_unlock(&rdb_log_state.lock);
	return ret;
}

int rdb_log_recent(struct rdb_buf *out)
{
	uint64_t next = 0;

	return rdb_log_since(&next, out);
}
