#include "index/index_file.h"

#include "base/log.h"
#include "gz/crc.h"
#include "gz/inflate.h"
#include "io/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct rdb_index_file {
	int fd;
	bool writable; /* this process holds the lock, and no write has failed */
	uint64_t size; /* bytes of the file, including the pending bytes */
	struct rdb_buf pending;
};

/* ---- opening ---- */

static void file_name(char name[80], const unsigned char key[RDB_INDEX_KEY])
{
	for (int i = 0; i < RDB_INDEX_KEY; i++)
		sprintf(name + 2 * i, "%02x", key[i]);
	strcpy(name + 2 * RDB_INDEX_KEY, ".index");
}

void rdb_index_forget(int dirfd, const unsigned char key[RDB_INDEX_KEY])
{
	char name[80];

	file_name(name, key);
	if (dirfd >= 0)
		unlinkat(dirfd, name, 0);
}

static void make_head(struct rdb_index_head *head, const unsigned char key[RDB_INDEX_KEY])
{
	*head = (struct rdb_index_head){
		.magic = RDB_INDEX_MAGIC,
		.version = RDB_INDEX_VERSION,
		.count_size = sizeof(struct rdb_json_count),
		.library = rdb_inflate_library(),
	};
	memcpy(head->key, key, RDB_INDEX_KEY);
	head->crc = rdb_crc32(0, head, offsetof(struct rdb_index_head, crc));
}

static bool head_fits(int fd, const unsigned char key[RDB_INDEX_KEY])
{
	struct rdb_index_head expected, found;

	make_head(&expected, key);
	return pread(fd, &found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
	       memcmp(&found, &expected, sizeof(found)) == 0;
}

/* Returns true if the file belongs to this user and no other user can write to the file. Other
 * files are not trusted. */
static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & 022);
}

static int open_existing(int dirfd, const char *name, const unsigned char key[RDB_INDEX_KEY])
{
	int fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && (!is_ours(fd) || !head_fits(fd, key))) {
		close(fd);
		fd = -1;
		unlinkat(dirfd, name, 0);
	}
	if (fd >= 0)
		futimens(fd, NULL); /* time of the last use, for rdb_prune() */
	return fd;
}

static int create_new(int dirfd, const char *name, const unsigned char key[RDB_INDEX_KEY])
{
	struct rdb_index_head head;
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	make_head(&head, key);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 ||
		pwrite(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head)) {
		unlinkat(dirfd, name, 0);
		close(fd);
		return -1;
	}
	return fd;
}

int rdb_index_file_open(
	int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_index_file **out)
{
	struct rdb_index_file *file = calloc(1, sizeof(*file));
	char name[80];

	if (!file)
		return -ENOMEM;
	file_name(name, key);
	file->fd = open_existing(dirfd, name, key);
	if (file->fd < 0)
		file->fd = create_new(dirfd, name, key);
	if (file->fd < 0) {
		rdb_log_debug("the index %s can't be written: %s", name, strerror(errno));
		free(file);
		*out = NULL;
		return 0;
	}
	file->writable = flock(file->fd, LOCK_EX | LOCK_NB) == 0;
	*out = file;
	return 0;
}

static void flush(struct rdb_index_file *file)
{
	uint64_t at = file->size - file->pending.len;
	int ret = file->writable
			  ? rdb_write_all_at(file->fd, file->pending.data, file->pending.len, at)
			  : 0;

	if (ret != 0) {
		rdb_log_warning("the index cache can't be written: %s", strerror(-ret));
		file->writable = false;
		/* Remove the bytes of the failed write. Ignore an error of ftruncate(), because the
		 * records before these bytes stay valid. */
		(void)!ftruncate(file->fd, (off_t)at);
	}
	rdb_buf_clear(&file->pending);
}

void rdb_index_file_close(struct rdb_index_file *file)
{
	if (!file)
		return;
	flush(file);
	rdb_buf_free(&file->pending);
	close(file->fd);
	free(file);
}

/* ---- writing ---- */

static int add_record(struct rdb_index_file *file, enum rdb_index_record_type type,
	const void *body, size_t len, size_t extra)
{
	struct rdb_index_record head = {
		.type = type, .len = (uint32_t)len, .extra = (uint32_t)extra};
	size_t start = file->pending.len;

	if (!file->writable)
		return -EIO;
	head.crc = rdb_index_record_crc(&head, body);
	if (rdb_buf_add(&file->pending, &head, sizeof(head)) != 0 ||
		rdb_buf_add(&file->pending, body, len) != 0) {
		file->pending.len = start;
		file->writable = false;
		return -ENOMEM;
	}
	file->size += sizeof(head) + len;
	return 0;
}

void rdb_index_file_add(
	struct rdb_index_file *file, enum rdb_index_record_type type, const void *body, size_t len)
{
	if (file)
		add_record(file, type, body, len, 0);
}

int rdb_index_file_checkpoint(struct rdb_index_file *file, const struct rdb_resume *resume,
	struct rdb_checkpoint *checkpoint, const struct rdb_buf *state)
{
	struct rdb_index_checkpoint_body body = {
		.offset = checkpoint->offset,
		.source_offset = checkpoint->source_offset,
		.member = checkpoint->member,
		.data_end = resume->data_end,
		.crc = checkpoint->crc,
		.state_crc = checkpoint->state_crc,
		.number = resume->number,
		.resumable = resume->valid,
		.count = resume->count,
	};
	size_t extra = checkpoint->len;

	if (!file || add_record(file, RDB_INDEX_RECORD_CHECKPOINT, &body, sizeof(body), extra) != 0)
		return -EIO;
	checkpoint->where = file->size;
	file->size += extra;
	if (extra > 0 && rdb_buf_add(&file->pending, state->data, extra) != 0) {
		file->writable = false;
		return -ENOMEM;
	}
	flush(file);
	return file->writable ? 0 : -EIO;
}

void rdb_index_file_end(struct rdb_index_file *file, const struct rdb_scan_outcome *outcome)
{
	struct rdb_index_end_body body = {
		.end = outcome->end,
		.code = outcome->error.code,
	};

	memcpy(body.text, outcome->error.text, sizeof(body.text));
	memcpy(body.server, outcome->server, sizeof(body.server));
	add_record(file, RDB_INDEX_RECORD_END, &body, sizeof(body), 0);
	flush(file);
	flock(file->fd, LOCK_UN);
	file->writable = false;
}

/* ---- reading ---- */

int rdb_index_file_load(struct rdb_index_file *file, const struct rdb_index_load *into)
{
	int ret = rdb_index_load(file->fd, into, &file->size);

	if (into->outcome->end != RDB_OUTCOME_OPEN) {
		flock(file->fd, LOCK_UN);
		file->writable = false;
	} else if (file->writable && ftruncate(file->fd, (off_t)file->size) != 0) {
		file->writable = false;
	}
	return ret;
}

int rdb_index_file_state(
	struct rdb_index_file *file, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out)
{
	if (checkpoint->len > RDB_INDEX_STATE_MAX)
		return -EIO;
	if (rdb_buf_reserve(out, checkpoint->len) != 0)
		return -ENOMEM;
	ssize_t n =
		pread(file->fd, out->data + out->len, checkpoint->len, (off_t)checkpoint->where);
	if (n != (ssize_t)checkpoint->len ||
		rdb_crc32(0, out->data + out->len, checkpoint->len) != checkpoint->state_crc)
		return -EIO;
	out->len += checkpoint->len;
	return 0;
}
