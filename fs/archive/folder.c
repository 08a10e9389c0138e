#include "archive/folder.h"

#include "format/info.h"
#include "format/member_name.h"
#include "gz/gunzip.h"
#include "io/open_dir.h"
#include "json/count.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

static int list_file(DIR *dir, const char *db, const char *file, struct rdb_catalog *catalog)
{
	struct rdb_member member = {.db = db, .file = file};
	struct stat st;

	if (!rdb_name_kind(file, &member.kind) || !rdb_name_is_fit(file, strlen(file)))
		return 0;
	if (fstatat(dirfd(dir), file, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	member.size = (uint64_t)st.st_size;
	member.mtime = st.st_mtim;
	return rdb_catalog_add(catalog, &member, 0);
}

static int list_database(int folder, const char *db, struct rdb_catalog *catalog)
{
	DIR *dir = rdb_open_dir(folder, db);
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	while (ret == 0 && (errno = 0, entry = readdir(dir)))
		ret = list_file(dir, db, entry->d_name, catalog);
	if (ret == 0 && errno)
		ret = -errno;
	closedir(dir);
	return ret;
}

int rdb_folder_list(int dirfd, const char *name, struct rdb_catalog *catalog, struct rdb_err *err)
{
	DIR *dir = rdb_open_dir(dirfd, ".");
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return rdb_err_sys(err, errno, "%s", name);
	while (ret == 0 && (errno = 0, entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
			!rdb_name_is_fit(entry->d_name, strlen(entry->d_name)))
			continue;
		ret = list_database(dirfd, entry->d_name, catalog);
		if (ret < 0)
			rdb_err_sys(err, -ret, "%s/%s", name, entry->d_name);
	}
	if (ret == 0 && errno)
		ret = rdb_err_sys(err, errno, "%s", name);
	closedir(dir);
	return ret;
}

static int open_table(int dirfd, const struct rdb_member *member)
{
	int dbfd = openat(dirfd, member->db, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int fd, code;

	if (dbfd < 0)
		return -errno;
	fd = openat(dbfd, member->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	code = errno;
	close(dbfd);
	return fd < 0 ? -code : fd;
}

static bool is_as_listed(const struct rdb_source *source, const struct rdb_member *member)
{
	return source->identity.size == member->size &&
	       source->identity.mtime.tv_sec == member->mtime.tv_sec &&
	       source->identity.mtime.tv_nsec == member->mtime.tv_nsec;
}

int rdb_folder_open(int dirfd, const char *name, const struct rdb_member *member,
	struct rdb_source **out, struct rdb_err *err)
{
	char label[2 * RDB_NAME_MAX + 300];
	int ret, fd = open_table(dirfd, member);
	struct rdb_source *source;

	snprintf(label, sizeof(label), "%.256s/%s/%s", name, member->db, member->file);
	if (fd < 0)
		return fd == -ENOMEM ? rdb_err_sys(err, ENOMEM, "%s", label)
				     : rdb_err_set(err, EIO, "%s: %s", label, strerror(-fd));
	ret = rdb_source_file(fd, label, &source, err);
	if (ret != 0)
		return ret == -EINVAL ? rdb_err_set(err, EIO, "%s is not a regular file", label)
				      : ret;
	if (!is_as_listed(source, member)) {
		rdb_source_close(source);
		return rdb_err_set(err, EIO, "%s has changed since it was listed", label);
	}
	*out = source;
	return 0;
}

/* ---- facts ---- */

struct counting {
	int dirfd;
	const char *name;
	struct rdb_catalog *catalog;
	bool (*stop)(void *arg);
	void *arg;
	char *chunk;
	struct rdb_err failure; /* first error of a file that cannot be read; code 0 if none */
};

static void record_failure(struct counting *counting, int ret, const struct rdb_err *err)
{
	if (ret == -EIO && !counting->failure.code)
		counting->failure = *err;
}

static bool count_piece(
	struct rdb_json_count *count, struct rdb_gunzip *gunzip, const char *data, size_t len)
{
	const char *text;
	ssize_t n;

	if (!gunzip) {
		rdb_json_count_feed(count, data, len);
		return true;
	}
	rdb_gunzip_feed(gunzip, data, len);
	while ((n = rdb_gunzip_next(gunzip, &text, NULL)) > 0)
		rdb_json_count_feed(count, text, (size_t)n);
	return n == 0;
}

/* Counts a file's documents in *count. Stores in *gzip whether the file is gzip. Returns -EIO if
 * the file was not read completely. */
static int count_file(struct counting *counting, struct rdb_source *source,
	struct rdb_json_count *count, bool *gzip)
{
	struct rdb_gunzip *gunzip = NULL;
	struct rdb_err err = {0};
	uint64_t at = 0;
	ssize_t n;

	do {
		if (counting->stop(counting->arg))
			break;
		n = rdb_source_pread(source, counting->chunk, CHUNK, at, &err);
		record_failure(counting, (int)n, &err);
		if (n <= 0)
			break;
		if (at == 0 && rdb_gunzip_is(counting->chunk, (size_t)n) &&
			rdb_gunzip_create(&gunzip) != 0)
			break;
		at += (uint64_t)n;
	} while (count_piece(count, gunzip, counting->chunk, (size_t)n));
	if (gunzip && rdb_gunzip_end(gunzip, NULL) != 0)
		at = 0;
	*gzip = gunzip != NULL;
	rdb_gunzip_free(gunzip);
	return at == source->identity.size ? 0 : -EIO;
}

static void count_documents(
	struct counting *counting, const struct rdb_member *member, struct rdb_source *source)
{
	struct rdb_json_count count;
	bool gzip;

	if (member->kind == RDB_MEMBER_CSV)
		rdb_json_count_init_csv(&count, ',');
	else
		rdb_json_count_init(&count);
	if (count_file(counting, source, &count, &gzip) == 0 &&
		rdb_json_count_complete(
			&count, rdb_blank_is_complete(rdb_name_blank(member->file), gzip)))
		rdb_catalog_set_documents(counting->catalog, member->number,
			(int64_t)rdb_json_count_documents(&count));
}

static void read_info(
	struct counting *counting, const struct rdb_member *member, struct rdb_source *source)
{
	char primary_key[128], *text = malloc(member->size + 1);
	struct rdb_err err = {0};
	int64_t indexes;
	int ret = text ? rdb_source_read_exact(source, text, member->size, 0, &err) : -ENOMEM;

	record_failure(counting, ret, &err);
	if (ret == 0 && rdb_info_parse(text, member->size, &indexes, primary_key) == 0)
		rdb_catalog_set_info(counting->catalog, member->number, indexes, primary_key);
	free(text);
}

static void count_member(struct counting *counting, const struct rdb_member *member)
{
	struct rdb_source *source;
	struct rdb_err err = {0};
	int ret;

	if (member->kind == RDB_MEMBER_INFO && member->size > RDB_INFO_MAX)
		return;
	ret = rdb_folder_open(counting->dirfd, counting->name, member, &source, &err);
	record_failure(counting, ret, &err);
	if (ret != 0)
		return;
	if (member->kind != RDB_MEMBER_INFO)
		count_documents(counting, member, source);
	else
		read_info(counting, member, source);
	rdb_source_close(source);
}

int rdb_folder_count(int dirfd, const char *name, struct rdb_catalog *catalog,
	bool (*stop)(void *arg), void *arg, struct rdb_err *err)
{
	struct counting counting = {
		.dirfd = dirfd,
		.name = name,
		.catalog = catalog,
		.stop = stop,
		.arg = arg,
		.chunk = malloc(CHUNK),
	};
	struct rdb_member member;
	uint64_t offset;

	for (uint32_t i = 0; counting.chunk && !stop(arg); i++) {
		if (rdb_catalog_get(catalog, i, &member, &offset) != 0)
			break;
		count_member(&counting, &member);
	}
	free(counting.chunk);
	*err = counting.failure;
	return counting.failure.code ? -EIO : 0;
}
