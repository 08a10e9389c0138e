#include "base/err.h"

#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Remove the macros that err.h defines for the static analyzer, because these macros would change
 * the definitions of the functions below. */
#undef rdb_err_set
#undef rdb_err_sys

static size_t append(char *text, size_t used, const char *more)
{
	size_t room = RDB_ERR_TEXT - used;
	size_t len = strnlen(more, room - 1);

	memcpy(text + used, more, len);
	text[used + len] = '\0';
	return used + len;
}

__attribute__((format(printf, 3, 0))) static void say(
	struct rdb_err *err, int code, const char *fmt, va_list args)
{
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	rdb_printable(err->text, strlen(err->text));
	err->code = code;
}

int rdb_err_set(struct rdb_err *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return -code;
	va_start(args, fmt);
	say(err, code, fmt, args);
	va_end(args);
	return -code;
}

/* Returns "returned", the result of glibc's strerror_r(), because the result is the error's text.
 * Ignores "words", the buffer that was passed to strerror_r(), because glibc may leave the buffer
 * empty. */
__attribute__((unused)) static const char *text_of_gnu(const char *returned, const char *words)
{
	(void)words;
	return returned;
}

__attribute__((unused)) static const char *text_of_posix(int returned, const char *words)
{
	return returned == 0 ? words : "unknown error";
}

static const char *text_of(int code, char *words, size_t size)
{
	return _Generic(strerror_r(code, words, size), char *: text_of_gnu, int: text_of_posix)(
		strerror_r(code, words, size), words);
}

int rdb_err_sys(struct rdb_err *err, int code, const char *fmt, ...)
{
	char words[128];
	va_list args;

	if (!err)
		return -code;
	va_start(args, fmt);
	say(err, code, fmt, args);
	va_end(args);
	size_t used = append(err->text, strlen(err->text), ": ");
	append(err->text, used, text_of(code, words, sizeof(words)));
	return -code;
}

void rdb_err_prefix(struct rdb_err *err, const char *fmt, ...)
{
	char text[RDB_ERR_TEXT];
	va_list args;

	if (!err)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rdb_printable(text, strlen(text));
	append(text, strlen(text), err->text);
	memcpy(err->text, text, sizeof(text));
}

void rdb_err_clear(struct rdb_err *err)
{
	if (!err)
		return;
	err->code = 0;
	err->text[0] = '\0';
}
