/*
 * Description of a failure. Functions return 0 or a negative errno and store the reason in a struct
 * rdb_err that the caller owns, so that the log, .rdbfs/status and the terminal show the same text.
 * Every function that takes a struct rdb_err accepts NULL.
 *
 * Only the return value says whether a call failed. After a return of 0 the error object may still
 * hold the text of a fault that was retried (a lost connection). Code that passes an error object
 * on without a return value, to a callback for example, passes NULL after success.
 */
#ifndef RDB_BASE_ERR_H
#define RDB_BASE_ERR_H

#define RDB_ERR_TEXT 512

struct rdb_err {
	int code; /* a positive errno, 0: no error */
	char text[RDB_ERR_TEXT];
};

/* Stores code and text; replaces unprintable characters. Returns -code, for "return
 * rdb_err_set(err, EIO, …)". */
int rdb_err_set(struct rdb_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As rdb_err_set(), with ": strerror(code)" appended. */
int rdb_err_sys(struct rdb_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Inserts a prefix ("blog.posts: ") before the stored text. Returns nothing: the caller returns the
 * code of the call that failed. */
void rdb_err_prefix(struct rdb_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void rdb_err_clear(struct rdb_err *err);

/* For the static analyzer, which does not see the function bodies: both return a failure. */
#ifdef __clang_analyzer__
#define rdb_err_set(err, code, ...) (rdb_err_set(err, code, __VA_ARGS__), -1)
#define rdb_err_sys(err, code, ...) (rdb_err_sys(err, code, __VA_ARGS__), -1)
#endif

#endif
