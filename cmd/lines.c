#include "cmd/lines.h"

#include "base/log.h"
#include "base/printable.h"
#include "cmd/bar.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_cut(const struct rdb_buf *lines, unsigned width)
{
	const char *at = lines->data, *end = at + lines->len;

	while (at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((next ? next : end) - at);
		unsigned used;

		fwrite(at, 1, rdb_bar_cut(at, len, width, &used), stdout);
		if (next)
			putchar('\n');
		at = next ? next + 1 : end;
	}
}

int rdb_lines_put(const struct rdb_buf *lines, struct rdb_err *err)
{
	const unsigned width = rdb_bar_width(STDOUT_FILENO, UINT_MAX);

	if (lines->len == 0)
		return 0;
	if (width == UINT_MAX)
		fwrite(lines->data, 1, lines->len, stdout);
	else
		put_cut(lines, width);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0
						      : rdb_err_sys(err, EIO, "standard output");
}

void rdb_lines_print(FILE *out, const char *fmt, ...)
{
	va_list args;
	char *line;
	int len;

	va_start(args, fmt);
	len = vasprintf(&line, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	rdb_printable(line, (size_t)len);
	fprintf(out, "%s\n", line);
	fflush(out);
	free(line);
}

void rdb_lines_error(const struct rdb_settings *settings, const struct rdb_err *err)
{
	if (settings->log_format == 0) {
		fprintf(stderr, "rdbfs: %s\n", err->text);
		return;
	}
	rdb_log_set_format(RDB_LOG_JSON);
	rdb_log_open(RDB_LOG_TO_STDERR, RDB_LOG_WARNING);
	rdb_log_error("%s", err->text);
}
