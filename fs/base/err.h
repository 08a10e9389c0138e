/*
 * An error's words. Functions return 0 or a negative errno; the reason travels beside it in a
 * struct rdb_err that the caller owns, so that the log, .rdbfs/status and the terminal say the
 * same thing. Every function that takes a struct rdb_err takes NULL for it.
 *
 * Whether something failed is told by what a function returns, never by the error's code: where 0
 * is returned the error means nothing, since what was mended on the way (a lost connection) may
 * have left its words. So whoever hands an error on alone, to a callback say, clears it first or
 * hands on NULL.
 */
#ifndef RDB_BASE_ERR_H
#define RDB_BASE_ERR_H

#define RDB_ERR_TEXT 512

struct rdb_err {
	int code; /* a positive errno, 0: no error */
	char text[RDB_ERR_TEXT];
};

/* Sets the error, its words made printable; returns -code, so that "return rdb_err_set(err, EIO,
 * …)" reads well. */
int rdb_err_set(struct rdb_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As rdb_err_set, with ": strerror(code)" behind the words. */
int rdb_err_sys(struct rdb_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts words before those that are there ("blog.posts: " and the like). Returns nothing: what to
 * return is what the failed call did, with or without words. */
void rdb_err_prefix(struct rdb_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void rdb_err_clear(struct rdb_err *err);

#endif
