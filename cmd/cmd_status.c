#include "archive/archive.h"
#include "base/buf.h"
#include "base/formatted.h"
#include "base/printable.h"
#include "cmd/bar.h"
#include "cmd/command.h"
#include "cmd/lines.h"
#include "cmd/max_age.h"
#include "cmd/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_LINES 8                /* lines of the status that are shown below the bars */
#define STATUS_MAX (64 * 1024 * 1024) /* bytes */

/* ---- status of the mount ---- */

static int open_failed(const char *mountpoint, struct rdb_err *err)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return rdb_err_set(err, ENOENT, "%s: no rdbfs is mounted there", mountpoint);
	if (errno == ENOTCONN)
		return rdb_err_set(err, ENOTCONN,
			"%s is a dead mount: the program that served it is gone; rdbfs unmount "
			"'%s' removes it",
			mountpoint, mountpoint);
	return rdb_err_sys(err, errno, "%s", mountpoint);
}

static int read_all(int fd, struct rdb_buf *out)
{
	ssize_t n = 1;

	while (n > 0 && out->len < STATUS_MAX) {
		if (rdb_buf_reserve(out, 65536) != 0)
			return -ENOMEM;
		n = read(fd, out->data + out->len, 65536);
		if (n > 0)
			out->len += (size_t)n;
	}
	return n < 0 ? -errno : 0;
}

static int read_status(
	const char *mountpoint, const char *file, struct rdb_buf *out, struct rdb_err *err)
{
	char *path;
	int fd, ret;

	rdb_buf_clear(out);
	path = rdb_formatted("%s/.rdbfs/%s", mountpoint, file);
	if (!path)
		return rdb_err_sys(err, ENOMEM, "%s", mountpoint);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return open_failed(mountpoint, err);
	ret = read_all(fd, out);
	close(fd);
	return ret == 0 ? 0 : rdb_err_sys(err, -ret, "%s/.rdbfs/%s", mountpoint, file);
}

static int show(const struct rdb_buf *text, struct rdb_err *err)
{
	if (fwrite(text->data, 1, text->len, stdout) == text->len && fflush(stdout) == 0)
		return 0;
	return rdb_err_sys(err, EIO, "writing");
}

/* Prints the mount's status once. With --quiet, prints nothing. The status is still read, because
 * the exit code says whether the mount exists and answers. */
static int show_once(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct rdb_buf text = {0};
	int ret = read_status(
		settings->args.items[0], settings->json ? "status.json" : "status", &text, err);

	if (ret == 0 && !settings->json)
		rdb_printable_lines(text.data, text.len);
	if (ret == 0 && !settings->quiet)
		ret = settings->json ? show(&text, err) : rdb_lines_put(&text, err);
	rdb_buf_free(&text);
	return ret;
}

/* ---- --max-age ---- */

static int judge_age(const json_t *status, uint64_t max_age, const char *where, struct rdb_err *err)
{
	const json_t *good = json_object_get(status, "last_good");

	const char *state = json_string_value(json_object_get(good, "state"));
	const char *error = json_string_value(json_object_get(good, "error"));
	const char *unreachable = rdb_archive_state_name(RDB_ARCHIVE_UNREACHABLE);
	const struct rdb_max_age_backup backup = {
		.name = json_string_value(json_object_get(good, "name")),
		.taken = (time_t)json_integer_value(json_object_get(good, "taken")),
		.unreachable = state && strcmp(state, unreachable) == 0 ? error : NULL};

	return rdb_max_age_check(where, &backup, max_age, err);
}

static int check_age(const struct rdb_settings *settings, struct rdb_err *err)
{
	const char *where = settings->args.items[0];
	struct rdb_buf text = {0};
	json_t *status = NULL;
	int ret = read_status(where, "status.json", &text, err);

	if (ret == 0) {
		status = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
		ret = json_is_object(status)
			      ? judge_age(status, settings->max_age, where, err)
			      : rdb_err_set(err, EPROTO, "%s: its status is not JSON", where);
	}
	json_decref(status);
	rdb_buf_free(&text);
	return ret;
}

/* ---- --watch ---- */

struct watching {
	const char *mountpoint;
	bool terminal, json;
	unsigned width, height;
	json_t *before; /* previous status.json; NULL if there is none */
	struct rdb_buf text, screen;
};

static uint64_t number(const json_t *object, const char *name)
{
	json_int_t value = json_integer_value(json_object_get(object, name));

	return value < 0 ? 0 : (uint64_t)value;
}

static const json_t *find_backup(const json_t *status, const char *name)
{
	const json_t *backups = json_object_get(status, "backups");
	size_t i;
	json_t *backup;

	json_array_foreach(backups, i, backup)
	{
		const char *other = json_string_value(json_object_get(backup, "name"));
		if (other && strcmp(other, name) == 0)
			return backup;
	}
	return NULL;
}

/* Returns how many bytes of the backup "name" were scanned since the previous status. This number
 * is a rate in bytes per second, because the previous status was received one second ago. */
static double rate(const struct watching *w, const char *name, uint64_t done)
{
	const json_t *backup = w->before ? find_backup(w->before, name) : NULL;
	uint64_t before = backup ? number(backup, "scanned") : done;

	return done > before ? (double)(done - before) : 0;
}

static size_t count_lines(const struct rdb_buf *text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text->len; i++)
		lines += text->data[i] == '\n';
	return lines;
}

static int put_bar(struct watching *w, const struct rdb_bar *bar)
{
	int ret;

	if (count_lines(&w->screen) + STATUS_LINES >= w->height)
		return 0;
	ret = rdb_bar_draw(bar, w->width, &w->screen);
	return ret ? ret : rdb_buf_puts(&w->screen, "\033[K\n");
}

static int draw_backup(struct watching *w, const json_t *backup)
{
	const char *name = json_string_value(json_object_get(backup, "name"));
	const char *state = json_string_value(json_object_get(backup, "state"));
	struct rdb_bar bar = {.label = name};

	if (!name || !state || strcmp(state, "indexing") != 0)
		return 0;
	bar.done = number(backup, "scanned");
	bar.total = number(backup, "size");
	bar.rate = rate(w, name, bar.done);
	return put_bar(w, &bar);
}

static int draw_job(struct watching *w, const json_t *job)
{
	const char *title = json_string_value(json_object_get(job, "title"));
	const char *state = json_string_value(json_object_get(job, "state"));
	double seconds = json_number_value(json_object_get(job, "seconds"));
	struct rdb_bar bar = {.label = title};

	if (!title || !state || strcmp(state, "running") != 0)
		return 0;
	bar.done = number(job, "bytes");
	bar.total = rdb_bar_total(bar.done, number(job, "documents"),
		json_integer_value(json_object_get(job, "documents_total")));
	bar.rate = seconds > 0 ? (double)bar.done / seconds : 0;
	return put_bar(w, &bar);
}

static int draw_each(
	struct watching *w, const json_t *array, int (*draw_one)(struct watching *, const json_t *))
{
	int ret = 0;

	for (size_t i = 0; i < json_array_size(array) && ret == 0; i++)
		ret = draw_one(w, json_array_get(array, i));
	return ret;
}

static int draw_bars(struct watching *w, struct rdb_err *err)
{
	json_t *status;
	int ret = read_status(w->mountpoint, "status.json", &w->text, err);

	if (ret != 0)
		return ret;
	status = json_loadb(w->text.data, w->text.len, JSON_ALLOW_NUL, NULL);
	ret = draw_each(w, json_object_get(status, "jobs"), draw_job);
	if (ret == 0)
		ret = draw_each(w, json_object_get(status, "backups"), draw_backup);
	json_decref(w->before);
	w->before = status;
	return ret ? rdb_err_sys(err, -ret, "status") : 0;
}

static int draw_rest(struct watching *w, size_t lines)
{
	char text[64];
	unsigned used;
	size_t len = (size_t)snprintf(text, sizeof(text), "... and %zu more lines", lines);
	int ret = rdb_buf_add(&w->screen, text, rdb_bar_cut(text, len, w->width, &used));

	return ret ? ret : rdb_buf_puts(&w->screen, "\033[K\n");
}

static int draw_lines(struct watching *w)
{
	size_t room = w->height - 1, lines = count_lines(&w->text), drawn = count_lines(&w->screen);
	const char *at = w->text.data, *end = at + w->text.len;
	int ret = 0;

	while (at < end && ret == 0 && drawn + 1 < room) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((next ? next : end) - at);
		unsigned used;

		ret = rdb_buf_add(&w->screen, at, rdb_bar_cut(at, len, w->width, &used));
		ret = ret ? ret : rdb_buf_puts(&w->screen, "\033[K\n");
		at = next ? next + 1 : end;
		drawn++;
		lines--;
	}
	return ret == 0 && lines ? draw_rest(w, lines) : ret;
}

/* Draws the running jobs and the lines of the status. Leaves out the lines that do not fit on the
 * terminal, because more lines would scroll the terminal. */
static int draw_terminal(struct watching *w, struct rdb_err *err)
{
	static const char home[] = "\033[H", clear_below[] = "\033[J";
	int ret;

	rdb_buf_puts(&w->screen, home);
	ret = draw_bars(w, err);
	if (ret == 0)
		ret = read_status(w->mountpoint, "status", &w->text, err);
	if (ret != 0)
		return ret;
	rdb_printable_lines(w->text.data, w->text.len);
	if (draw_lines(w) != 0 || rdb_buf_puts(&w->screen, clear_below) != 0)
		return rdb_err_sys(err, ENOMEM, "status");
	return 0;
}

static int draw_text(struct watching *w, struct rdb_err *err)
{
	int ret = read_status(w->mountpoint, w->json ? "status.json" : "status", &w->screen, err);

	if (ret != 0)
		return ret;
	if (!w->json)
		rdb_printable_lines(w->screen.data, w->screen.len);
	return rdb_buf_putc(&w->screen, '\n') ? rdb_err_sys(err, ENOMEM, "status") : 0;
}

static int draw(struct watching *w, struct rdb_err *err)
{
	int ret;

	rdb_buf_clear(&w->screen);
	ret = w->terminal ? draw_terminal(w, err) : draw_text(w, err);
	return ret ? ret : show(&w->screen, err);
}

static int watch(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct watching w = {
		.mountpoint = settings->args.items[0],
		.terminal = !settings->json && rdb_bar_fits(STDOUT_FILENO),
		.json = settings->json,
	};
	int ret = 0;

	if (w.terminal)
		fputs("\033[2J", stdout);
	while (ret == 0) {
		w.width = rdb_bar_width(STDOUT_FILENO, 80) - 1;
		w.height = rdb_bar_height(STDOUT_FILENO, 24);
		ret = draw(&w, err);
		if (ret == 0)
			sleep(1);
	}
	json_decref(w.before);
	rdb_buf_free(&w.text);
	rdb_buf_free(&w.screen);
	return ret;
}

int rdb_command_status(const struct rdb_settings *settings, struct rdb_err *err)
{
	int ret;

	if (settings->watch && (settings->quiet || settings->max_age)) {
		rdb_err_set(err, EINVAL, "--watch and %s exclude each other",
			settings->quiet ? "--quiet" : "--max-age");
		return RDB_EXIT_USAGE;
	}
	ret = settings->watch ? watch(settings, err) : show_once(settings, err);
	if (ret == 0 && settings->max_age)
		ret = check_age(settings, err);
	return ret == 0 ? RDB_EXIT_OK : RDB_EXIT_FAILED;
}
