/*
 * How fast an archive is written, beside igzip -1 and gzip -6 in the same run.
 * bench_deflate [FILE.json [TABLES [FOLDER]]]: FILE's text as that many tables (4), into FOLDER
 * (/tmp); without FILE on 256 MiB of documents that it makes up.
 */
#include "base/buf.h"
#include "writer/writer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MADE_UP ((size_t)256 * 1024 * 1024)
#define PIECE ((size_t)64 * 1024)
#define TABLES_MAX 64

struct bench {
	struct rdb_buf text;
	const char *folder;
	unsigned tables;
	char text_path[256];
	char archive_path[256];
};

struct clock {
	double wall, processor;
};

static struct clock now(int who)
{
	struct timespec wall;
	struct rusage usage;

	clock_gettime(CLOCK_MONOTONIC, &wall);
	getrusage(who, &usage);
	return (struct clock){(double)wall.tv_sec + (double)wall.tv_nsec / 1e9,
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6};
}

static void fail(const char *words)
{
	fprintf(stderr, "bench_deflate: %s\n", words);
	exit(1);
}

static uint64_t next_random(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void make_up_text(struct rdb_buf *out)
{
	static const char *const words[] = {"lorem", "ipsum", "dolor", "sit", "amet", "elit",
		"consectetur", "adipiscing", "sed", "do", "eiusmod", "tempor", "incididunt", "ut",
		"labore", "magna"};

	while (out->len < MADE_UP) {
		rdb_buf_printf(out, "{\"id\": \"%016llx\", \"views\": %u, \"title\": \"",
			(unsigned long long)next_random(), (unsigned)next_random() % 100000);
		for (int i = 0; i < 40; i++)
			rdb_buf_printf(out, "%s ", words[next_random() % 16]);
		rdb_buf_printf(out, "\", \"price\": %u.%02u, \"tags\": [\"a\", \"b%u\"]},\n",
			(unsigned)next_random() % 1000, (unsigned)next_random() % 100,
			(unsigned)next_random() % 50);
	}
}

static void read_text(struct rdb_buf *out, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t n = 1;

	while (file && n) {
		if (rdb_buf_reserve(out, 1 << 20) != 0)
			fail("out of memory");
		n = fread(out->data + out->len, 1, 1 << 20, file);
		out->len += n;
	}
	if (!file || out->len == 0)
		fail("no text");
	fclose(file);
}

static void report(const char *name, const struct bench *b, struct clock start, struct clock end,
	uint64_t packed)
{
	double mb = (double)b->text.len / 1e6, wall = end.wall - start.wall;

	printf("%-24s %7.0f MB/s  %6.2f s  %6.2f s of processor  %5.1f %%\n", name, mb / wall, wall,
		end.processor - start.processor, 100.0 * (double)packed / (double)b->text.len);
	fflush(stdout);
}

/* ---- ours ---- */

struct producer {
	const struct bench *bench;
	struct rdb_writer *writer;
	unsigned number;
	pthread_t thread;
};

static void *produce(void *arg)
{
	const struct producer *p = arg;
	const struct rdb_buf *text = &p->bench->text;
	size_t at = text->len / p->bench->tables * p->number;
	size_t end = p->number + 1 == p->bench->tables
			     ? text->len
			     : text->len / p->bench->tables * (p->number + 1);
	struct rdb_wtable *table;
	struct rdb_err err;
	char name[16];

	snprintf(name, sizeof(name), "table%u", p->number);
	if (rdb_writer_table(p->writer, "bench", name, "{}\n", end - at, &table, &err) != 0)
		fail(err.text);
	for (size_t n; at < end; at += n) {
		n = end - at < PIECE ? end - at : PIECE;
		if (rdb_wtable_write(table, text->data + at, n, &err) != 0)
			fail(err.text);
	}
	if (rdb_wtable_end(table, -1, &err) != 0)
		fail(err.text);
	return NULL;
}

static uint64_t write_archive(const struct bench *b, int level)
{
	struct rdb_writer_options options = {
		.path = b->archive_path, .type = "on-demand", .level = level, .overwrite = true};
	struct producer producers[TABLES_MAX];
	struct rdb_writer_totals totals;
	struct rdb_writer *writer;
	struct rdb_err err;

	if (rdb_writer_create(&options, &writer, &err) != 0)
		fail(err.text);
	for (unsigned i = 0; i < b->tables; i++) {
		producers[i] = (struct producer){.bench = b, .writer = writer, .number = i};
		if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
			fail("no thread");
	}
	for (unsigned i = 0; i < b->tables; i++)
		pthread_join(producers[i].thread, NULL);
	if (rdb_writer_commit(writer, &totals, &err) != 0)
		fail(err.text);
	return totals.archive;
}

static void bench_writer(const struct bench *b, int level)
{
	struct clock start = now(RUSAGE_SELF);
	uint64_t packed = write_archive(b, level);
	struct clock end = now(RUSAGE_SELF);
	char name[64];

	snprintf(name, sizeof(name), "rdbfs -%d, %u tables", level, b->tables);
	report(name, b, start, end, packed);
}

/* ---- others ---- */

static void bench_other(const struct bench *b, const char *program, int level)
{
	char command[1024], name[64];
	struct stat st;

	snprintf(command, sizeof(command), "%s -%d -c %s >%s && sync %s", program, level,
		b->text_path, b->archive_path, b->archive_path);
	struct clock start = now(RUSAGE_CHILDREN);
	if (system(command) != 0 || stat(b->archive_path, &st) != 0)
		fail(command);
	snprintf(name, sizeof(name), "%s -%d", program, level);
	report(name, b, start, now(RUSAGE_CHILDREN), (uint64_t)st.st_size);
}

static void write_text(const struct bench *b)
{
	FILE *file = fopen(b->text_path, "wb");

	if (!file || fwrite(b->text.data, 1, b->text.len, file) != b->text.len || fclose(file) != 0)
		fail("the text can't be written");
}

int main(int argc, char **argv)
{
	struct bench b = {.folder = argc > 3 ? argv[3] : "/tmp", .tables = 4};
	struct rusage usage;

	if (argc > 2)
		b.tables = (unsigned)atoi(argv[2]);
	if (b.tables < 1 || b.tables > TABLES_MAX)
		fail("1 to 64 tables");
	snprintf(b.text_path, sizeof(b.text_path), "%s/rdbfs-bench-%d.json", b.folder, getpid());
	snprintf(b.archive_path, sizeof(b.archive_path), "%s/rdbfs-bench-%d.tar.gz", b.folder,
		getpid());
	if (argc > 1)
		read_text(&b.text, argv[1]);
	else
		make_up_text(&b.text);
	write_text(&b);
	printf("%.0f MB of text; everything is written to disk and synced\n",
		(double)b.text.len / 1e6);
	for (int level = 0; level <= 3; level++)
		bench_writer(&b, level);
	bench_writer(&b, 6);
	getrusage(RUSAGE_SELF, &usage);
	printf("memory beside the text itself: %.0f MB\n",
		((double)usage.ru_maxrss * 1024 - (double)b.text.len) / 1e6);
	bench_other(&b, "igzip", 1);
	bench_other(&b, "gzip", 1);
	bench_other(&b, "gzip", 6);
	unlink(b.text_path);
	unlink(b.archive_path);
	rdb_buf_free(&b.text);
	return 0;
}
