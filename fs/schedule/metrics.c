#include "schedule/metrics.h"

#include "base/buf.h"
#include "base/formatted.h"
#include "io/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS 64
#define LABEL_MAX 48
#define FILE_MAX (1 << 20) /* limit on the bytes read; a longer file was not written by rdbfs */

enum figure { SUCCESS, ATTEMPT, DURATION, SIZE, DOCUMENTS, FIGURES };

static const struct {
	const char *name, *help;
} figures[FIGURES] = {
	[SUCCESS] = {"rdbfs_backup_last_success_timestamp_seconds",
		"When the last successful backup ended, or began if it was found in the store; "
		"0: there never was one."},
	[ATTEMPT] = {"rdbfs_backup_last_attempt_timestamp_seconds", "When the last backup began."},
	[DURATION] = {"rdbfs_backup_last_duration_seconds",
		"How long the last successful backup took."},
	[SIZE] = {"rdbfs_backup_last_size_bytes", "Size of the last successful backup."},
	[DOCUMENTS] = {"rdbfs_backup_last_documents", "Documents in the last successful backup."},
};

struct row {
	char label[LABEL_MAX]; /* type of backup, or result of a restore; "" in unused rows */
	char state[LABEL_MAX]; /* of counted backups; otherwise "" */
	double values[FIGURES];
	uint64_t count; /* of backups or restores */
};

struct rdb_metrics {
	char *path;
	pthread_mutex_t lock; /* guards the rest */
	struct row types[ROWS];
	struct row counts[ROWS];
	struct row results[ROWS];
	bool writing;
	bool changed; /* a write was requested while a thread writes the file */
};

/* ---- rows ---- */

static bool is_label(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len < LABEL_MAX && !text[len];
}

/* Finds or adds a row. Returns NULL if all rows are used or a text is malformed. The caller holds
 * the lock of the metrics, except during their creation. */
static struct row *row_of(struct row rows[ROWS], const char *label, const char *state)
{
	for (size_t i = 0; i < ROWS && *label && is_label(label) && is_label(state); i++) {
		if (!rows[i].label[0]) {
			strcpy(rows[i].label, label);
			strcpy(rows[i].state, state);
		}
		if (strcmp(rows[i].label, label) == 0 && strcmp(rows[i].state, state) == 0)
			return &rows[i];
	}
	return NULL;
}

static struct row *type_row(struct rdb_metrics *m, const char *type)
{
	return row_of(m->types, type, "");
}

/* ---- reading ---- */

static void parse_line(struct rdb_metrics *m, const char *line)
{
	char name[64], label[16], value[LABEL_MAX], number[32];
	struct row *row;

	if (sscanf(line, "%63[a-z_]{%15[a-z]=\"%47[a-z0-9-]\"} %31s", name, label, value, number) !=
		4)
		return;
	if (strcmp(name, "rdbfs_restores_total") == 0 && (row = row_of(m->results, value, "")))
		row->count = strtoull(number, NULL, 10);
	for (int i = 0; i < FIGURES; i++)
		if (strcmp(name, figures[i].name) == 0 && (row = type_row(m, value)))
			row->values[i] = strtod(number, NULL);
}

/* Reads the values of an earlier process from the metrics file. Skips the number of backups,
 * because rdb_monitor_count() counts the backups in the store. */
static void read_file(struct rdb_metrics *m)
{
	FILE *file = fopen(m->path, "re");
	char line[256];
	size_t len = 0;

	while (file && len < FILE_MAX && fgets(line, sizeof(line), file)) {
		len += strlen(line);
		parse_line(m, line);
	}
	if (file)
		fclose(file);
}

int rdb_metrics_create(const char *path, struct rdb_metrics **out)
{
	struct rdb_metrics *m = calloc(1, sizeof(*m));

	if (!m || !(m->path = strdup(path))) {
		free(m);
		return -ENOMEM;
	}
	pthread_mutex_init(&m->lock, NULL);
	read_file(m);
	*out = m;
	return 0;
}

void rdb_metrics_destroy(struct rdb_metrics *metrics)
{
	if (!metrics)
		return;
	pthread_mutex_destroy(&metrics->lock);
	free(metrics->path);
	free(metrics);
}

/* ---- events ---- */

void rdb_metrics_attempt(struct rdb_metrics *metrics, const char *type, time_t at)
{
	struct row *row;

	pthread_mutex_lock(&metrics->lock);
	row = type_row(metrics, type);
	if (row)
		row->values[ATTEMPT] = (double)at;
	pthread_mutex_unlock(&metrics->lock);
}

void rdb_metrics_success(
	struct rdb_metrics *metrics, const char *type, const struct rdb_metrics_backup *backup)
{
	struct row *row;

	pthread_mutex_lock(&metrics->lock);
	row = type_row(metrics, type);
	if (row) {
		row->values[SUCCESS] = (double)backup->ended;
		row->values[DURATION] = backup->seconds;
		row->values[SIZE] = (double)backup->size;
		row->values[DOCUMENTS] = (double)backup->documents;
	}
	pthread_mutex_unlock(&metrics->lock);
}

void rdb_metrics_seen(struct rdb_metrics *metrics, const char *type, time_t taken)
{
	struct row *row;

	pthread_mutex_lock(&metrics->lock);
	row = type_row(metrics, type);
	if (row && row->values[SUCCESS] < (double)taken)
		row->values[SUCCESS] = (double)taken;
	pthread_mutex_unlock(&metrics->lock);
}

time_t rdb_metrics_last_success(struct rdb_metrics *metrics, const char *type)
{
	struct row *row;
	time_t at = 0;

	pthread_mutex_lock(&metrics->lock);
	row = type_row(metrics, type);
	if (row)
		at = (time_t)row->values[SUCCESS];
	pthread_mutex_unlock(&metrics->lock);
	return at;
}

void rdb_metrics_restore(struct rdb_metrics *metrics, const char *result)
{
	struct row *row;

	pthread_mutex_lock(&metrics->lock);
	row = row_of(metrics->results, result, "");
	if (row)
		row->count++;
	pthread_mutex_unlock(&metrics->lock);
}

void rdb_metrics_count_none(struct rdb_metrics *metrics)
{
	pthread_mutex_lock(&metrics->lock);
	for (size_t i = 0; i < ROWS; i++)
		metrics->counts[i].count = 0;
	pthread_mutex_unlock(&metrics->lock);
}

void rdb_metrics_count(struct rdb_metrics *metrics, const char *state, const char *type)
{
	struct row *row;

	pthread_mutex_lock(&metrics->lock);
	row = row_of(metrics->counts, type, state);
	if (row)
		row->count++;
	pthread_mutex_unlock(&metrics->lock);
}

/* ---- writing ---- */

static int put_head(struct rdb_buf *out, const char *name, const char *help, const char *kind)
{
	return rdb_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static int put_figure(const struct rdb_metrics *m, enum figure figure, struct rdb_buf *out)
{
	int ret = put_head(out, figures[figure].name, figures[figure].help, "gauge");

	for (size_t i = 0; i < ROWS && m->types[i].label[0] && ret == 0; i++)
		ret = rdb_buf_printf(out, "%s{type=\"%s\"} %.*f\n", figures[figure].name,
			m->types[i].label, figure == DURATION ? 3 : 0, m->types[i].values[figure]);
	return ret;
}

static int put_all(const struct rdb_metrics *m, struct rdb_buf *out)
{
	int ret = 0;

	for (int i = 0; i < FIGURES && ret == 0; i++)
		ret = put_figure(m, (enum figure)i, out);
	if (ret == 0)
		ret = put_head(out, "rdbfs_backups", "Backups by state and type.", "gauge");
	for (size_t i = 0; i < ROWS && m->counts[i].label[0] && ret == 0; i++)
		ret = rdb_buf_printf(out, "rdbfs_backups{state=\"%s\",type=\"%s\"} %" PRIu64 "\n",
			m->counts[i].state, m->counts[i].label, m->counts[i].count);
	if (ret == 0)
		ret = put_head(out, "rdbfs_restores_total", "Restores by result.", "counter");
	for (size_t i = 0; i < ROWS && m->results[i].label[0] && ret == 0; i++)
		ret = rdb_buf_printf(out, "rdbfs_restores_total{result=\"%s\"} %" PRIu64 "\n",
			m->results[i].label, m->results[i].count);
	return ret;
}

/* Replaces the metrics file at "path" with a file that contains the text. All users may read the
 * file, because the node exporter runs as another user. */
static int replace(const char *path, const struct rdb_buf *text, struct rdb_err *err)
{
	char *temporary;
	int fd, ret;

	/* Give the temporary file a name that does not end in .prom, so that the program that
	 * collects the metrics ignores the temporary file. */
	temporary = rdb_formatted("%s.XXXXXX", path);
	if (!temporary)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	ret = fd < 0 ? -errno : rdb_write_all(fd, text->data, text->len);
	if (ret == 0 && fchmod(fd, 0644) != 0)
		ret = -errno;
	if (fd >= 0 && close(fd) != 0 && ret == 0)
		ret = -errno;
	if (ret == 0 && rename(temporary, path) != 0)
		ret = -errno;
	if (ret != 0 && fd >= 0)
		unlink(temporary);
	free(temporary);
	return ret ? rdb_err_sys(err, -ret, "%s", path) : 0;
}

/*
 * Decides whether the caller must write the metrics file. "again" is true if the caller has just
 * written the file.
 * Returns:
 *   true   the caller must write *text; *ret is 0, or -ENOMEM if *text is incomplete
 *   false  "again" is false, and another thread is writing the file and will write it once more
 *   false  "again" is true, and no other thread has called begin() since the last write began
 */
static bool begin(struct rdb_metrics *m, bool again, struct rdb_buf *text, int *ret)
{
	bool mine;

	pthread_mutex_lock(&m->lock);
	mine = again ? m->changed : !m->writing;
	m->changed = !mine && !again;
	m->writing = again ? mine : true;
	if (mine) {
		rdb_buf_clear(text);
		*ret = put_all(m, text);
	}
	pthread_mutex_unlock(&m->lock);
	return mine;
}

int rdb_metrics_write(struct rdb_metrics *metrics, struct rdb_err *err)
{
	struct rdb_buf text = {0};
	int ret = 0;

	for (bool again = false; begin(metrics, again, &text, &ret); again = true)
		ret = ret ? rdb_err_sys(err, ENOMEM, "%s", metrics->path)
			  : replace(metrics->path, &text, err);
	rdb_buf_free(&text);
	return ret;
}
