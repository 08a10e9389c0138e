/*
 * Description of a failure. Functions return 0 or a negative errno, and store the reason in a
 * struct rdb_err that the caller owns. All of them accept NULL.
 *
 * Only the return value says whether a function has failed: after success, the structure may
 * contain the text of an earlier failure that was retried. Code that passes it on without a return
 * value must then pass NULL.
 */
#ifndef RDB_BASE_ERR_H
#define RDB_BASE_ERR_H

#define RDB_ERR_TEXT 512

struct rdb_err {
	int code; /* positive errno; 0 for no error */
	char text[RDB_ERR_TEXT];
};

/* Stores the code and the formatted text. Characters that cannot be printed are replaced. Returns
 * -code, so that callers can write: return rdb_err_set(err, EIO, "..."); */
int rdb_err_set(struct rdb_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Stores the code and the formatted text as rdb_err_set() does, with ": " and strerror(code)
 * appended. Returns -code. */
int rdb_err_sys(struct rdb_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Inserts a prefix such as "blog.posts: " before the stored text. Unlike rdb_err_set(), this
 * function returns no code, because its callers already have the code that the failed function
 * returned. */
void rdb_err_prefix(struct rdb_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void rdb_err_clear(struct rdb_err *err);

/* The static analyzer does not see that rdb_err_set() and rdb_err_sys() return a negative number.
 * These macros show it. */
#ifdef __clang_analyzer__
#define rdb_err_set(err, code, ...) (rdb_err_set(err, code, __VA_ARGS__), -1)
#define rdb_err_sys(err, code, ...) (rdb_err_sys(err, code, __VA_ARGS__), -1)
#endif

#endif
