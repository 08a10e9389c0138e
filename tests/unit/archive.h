/* Backups of two tables, opened from memory and scanned, for unit tests of the archive. */
#ifndef RDB_TESTS_ARCHIVE_H
#define RDB_TESTS_ARCHIVE_H

#include "archive/archive.h"
#include "unit/backup.h"
#include "unit/check.h"
#include "unit/memory_source.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>

#define INFO "{\"primary_key\": \"id\", \"indexes\": [{\"index\": \"a\"}, {\"index\": \"b\"}]}\n"

static inline char *make_folder(void)
{
	char *path = strdup("/tmp/rdbfs-test-XXXXXX");

	REQUIRE(path && mkdtemp(path));
	return path;
}

static inline void remove_folder(char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
	free(path);
}

static inline struct rdb_archive_env *make_env(const char *index_dir)
{
	struct rdb_archive_env_options options = {
		.cache_size = 16 << 20, .index_dir = index_dir, .decoders = 4};
	struct rdb_archive_env *env;

	REQUIRE(rdb_archive_env_create(&options, &env, NULL) == 0);
	return env;
}

struct ended {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned wakes;
};

static inline void note_wake(void *arg)
{
	struct ended *ended = arg;

	pthread_mutex_lock(&ended->lock);
	ended->wakes++;
	pthread_cond_signal(&ended->changed);
	pthread_mutex_unlock(&ended->lock);
}

static inline enum rdb_archive_state state_of(struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(archive, &facts);
	return facts.state;
}

/* Scans and waits for the end through the wake callback, not through time. */
static inline enum rdb_archive_state scan(struct rdb_archive *archive, bool urgent)
{
	struct ended ended = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
	struct rdb_waiter waiter = {.wake = note_wake, .arg = &ended};
	enum rdb_archive_state state;
	unsigned seen = 0;

	rdb_archive_scan(archive, urgent);
	rdb_archive_wait(archive, &waiter);
	for (;;) {
		pthread_mutex_lock(&ended.lock);
		while (ended.wakes == seen)
			pthread_cond_wait(&ended.changed, &ended.lock);
		seen = ended.wakes;
		pthread_mutex_unlock(&ended.lock);
		state = state_of(archive);
		if (state != RDB_ARCHIVE_SCANNING && state != RDB_ARCHIVE_UNVERIFIED)
			break;
	}
	rdb_archive_wait_remove(archive, &waiter);
	return state;
}

static inline struct rdb_archive *open_bytes(
	struct rdb_archive_env *env, const void *data, size_t len)
{
	struct rdb_archive *archive;
	struct rdb_err err = {0};

	REQUIRE(rdb_archive_open(env, memory_source(data, len), "test", &archive, &err) == 0);
	return archive;
}

static inline int read_at(
	struct rdb_reader *reader, uint64_t off, size_t len, char *to, struct rdb_err *err)
{
	struct rdb_read out = {0};
	int ret = rdb_reader_read(reader, off, len, &out, err);
	size_t done = 0;

	for (int i = 0; ret == 0 && i < out.count; i++) {
		memcpy(to + done, out.iov[i].iov_base, out.iov[i].iov_len);
		done += out.iov[i].iov_len;
	}
	rdb_read_done(&out);
	if (ret == 0)
		CHECK_INT(done, out.len);
	return ret == 0 ? (int)done : ret;
}

static inline struct rdb_reader *open_member(
	struct rdb_archive *archive, const char *db, const char *file)
{
	struct rdb_member member;
	struct rdb_reader *reader;

	REQUIRE(rdb_archive_find(archive, db, file, &member) == 0);
	REQUIRE(rdb_reader_open(archive, member.number, &reader) == 0);
	return reader;
}

/* Reads a member in pieces at random positions, and sequentially. */
static inline void check_content(struct rdb_archive *archive, const char *db, const char *file,
	const struct rdb_buf *expected, unsigned reads)
{
	struct rdb_reader *reader = open_member(archive, db, file);
	char *buf = malloc(RDB_READ_MAX);
	unsigned seed = 7;

	for (unsigned i = 0; i < reads; i++) {
		seed = seed * 1103515245 + 12345;
		size_t off = (size_t)((uint64_t)(seed >> 1) * expected->len >> 31);
		size_t len = 1 + (seed >> 7) % RDB_READ_MAX;
		size_t want = len < expected->len - off ? len : expected->len - off;
		CHECK_INT(read_at(reader, off, len, buf, NULL), want);
		CHECK(memcmp(buf, expected->data + off, want) == 0);
	}
	for (size_t off = 0; off < expected->len; off += 100000) {
		size_t want = expected->len - off < 100000 ? expected->len - off : 100000;
		CHECK_INT(read_at(reader, off, 100000, buf, NULL), want);
		CHECK(memcmp(buf, expected->data + off, want) == 0);
	}
	CHECK_INT(read_at(reader, expected->len, 10, buf, NULL), 0);
	free(buf);
	rdb_reader_close(reader);
}

/* A backup of two tables, one large enough for several checkpoints. */
static inline struct backup make_backup(
	const char *filter, unsigned documents, struct rdb_buf *posts, struct rdb_buf *users)
{
	struct backup backup;

	*posts = backup_table(documents, 1);
	*users = backup_table(100, 2);
	backup_begin(&backup, filter);
	backup_add(&backup, "dump/blog/posts.json", posts->data, posts->len);
	backup_add(&backup, "dump/blog/users.json", users->data, users->len);
	backup_add(&backup, "dump/blog/posts.info", INFO, strlen(INFO));
	backup_add(&backup, "dump/shop/empty.json", "[\n]\n", 4);
	backup_end(&backup);
	return backup;
}

#endif
