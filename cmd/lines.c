#include "cmd/lines.h"

#include "cmd/bar.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Returns the width of the terminal in columns. Returns UINT_MAX if standard output is not a
 * terminal, or the width is unknown. */
static unsigned columns(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : UINT_MAX;
}

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
	const unsigned width = columns();

	if (lines->len == 0)
		return 0;
	if (width == UINT_MAX)
		fwrite(lines->data, 1, lines->len, stdout);
	else
		put_cut(lines, width);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0
						      : rdb_err_sys(err, EIO, "standard output");
}
