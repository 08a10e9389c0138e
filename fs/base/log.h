/*
 * The log: the one global. Lines go to standard error, to syslog once the program is in the
 * background, and to a ring of recent lines that .rdbfs/log shows. Any thread may call.
 */
#ifndef RDB_BASE_LOG_H
#define RDB_BASE_LOG_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum rdb_log_level { RDB_LOG_ERROR, RDB_LOG_WARNING, RDB_LOG_INFO, RDB_LOG_DEBUG };

enum rdb_log_target {
	RDB_LOG_TO_STDERR,
	RDB_LOG_TO_READER, /* standard error, non-blocking: lines that would block are dropped
			    * and counted */
	RDB_LOG_TO_SYSLOG,
	RDB_LOG_TO_NOWHERE,
};

enum rdb_log_format {
	RDB_LOG_TEXT,  /* "rdbfs: warning: …" */
	RDB_LOG_TIMED, /* the same behind the time */
	RDB_LOG_JSON,  /* {"time","level","backup","table","message"} a line; backup and table only
			* where the line is about one */
};

/* Sets how lines are written to standard error; at start RDB_LOG_TEXT. syslog has its own time. */
void rdb_log_set_format(enum rdb_log_format format);

/* Whether lines are JSON: then nothing else goes to standard error. */
bool rdb_log_is_json(void);

/* Lines above the level are dropped. At start: standard error, warnings and errors. */
void rdb_log_open(enum rdb_log_target target, enum rdb_log_level level);

/* Logs one event, without a final newline. Control characters become "?". */
void rdb_log(enum rdb_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same about a backup and, unless NULL, one of its tables (DATABASE.TABLE): the names stand
 * before the words. */
void rdb_log_about(enum rdb_log_level level, const char *backup, const char *table, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

#define rdb_log_error(...) rdb_log(RDB_LOG_ERROR, __VA_ARGS__)
#define rdb_log_warning(...) rdb_log(RDB_LOG_WARNING, __VA_ARGS__)
#define rdb_log_info(...) rdb_log(RDB_LOG_INFO, __VA_ARGS__)
#define rdb_log_debug(...) rdb_log(RDB_LOG_DEBUG, __VA_ARGS__)

/* Appends the recent lines, oldest first, to the buffer. 0 or -ENOMEM. */
int rdb_log_recent(struct rdb_buf *out);

/* Appends the kept lines from number *next on (0: the oldest) and sets *next to the number after
 * the last. Lines that the ring has overwritten are skipped. 0 or -ENOMEM. */
int rdb_log_since(uint64_t *next, struct rdb_buf *out);

#endif
