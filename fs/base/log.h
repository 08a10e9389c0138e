/*
 * The log, the only global state of the library. Lines are written to standard error, or to syslog
 * once the program runs in the background. A ring keeps the recent lines, which the file .rdbfs/log
 * shows. Any thread may call.
 */
#ifndef RDB_BASE_LOG_H
#define RDB_BASE_LOG_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum rdb_log_level { RDB_LOG_ERROR, RDB_LOG_WARNING, RDB_LOG_INFO, RDB_LOG_DEBUG };

enum rdb_log_target {
	RDB_LOG_TO_STDERR,
	RDB_LOG_TO_READER, /* standard error without blocking; lines that would block are dropped
			      and counted */
	RDB_LOG_TO_SYSLOG,
	RDB_LOG_TO_NOWHERE,
};

enum rdb_log_format {
	RDB_LOG_TEXT,  /* "rdbfs: warning: …" */
	RDB_LOG_TIMED, /* RDB_LOG_TEXT with the time before each line */
	RDB_LOG_JSON, /* one object {"time","level","backup","table","message"} per line; backup and
			 table only if known */
};

/* Sets the format of log lines on standard error. Before the first call, the format is
 * RDB_LOG_TEXT. Messages to syslog are always plain text without a time, because syslog adds the
 * time itself. */
void rdb_log_set_format(enum rdb_log_format format);

/* Returns true if the format is RDB_LOG_JSON. With this format, the program must write nothing but
 * log lines to standard error. */
bool rdb_log_is_json(void);

/* Sets where log lines are written, and the least important level that is written there. Before the
 * first call, errors and warnings are written to standard error. */
void rdb_log_open(enum rdb_log_target target, enum rdb_log_level level);

/* Logs a message. The format fmt has no newline at its end. Control characters are replaced by
 * '?'. */
void rdb_log(enum rdb_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Logs a message about a backup. If "table" is not NULL, the message is about this table, in the
 * form DATABASE.TABLE. The message begins with "BACKUP: " or "BACKUP/DATABASE.TABLE: ", except in
 * the JSON format. */
void rdb_log_about(enum rdb_log_level level, const char *backup, const char *table, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

#define rdb_log_error(...) rdb_log(RDB_LOG_ERROR, __VA_ARGS__)
#define rdb_log_warning(...) rdb_log(RDB_LOG_WARNING, __VA_ARGS__)
#define rdb_log_info(...) rdb_log(RDB_LOG_INFO, __VA_ARGS__)
#define rdb_log_debug(...) rdb_log(RDB_LOG_DEBUG, __VA_ARGS__)

/* Appends the recent lines of the log from line number *next on, and sets *next to the number of
 * the next line. Returns 0 or -ENOMEM. */
int rdb_log_since(uint64_t *next, struct rdb_buf *out);

#endif
