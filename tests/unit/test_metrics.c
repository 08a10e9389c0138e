/* The metrics file: its content, and that it survives the process. */
#include "schedule/metrics.h"
#include "unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/rdbfs-metrics-XXXXXX";
static char path[64];
static char text[16384];

static const char *content(void)
{
	FILE *file = fopen(path, "r");
	size_t len = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[len] = '\0';
	if (file)
		fclose(file);
	return text;
}

static bool has(const char *line)
{
	const char *at = strstr(content(), line);

	return at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static struct rdb_metrics *open_metrics(void)
{
	struct rdb_metrics *metrics = NULL;

	REQUIRE(rdb_metrics_create(path, &metrics) == 0);
	return metrics;
}

static void write_metrics(struct rdb_metrics *metrics)
{
	struct rdb_err err = {0};

	CHECK_INT(rdb_metrics_write(metrics, &err), 0);
	rdb_metrics_destroy(metrics);
}

static void test_attempt_without_success(void)
{
	struct rdb_metrics *metrics = open_metrics();
	struct stat st;

	rdb_metrics_attempt(metrics, "daily", 1700000000);
	write_metrics(metrics);
	CHECK(has("rdbfs_backup_last_success_timestamp_seconds{type=\"daily\"} 0"));
	CHECK(has("rdbfs_backup_last_attempt_timestamp_seconds{type=\"daily\"} 1700000000"));
	CHECK(has("# TYPE rdbfs_restores_total counter"));
	REQUIRE(stat(path, &st) == 0);
	CHECK_INT(st.st_mode & 0777, 0644);
}

static void test_success_is_kept(void)
{
	const struct rdb_metrics_backup backup = {.ended = 1700000100,
		.seconds = 12.3456,
		.size = UINT64_C(5000000000),
		.documents = 1512};
	struct rdb_metrics *metrics = open_metrics();

	rdb_metrics_success(metrics, "daily", &backup);
	rdb_metrics_restore(metrics, "done");
	write_metrics(metrics);
	metrics = open_metrics();
	rdb_metrics_attempt(metrics, "daily", 1700090000);
	rdb_metrics_attempt(metrics, "on-demand", 1700090001);
	rdb_metrics_restore(metrics, "done");
	rdb_metrics_restore(metrics, "failed");
	rdb_metrics_seen(metrics, "daily", 1600000000); /* an older one */
	rdb_metrics_seen(metrics, "weekly", 1600000000);
	write_metrics(metrics);
	CHECK(has("rdbfs_backup_last_success_timestamp_seconds{type=\"daily\"} 1700000100"));
	CHECK(has("rdbfs_backup_last_success_timestamp_seconds{type=\"on-demand\"} 0"));
	CHECK(has("rdbfs_backup_last_success_timestamp_seconds{type=\"weekly\"} 1600000000"));
	CHECK(has("rdbfs_backup_last_attempt_timestamp_seconds{type=\"daily\"} 1700090000"));
	CHECK(has("rdbfs_backup_last_duration_seconds{type=\"daily\"} 12.346"));
	CHECK(has("rdbfs_backup_last_size_bytes{type=\"daily\"} 5000000000"));
	CHECK(has("rdbfs_backup_last_documents{type=\"daily\"} 1512"));
	CHECK(has("rdbfs_restores_total{result=\"done\"} 2"));
	CHECK(has("rdbfs_restores_total{result=\"failed\"} 1"));
}

static void test_counts_are_of_the_moment(void)
{
	struct rdb_metrics *metrics = open_metrics();

	for (int i = 0; i < 3; i++)
		rdb_metrics_count(metrics, "good", "daily");
	rdb_metrics_count_none(metrics);
	rdb_metrics_count(metrics, "good", "daily");
	rdb_metrics_count(metrics, "damaged", "daily");
	rdb_metrics_count(metrics, "good", "no\"label");
	write_metrics(metrics);
	CHECK(has("rdbfs_backups{state=\"good\",type=\"daily\"} 1"));
	CHECK(has("rdbfs_backups{state=\"damaged\",type=\"daily\"} 1"));
	CHECK(!strstr(text, "no\"label"));
}

static void test_garbage_in_the_file_is_ignored(void)
{
	struct rdb_metrics *metrics;
	FILE *file = fopen(path, "w");

	REQUIRE(file);
	for (int i = 0; i < 1000; i++)
		fprintf(file, "rdbfs_restores_total{result=\"x%d\"} 1e999 {{{\n%c%c", i, 0, 255);
	fclose(file);
	metrics = open_metrics();
	rdb_metrics_attempt(metrics, "daily", 5);
	write_metrics(metrics);
	CHECK(has("rdbfs_backup_last_attempt_timestamp_seconds{type=\"daily\"} 5"));
	REQUIRE(unlink(path) == 0);
}

static void test_folder_that_is_none(void)
{
	struct rdb_metrics *metrics;
	struct rdb_err err = {0};

	REQUIRE(rdb_metrics_create("/nonexistent/x.prom", &metrics) == 0);
	CHECK_INT(rdb_metrics_write(metrics, &err), -ENOENT);
	CHECK(strstr(err.text, "/nonexistent/x.prom"));
	CHECK_INT(rdb_metrics_write(metrics, &err), -ENOENT); /* and again */
	rdb_metrics_destroy(metrics);
}

static void *count_restores(void *arg)
{
	for (int i = 0; i < 100; i++) {
		rdb_metrics_restore(arg, "done");
		CHECK_INT(rdb_metrics_write(arg, NULL), 0);
	}
	return NULL;
}

/* The file contains the last value after all writers have returned. */
static void test_many_writers(void)
{
	struct rdb_metrics *metrics = open_metrics();
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_create(&threads[i], NULL, count_restores, metrics) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	rdb_metrics_destroy(metrics);
	CHECK(has("rdbfs_restores_total{result=\"done\"} 400"));
	CHECK_INT(unlink(path), 0);
	CHECK_INT(rmdir(folder), 0); /* no temporary file remains */
}

int main(void)
{
	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/rdbfs.prom", folder);
	RUN(test_attempt_without_success);
	RUN(test_success_is_kept);
	RUN(test_counts_are_of_the_moment);
	RUN(test_garbage_in_the_file_is_ignored);
	RUN(test_folder_that_is_none);
	RUN(test_many_writers);
	CHECK_EXIT();
}
