#include "archive/archive.h"
#include "index/index.h"
#include "index/index_folder.h"
#include "unit/archive.h"
#include "writer/writer.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

static bool collect_member(void *arg, const struct rdb_member *member, size_t position)
{
	(void)position;
	REQUIRE(rdb_buf_printf(arg, "%s/%s ", member->db, member->file) == 0);
	return true;
}

static bool collect_db(void *arg, const struct rdb_database *db, size_t position)
{
	(void)position;
	REQUIRE(rdb_buf_printf(arg, "%s ", db->name) == 0);
	return true;
}

/* ---- tests ---- */

static void check_format(const char *filter, unsigned documents)
{
	struct rdb_buf posts, users, names = {0};
	struct backup backup = make_backup(filter, documents, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	struct rdb_archive_facts facts;
	struct rdb_table_facts table;
	struct rdb_member member;

	CHECK_INT(rdb_archive_find(archive, "blog", "posts.json", &member), -EAGAIN);
	CHECK_INT(rdb_archive_each_db(archive, 0, collect_db, &names), -EAGAIN);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	CHECK_INT(rdb_archive_each_db(archive, 0, collect_db, &names), 0);
	CHECK_INT(rdb_archive_each_member(archive, "blog", 0, collect_member, &names), 0);
	CHECK_INT(rdb_archive_each_member(archive, "blog", 2, collect_member, &names), 0);
	CHECK_INT(rdb_archive_each_member(archive, "none", 0, collect_member, &names), -ENOENT);
	CHECK_STR(rdb_buf_cstr(&names), "blog shop blog/posts.info blog/posts.json "
					"blog/users.json blog/users.json ");
	CHECK_INT(rdb_archive_find(archive, "blog", "none.json", &member), -ENOENT);
	REQUIRE(rdb_archive_find(archive, "blog", "posts.json", &member) == 0);
	CHECK_INT(member.size, posts.len);
	CHECK_INT(member.mtime.tv_sec, 1700000000);
	rdb_archive_table_facts(archive, member.number, &table);
	CHECK_INT(table.documents, documents);
	CHECK_INT(table.indexes, 2);
	CHECK_STR(table.primary_key, "id");
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.tables, 3);
	CHECK_INT(facts.documents, documents + 100);
	CHECK_INT(facts.scanned, backup.bytes.len);
	check_content(
		archive, "blog", "posts.json", &posts, filter && strcmp(filter, "gzip") ? 3 : 60);
	check_content(archive, "blog", "users.json", &users, 5);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&names);
	rdb_buf_free(&backup.bytes);
}

static void test_every_format_is_listed_and_read(void)
{
	check_format("gzip", 300000);
	check_format(NULL, 300000);
	check_format("zstd", 50000);
	check_format("bzip2", 50000);
	check_format("lz4", 50000);
	check_format("xz", 50000);
}

static unsigned count_reads(struct faulty_source *faulty)
{
	return atomic_load(&faulty->reads);
}

static void test_index_saves_the_second_scan(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	char *folder = make_folder();
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	struct faulty_source *faulty;
	struct rdb_table_facts table;
	struct rdb_member member;

	CHECK_INT(scan(archive, false), RDB_ARCHIVE_OK);
	rdb_archive_unref(archive);

	faulty = faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	REQUIRE(rdb_archive_open(env, &faulty->source, "again", &archive, NULL) == 0);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_OK);
	CHECK(count_reads(faulty) <= 3);
	REQUIRE(rdb_archive_find(archive, "blog", "posts.json", &member) == 0);
	rdb_archive_table_facts(archive, member.number, &table);
	CHECK_INT(table.documents, 300000);
	CHECK_INT(table.indexes, 2);
	check_content(archive, "blog", "posts.json", &posts, 60);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Path of the only file in the index folder. */
static void index_path(const char *folder, char path[512])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	REQUIRE(dir);
	path[0] = '\0';
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, 512, "%s/%s", folder, entry->d_name);
	closedir(dir);
	REQUIRE(path[0]);
}

static void flip_byte(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char c;

	REQUIRE(fd >= 0);
	REQUIRE(pread(fd, &c, 1, at) == 1);
	c ^= 0x40;
	REQUIRE(pwrite(fd, &c, 1, at) == 1);
	close(fd);
}

/* The saved state of an interrupted scan is damaged: the scan starts from the beginning, although
 * members are known, and the index stays valid. */
static void test_damaged_state_of_an_interrupted_scan(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	char *folder = make_folder(), path[512];
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	struct stat st;

	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	rdb_archive_unref(archive);
	index_path(folder, path);
	REQUIRE(stat(path, &st) == 0 && truncate(path, st.st_size / 2) == 0);
	/* Opening the archive cuts the index after its last checkpoint. */
	rdb_archive_unref(open_bytes(env, backup.bytes.data, backup.bytes.len));
	REQUIRE(stat(path, &st) == 0);
	flip_byte(path, st.st_size - 64);
	for (int i = 0; i < 3; i++) {
		archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
		CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
		check_content(archive, "blog", "posts.json", &posts, 8);
		rdb_archive_unref(archive);
	}
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Damage to the index file never changes listings or contents. */
static void test_damaged_index_is_found_out(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	char *folder = make_folder(), path[512];
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	struct stat st;

	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	rdb_archive_unref(archive);
	index_path(folder, path);
	REQUIRE(stat(path, &st) == 0);
	for (int i = 0; i < 24; i++) {
		off_t at = st.st_size * i / 24;
		int fd = open(path, O_RDWR);
		char c;
		REQUIRE(fd >= 0);
		if (i % 2) {
			REQUIRE(ftruncate(fd, at) == 0);
		} else {
			REQUIRE(pread(fd, &c, 1, at) == 1);
			c ^= 0x40;
			REQUIRE(pwrite(fd, &c, 1, at) == 1);
		}
		close(fd);
		archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
		CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
		check_content(archive, "blog", "posts.json", &posts, 8);
		check_content(archive, "blog", "users.json", &users, 1);
		rdb_archive_unref(archive);
		index_path(folder, path);
		REQUIRE(stat(path, &st) == 0);
	}
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Starts the scan and waits until it is held at an offset. */
static void hold_scan(struct rdb_archive *archive, struct faulty_source *faulty, uint64_t offset)
{
	atomic_store(&faulty->hold_from, offset);
	rdb_archive_scan(archive, true);
	while (!atomic_load(&faulty->held))
		usleep(1000);
}

/* An interrupted scan continues from the last checkpoint. */
static void test_interrupted_scan_goes_on(void)
{
	struct rdb_buf posts = backup_table(1500000, 3), users;
	struct backup backup;
	char *folder = make_folder();
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;
	struct faulty_source *faulty;
	struct rdb_member member;
	uint64_t first;

	users = backup_table(1000, 4);
	backup_begin(&backup, "gzip");
	backup_add(&backup, "dump/blog/posts.json", posts.data, posts.len);
	backup_add(&backup, "dump/blog/users.json", users.data, users.len);
	backup_add(&backup, "other/late.json", "[\n]\n", 4);
	backup_end(&backup);

	faulty = faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	hold_scan(archive, faulty, backup.bytes.len * 3 / 4);
	rdb_archive_unref(archive);
	atomic_store(&faulty->hold_from, UINT64_MAX);
	rdb_archive_env_destroy(env);

	env = make_env(folder);
	faulty = faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_UNVERIFIED);
	first = count_reads(faulty);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	CHECK((count_reads(faulty) - first) * 131072 < backup.bytes.len * 3 / 4);
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.documents, 1501000);
	CHECK_INT(rdb_archive_find(archive, "blog", "late.json", &member), -ENOENT);
	check_content(archive, "blog", "posts.json", &posts, 20);
	check_content(archive, "blog", "users.json", &users, 3);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Tables without a top folder need a second pass; if either pass is interrupted, the scan starts
 * from the beginning. */
static void test_interrupted_second_pass(void)
{
	struct rdb_buf posts = backup_table(700000, 3);
	struct backup backup;
	char *folder = make_folder();
	struct rdb_archive_env *env;
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;

	backup_begin(&backup, "gzip");
	backup_add(&backup, "blog/users.json", "[\n{}\n]\n", 7);
	backup_add(&backup, "blog/posts.json", posts.data, posts.len);
	backup_end(&backup);
	for (int i = 0; i < 2; i++) {
		struct faulty_source *faulty =
			faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
		env = make_env(folder);
		REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
		hold_scan(archive, faulty, backup.bytes.len * 3 / 4);
		rdb_archive_unref(archive);
		atomic_store(&faulty->hold_from, UINT64_MAX);
		rdb_archive_env_destroy(env);
	}
	env = make_env(folder);
	archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	check_content(archive, "blog", "posts.json", &posts, 5);
	rdb_archive_unref(archive);
	archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_OK);
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.documents, 700001);
	CHECK_INT(facts.tables, 2);
	check_content(archive, "blog", "posts.json", &posts, 5);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&backup.bytes);
}

/* Everything before the damage is readable; after it, and for everything that may be lost, reads
 * return EIO. */
static void test_truncated_archive(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len / 2);
	struct rdb_archive_facts facts;
	struct rdb_err err = {0};
	struct rdb_member member;
	char *buf = malloc(RDB_READ_MAX);

	CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
	rdb_archive_facts(archive, &facts);
	CHECK(strstr(facts.error.text, "cut short"));
	CHECK_INT(rdb_archive_find(archive, "blog", "users.json", &member), -EIO);
	struct rdb_reader *reader = open_member(archive, "blog", "posts.json");
	CHECK_INT(read_at(reader, 100, 50000, buf, &err), 50000);
	CHECK(memcmp(buf, posts.data + 100, 50000) == 0);
	CHECK_INT(read_at(reader, posts.len - 100, 100, buf, &err), -EIO);
	CHECK(strstr(err.text, "cut short"));
	CHECK_INT(read_at(reader, 0, 100, buf, &err), 100);
	rdb_reader_close(reader);
	free(buf);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

static void check_unreadable(const void *data, size_t len, const char *words)
{
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive = open_bytes(env, data, len);
	struct rdb_archive_facts facts;
	struct rdb_member member;
	struct rdb_buf names = {0};

	CHECK_INT(scan(archive, true), RDB_ARCHIVE_UNREADABLE);
	CHECK_INT(rdb_archive_each_db(archive, 0, collect_db, &names), -EIO);
	CHECK_INT(rdb_archive_each_member(archive, "blog", 0, collect_member, &names), -EIO);
	CHECK_INT(rdb_archive_find(archive, "blog", "posts.json", &member), -EIO);
	rdb_archive_facts(archive, &facts);
	if (!strstr(facts.error.text, words))
		CHECK_STR(facts.error.text, words);
	CHECK_INT(names.len, 0);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
}

/* An xz decoder needs many times the memory of a gzip decoder, and cannot start in the middle. */
static void test_dictionaries_count(void)
{
	struct rdb_archive_env_options options = {.cache_size = 1 << 20};
	struct rdb_buf posts, users;
	struct backup backup = make_backup("xz", 20000, &posts, &users);
	struct rdb_archive_env *env;
	struct rdb_archive *archive;
	char *buf = malloc(RDB_READ_MAX);
	struct faulty_source *faulty =
		faulty_source(memory_source(backup.bytes.data, backup.bytes.len));

	REQUIRE(buf && rdb_archive_env_create(&options, &env, NULL) == 0);
	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	struct rdb_reader *reader = open_member(archive, "blog", "posts.json");
	CHECK_INT(read_at(reader, 0, 100, buf, NULL), 100);
	CHECK(rdb_archive_env_used(env) >= 8 << 20);
	/* The only cached decoder is kept. */
	unsigned before = atomic_load(&faulty->reads);
	for (size_t off = 0; off + 20000 < posts.len; off += 20000)
		CHECK_INT(read_at(reader, off, 20000, buf, NULL), 20000);
	CHECK(atomic_load(&faulty->reads) - before <= backup.bytes.len / (128 * 1024) + 3);
	rdb_reader_close(reader);
	reader = open_member(archive, "blog", "users.json");
	CHECK_INT(read_at(reader, 0, 100, buf, NULL), 100);
	CHECK(rdb_archive_env_used(env) < 16 << 20);
	rdb_reader_close(reader);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	free(buf);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

static void test_unreadable_archives(void)
{
	struct backup empty, foreign;
	char text[2000];

	memset(text, 'x', sizeof(text));
	check_unreadable("", 0, "empty");
	check_unreadable(text, sizeof(text), "neither a tar archive nor");
	check_unreadable("\x1f\x8b\x08", 3, "cut short");
	backup_begin(&empty, "gzip");
	backup_end(&empty);
	check_unreadable(empty.bytes.data, empty.bytes.len - 9, "cut short");
	backup_begin(&foreign, "gzip");
	backup_add(&foreign, "posts.json", "[\n]\n", 4);
	backup_add(&foreign, "/dump/posts.json", "[\n]\n", 4);
	backup_add(&foreign, "dump/../blog/posts.json", "[\n]\n", 4);
	backup_add(&foreign, "dump/blog/deep/posts.json", "[\n]\n", 4);
	backup_add(&foreign, "dump/blog/posts.txt", "[\n]\n", 4);
	backup_end(&foreign);
	check_unreadable(foreign.bytes.data, foreign.bytes.len, "no table");
	rdb_buf_free(&empty.bytes);
	rdb_buf_free(&foreign.bytes);
}

static void put_block(struct rdb_buf *out, char block[512])
{
	REQUIRE(rdb_buf_add(out, block, 512) == 0);
}

/* Header of an old GNU sparse file, followed by that many blocks of its map. */
static void put_sparse_header(struct rdb_buf *out, unsigned blocks)
{
	char block[512] = "dump/blog/sparse.json";
	unsigned sum = 0;

	memcpy(block + 100, "0000644\0000000000\0000000000\00000000000000\00000000000000", 48);
	memset(block + 148, ' ', 8);
	block[156] = 'S';
	memcpy(block + 257, "ustar  ", 8);
	for (size_t at = 386; at < 482; at += 12)
		memcpy(block + at, "00000000000", 12);
	block[482] = 1;
	memcpy(block + 483, "00000000000", 12);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	put_block(out, block);
	for (unsigned i = 0; i < blocks; i++) {
		memset(block, 0, sizeof(block));
		for (size_t at = 0; at < 504; at += 12)
			memcpy(block + at, "00000000000", 12);
		block[504] = i + 1 < blocks;
		put_block(out, block);
	}
}

/* libarchive buffers a header until it is complete, whatever size it specifies. */
static void test_a_header_without_end(void)
{
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;
	struct rdb_member member;
	struct backup backup;
	char zeros[512] = {0};

	backup_begin(&backup, NULL);
	backup_add(&backup, "dump/blog/posts.json", "[\n]\n", 4);
	backup_end(&backup);
	backup.bytes.len -= 1024;
	put_sparse_header(&backup.bytes, 40000);
	put_block(&backup.bytes, zeros);
	put_block(&backup.bytes, zeros);
	archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
	rdb_archive_facts(archive, &facts);
	if (!strstr(facts.error.text, "header of more than"))
		CHECK_STR(facts.error.text, "header of more than");
	CHECK_INT(rdb_archive_find(archive, "blog", "posts.json", &member), 0);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&backup.bytes);
}

/* Wrong checksum: the data is readable, but reading a whole table returns an error. */
static void test_wrong_checksum(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	struct rdb_archive_env_options options = {.cache_size = 1 << 24, .allow_damaged = true};
	struct rdb_archive_env *env = make_env(NULL), *lenient;
	struct rdb_err err = {0};
	char buf[200];

	backup.bytes.data[backup.bytes.len - 6] ^= 1;
	REQUIRE(rdb_archive_env_create(&options, &lenient, NULL) == 0);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
	struct rdb_reader *reader = open_member(archive, "blog", "posts.json");
	CHECK_INT(read_at(reader, posts.len - 200, 199, buf, &err), 199);
	CHECK_INT(read_at(reader, posts.len - 200, 200, buf, &err), -EIO);
	CHECK(strstr(err.text, "allow-damaged"));
	rdb_reader_close(reader);
	rdb_archive_unref(archive);

	archive = open_bytes(lenient, backup.bytes.data, backup.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
	reader = open_member(archive, "blog", "posts.json");
	CHECK_INT(read_at(reader, posts.len - 200, 200, buf, &err), 200);
	rdb_reader_close(reader);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_archive_env_destroy(lenient);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Reads a member to its end or to the first error; returns 0 or the error. */
static int read_whole(struct rdb_archive *archive, const char *file, struct rdb_buf *out)
{
	struct rdb_member member;
	struct rdb_reader *reader;
	struct rdb_read got;
	int ret = rdb_archive_find(archive, "blog", file, &member);

	if (ret != 0)
		return ret;
	REQUIRE(rdb_reader_open(archive, member.number, &reader) == 0);
	while (ret == 0 && out->len < member.size) {
		ret = rdb_reader_read(reader, out->len, 131072, &got, NULL);
		for (int i = 0; ret == 0 && i < got.count; i++)
			REQUIRE(rdb_buf_add(out, got.iov[i].iov_base, got.iov[i].iov_len) == 0);
		if (ret == 0)
			rdb_read_done(&got);
	}
	rdb_reader_close(reader);
	return ret;
}

/* A table that is read to its end without an error has the original content. */
static unsigned check_right_or_refused(
	struct rdb_archive *archive, const char *file, const struct rdb_buf *expected)
{
	struct rdb_buf content = {0};
	int ret = read_whole(archive, file, &content);

	if (ret == 0) {
		CHECK_INT(content.len, expected->len);
		CHECK(content.len == expected->len &&
			memcmp(content.data, expected->data, content.len) == 0);
	} else {
		CHECK_INT(ret, -EIO);
	}
	rdb_buf_free(&content);
	return ret == 0;
}

/* Six tables, so that most damage has tables before and after it. */
static struct backup make_six(const char *filter, struct rdb_buf tables[6], unsigned documents)
{
	struct backup backup;
	char path[32];

	backup_begin(&backup, filter);
	for (unsigned i = 0; i < 6; i++) {
		tables[i] = backup_table(documents, i);
		snprintf(path, sizeof(path), "dump/blog/t%u.json", i);
		backup_add(&backup, path, tables[i].data, tables[i].len);
	}
	backup_end(&backup);
	return backup;
}

static unsigned check_six(struct rdb_archive *archive, const struct rdb_buf tables[6])
{
	unsigned right = 0;
	char file[16];

	for (unsigned i = 0; i < 6; i++) {
		snprintf(file, sizeof(file), "t%u.json", i);
		right += check_right_or_refused(archive, file, &tables[i]);
	}
	return right;
}

static void free_six(struct backup *backup, struct rdb_buf tables[6])
{
	for (unsigned i = 0; i < 6; i++)
		rdb_buf_free(&tables[i]);
	rdb_buf_free(&backup->bytes);
}

/* A flipped bit often shifts the following data, so that tar fails before the checksum is
 * verified. */
static void test_flipped_bits(void)
{
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_buf tables[6];
	struct backup backup = make_six("gzip", tables, 4000);

	for (unsigned i = 0; i < 60; i++) {
		size_t at = 12 + (backup.bytes.len - 21) * i / 60;
		backup.bytes.data[at] ^= (char)(1 << i % 8);
		archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
		CHECK(scan(archive, true) != RDB_ARCHIVE_OK);
		check_six(archive, tables);
		rdb_archive_unref(archive);
		backup.bytes.data[at] ^= (char)(1 << i % 8);
	}
	rdb_archive_env_destroy(env);
	free_six(&backup, tables);
}

/* A decoder can start at a table that follows a large one: reading it needs little of the
 * archive. */
static void test_large_tables_are_entered_at_their_start(void)
{
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_buf tables[6];
	struct backup backup = make_six("gzip", tables, 90000);
	struct faulty_source *faulty =
		faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	char file[16], buf[100];

	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	for (unsigned i = 5; i > 0; i--) {
		struct rdb_reader *reader;
		unsigned before = count_reads(faulty);
		snprintf(file, sizeof(file), "t%u.json", i);
		reader = open_member(archive, "blog", file);
		CHECK_INT(read_at(reader, 0, 100, buf, NULL), 100);
		CHECK(memcmp(buf, tables[i].data, 100) == 0);
		CHECK(count_reads(faulty) - before <= 2);
		rdb_reader_close(reader);
	}
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	free_six(&backup, tables);
}

static void check_cut(const char *filter)
{
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_buf tables[6];
	struct backup backup = make_six(filter, tables, 400);
	size_t whole = backup.bytes.len - (filter ? 1 : 1024);
	enum rdb_archive_state state;

	for (unsigned i = 0; i <= 50; i++) {
		/* Plain tar also at block boundaries, where the length is the only sign
		 * of damage. */
		size_t len = filter || i % 2 ? whole * i / 50 : whole * i / 50 / 512 * 512;
		archive = open_bytes(env, backup.bytes.data, len);
		state = scan(archive, true);
		if (state == RDB_ARCHIVE_OK)
			printf("%s cut after %zu of %zu\n", filter, len, backup.bytes.len);
		CHECK(state == RDB_ARCHIVE_DAMAGED || state == RDB_ARCHIVE_UNREADABLE);
		check_six(archive, tables);
		rdb_archive_unref(archive);
	}
	archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	CHECK_INT(check_six(archive, tables), 6);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	free_six(&backup, tables);
}

static void test_cut_anywhere(void)
{
	check_cut("gzip");
	check_cut(NULL);
	check_cut("zstd");
	check_cut("bzip2");
	check_cut("lz4");
	check_cut("xz");
}

static void test_source_that_fails(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct faulty_source *faulty =
		faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	struct rdb_archive *archive;
	struct rdb_err err = {0};
	char buf[100];

	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	struct rdb_reader *reader = open_member(archive, "blog", "posts.json");
	atomic_store(&faulty->fail_from, 0);
	CHECK_INT(read_at(reader, posts.len / 2, 100, buf, &err), -EIO);
	CHECK(strstr(err.text, "the disk failed"));
	atomic_store(&faulty->fail_from, UINT64_MAX);
	CHECK_INT(read_at(reader, posts.len / 2, 100, buf, &err), 100);
	CHECK(memcmp(buf, posts.data + posts.len / 2, 100) == 0);
	rdb_reader_close(reader);
	rdb_archive_unref(archive);

	faulty = faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	atomic_store(&faulty->fail_from, 0);
	CHECK_INT(rdb_archive_open(env, &faulty->source, "test", &archive, &err), -EIO);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* A disk error is not stored as a fact about the archive: the next start scans again. */
static void test_failure_of_the_source_is_not_kept(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	char *folder = make_folder();
	struct rdb_archive_env *env = make_env(folder);
	struct faulty_source *faulty =
		faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;
	struct rdb_member member;

	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	atomic_store(&faulty->fail_from, backup.bytes.len / 2);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_UNREACHABLE);
	rdb_archive_facts(archive, &facts);
	CHECK_STR(rdb_archive_state_name(facts.state), "unreachable");
	CHECK(strstr(facts.error.text, "the disk failed; check the credentials"));
	/* The members that were not found may exist. */
	CHECK_INT(rdb_archive_each_db(archive, 0, NULL, NULL), -EIO);
	CHECK_INT(rdb_archive_each_member(archive, "blog", 0, NULL, NULL), -EIO);
	CHECK_INT(rdb_archive_find(archive, "blog", "absent.json", &member), -EIO);
	CHECK_INT(rdb_archive_find(archive, "blog", "posts.json", &member), 0);
	rdb_archive_unref(archive);
	archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_UNVERIFIED);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	check_content(archive, "blog", "posts.json", &posts, 10);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Members are readable while the scan is far from the end. */
static void test_read_during_the_scan(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct faulty_source *faulty =
		faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	struct rdb_archive *archive;
	struct rdb_member member;
	char buf[1000];

	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	hold_scan(archive, faulty, backup.bytes.len / 2);
	REQUIRE(rdb_archive_find(archive, "blog", "posts.json", &member) == 0);
	struct rdb_reader *reader = open_member(archive, "blog", "posts.json");
	CHECK_INT(read_at(reader, 0, sizeof(buf), buf, NULL), sizeof(buf));
	CHECK(memcmp(buf, posts.data, sizeof(buf)) == 0);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_SCANNING);
	CHECK_INT(rdb_archive_find(archive, "blog", "users.json", &member), -EAGAIN);
	atomic_store(&faulty->hold_from, UINT64_MAX);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	rdb_reader_close(reader);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Reads the end of a table of an archive with a single checksum, while the scan is held far behind
 * the table, and after the scan: served at once, or delayed until then. */
static void check_end_of_table(enum rdb_verify verify, bool damaged)
{
	struct rdb_archive_env_options options = {.cache_size = 16 << 20, .verify = verify};
	struct rdb_buf users = backup_table(100, 2), posts = backup_table(300000, 1);
	struct rdb_archive_env *env;
	struct rdb_archive *archive;
	struct faulty_source *faulty;
	struct rdb_reader *reader;
	struct backup backup;
	char buf[200];

	backup_begin(&backup, "gzip");
	backup_add(&backup, "dump/blog/users.json", users.data, users.len);
	backup_add(&backup, "dump/blog/posts.json", posts.data, posts.len);
	backup_end(&backup);
	if (damaged)
		backup.bytes.data[backup.bytes.len - 6] ^= 1;
	REQUIRE(rdb_archive_env_create(&options, &env, NULL) == 0);
	faulty = faulty_source(memory_source(backup.bytes.data, backup.bytes.len));
	REQUIRE(rdb_archive_open(env, &faulty->source, "test", &archive, NULL) == 0);
	hold_scan(archive, faulty, backup.bytes.len / 2);
	reader = open_member(archive, "blog", "users.json");
	CHECK_INT(read_at(reader, 0, 200, buf, NULL), 200);
	CHECK_INT(read_at(reader, users.len - 100, 200, buf, NULL),
		verify == RDB_VERIFY_STRICT ? -EAGAIN : 100);
	atomic_store(&faulty->hold_from, UINT64_MAX);
	scan(archive, true);
	CHECK_INT(read_at(reader, users.len - 100, 200, buf, NULL), damaged ? -EIO : 100);
	CHECK(damaged || memcmp(buf, users.data + users.len - 100, 100) == 0);
	rdb_reader_close(reader);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

static void test_the_end_of_a_table_waits(void)
{
	check_end_of_table(RDB_VERIFY_STRICT, false);
	check_end_of_table(RDB_VERIFY_STRICT, true);
	check_end_of_table(RDB_VERIFY_LAZY, false);
	check_end_of_table(RDB_VERIFY_LAZY, true);
}

/* A request waits: the scan leaves its thread of idle priority. */
static void test_low_scan_becomes_urgent(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *first, *second;

	for (int i = 0; i < 20; i++) {
		first = open_bytes(env, backup.bytes.data, backup.bytes.len);
		second = open_bytes(env, backup.bytes.data, backup.bytes.len);
		rdb_archive_scan(first, false);
		rdb_archive_scan(second, false);
		usleep((unsigned)i * 500);
		rdb_archive_scan(second, true);
		CHECK_INT(scan(first, true), RDB_ARCHIVE_OK);
		CHECK_INT(scan(second, true), RDB_ARCHIVE_OK);
		rdb_archive_unref(first);
		rdb_archive_unref(second);
	}
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

struct hammer {
	struct rdb_archive *archive;
	const struct rdb_buf *posts;
};

static void *hammer(void *arg)
{
	struct hammer *job = arg;

	check_content(job->archive, "blog", "posts.json", job->posts, 100);
	return NULL;
}

static void test_many_readers_at_once(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 300000, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	struct hammer job = {archive, &posts};
	pthread_t threads[8];

	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	for (int i = 0; i < 8; i++)
		REQUIRE(pthread_create(&threads[i], NULL, hammer, &job) == 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	CHECK(rdb_archive_env_used(env) <= 16 << 20);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Writes an archive like a dump. */
static void write_backup_with(const char *path, const struct rdb_buf *posts,
	const struct rdb_buf *users, const char *facts)
{
	struct rdb_writer_options options = {
		.path = path, .type = "daily", .level = 1, .top = "top"};
	struct rdb_writer_totals totals;
	struct rdb_writer *writer;
	struct rdb_wtable *a, *b;
	struct rdb_err err = {0};

	REQUIRE(rdb_writer_create(&options, &writer, &err) == 0);
	REQUIRE(rdb_writer_table(writer, "blog", "posts", INFO, posts->len, &a, &err) == 0);
	REQUIRE(rdb_writer_table(writer, "blog", "users", INFO, users->len, &b, &err) == 0);
	REQUIRE(rdb_wtable_write(b, users->data, users->len, &err) == 0);
	REQUIRE(rdb_wtable_write(a, posts->data, posts->len, &err) == 0);
	REQUIRE(rdb_wtable_end(a, 300000, &err) == 0 && rdb_wtable_end(b, 100, &err) == 0);
	REQUIRE(rdb_writer_facts(writer, facts, &err) == 0);
	REQUIRE(rdb_writer_commit(writer, &totals, &err) == 0);
}

static void write_backup(const char *path, const struct rdb_buf *posts, const struct rdb_buf *users)
{
	write_backup_with(path, posts, users,
		"{\"server\": \"2.4.4\", \"tables\": [7, {\"db\": \"none\"}, {\"db\": \"blog\", "
		"\"table\": \"posts\", \"primary_key\": \"id\", \"indexes\": 2}]}");
}

static struct rdb_archive *open_path(struct rdb_archive_env *env, const char *path)
{
	struct rdb_archive *archive;
	struct rdb_source *source;

	REQUIRE(rdb_source_file(open(path, O_RDONLY), path, &source, NULL) == 0);
	REQUIRE(rdb_archive_open(env, source, "own", &archive, NULL) == 0);
	return archive;
}

static void check_own(
	struct rdb_archive *archive, const struct rdb_buf *posts, const struct rdb_buf *users)
{
	struct rdb_archive_facts facts;
	struct rdb_table_facts table;
	struct rdb_member member;
	struct rdb_buf names = {0};

	CHECK_INT(rdb_archive_each_member(archive, "blog", 0, collect_member, &names), 0);
	CHECK_STR(rdb_buf_cstr(&names),
		"blog/posts.info blog/posts.json blog/users.info blog/users.json ");
	rdb_buf_free(&names);
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.documents, 300100);
	CHECK_STR(facts.server, "2.4.4");
	REQUIRE(rdb_archive_find(archive, "blog", "posts.json", &member) == 0);
	rdb_archive_table_facts(archive, member.number, &table);
	CHECK_INT(table.indexes, 2);
	CHECK_STR(table.primary_key, "id");
	CHECK_INT(rdb_archive_find(archive, "blog", "none.json", &member), -ENOENT);
	check_content(archive, "blog", "posts.json", posts, 40);
	check_content(archive, "blog", "users.json", users, 4);
}

/* An archive of rdbfs opens without a scan; a scan confirms it, and is not repeated. */
static void test_own_archive_opens_at_once(void)
{
	struct rdb_buf posts = backup_table(300000, 1), users = backup_table(100, 2);
	char *folder = make_folder(), path[512];
	struct rdb_archive_env *env;
	struct rdb_archive *archive;

	snprintf(path, sizeof(path), "%s/own.tar.gz", folder);
	write_backup(path, &posts, &users);
	env = make_env(folder);
	archive = open_path(env, path);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_UNVERIFIED);
	check_own(archive, &posts, &users);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_UNVERIFIED);
	CHECK_INT(scan(archive, false), RDB_ARCHIVE_OK);
	check_own(archive, &posts, &users);
	rdb_archive_unref(archive);
	archive = open_path(env, path);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_OK);
	check_own(archive, &posts, &users);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
}

/* ---- backups without tables ---- */

/* Content of a file, optionally decompressed. */
static struct rdb_buf read_path(const char *path, bool decompressed)
{
	struct rdb_buf bytes = {0};
	FILE *pipe;
	char command[600];
	size_t n;

	snprintf(command, sizeof(command), "%s %s", decompressed ? "gzip -dc" : "cat", path);
	pipe = popen(command, "r");
	do {
		REQUIRE(pipe && rdb_buf_reserve(&bytes, 65536) == 0);
		n = fread(bytes.data + bytes.len, 1, 65536, pipe);
		bytes.len += n;
	} while (n > 0);
	CHECK_INT(pclose(pipe), 0);
	return bytes;
}

static void check_databases(struct rdb_archive *archive, const char *want, uint64_t tables)
{
	struct rdb_archive_facts facts;
	struct rdb_database db;
	struct rdb_buf names = {0};

	CHECK_INT(rdb_archive_each_db(archive, 0, collect_db, &names), 0);
	CHECK_STR(rdb_buf_cstr(&names), want);
	rdb_buf_clear(&names);
	CHECK_INT(rdb_archive_find_db(archive, "void", &db), 0);
	CHECK_INT(rdb_archive_find_db(archive, "none", &db), -ENOENT);
	CHECK_INT(rdb_archive_each_member(archive, "void", 0, collect_member, &names), 0);
	CHECK_INT(names.len, 0);
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.tables, tables);
	CHECK_STR(facts.error.text, "");
	rdb_buf_free(&names);
}

/* Checks three openings: by the archive's index, after the scan that confirms it, and by the cached
 * result of that scan. */
static void check_databases_of_file(const char *path, const char *want, uint64_t tables)
{
	char *folder = make_folder();
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive = open_path(env, path);

	CHECK_INT(state_of(archive), RDB_ARCHIVE_UNVERIFIED);
	check_databases(archive, want, tables);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	check_databases(archive, want, tables);
	rdb_archive_unref(archive);
	archive = open_path(env, path);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_OK);
	check_databases(archive, want, tables);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
}

/* Checks a repacked archive: only a scan finds the member with the databases. */
static void check_databases_of_text(const struct rdb_buf *text, const char *want, uint64_t tables)
{
	char *folder = make_folder();
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive = open_bytes(env, text->data, text->len);
	struct rdb_buf names = {0};

	CHECK_INT(rdb_archive_each_db(archive, 0, collect_db, &names), -EAGAIN);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	check_databases(archive, want, tables);
	rdb_archive_unref(archive);
	archive = open_bytes(env, text->data, text->len);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_OK);
	check_databases(archive, want, tables);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&names);
}

#define DATABASES "{\"tables\": [], \"databases\": [\"void\", \"..\", 7, \"a/b\", \"b\\u0061re\"]}"

static void test_databases_without_tables(void)
{
	struct rdb_buf posts = backup_table(100, 1), users = backup_table(100, 2), text;
	struct rdb_writer_options options = {.type = "daily", .level = 1, .top = "top"};
	char *folder = make_folder(), path[512];
	struct rdb_writer_totals totals;
	struct rdb_writer *writer;

	snprintf(path, sizeof(path), "%s/some.tar.gz", folder);
	write_backup_with(path, &posts, &users, DATABASES);
	check_databases_of_file(path, "bare blog void ", 2);
	text = read_path(path, true);
	check_databases_of_text(&text, "bare blog void ", 2);
	rdb_buf_free(&text);

	snprintf(path, sizeof(path), "%s/none.tar.gz", folder);
	options.path = path;
	REQUIRE(rdb_writer_create(&options, &writer, NULL) == 0);
	REQUIRE(rdb_writer_facts(writer, DATABASES, NULL) == 0);
	REQUIRE(rdb_writer_commit(writer, &totals, NULL) == 0);
	check_databases_of_file(path, "bare void ", 0);
	text = read_path(path, true);
	check_databases_of_text(&text, "bare void ", 0);

	/* A cut or damaged archive is unreadable, not empty. */
	check_unreadable(text.data, text.len - 1024, "no end mark");
	rdb_buf_free(&text);
	text = read_path(path, false);
	text.data[text.len - 6] ^= 1;
	check_unreadable(text.data, text.len, "checksum");
	rdb_buf_free(&text);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
}

/* A member of an archive that rdbfs did not write may have the same name. */
static void test_a_foreign_member_named_like_the_index(void)
{
	struct backup backup;

	backup_begin(&backup, NULL);
	backup_add(&backup, "top/backup.rdbfs", "rdbfsidx", 8);
	backup_end(&backup);
	check_unreadable(backup.bytes.data, backup.bytes.len, "not an archive of rethinkdb dump");
	rdb_buf_free(&backup.bytes);
}

/* A bit flips in a stored block of deflate: the writer's own CRCs detect it, without a scan. */
static void test_flipped_bits_of_an_own_archive(void)
{
	struct rdb_buf posts = backup_table(30000, 1), users = backup_table(20000, 2), file = {0};
	char *folder = make_folder(), path[512];
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	unsigned right = 0;
	struct stat st;

	snprintf(path, sizeof(path), "%s/own.tar.gz", folder);
	write_backup(path, &posts, &users);
	REQUIRE(stat(path, &st) == 0 && rdb_buf_reserve(&file, (size_t)st.st_size) == 0);
	int fd = open(path, O_RDONLY);
	REQUIRE(read(fd, file.data, (size_t)st.st_size) == st.st_size);
	close(fd);
	for (size_t i = 0; i < 60; i++) {
		size_t at = 3000 + (size_t)(st.st_size - 8000) * i / 60;
		file.data[at] ^= (char)(1 << i % 8);
		archive = open_bytes(env, file.data, (size_t)st.st_size);
		CHECK_INT(state_of(archive), RDB_ARCHIVE_UNVERIFIED);
		unsigned both = check_right_or_refused(archive, "posts.json", &posts) +
				check_right_or_refused(archive, "users.json", &users);
		right += both;
		CHECK(both < 2);
		CHECK_INT(scan(archive, true), RDB_ARCHIVE_DAMAGED);
		rdb_archive_unref(archive);
		file.data[at] ^= (char)(1 << i % 8);
	}
	CHECK(right > 0);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&file);
}

static long peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss; /* KiB */
}

/* The facts are few bytes in the archive but many as text, and would be far more as a tree. */
static void test_facts_of_many_values_take_no_memory(void)
{
	struct rdb_buf posts = backup_table(100, 1), users = backup_table(100, 2), facts = {0};
	char *folder = make_folder(), path[512];
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_member member;
	long before;

	REQUIRE(rdb_buf_puts(&facts, "{\"server\": \"x\", \"tables\": [[]") == 0);
	while (facts.len < 16 << 20)
		REQUIRE(rdb_buf_puts(&facts, ",[]") == 0);
	REQUIRE(rdb_buf_puts(&facts, "]}") == 0);
	snprintf(path, sizeof(path), "%s/own.tar.gz", folder);
	write_backup_with(path, &posts, &users, rdb_buf_cstr(&facts));
	before = peak();
	archive = open_path(env, path);
	CHECK(peak() - before < 128 * 1024);
	CHECK_INT(rdb_archive_find(archive, "blog", "posts.json", &member), 0);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&facts);
}

static void write_file(int dirfd, const char *path, const char *data, size_t len)
{
	int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	REQUIRE(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

static void test_exported_folder(void)
{
	struct rdb_buf posts = backup_table(1000, 5), names = {0};
	char *folder = make_folder(), command[600];
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;
	struct rdb_err err = {0};
	char buf[100];
	int dir = open(folder, O_RDONLY | O_DIRECTORY);

	REQUIRE(dir >= 0 && mkdirat(dir, "blog", 0700) == 0 && mkdirat(dir, "shop", 0700) == 0);
	write_file(dir, "blog/posts.json", posts.data, posts.len);
	write_file(dir, "blog/posts.info", INFO, strlen(INFO));
	write_file(dir, "shop/orders.csv", "id\n1\n", 5);
	write_file(dir, "note.txt", "x", 1);
	REQUIRE(symlinkat("posts.json", dir, "blog/link.json") == 0);
	REQUIRE(rdb_archive_open_dir(env, dup(dir), "export", &archive, &err) == 0);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	CHECK_INT(rdb_archive_each_member(archive, "blog", 0, collect_member, &names), 0);
	CHECK_INT(rdb_archive_each_member(archive, "shop", 0, collect_member, &names), 0);
	CHECK_STR(rdb_buf_cstr(&names), "blog/posts.info blog/posts.json shop/orders.csv ");
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.documents, 1001);
	CHECK_INT(facts.tables, 2);
	check_content(archive, "blog", "posts.json", &posts, 20);
	struct rdb_reader *reader = open_member(archive, "blog", "posts.json");
	write_file(dir, "blog/posts.json", "[\n]\n", 4);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(read_at(reader, 0, 100, buf, &err), -EIO);
		CHECK(strstr(err.text, "changed"));
	}
	rdb_reader_close(reader);
	rdb_archive_unref(archive);
	close(dir);
	rdb_archive_env_destroy(env);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	CHECK_INT(system(command), 0);
	free(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&names);
}

/* A failure to list a folder is one of its disk, not damage. The file stands for a folder that the
 * disk refuses to list. */
static void test_folder_that_cannot_be_listed(void)
{
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive;
	struct rdb_archive_facts facts;
	struct rdb_member member;
	char *folder = make_folder();
	int dir = open(folder, O_RDONLY | O_DIRECTORY), file;

	REQUIRE(dir >= 0);
	write_file(dir, "file", "x", 1);
	file = openat(dir, "file", O_RDONLY);
	REQUIRE(rdb_archive_open_dir(env, file, "export", &archive, NULL) == 0);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_UNREACHABLE);
	rdb_archive_facts(archive, &facts);
	CHECK_STR(facts.error.text,
		"export: Not a directory; check the credentials, the connection and the disk, then "
		"retry");
	CHECK_INT(rdb_archive_each_db(archive, 0, NULL, NULL), -EIO);
	CHECK_INT(rdb_archive_find(archive, "blog", "posts.json", &member), -EIO);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	close(dir);
	remove_folder(folder);
}

static void write_aged(int dirfd, const char *name, time_t when)
{
	struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

	write_file(dirfd, name, "0123456789", 10);
	REQUIRE(utimensat(dirfd, name, times, 0) == 0);
}

static bool is_there(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, 0) == 0;
}

/* Removes old indexes, then the least recently used beyond the limit; keeps files that are not
 * indexes. */
static void test_indexes_are_pruned(void)
{
#define HEX60 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
	char *folder = make_folder();
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	time_t now = 1700000000, day = 24 * 3600;

	REQUIRE(dir >= 0);
	write_aged(dir, HEX60 "0001.index", now - 91 * day);
	write_aged(dir, HEX60 "0002.index", now - 89 * day);
	write_aged(dir, HEX60 "0003.index", now - 2 * day);
	write_aged(dir, HEX60 "0004.index", now);
	write_aged(dir, HEX60 "000X.index", now - 400 * day);
	write_aged(dir, "notes.index", now - 400 * day);
	write_aged(dir, HEX60 "0001.0000000a.keys", now - 91 * day);
	write_aged(dir, HEX60 "0005.0000000a.keys", now);
	write_aged(dir, HEX60 "0005.000000a.keys", now - 400 * day);
	rdb_prune(dir, now, 1000);
	CHECK(!is_there(dir, HEX60 "0001.index"));
	CHECK(!is_there(dir, HEX60 "0001.0000000a.keys"));
	CHECK(is_there(dir, HEX60 "0005.0000000a.keys"));
	CHECK(is_there(dir, HEX60 "0005.000000a.keys"));
	unlinkat(dir, HEX60 "0005.0000000a.keys", 0);
	CHECK(is_there(dir, HEX60 "0002.index"));
	rdb_prune(dir, now, 20);
	CHECK(!is_there(dir, HEX60 "0002.index"));
	CHECK(is_there(dir, HEX60 "0003.index"));
	CHECK(is_there(dir, HEX60 "0004.index"));
	CHECK(is_there(dir, HEX60 "000X.index"));
	CHECK(is_there(dir, "notes.index"));
	close(dir);
	remove_folder(folder);
}

static void test_index_folder_of_others_is_refused(void)
{
	char *folder = make_folder();
	struct rdb_err err = {0};
	int fd = -1;

	REQUIRE(chmod(folder, 0777) == 0);
	CHECK_INT(rdb_index_folder(folder, &fd, &err), -EACCES);
	CHECK(strstr(err.text, "chmod 700"));
	REQUIRE(chmod(folder, 0700) == 0);
	CHECK_INT(rdb_index_folder(folder, &fd, &err), 0);
	close(fd);
	CHECK_INT(rdb_index_folder("/proc/none/x", &fd, &err), -ENOENT);
	remove_folder(folder);
}

int main(void)
{
	RUN(test_every_format_is_listed_and_read);
	RUN(test_index_saves_the_second_scan);
	RUN(test_damaged_state_of_an_interrupted_scan);
	RUN(test_damaged_index_is_found_out);
	RUN(test_interrupted_scan_goes_on);
	RUN(test_interrupted_second_pass);
	RUN(test_truncated_archive);
	RUN(test_dictionaries_count);
	RUN(test_unreadable_archives);
	RUN(test_a_header_without_end);
	RUN(test_wrong_checksum);
	RUN(test_flipped_bits);
	RUN(test_large_tables_are_entered_at_their_start);
	RUN(test_cut_anywhere);
	RUN(test_source_that_fails);
	RUN(test_failure_of_the_source_is_not_kept);
	RUN(test_read_during_the_scan);
	RUN(test_the_end_of_a_table_waits);
	RUN(test_low_scan_becomes_urgent);
	RUN(test_many_readers_at_once);
	RUN(test_own_archive_opens_at_once);
	RUN(test_databases_without_tables);
	RUN(test_a_foreign_member_named_like_the_index);
	RUN(test_flipped_bits_of_an_own_archive);
	RUN(test_facts_of_many_values_take_no_memory);
	RUN(test_exported_folder);
	RUN(test_folder_that_cannot_be_listed);
	RUN(test_indexes_are_pruned);
	RUN(test_index_folder_of_others_is_refused);
	CHECK_EXIT();
}
