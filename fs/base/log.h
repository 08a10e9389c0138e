/*
 * The log, the only global state. Lines go to standard error, to syslog once the program is in the
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
	RDB_LOG_TIMED, /* as RDB_LOG_TEXT, after the time */
	RDB_LOG_JSON, /* {"time","level","backup","table","message"} per line; backup and table only
			 if known */
};

/* Sets the format of lines on standard error; initially RDB_LOG_TEXT. syslog adds its own time. */
void rdb_log_set_format(enum rdb_log_format format);

/* Returns whether lines are JSON: then the program writes nothing else to standard error. */
bool rdb_log_is_json(void);

/* Drops lines above the level. Initial state: standard error, warnings and errors. */
void rdb_log_open(enum rdb_log_target target, enum rdb_log_level level);

/* Logs one event; fmt has no final newline. Control characters become "?". */
void rdb_log(enum rdb_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Logs an event about a backup and, unless NULL, one of its tables (DATABASE.TABLE): the names
 * precede the message. */
void rdb_log_about(enum rdb_log_level level, const char *backup, const char *table, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

#define rdb_log_error(...) rdb_log(RDB_LOG_ERROR, __VA_ARGS__)
#define rdb_log_warning(...) rdb_log(RDB_LOG_WARNING, __VA_ARGS__)
#define rdb_log_info(...) rdb_log(RDB_LOG_INFO, __VA_ARGS__)
#define rdb_log_debug(...) rdb_log(RDB_LOG_DEBUG, __VA_ARGS__)

/* Appends the recent lines to the buffer, oldest first. Returns 0 or -ENOMEM. */
int rdb_log_recent(struct rdb_buf *out);

/* Appends the kept lines from number *next on (0: the oldest) and sets *next to the number after
 * the last one. Skips lines that the ring has overwritten. Returns 0 or -ENOMEM. */
int rdb_log_since(uint64_t *next, struct rdb_buf *out);

#endif
