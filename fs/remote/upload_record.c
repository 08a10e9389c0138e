#include "remote/upload_record.h"
#include "base/formatted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "uploads"
#define SUFFIX ".upload"

struct rdb_upload_record {
	int fd;
	char *path, *service, *bucket, *key;
};

static int write_record(struct rdb_upload_record *record, const char *id, struct rdb_err *err)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "service", record->service, "bucket",
		record->bucket, "key", record->key, "id", id);
	char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;
	size_t len = text ? strlen(text) : 0;
	int ret = 0;

	if (!text)
		ret = rdb_err_sys(err, ENOMEM, "%s", record->path);
	else if (pwrite(record->fd, text, len, 0) != (ssize_t)len ||
		 ftruncate(record->fd, (off_t)len) != 0 || fdatasync(record->fd) != 0)
		ret = rdb_err_sys(
			err, errno, "the record of an unfinished upload, %s", record->path);
	free(text);
	json_decref(object);
	return ret;
}

static int open_record(struct rdb_upload_record *record, const char *state, struct rdb_err *err)
{
	static unsigned counter;
	unsigned number = __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
	char *folder = rdb_formatted("%s/" FOLDER, state);

	record->path = rdb_formatted(
		"%s/" FOLDER "/%ld-%d-%u" SUFFIX, state, (long)time(NULL), getpid(), number);
	if (folder)
		mkdir(folder, 0700); /* if mkdir() fails, so does open() */
	free(folder);
	if (!record->path)
		return rdb_err_sys(err, ENOMEM, "%s", state);
	record->fd = open(record->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (record->fd < 0 || flock(record->fd, LOCK_EX | LOCK_NB) != 0)
		return rdb_err_sys(
			err, errno, "the record of an unfinished upload, %s", record->path);
	return 0;
}

int rdb_upload_record_create(const char *state, const struct rdb_recorded_upload *upload,
	struct rdb_upload_record **out, struct rdb_err *err)
{
	struct rdb_upload_record *record;
	int ret;

	*out = NULL;
	if (!state)
		return 0;
	record = calloc(1, sizeof(*record));
	if (!record)
		return rdb_err_sys(err, ENOMEM, "%s", upload->key);
	record->fd = -1;
	record->service = strdup(upload->service);
	record->bucket = strdup(upload->bucket);
	record->key = strdup(upload->key);
	if (record->service && record->bucket && record->key)
		ret = open_record(record, state, err);
	else
		ret = rdb_err_sys(err, ENOMEM, "%s", upload->key);
	ret = ret ? ret : write_record(record, "", err);
	if (ret != 0) {
		rdb_upload_record_close(record, 1);
		return ret;
	}
	*out = record;
	return 0;
}

int rdb_upload_record_id(struct rdb_upload_record *record, const char *id, struct rdb_err *err)
{
	return record ? write_record(record, id, err) : 0;
}

void rdb_upload_record_close(struct rdb_upload_record *record, int remove)
{
	if (!record)
		return;
	if (remove && record->path && record->fd >= 0)
		unlink(record->path);
	if (record->fd >= 0)
		close(record->fd);
	free(record->path);
	free(record->service);
	free(record->bucket);
	free(record->key);
	free(record);
}

/* ---- records of dead processes ---- */

static int ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), ext = strlen(suffix);

	return len > ext && strcmp(name + len - ext, suffix) == 0;
}

/* Calls each() for a recorded upload, and removes the record if each() returns 0. Skips the record
 * of a running process. Returns 1 after a removal, else 0. */
static int handle_record(int folder, const char *name,
	int (*each)(void *arg, const struct rdb_recorded_upload *upload), void *arg)
{
	int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC), done = 0;
	struct rdb_recorded_upload upload;
	struct stat st, there;
	json_t *object;

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &st) != 0 ||
		fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
		st.st_ino != there.st_ino || st.st_uid != geteuid()) {
		close(fd);
		return 0;
	}
	object = json_loadfd(fd, 0, NULL);
	upload = (struct rdb_recorded_upload){
		.service = json_string_value(json_object_get(object, "service")),
		.bucket = json_string_value(json_object_get(object, "bucket")),
		.key = json_string_value(json_object_get(object, "key")),
		.id = json_string_value(json_object_get(object, "id")),
	};
	if (!upload.bucket || !upload.key || !upload.id || each(arg, &upload) == 0)
		done = unlinkat(folder, name, 0) == 0;
	json_decref(object);
	close(fd);
	return done;
}

int rdb_upload_record_each(const char *state,
	int (*each)(void *arg, const struct rdb_recorded_upload *upload), void *arg)
{
	struct dirent *entry;
	char *path = state ? rdb_formatted("%s/" FOLDER, state) : NULL;
	int done = 0;
	DIR *dir;

	if (!path)
		return 0;
	dir = opendir(path);
	free(path);
	while (dir && (entry = readdir(dir)))
		if (ends_in(entry->d_name, SUFFIX))
			done += handle_record(dirfd(dir), entry->d_name, each, arg);
	if (dir)
		closedir(dir);
	return done;
}
