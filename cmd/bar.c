#include "cmd/bar.h"

#include "base/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define TEXT 32
#define LABEL_MIN 8
#define LABEL_MAX 48
#define BRACKETS 4 /* columns of the brackets and spaces around the gauge */
#define BAR_MIN 10
#define BAR_MAX 40

unsigned rdb_bar_width(int fd, unsigned otherwise)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : otherwise;
}

unsigned rdb_bar_height(int fd, unsigned otherwise)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : otherwise;
}

bool rdb_bar_fits(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

size_t rdb_bar_cut(const char *text, size_t len, unsigned columns, unsigned *used)
{
	mbstate_t state = {0};
	size_t at = 0;

	*used = 0;
	while (at < len) {
		wchar_t c;
		size_t n = mbrtowc(&c, text + at, len - at, &state);
		int width = 1;

		/* Count a NUL or an invalid character as one byte with a width of one column. */
		if (n == 0 || n > len - at) {
			n = 1;
			state = (mbstate_t){0};
		} else if (wcwidth(c) >= 0) {
			width = wcwidth(c);
		}
		if (*used + (unsigned)width > columns)
			break;
		*used += (unsigned)width;
		at += n;
	}
	return at;
}

char *rdb_bar_bytes(double bytes, char *buf)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t unit = 0;

	while (bytes >= 1023.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buf, TEXT, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
	return buf;
}

char *rdb_bar_time(double seconds, char *buf)
{
	uint64_t s = seconds < 0 ? 0 : seconds > 1e12 ? UINT64_C(1000000000000) : (uint64_t)seconds;

	if (s >= 3600)
		snprintf(buf, TEXT, "%llu:%02u:%02u", (unsigned long long)(s / 3600),
			(unsigned)(s / 60 % 60), (unsigned)(s % 60));
	else
		snprintf(buf, TEXT, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
	return buf;
}

uint64_t rdb_bar_total(uint64_t bytes, uint64_t documents, int64_t documents_total)
{
	double total;

	if (documents_total <= 0 || !documents)
		return 0;
	total = (double)bytes / (double)documents * (double)documents_total;
	return total > (double)bytes && total < 1e18 ? (uint64_t)total : bytes;
}

static int put_label(struct rdb_buf *out, unsigned columns, const char *label)
{
	size_t start = out->len;
	unsigned used;
	int rc = rdb_buf_add(out, label, rdb_bar_cut(label, strlen(label), columns, &used));

	if (rc != 0)
		return rc;
	rdb_printable(out->data + start, out->len - start);
	return rdb_buf_printf(out, "%*s", (int)(columns - used), "");
}

static void put_gauge(char *line, size_t columns, double part)
{
	size_t full = (size_t)(part * (double)columns);

	memset(line, '-', columns);
	memset(line, '#', full > columns ? columns : full);
	line[columns] = '\0';
}

/* The numbers to the right of the bar, the most important first. */
enum number { DONE, RATE, LEFT, NUMBERS };

static void format_numbers(const struct rdb_bar *bar, char numbers[NUMBERS][TEXT + 16])
{
	char text[TEXT];

	numbers[RATE][0] = numbers[LEFT][0] = '\0';
	if (bar->total)
		snprintf(numbers[DONE], TEXT + 16, "  %3.0f %%",
			100.0 * (double)bar->done / (double)bar->total);
	else
		snprintf(numbers[DONE], TEXT + 16, "  %s", rdb_bar_bytes((double)bar->done, text));
	if (bar->rate > 0)
		snprintf(numbers[RATE], TEXT + 16, "  %s/s", rdb_bar_bytes(bar->rate, text));
	if (bar->rate > 0 && bar->total > bar->done)
		snprintf(numbers[LEFT], TEXT + 16, "  %s left",
			rdb_bar_time((double)(bar->total - bar->done) / bar->rate, text));
}

static unsigned join_numbers(const struct rdb_bar *bar, unsigned width, char line[4 * TEXT])
{
	char numbers[NUMBERS][TEXT + 16];
	size_t len = 0;

	format_numbers(bar, numbers);
	line[0] = '\0';
	for (int i = 0; i < NUMBERS; i++) {
		size_t more = strlen(numbers[i]);
		if (len + more > width)
			break;
		memcpy(line + len, numbers[i], more + 1);
		len += more;
	}
	return (unsigned)len;
}

static unsigned clamp(unsigned value, unsigned low, unsigned high)
{
	return value < low ? low : value > high ? high : value;
}

static unsigned gauge_columns(const struct rdb_bar *bar, unsigned left)
{
	if (!bar->total || left < BAR_MIN + BRACKETS + LABEL_MIN)
		return 0;
	return clamp(left / 3, BAR_MIN, BAR_MAX);
}

int rdb_bar_draw(const struct rdb_bar *bar, unsigned width, struct rdb_buf *out)
{
	char gauge[BAR_MAX + 1], numbers[4 * TEXT];
	unsigned left = width - join_numbers(bar, width, numbers);
	unsigned columns = gauge_columns(bar, left);
	unsigned label = columns ? left - columns - BRACKETS : left;
	int rc = put_label(out, label < LABEL_MAX ? label : LABEL_MAX, bar->label);

	put_gauge(gauge, columns, bar->total ? (double)bar->done / (double)bar->total : 0);
	if (rc == 0 && columns)
		rc = rdb_buf_printf(out, "  [%s]", gauge);
	return rc ? rc : rdb_buf_puts(out, numbers);
}
