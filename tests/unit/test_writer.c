#include "writer/writer.h"

#include "base/log.h"
#include "format/tar.h"
#include "gz/deflate.h"
#include "index/embed.h"
#include "io/rename_flags.h"
#include "unit/check.h"
#include "writer/home.h"
#include "writer/output.h"
#include "writer/partial.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define MIB ((size_t)1024 * 1024)
#define WHEN 1700000000

/* ---- a folder to write to ---- */

static char folder[] = "/tmp/rdbfs-writer-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int count_files(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

static void empty_folder(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static struct rdb_buf read_file(const char *path)
{
	struct rdb_buf buf = {0};
	FILE *file = fopen(path, "rb");
	size_t n;

	REQUIRE(file);
	do {
		REQUIRE(rdb_buf_reserve(&buf, 65536) == 0);
		n = fread(buf.data + buf.len, 1, 65536, file);
		buf.len += n;
	} while (n);
	fclose(file);
	return buf;
}

static struct rdb_source *open_source(const char *path)
{
	struct rdb_source *source;
	int fd = open(path, O_RDONLY);

	REQUIRE(fd >= 0 && rdb_source_file(fd, path, &source, NULL) == 0);
	return source;
}

/* ---- tables ---- */

struct spec {
	const char *db, *table;
	size_t size; /* bytes of text */
	uint64_t estimate;
	unsigned seed;
};

/* Text of a table: equal for equal seeds, different for others. */
static char *make_text(const struct spec *spec)
{
	char *text = malloc(spec->size + 128);
	unsigned seed = spec->seed;

	REQUIRE(text);
	for (size_t at = 0; at < spec->size;) {
		seed = seed * 1664525 + 1013904223;
		at += (size_t)sprintf(
			text + at, "{\"id\": \"%u-%08x\", \"text\": \"row\"},\n", spec->seed, seed);
	}
	return text;
}

static struct rdb_writer *make_writer(const char *name, int level, unsigned threads)
{
	struct rdb_writer_options options = {.path = in_folder(name),
		.type = "on-demand",
		.level = level,
		.threads = threads,
		.time = WHEN};
	struct rdb_writer *writer;
	struct rdb_err err = {0};

	if (rdb_writer_create(&options, &writer, &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	REQUIRE(err.code == 0);
	return writer;
}

static struct rdb_wtable *begin(struct rdb_writer *writer, const struct spec *spec)
{
	struct rdb_wtable *table;
	char info[300];

	sprintf(info, "{\"name\": \"%s\"}\n", spec->table);
	REQUIRE(rdb_writer_table(
			writer, spec->db, spec->table, info, spec->estimate, &table, NULL) == 0);
	return table;
}

static int write_text(struct rdb_wtable *table, const struct spec *spec, size_t from, size_t to)
{
	char *text = make_text(spec);
	int ret = 0;

	for (size_t n; from < to && ret == 0; from += n) {
		n = to - from < 70000 ? to - from : 70000;
		ret = rdb_wtable_write(table, text + from, n, NULL);
	}
	free(text);
	return ret;
}

static void write_whole(struct rdb_writer *writer, const struct spec *spec)
{
	struct rdb_wtable *table = begin(writer, spec);

	CHECK_INT(write_text(table, spec, 0, spec->size), 0);
	CHECK_INT(rdb_wtable_end(table, (int64_t)spec->size % 1000, NULL), 0);
}

/* ---- reading an archive with independent code ---- */

/* Text of the archive: one gzip member, nothing after it. */
static struct rdb_buf gunzip(const struct rdb_buf *file)
{
	struct rdb_buf text = {0};
	z_stream z = {.next_in = (Bytef *)file->data, .avail_in = (uInt)file->len};
	int ret = Z_OK;

	REQUIRE(inflateInit2(&z, 31) == Z_OK);
	while (ret == Z_OK) {
		REQUIRE(rdb_buf_reserve(&text, MIB) == 0);
		z.next_out = (Bytef *)text.data + text.len;
		z.avail_out = (uInt)MIB;
		ret = inflate(&z, Z_NO_FLUSH);
		text.len += MIB - z.avail_out;
	}
	CHECK_INT(ret, Z_STREAM_END); /* zlib returns this only if CRC and length are right */
	CHECK_INT(z.avail_in, 0);
	inflateEnd(&z);
	return text;
}

static const struct spec *find_spec(
	const struct spec *specs, size_t count, const char *top, const char *path, bool *info)
{
	char name[512];

	for (size_t i = 0; i < count; i++) {
		sprintf(name, "%s/%s/%s.info", top, specs[i].db, specs[i].table);
		*info = strcmp(name, path) == 0;
		strcpy(name + strlen(name) - 4, "json");
		if (*info || strcmp(name, path) == 0)
			return &specs[i];
	}
	return NULL;
}

static void check_content(struct archive *tar, const struct spec *spec, bool info, size_t size)
{
	char *text = make_text(spec), *back = malloc(size + 1);

	if (info)
		sprintf(text, "{\"name\": \"%s\"}\n", spec->table);
	CHECK_INT(size, info ? strlen(text) : spec->size);
	REQUIRE(back);
	CHECK_INT(archive_read_data(tar, back, size), size);
	CHECK(memcmp(text, back, size) == 0);
	free(text);
	free(back);
}

static void check_entry(struct archive_entry *entry)
{
	CHECK_INT(archive_entry_filetype(entry), AE_IFREG);
	CHECK_INT(archive_entry_perm(entry), 0644);
	CHECK_INT(archive_entry_uid(entry), 0);
	CHECK_INT(archive_entry_gid(entry), 0);
	CHECK_INT(archive_entry_mtime(entry), WHEN);
}

/* Checks that the archive contains exactly these tables, each .info immediately before its .json,
 * and the index last. */
static void check_tar(
	const struct rdb_buf *text, const char *top, const struct spec *specs, size_t count)
{
	struct archive *tar = archive_read_new();
	struct archive_entry *entry;
	const struct spec *before = NULL;
	char last[512];
	bool info;

	sprintf(last, "%s/backup.rdbfs", top);
	archive_read_support_format_tar(tar);
	REQUIRE(archive_read_open_memory(tar, text->data, text->len) == ARCHIVE_OK);
	for (size_t i = 0; i < 2 * count; i++) {
		REQUIRE(archive_read_next_header(tar, &entry) == ARCHIVE_OK);
		check_entry(entry);
		const struct spec *spec =
			find_spec(specs, count, top, archive_entry_pathname(entry), &info);
		REQUIRE(spec);
		CHECK_INT(info, i % 2 == 0);
		CHECK(info || spec == before);
		before = spec;
		check_content(tar, spec, info, (size_t)archive_entry_size(entry));
	}
	REQUIRE(archive_read_next_header(tar, &entry) == ARCHIVE_OK);
	CHECK_STR(archive_entry_pathname(entry), last);
	CHECK_INT(archive_read_next_header(tar, &entry), ARCHIVE_EOF);
	archive_read_free(tar);
}

/* Decodes from one checkpoint to the next, and compares. */
static void check_checkpoint(const struct rdb_buf *file, const struct rdb_buf *text,
	const struct rdb_embed_checkpoint *p, uint64_t in_end, uint64_t out_end)
{
	size_t len = (size_t)(out_end - p->out);
	char *back = malloc(len + 1);
	z_stream z = {.next_in = (Bytef *)file->data + p->in,
		.avail_in = (uInt)(in_end - p->in),
		.next_out = (Bytef *)back,
		.avail_out = (uInt)len};

	REQUIRE(back && inflateInit2(&z, -15) == Z_OK);
	CHECK_INT(inflate(&z, Z_SYNC_FLUSH), len ? Z_OK : Z_BUF_ERROR);
	CHECK_INT(z.total_out, len);
	CHECK_INT(z.avail_in, 0);
	CHECK(memcmp(text->data + p->out, back, len) == 0);
	inflateEnd(&z);
	free(back);
}

static void check_member(const struct rdb_buf *text, const struct rdb_embed_member *m,
	const struct spec *specs, size_t count)
{
	char path[512];
	bool info;

	sprintf(path, "t/%s", m->name);
	const struct spec *spec = find_spec(specs, count, "t", path, &info);
	REQUIRE(spec);
	CHECK_INT(m->documents, info ? -1 : (int64_t)spec->size % 1000);
	CHECK_INT(m->mtime, WHEN);
	if (!info) {
		char *want = make_text(spec);
		CHECK_INT(m->size, spec->size);
		CHECK(memcmp(text->data + m->data, want, spec->size) == 0);
		free(want);
	}
}

static bool is_header(const struct rdb_embed *embed, uint64_t out)
{
	for (size_t i = 0; i < embed->member_count; i++)
		if (embed->members[i].out == out)
			return true;
	return false;
}

static void check_embed(const char *path, const struct rdb_buf *file, const struct rdb_buf *text,
	const struct spec *specs, size_t count)
{
	struct rdb_source *source = open_source(path);
	struct rdb_embed embed;
	struct rdb_err err = {0};

	if (rdb_embed_read(source, &embed, &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	REQUIRE(err.code == 0);
	CHECK_INT(embed.member_count, 2 * count);
	for (size_t i = 0; i < embed.member_count; i++) {
		check_member(text, &embed.members[i], specs, count);
		CHECK_INT(rdb_embed_check_member(source, &embed, i, &err), 0);
	}
	for (size_t i = 0; i < embed.checkpoint_count; i++) {
		const struct rdb_embed_checkpoint *p = &embed.checkpoints[i];
		bool more = i + 1 < embed.checkpoint_count;
		CHECK(!more || p[1].out - p->out >= MIB || is_header(&embed, p[1].out));
		CHECK(!more || p[1].out - p->out < 2 * MIB + 4096);
		check_checkpoint(file, text, p, more ? p[1].in : embed.label.index,
			more ? p[1].out : embed.label.text);
		uint64_t end = more ? p[1].out : embed.label.text;
		CHECK_INT(crc32(0, (Bytef *)text->data + p->out, (uInt)(end - p->out)), p->crc);
	}
	CHECK(embed.sums);
	CHECK_INT(crc32(0, (Bytef *)text->data, (uInt)embed.label.text), embed.crc);
	rdb_embed_free(&embed);
	rdb_source_close(source);
}

static void check_archive(const char *path, const char *top, const struct spec *specs, size_t count)
{
	struct rdb_buf file = read_file(path), text = gunzip(&file);

	check_tar(&text, top, specs, count);
	check_embed(path, &file, &text, specs, count);
	rdb_buf_free(&file);
	rdb_buf_free(&text);
}

/* ---- writing and reading back ---- */

static const struct spec many[] = {
	{"blog", "none", 0, 0, 1},
	{"blog", "one", 1, 0, 2},
	{"blog", "block", 512, 0, 3},
	{"blog", "block-and-one", 513, 0, 4},
	{"shop", "chunk", 1048576, 1000, 5},
	{"shop", "large", 5 * 1048576 + 4711, 9999, 6},
	{"shop", "larger", 7 * 1048576 + 3, 999999, 7},
	{"x", "a", 300000, 10, 8},
	{"x", "b", 2 * 1048576 - 512, 100, 9},
	{"x", "c", 1048575, 10, 10},
};

#define MANY (sizeof(many) / sizeof(many[0]))

static void test_one_after_the_other(void)
{
	static const int levels[] = {0, 1, 2, 3, 6};

	for (size_t i = 0; i < 5; i++) {
		struct rdb_writer *writer = make_writer("seq.tar.gz", levels[i], 0);
		struct rdb_writer_totals totals;
		struct stat st;
		for (size_t k = 0; k < MANY; k++)
			write_whole(writer, &many[k]);
		CHECK_INT(rdb_writer_facts(writer, "{\"server\": \"2.4.4\"}", NULL), 0);
		CHECK_INT(count_files(), 1); /* the hidden one */
		REQUIRE(rdb_writer_commit(writer, &totals, NULL) == 0);
		REQUIRE(stat(in_folder("seq.tar.gz"), &st) == 0);
		CHECK_INT(st.st_mode, S_IFREG | 0600);
		CHECK_INT(totals.archive, st.st_size);
		CHECK_INT(totals.tables, MANY);
		CHECK_INT(totals.waiting, 0);
		CHECK_INT(count_files(), 1);
		check_archive(in_folder("seq.tar.gz"), "seq", many, MANY);
		empty_folder();
	}
}

struct producer {
	struct rdb_writer *writer;
	const struct spec *spec;
	pthread_t thread;
};

static void *produce(void *arg)
{
	struct producer *p = arg;

	write_whole(p->writer, p->spec);
	return NULL;
}

static void write_in_parallel(struct rdb_writer *writer)
{
	struct producer producers[MANY];

	for (size_t i = 0; i < MANY; i++) {
		producers[i] = (struct producer){.writer = writer, .spec = &many[i]};
		REQUIRE(pthread_create(&producers[i].thread, NULL, produce, &producers[i]) == 0);
	}
	for (size_t i = 0; i < MANY; i++)
		pthread_join(producers[i].thread, NULL);
}

static void test_tables_are_written_in_parallel(void)
{
	for (unsigned threads = 1; threads <= 4; threads++) {
		struct rdb_writer *writer = make_writer("par.tar.gz", 1, threads);
		write_in_parallel(writer);
		REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
		check_archive(in_folder("par.tar.gz"), "par", many, MANY);
		CHECK_INT(count_files(), 1);
		empty_folder();
	}
}

/* The order in which waiting tables are written, and their fate. */
static void test_a_waiting_table_is_promoted(void)
{
	const struct spec *large = &many[6], *small = &many[8], *middle = &many[5];
	const struct spec specs[] = {*large, *small, *middle};
	struct rdb_writer *writer = make_writer("turn.tar.gz", 1, 2);
	struct rdb_wtable *a = begin(writer, large), *b = begin(writer, small);
	struct rdb_wtable *c = begin(writer, middle);
	struct rdb_writer_totals totals;

	/* The largest is written directly, the others wait; one of them ends, one is incomplete. */
	CHECK_INT(write_text(a, large, 0, 2 * MIB), 0);
	CHECK_INT(write_text(b, small, 0, small->size), 0);
	CHECK_INT(write_text(c, middle, 0, 3 * MIB), 0);
	CHECK_INT(rdb_wtable_end(b, (int64_t)small->size % 1000, NULL), 0);
	do
		rdb_writer_totals(writer, &totals);
	while (totals.waiting == 0);
	CHECK_INT(totals.tables, 1);
	CHECK_INT(write_text(a, large, 2 * MIB, large->size), 0);
	CHECK_INT(rdb_wtable_end(a, (int64_t)large->size % 1000, NULL), 0);
	CHECK_INT(write_text(c, middle, 3 * MIB, middle->size), 0);
	CHECK_INT(rdb_wtable_end(c, (int64_t)middle->size % 1000, NULL), 0);
	rdb_writer_totals(writer, &totals);
	CHECK_INT(totals.waiting, 0);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	check_archive(in_folder("turn.tar.gz"), "turn", specs, 3);
	empty_folder();
}

/* Each file has another home, so labels and checksum are not compared. */
static void test_the_bytes_do_not_depend_on_the_threads(void)
{
	const size_t end = 5 + 512 + 5 + 1024 + 8;
	struct rdb_buf one, four;

	for (unsigned threads = 1; threads <= 4; threads += 3) {
		struct rdb_writer *writer = make_writer("same.tar.gz", 1, threads);
		write_whole(writer, &many[5]);
		write_whole(writer, &many[9]);
		REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
		if (threads == 1)
			one = read_file(in_folder("same.tar.gz"));
		else
			four = read_file(in_folder("same.tar.gz"));
		empty_folder();
	}
	CHECK_INT(one.len, four.len);
	REQUIRE(one.len == four.len && one.len > RDB_EMBED_START + end);
	CHECK(memcmp(one.data + RDB_EMBED_START, four.data + RDB_EMBED_START,
		      one.len - RDB_EMBED_START - end) == 0);
	rdb_buf_free(&one);
	rdb_buf_free(&four);
}

static void test_label_stores_its_folder_and_name(void)
{
	struct rdb_embed_label first;
	struct rdb_embed embed;
	int dir = open(folder, O_RDONLY | O_DIRECTORY), fd;

	REQUIRE(rdb_writer_commit(make_writer("home.tar.gz", 1, 1), NULL, NULL) == 0);
	struct rdb_source *source = open_source(in_folder("home.tar.gz"));
	REQUIRE(rdb_embed_read_label(source, &first, NULL) == 0);
	REQUIRE(rdb_embed_read(source, &embed, NULL) == 0);
	REQUIRE((fd = open(in_folder("home.tar.gz"), O_RDONLY)) >= 0);
	CHECK(first.home != 0);
	CHECK(first.home == embed.label.home);
	CHECK(first.home == rdb_home(dir, fd, "home.tar.gz"));
	CHECK(first.home != rdb_home(dir, fd, "homf.tar.gz"));
	CHECK(first.home != rdb_home(fd, dir, "home.tar.gz"));
	CHECK(rdb_home(-1, fd, "home.tar.gz") == 0);
	CHECK(rdb_home(dir, -1, "home.tar.gz") == 0);
	rdb_embed_free(&embed);
	rdb_source_close(source);
	close(fd);
	close(dir);
	empty_folder();
}

#define SMALL 400

static off_t archive_size(const char *name)
{
	struct stat st;

	REQUIRE(stat(in_folder(name), &st) == 0);
	return st.st_size;
}

/* Returns the size of an archive of many small tables. If large is not NULL, the small tables are
 * written while this table is incomplete. */
static off_t write_small_tables(const struct spec *large)
{
	struct rdb_writer *writer = make_writer("small.tar.gz", 1, 0);
	struct spec *specs = calloc(SMALL + 1, sizeof(*specs));
	size_t count = SMALL;
	struct rdb_wtable *table = NULL;
	static char names[SMALL][8];
	off_t size;

	REQUIRE(specs);
	if (large) {
		specs[count++] = *large;
		table = begin(writer, large);
		CHECK_INT(write_text(table, large, 0, 2 * MIB), 0);
	}
	for (unsigned i = 0; i < SMALL; i++) {
		snprintf(names[i], sizeof(names[i]), "t%u", i);
		specs[i] = (struct spec){"small", names[i], i % 7 == 0 ? 0 : 15 * i, 15 * i, i};
		write_whole(writer, &specs[i]);
	}
	if (large) {
		CHECK_INT(write_text(table, large, 2 * MIB, large->size), 0);
		CHECK_INT(rdb_wtable_end(table, (int64_t)large->size % 1000, NULL), 0);
	}
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	check_archive(in_folder("small.tar.gz"), "small", specs, count);
	size = archive_size("small.tar.gz");
	free(specs);
	empty_folder();
	return size;
}

static off_t write_alone(const struct spec *spec)
{
	struct rdb_writer *writer = make_writer("alone.tar.gz", 1, 0);
	off_t size;

	write_whole(writer, spec);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	size = archive_size("alone.tar.gz");
	empty_folder();
	return size;
}

/* Small tables share the overhead, also while a large one is written before them. The size of the
 * large one depends on the library that compresses. */
static void test_small_tables_are_packed(void)
{
	const struct spec large = {"large", "t", 3 * MIB, 3 * MIB, 77};
	const off_t limit = SMALL * 700; /* the texts alone need 480 bytes each */

	CHECK(write_small_tables(NULL) < limit);
	CHECK(write_small_tables(&large) < limit + write_alone(&large));
}

static void test_no_table_at_all(void)
{
	struct rdb_writer *writer = make_writer("none.tar.gz", 1, 1);

	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	check_archive(in_folder("none.tar.gz"), "none", NULL, 0);
	empty_folder();
}

static void test_long_names(void)
{
	char db[200], table[250];
	const struct spec spec = {db, table, 1000, 0, 3};

	memset(db, 'd', sizeof(db));
	memset(table, 't', sizeof(table));
	db[sizeof(db) - 1] = table[sizeof(table) - 1] = '\0';
	struct rdb_writer *writer = make_writer("long.tar.gz", 1, 1);
	write_whole(writer, &spec);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	check_archive(in_folder("long.tar.gz"), "long", &spec, 1);
	empty_folder();
}

static void test_names_that_no_file_can_have(void)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "a\nb", "/"};
	struct rdb_writer *writer = make_writer("bad.tar.gz", 1, 1);
	struct rdb_wtable *table;
	char long_name[300];

	for (size_t i = 0; i < 6; i++) {
		CHECK_INT(rdb_writer_table(writer, bad[i], "t", "", 0, &table, NULL), -EINVAL);
		CHECK_INT(rdb_writer_table(writer, "d", bad[i], "", 0, &table, NULL), -EINVAL);
	}
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	CHECK_INT(rdb_writer_table(writer, "d", long_name, "", 0, &table, NULL), -ENAMETOOLONG);
	rdb_writer_abort(writer);
	CHECK_INT(count_files(), 0);
}

/* ---- into a pipe ---- */

struct reader {
	int fd;
	struct rdb_buf got;
};

static void *read_pipe(void *arg)
{
	struct reader *r = arg;
	ssize_t n;

	do {
		REQUIRE(rdb_buf_reserve(&r->got, 65536) == 0);
		n = read(r->fd, r->got.data + r->got.len, 65536);
		r->got.len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return NULL;
}

static struct rdb_writer *make_stream_writer(int fd)
{
	struct rdb_writer_options options = {.fd = fd,
		.spool = folder,
		.top = "piped",
		.type = "daily",
		.level = 1,
		.time = WHEN};
	struct rdb_writer *writer;

	REQUIRE(rdb_writer_create(&options, &writer, NULL) == 0);
	return writer;
}

static void test_archive_into_a_pipe(void)
{
	struct reader reader = {0};
	struct rdb_embed_label label;
	pthread_t thread;
	int ends[2];

	REQUIRE(pipe(ends) == 0);
	reader.fd = ends[0];
	REQUIRE(pthread_create(&thread, NULL, read_pipe, &reader) == 0);
	struct rdb_writer *writer = make_stream_writer(ends[1]);
	write_in_parallel(writer);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	CHECK_INT(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0); /* unchanged, and still open */
	close(ends[1]);
	pthread_join(thread, NULL);
	close(ends[0]);
	CHECK_INT(count_files(), 0);

	FILE *file = fopen(in_folder("piped.tar.gz"), "wb");
	REQUIRE(file && fwrite(reader.got.data, 1, reader.got.len, file) == reader.got.len);
	fclose(file);
	check_archive(in_folder("piped.tar.gz"), "piped", many, MANY);
	struct rdb_source *source = open_source(in_folder("piped.tar.gz"));
	CHECK_INT(rdb_embed_read_label(source, &label, NULL), 0);
	CHECK_STR(label.type, "daily");
	CHECK_INT(label.home, 0);
	rdb_source_close(source);
	rdb_buf_free(&reader.got);
	empty_folder();
}

static void test_a_pipe_nobody_reads(void)
{
	struct rdb_err err = {0};
	int ends[2];

	REQUIRE(pipe(ends) == 0);
	struct rdb_writer *writer = make_stream_writer(ends[1]);
	struct rdb_wtable *table = begin(writer, &many[6]);
	CHECK_INT(write_text(table, &many[6], 0, many[6].size), 0);
	close(ends[0]);
	CHECK_INT(rdb_wtable_end(table, 0, &err), -EPIPE);
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), -EPIPE);
	rdb_writer_abort(writer);
	close(ends[1]);
}

struct canceller {
	struct rdb_writer *writer;
	int fd;
};

/* Cancels when the pipe is full, so that the writer waits for its reader. */
static void *cancel_when_full(void *arg)
{
	struct canceller *c = arg;
	struct pollfd poller = {.fd = c->fd, .events = POLLOUT};

	while (poll(&poller, 1, 1) > 0)
		;
	rdb_writer_cancel(c->writer);
	return NULL;
}

static void test_cancel_a_write_into_a_full_pipe(void)
{
	struct rdb_err err = {0};
	pthread_t thread;
	int ends[2];

	REQUIRE(pipe(ends) == 0);
	struct rdb_writer *writer = make_stream_writer(ends[1]);
	struct canceller c = {writer, ends[1]};
	struct rdb_wtable *table = begin(writer, &many[6]);
	CHECK_INT(write_text(table, &many[6], 0, many[6].size), 0);
	REQUIRE(pthread_create(&thread, NULL, cancel_when_full, &c) == 0);
	CHECK_INT(rdb_wtable_end(table, 0, &err), -ECANCELED);
	pthread_join(thread, NULL);
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), -ECANCELED);
	rdb_writer_abort(writer);
	close(ends[0]);
	close(ends[1]);
}

/* ---- several runs at a time ---- */

#define RUNS 4
#define RUN_PART ((size_t)100 * 1024)

/* An output with branches, in memory, like a multipart upload. */
struct run {
	struct rdb_output output;
	struct rdb_buf bytes;
};

static struct run runs[RUNS];
static atomic_uint run_count;
static unsigned run_limit;

static int run_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err)
{
	(void)err;
	return rdb_buf_add(&((struct run *)output)->bytes, data, len);
}

static int run_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err)
{
	struct run *run = (struct run *)output;

	(void)err;
	REQUIRE(at + len <= run->bytes.len);
	memcpy(run->bytes.data + at, data, len);
	return 0;
}

static int run_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err)
{
	(void)err;
	((struct run *)output)->bytes.len = (size_t)at;
	return 0;
}

/* The second branch is placed between the first one and the archive's own run. */
static int run_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err)
{
	static const unsigned orders[RUNS] = {0, 20, 10, 30};
	unsigned number = atomic_fetch_add(&run_count, 1);

	if (number >= run_limit)
		return rdb_err_set(err, EBUSY, "no more runs");
	runs[number] = (struct run){.output = {.ops = output->ops,
					    .name = strdup("branch"),
					    .folder = -1,
					    .order = orders[number]}};
	*out = &runs[number].output;
	return 0;
}

static int run_absorb(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err)
{
	struct run *run = (struct run *)branch;
	int ret;

	if (run->bytes.len > RUN_PART)
		return 0;
	ret = rdb_output_append(output, run->bytes.data, run->bytes.len, err);
	rdb_buf_clear(&run->bytes);
	return ret ? ret : 1;
}

static uint64_t run_gap(struct rdb_output *output)
{
	size_t inside = ((struct run *)output)->bytes.len % RUN_PART;

	return inside ? RUN_PART - inside : 0;
}

/* Joins the runs in their order. */
static int run_commit(struct rdb_output *output, struct rdb_err *err)
{
	FILE *file = fopen(in_folder("runs.tar.gz"), "wb");

	(void)output, (void)err;
	REQUIRE(file);
	for (unsigned order = 0; order <= 30; order += 10)
		for (unsigned i = 0; i < RUNS; i++) {
			struct rdb_buf *bytes = &runs[i].bytes;
			if (!runs[i].output.ops || runs[i].output.order != order || !bytes->len)
				continue;
			REQUIRE(fwrite(bytes->data, 1, bytes->len, file) == bytes->len);
			REQUIRE(ftell(file) % (long)RUN_PART == 0 || run_gap(&runs[i].output));
		}
	fclose(file);
	return 0;
}

static void run_close(struct rdb_output *output)
{
	rdb_buf_free(&((struct run *)output)->bytes);
	((struct run *)output)->output.ops = NULL;
}

static struct rdb_writer *make_run_writer(unsigned limit)
{
	static const struct rdb_output_ops ops = {
		.append = run_append,
		.patch = run_patch,
		.rewind = run_rewind,
		.branch = run_branch,
		.absorb = run_absorb,
		.gap = run_gap,
		.commit = run_commit,
		.close = run_close,
	};
	struct rdb_writer_options options = {.output = &runs[0].output,
		.top = "runs",
		.type = "on-demand",
		.threads = 2,
		.level = 1,
		.spool = "/nowhere",
		.time = WHEN};
	struct rdb_writer *writer;

	memset(runs, 0, sizeof(runs));
	run_limit = limit;
	atomic_store(&run_count, 1);
	runs[0].output = (struct rdb_output){.ops = &ops, .name = strdup("runs"), .folder = -1};
	REQUIRE(rdb_writer_create(&options, &writer, NULL) == 0);
	return writer;
}

/* As many parallel tables as runs: none waits in a file. */
static void test_tables_go_straight_into_runs(void)
{
	static const unsigned numbers[] = {5, 6, 8, 9};
	struct producer producers[4];
	struct rdb_writer_totals totals;
	struct rdb_writer *writer = make_run_writer(RUNS);
	struct stat st;

	for (size_t i = 0; i < 4; i++) {
		producers[i] = (struct producer){.writer = writer, .spec = &many[numbers[i]]};
		REQUIRE(pthread_create(&producers[i].thread, NULL, produce, &producers[i]) == 0);
	}
	for (size_t i = 0; i < 4; i++)
		pthread_join(producers[i].thread, NULL);
	for (size_t i = 0; i < MANY; i++)
		if (i != 5 && i != 6 && i != 8 && i != 9)
			write_whole(writer, &many[i]);
	CHECK_INT(rdb_writer_commit(writer, &totals, NULL), 0);
	check_archive(in_folder("runs.tar.gz"), "runs", many, MANY);
	REQUIRE(stat(in_folder("runs.tar.gz"), &st) == 0);
	CHECK_INT(totals.archive, st.st_size);
	empty_folder();
}

/* Incomplete, abandoned and small tables, in runs of their own. */
static void test_runs_are_joined(void)
{
	const struct spec specs[] = {many[5], many[6], many[8], many[3]};
	struct rdb_writer *writer = make_run_writer(RUNS);
	struct rdb_wtable *a = begin(writer, &specs[0]), *b, *c, *gone;

	CHECK_INT(write_text(a, &specs[0], 0, 3 * MIB), 0);
	b = begin(writer, &specs[1]);
	CHECK_INT(write_text(b, &specs[1], 0, 2 * MIB), 0);
	gone = begin(writer, &many[4]);
	CHECK_INT(write_text(gone, &many[4], 0, MIB), 0);
	c = begin(writer, &specs[2]);
	CHECK_INT(write_text(c, &specs[2], 0, specs[2].size), 0);
	rdb_wtable_abort(gone);
	CHECK_INT(write_text(b, &specs[1], 2 * MIB, specs[1].size), 0);
	CHECK_INT(rdb_wtable_end(b, (int64_t)specs[1].size % 1000, NULL), 0);
	CHECK_INT(rdb_wtable_end(c, (int64_t)specs[2].size % 1000, NULL), 0);
	write_whole(writer, &specs[3]);
	CHECK_INT(write_text(a, &specs[0], 3 * MIB, specs[0].size), 0);
	CHECK_INT(rdb_wtable_end(a, (int64_t)specs[0].size % 1000, NULL), 0);
	CHECK_INT(rdb_writer_commit(writer, NULL, NULL), 0);
	check_archive(in_folder("runs.tar.gz"), "runs", specs, 4);
	empty_folder();
	/* abandoned as a whole, with open runs */
	writer = make_run_writer(RUNS);
	a = begin(writer, &specs[0]);
	CHECK_INT(write_text(a, &specs[0], 0, 3 * MIB), 0);
	b = begin(writer, &specs[1]);
	CHECK_INT(write_text(b, &specs[1], 0, 3 * MIB), 0);
	rdb_writer_abort(writer);
	CHECK_INT(count_files(), 0);
}

/* A table without a run must wait in a file, and fails if that is impossible. */
static void test_more_tables_than_runs(void)
{
	struct rdb_writer *writer = make_run_writer(1);
	struct rdb_wtable *a = begin(writer, &many[6]), *b = begin(writer, &many[5]);
	struct rdb_err err = {0};

	CHECK_INT(write_text(a, &many[6], 0, 3 * MIB), 0);
	CHECK_INT(write_text(b, &many[5], 0, MIB - 1), 0);
	CHECK_INT(rdb_wtable_end(b, 0, &err), -ENOENT);
	CHECK(strstr(err.text, "/nowhere"));
	rdb_wtable_abort(a);
	rdb_writer_abort(writer);
}

/* ---- giving up ---- */

static void test_a_table_given_up_leaves_no_trace(void)
{
	const struct spec *gone = &many[6], specs[] = {many[5], many[4]};

	for (int waiting = 0; waiting < 2; waiting++) {
		struct rdb_writer *writer = make_writer("less.tar.gz", 1, 2);
		struct rdb_wtable *keep = NULL;
		if (waiting) { /* after a larger one that is written directly */
			struct spec larger = specs[0];
			larger.estimate = UINT64_MAX;
			keep = begin(writer, &larger);
			CHECK_INT(write_text(keep, &specs[0], 0, 3 * MIB), 0);
		}
		struct rdb_wtable *table = begin(writer, gone);
		CHECK_INT(write_text(table, gone, 0, 4 * MIB), 0);
		rdb_wtable_abort(table);
		if (waiting) {
			CHECK_INT(write_text(keep, &specs[0], 3 * MIB, specs[0].size), 0);
			CHECK_INT(rdb_wtable_end(keep, (int64_t)specs[0].size % 1000, NULL), 0);
		} else {
			write_whole(writer, &specs[0]);
		}
		write_whole(writer, &specs[1]);
		REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
		check_archive(in_folder("less.tar.gz"), "less", specs, 2);
		empty_folder();
	}
}

static void test_abort_leaves_nothing(void)
{
	struct rdb_writer *writer = make_writer("gone.tar.gz", 1, 2);
	struct rdb_wtable *a = begin(writer, &many[5]), *b = begin(writer, &many[8]);

	CHECK_INT(write_text(a, &many[5], 0, 2 * MIB + 5), 0);
	CHECK_INT(write_text(b, &many[8], 0, MIB + 5), 0);
	write_whole(writer, &many[7]);
	CHECK_INT(count_files(), 1);
	rdb_writer_abort(writer);
	CHECK_INT(count_files(), 0);
}

static void test_cancel_is_final(void)
{
	struct rdb_writer *writer = make_writer("gone.tar.gz", 1, 2);
	struct rdb_wtable *table = begin(writer, &many[5]), *other;
	struct rdb_err err = {0};

	rdb_writer_cancel(writer);
	CHECK_INT(write_text(table, &many[5], 0, 3 * MIB), -ECANCELED);
	CHECK_INT(rdb_writer_table(writer, "d", "t", "", 0, &other, &err), -ECANCELED);
	CHECK_INT(rdb_wtable_end(table, 0, &err), -ECANCELED);
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), -ECANCELED);
	rdb_writer_abort(writer);
	CHECK_INT(count_files(), 0);
}

static void test_commit_refuses_an_open_table(void)
{
	struct rdb_writer *writer = make_writer("open.tar.gz", 1, 1);
	struct rdb_err err = {0};

	begin(writer, &many[1]);
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), -EINVAL);
	CHECK(strstr(err.text, "blog/one"));
	rdb_writer_abort(writer);
	CHECK_INT(count_files(), 0);
}

/* ---- names, other writers, leftovers ---- */

static int try_create(const char *name, const char *type, bool overwrite)
{
	struct rdb_writer_options options = {
		.path = in_folder(name), .type = type, .level = 1, .overwrite = overwrite};
	struct rdb_writer *writer = NULL;
	int ret = rdb_writer_create(&options, &writer, NULL);

	if (ret == 0)
		rdb_writer_abort(writer);
	return ret;
}

static void test_invalid_options_are_refused(void)
{
	struct rdb_writer_options no_top = {.fd = 1, .type = "daily"};
	struct rdb_writer_options level = {
		.path = in_folder("l.tar.gz"), .type = "daily", .level = 10};
	struct rdb_writer *writer;

	CHECK_INT(try_create("a.tar.gz", "Daily", false), -EINVAL);
	CHECK_INT(try_create("a.tar.gz", "", false), -EINVAL);
	CHECK_INT(try_create("a.tar.gz", NULL, false), -EINVAL);
	CHECK_INT(try_create("a.tar.gz", "seventeen-letters", false), -EINVAL);
	CHECK_INT(try_create("a.tar.gz", "sixteen-letters-", false), 0);
	CHECK_INT(try_create("no/a.tar.gz", "daily", false), -ENOENT);
	CHECK_INT(try_create("", "daily", false), -EINVAL);
	CHECK_INT(rdb_writer_create(&no_top, &writer, NULL), -EINVAL);
	CHECK_INT(rdb_writer_create(&level, &writer, NULL), -EINVAL);
	CHECK_INT(count_files(), 0);
}

static void test_an_existing_archive_stays(void)
{
	struct rdb_writer *writer;
	struct rdb_err err = {0};

	writer = make_writer("twice.tar.gz", 1, 1);
	write_whole(writer, &many[1]);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	CHECK_INT(try_create("twice.tar.gz", "daily", false), -EEXIST);
	CHECK_INT(try_create("twice.tar.gz", "daily", true), 0);
	check_archive(in_folder("twice.tar.gz"), "twice", &many[1], 1);
	empty_folder();

	/* A file that was created during the write. */
	writer = make_writer("late.tar.gz", 1, 1);
	close(open(in_folder("late.tar.gz"), O_CREAT | O_WRONLY, 0600));
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), -EEXIST);
	rdb_writer_abort(writer);
	struct rdb_buf file = read_file(in_folder("late.tar.gz"));
	CHECK_INT(file.len, 0);
	rdb_buf_free(&file);
	CHECK_INT(count_files(), 1);

	/* And if replacement is allowed. */
	struct rdb_writer_options options = {
		.path = in_folder("late.tar.gz"), .type = "daily", .overwrite = true, .time = WHEN};
	REQUIRE(rdb_writer_create(&options, &writer, NULL) == 0);
	write_whole(writer, &many[2]);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	check_archive(in_folder("late.tar.gz"), "late", &many[2], 1);
	CHECK_INT(count_files(), 1);
	empty_folder();
}

static void test_two_writers_of_one_name(void)
{
	struct rdb_writer *writer = make_writer("busy.tar.gz", 1, 1);
	int dir = open(folder, O_RDONLY);

	CHECK_INT(try_create("busy.tar.gz", "daily", false), -EBUSY);
	CHECK_INT(rdb_partial_clean(dir, NULL), 0);
	CHECK_INT(count_files(), 1);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	close(dir);
	empty_folder();
}

/* A process that dies while writing. */
static void die_writing(const char *name)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct rdb_writer *writer = make_writer(name, 1, 2);
		struct rdb_wtable *table = begin(writer, &many[5]);
		write_text(table, &many[5], 0, 3 * MIB);
		kill(getpid(), SIGKILL);
	}
	REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status));
}

static void test_partial_files_of_killed_processes_are_removed(void)
{
	int dir = open(folder, O_RDONLY);
	struct rdb_writer *alive = make_writer("alive.tar.gz", 1, 1);

	die_writing("dead.tar.gz");
	die_writing("dead-too.tar.gz");
	close(open(in_folder(".not-ours.partial"), O_CREAT | O_WRONLY, 0600));
	close(open(in_folder("x.rdbfs-partial"), O_CREAT | O_WRONLY, 0600));
	CHECK_INT(count_files(), 5);
	CHECK_INT(rdb_partial_clean(dir, NULL), 2);
	CHECK_INT(count_files(), 3);
	CHECK_INT(rdb_partial_clean(dir, NULL), 0);

	/* The next writer of the same name needs no preceding clean-up. */
	die_writing("again.tar.gz");
	CHECK_INT(try_create("again.tar.gz", "daily", false), 0);
	rdb_writer_abort(alive);
	CHECK_INT(count_files(), 2);
	close(dir);
	empty_folder();
}

/* ---- no room ---- */

/* Writes tables until an error; then all calls must fail with the same error. */
static void check_out_of_room(struct rdb_writer *writer, int error)
{
	struct rdb_wtable *a = begin(writer, &many[6]), *b = begin(writer, &many[5]), *c;
	struct rdb_err err = {0};
	char *noise = malloc(MIB);
	unsigned seed = 1;
	int ret = 0;

	REQUIRE(noise);
	for (int i = 0; i < 100 && ret == 0; i++) {
		for (size_t k = 0; k < MIB; k++)
			noise[k] = (char)((seed = seed * 1664525 + 1013904223) >> 16);
		ret = rdb_wtable_write(a, noise, MIB, &err);
		ret = ret ? ret : rdb_wtable_write(b, noise, MIB, &err);
	}
	CHECK_INT(ret, error);
	CHECK(strstr(err.text, strerror(-error)));
	CHECK_INT(rdb_wtable_end(a, 0, &err), error);
	CHECK_INT(rdb_writer_table(writer, "d", "t", "", 0, &c, &err), error);
	rdb_wtable_abort(b);
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), error);
	rdb_writer_abort(writer);
	free(noise);
}

static void test_a_file_system_that_is_full(void)
{
	if (mount("rdbfs-test", folder, "tmpfs", 0, "size=6m") != 0) {
		printf("skip: no tmpfs can be mounted here\n");
		return;
	}
	check_out_of_room(make_writer("full.tar.gz", 1, 2), -ENOSPC);
	CHECK_INT(count_files(), 0);
	umount(folder);
}

static void test_a_limit_on_file_sizes(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct rlimit limit = {5 * MIB, 5 * MIB};
		setrlimit(RLIMIT_FSIZE, &limit);
		check_failed = 0;
		check_out_of_room(make_writer("limit.tar.gz", 1, 2), -EFBIG);
		_exit(check_failed ? 1 : 0);
	}
	REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK_INT(count_files(), 0);
}

/* Writes a small archive; returns the error of the first failing call. */
static int write_small(void)
{
	const struct spec specs[] = {{"d", "a", 3000, 0, 1}, {"d", "b", 100, 0, 2}};
	struct rdb_writer_options options = {
		.path = in_folder("small.tar.gz"), .type = "daily", .level = 1, .time = WHEN};
	struct rdb_writer *writer = NULL;
	struct rdb_wtable *table;
	int ret = rdb_writer_create(&options, &writer, NULL);

	for (int i = 0; i < 2 && ret == 0; i++) {
		ret = rdb_writer_table(writer, "d", specs[i].table, "{}\n", 0, &table, NULL);
		if (ret != 0)
			break;
		ret = write_text(table, &specs[i], 0, specs[i].size);
		int end = rdb_wtable_end(table, 0, NULL);
		ret = ret ? ret : end;
	}
	if (ret == 0)
		ret = rdb_writer_commit(writer, NULL, NULL);
	if (ret != 0)
		rdb_writer_abort(writer);
	return ret;
}

/* Wherever the disk becomes full, the archive is complete or absent. */
static void test_the_disk_may_become_full_at_any_byte(void)
{
	struct rlimit before, limit;
	struct stat st;

	REQUIRE(write_small() == 0 && stat(in_folder("small.tar.gz"), &st) == 0);
	empty_folder();
	getrlimit(RLIMIT_FSIZE, &before);
	for (off_t room = 0; room < st.st_size + 40; room += 23) {
		limit = before;
		limit.rlim_cur = (rlim_t)room;
		setrlimit(RLIMIT_FSIZE, &limit);
		int ret = write_small();
		setrlimit(RLIMIT_FSIZE, &before);
		CHECK_INT(ret, room < st.st_size ? -EFBIG : 0);
		CHECK_INT(count_files(), room < st.st_size ? 0 : 1);
		empty_folder();
	}
}

static void test_a_device_that_is_full(void)
{
	struct rdb_writer_options options = {.top = "t", .type = "daily", .spool = folder};
	struct rdb_writer *writer = NULL;
	struct rdb_err err = {0};

	options.fd = open("/dev/full", O_WRONLY);
	REQUIRE(options.fd >= 0);
	CHECK_INT(rdb_writer_create(&options, &writer, &err), -ENOSPC);
	CHECK_INT(count_files(), 0);
	close(options.fd);
}

/* ---- older kernels and file systems ---- */

/* Makes a system call fail if all bits of mask are set in an argument; mask 0: always. */
#define REFUSE(call, arg, mask, error)                                                             \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),                     \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),                                   \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[arg])),      \
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),                                         \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mask, 0, 1),                                   \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

static bool refuse_newer_calls(void)
{
	struct sock_filter code[] = {
		REFUSE(SYS_renameat2, 4, RENAME_NOREPLACE, EINVAL),
		REFUSE(SYS_openat, 2, O_TMPFILE, EOPNOTSUPP),
		REFUSE(SYS_copy_file_range, 0, 0, ENOSYS),
		REFUSE(SYS_fallocate, 0, 0, EOPNOTSUPP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void write_without_newer_calls(void)
{
	struct rdb_writer *writer = make_writer("old.tar.gz", 1, 2);
	struct rdb_err err = {0};

	CHECK_INT(count_files(), 1); /* the file in which tables wait is unlinked at once */
	write_in_parallel(writer);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	CHECK_INT(count_files(), 1);

	writer = make_writer("late.tar.gz", 1, 2);
	close(open(in_folder("late.tar.gz"), O_CREAT | O_WRONLY, 0600));
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), -EEXIST);
	rdb_writer_abort(writer);
	CHECK_INT(count_files(), 2);
}

static void test_without_newer_system_calls(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		check_failed = 0; /* failures of earlier tests are the parent's */
		if (!refuse_newer_calls())
			_exit(77);
		CHECK_INT(openat(AT_FDCWD, folder, O_TMPFILE | O_RDWR, 0600), -1);
		write_without_newer_calls();
		_exit(check_failed ? 1 : 0);
	}
	REQUIRE(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		printf("skip: no seccomp here\n");
		return;
	}
	CHECK_INT(WEXITSTATUS(status), 0);
	check_archive(in_folder("old.tar.gz"), "old", many, MANY);
	empty_folder();
}

/* ---- headers of tables that would take too long to write ---- */

static void check_header(const char *path, uint64_t size)
{
	struct rdb_buf header = {0}, other = {0};
	struct archive *tar = archive_read_new();
	struct archive_entry *entry;

	REQUIRE(rdb_tar_header(&header, path, size, WHEN) == 0);
	REQUIRE(rdb_tar_header(&other, path, 0, 0) == 0);
	CHECK_INT(header.len, other.len);
	CHECK_INT(header.len % RDB_TAR_BLOCK, 0);
	archive_read_support_format_tar(tar);
	REQUIRE(archive_read_open_memory(tar, header.data, header.len) == ARCHIVE_OK);
	REQUIRE(archive_read_next_header(tar, &entry) == ARCHIVE_OK);
	CHECK_STR(archive_entry_pathname(entry), path);
	CHECK_INT(archive_entry_size(entry), size);
	CHECK_INT(archive_entry_mtime(entry), WHEN);
	archive_read_free(tar);
	rdb_buf_free(&header);
	rdb_buf_free(&other);
}

static void test_headers_of_any_size_and_path(void)
{
	static const uint64_t sizes[] = {0, 1, 077777777777, 077777777777 + UINT64_C(1),
		UINT64_C(1) << 33, UINT64_C(123456789012345), (UINT64_C(1) << 60) - 1};
	char path[700];
	struct rdb_buf none = {0};

	for (size_t i = 0; i < 7; i++)
		check_header("top/db/table.json", sizes[i]);
	for (size_t len = 90; len < 600; len++) {
		memset(path, 'p', len);
		path[len] = '\0';
		path[20] = '/';
		path[len / 2] = '/';
		check_header(path, sizes[len % 7]);
	}
	char *endless = calloc(1, RDB_TAR_PATH_MAX + 2);
	REQUIRE(endless);
	memset(endless, 'e', RDB_TAR_PATH_MAX + 1);
	CHECK_INT(rdb_tar_header(&none, endless, 0, 0), -ENAMETOOLONG);
	free(endless);
}

/* Header of a table of this size, whose size field is too small, for readers without support of
 * pax: base 256. */
static void test_the_header_proper_tells_large_sizes_too(void)
{
	struct rdb_buf header = {0};

	REQUIRE(rdb_tar_header(&header, "a/b/c.json", UINT64_C(0x1234567890), WHEN) == 0);
	CHECK(memcmp(header.data + header.len - 512 + 124, "\x80\0\0\0\0\0\0\x12\x34\x56\x78\x90",
		      12) == 0);
	rdb_buf_free(&header);
}

/* ---- an archive for tests/archive ---- */

static int write_sample(const char *path)
{
	struct rdb_writer_options options = {.path = path, .type = "weekly", .level = 1};
	struct rdb_writer *writer;
	struct rdb_err err = {0};

	if (rdb_writer_create(&options, &writer, &err) == 0) {
		write_in_parallel(writer);
		if (rdb_writer_commit(writer, NULL, &err) == 0)
			return check_failed;
		rdb_writer_abort(writer);
	}
	fprintf(stderr, "%s\n", err.text);
	return 1;
}

/* One table of more than 8 GiB, the limit of a tar header's size field. */
static int write_large(const char *path)
{
	const struct spec spec = {"db", "large", 16 * MIB, 0, 1};
	struct rdb_writer_options options = {.path = path, .type = "weekly", .level = 1};
	char *text = make_text(&spec);
	struct rdb_writer *writer;
	struct rdb_wtable *table;
	int ret = 0;

	REQUIRE(rdb_writer_create(&options, &writer, NULL) == 0);
	table = begin(writer, &spec);
	for (int i = 0; i < 520 && ret == 0; i++)
		ret = rdb_wtable_write(table, text, spec.size, NULL);
	REQUIRE(ret == 0 && rdb_wtable_end(table, 1, NULL) == 0);
	write_whole(writer, &many[1]);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	free(text);

	struct rdb_source *source = open_source(path);
	struct rdb_embed embed;
	REQUIRE(rdb_embed_read(source, &embed, NULL) == 0);
	for (size_t i = 0; i < embed.member_count; i++)
		CHECK_INT(rdb_embed_check_member(source, &embed, i, NULL), 0);
	rdb_embed_free(&embed);
	rdb_source_close(source);
	return check_failed;
}

static int write_to_stdout(void)
{
	struct rdb_writer *writer;

	strcpy(folder, "/tmp");
	writer = make_stream_writer(1);
	write_in_parallel(writer);
	return rdb_writer_commit(writer, NULL, NULL) == 0 ? 0 : 1;
}

/* For tests with other programs: "--write FILE" writes a sample, "--pipe" the same to standard
 * output, "--large FILE" one with a table above 8 GiB. */
static int other_duties(int argc, char **argv)
{
	if (strcmp(argv[1], "--pipe") == 0)
		return write_to_stdout();
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_sample(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--large") == 0)
		return write_large(argv[2]);
	fprintf(stderr, "test_writer [--write FILE | --large FILE | --pipe]\n");
	return 2;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (argc > 1)
		return other_duties(argc, argv);
	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_INFO);
	REQUIRE(mkdtemp(folder));
	RUN(test_one_after_the_other);
	RUN(test_tables_are_written_in_parallel);
	RUN(test_a_waiting_table_is_promoted);
	RUN(test_the_bytes_do_not_depend_on_the_threads);
	RUN(test_label_stores_its_folder_and_name);
	RUN(test_small_tables_are_packed);
	RUN(test_no_table_at_all);
	RUN(test_long_names);
	RUN(test_names_that_no_file_can_have);
	RUN(test_archive_into_a_pipe);
	RUN(test_a_pipe_nobody_reads);
	RUN(test_cancel_a_write_into_a_full_pipe);
	RUN(test_tables_go_straight_into_runs);
	RUN(test_runs_are_joined);
	RUN(test_more_tables_than_runs);
	RUN(test_a_table_given_up_leaves_no_trace);
	RUN(test_abort_leaves_nothing);
	RUN(test_cancel_is_final);
	RUN(test_commit_refuses_an_open_table);
	RUN(test_invalid_options_are_refused);
	RUN(test_an_existing_archive_stays);
	RUN(test_two_writers_of_one_name);
	RUN(test_partial_files_of_killed_processes_are_removed);
	RUN(test_a_file_system_that_is_full);
	RUN(test_a_limit_on_file_sizes);
	RUN(test_the_disk_may_become_full_at_any_byte);
	RUN(test_a_device_that_is_full);
	RUN(test_without_newer_system_calls);
	RUN(test_headers_of_any_size_and_path);
	RUN(test_the_header_proper_tells_large_sizes_too);
	rmdir(folder);
	CHECK_EXIT();
}
