#include "cmd/bar.h"

#include "base/printable.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define TEXT 32
#define LABEL_MAX 48
#define BAR_MIN 10
#define BAR_MAX 40

unsigned rdb_bar_width(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
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

static void put_label(char *line, size_t columns, const char *label)
{
	size_t i = 0;

	for (; i < columns && label[i]; i++)
		line[i] = label[i];
	rdb_printable(line, i);
	for (; i < columns; i++)
		line[i] = ' ';
	line[columns] = '\0';
}

static void put_gauge(char *line, size_t columns, double part)
{
	size_t full = (size_t)(part * (double)columns);

	memset(line, '-', columns);
	memset(line, '#', full > columns ? columns : full);
	line[columns] = '\0';
}

/* "  47 %  12.3 MiB/s  1:23 left" */
static size_t put_numbers(const struct rdb_bar *bar, char *line, size_t size)
{
	char text[TEXT];
	size_t len = 0;

	if (bar->total)
		len = (size_t)snprintf(
			line, size, "  %3.0f %%", 100.0 * (double)bar->done / (double)bar->total);
	else
		len = (size_t)snprintf(line, size, "  %s", rdb_bar_bytes((double)bar->done, text));
	if (bar->rate > 0)
		len += (size_t)snprintf(
			line + len, size - len, "  %s/s", rdb_bar_bytes(bar->rate, text));
	if (bar->rate > 0 && bar->total > bar->done)
		len += (size_t)snprintf(line + len, size - len, "  %s left",
			rdb_bar_time((double)(bar->total - bar->done) / bar->rate, text));
	return len;
}

static unsigned clamp(unsigned value, unsigned low, unsigned high)
{
	return value < low ? low : value > high ? high : value;
}

int rdb_bar_draw(const struct rdb_bar *bar, unsigned width, struct rdb_buf *out)
{
	char label[LABEL_MAX + 1], gauge[BAR_MAX + 1], numbers[4 * TEXT];
	unsigned used = (unsigned)put_numbers(bar, numbers, sizeof(numbers));
	unsigned left = width > used + 4 ? width - used - 4 : 0;
	unsigned gauge_len = clamp(left / 3, BAR_MIN, BAR_MAX);
	unsigned label_len = clamp(left > gauge_len ? left - gauge_len : 0, 8, LABEL_MAX);

	put_label(label, label_len, bar->label);
	put_gauge(gauge, gauge_len, bar->total ? (double)bar->done / (double)bar->total : 0);
	if (!bar->total)
		return rdb_buf_printf(out, "%s%s", label, numbers);
	return rdb_buf_printf(out, "%s  [%s]%s", label, gauge, numbers);
}
