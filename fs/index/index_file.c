#include "index/index_file.h"

#include "base/log.h"
#include "base/write_all.h"
#include "gz/crc.h"
#include "index/index_record.h"

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

void rdb_index_file_remove(int dirfd, const unsigned char key[RDB_INDEX_KEY])
{
	char name[80];

	file_name(name, key);
	if (dirfd >= 0)
		unlinkat(dirfd, name, 0);
}

static bool head_fits(int fd, const unsigned char key[RDB_INDEX_KEY])
{
	struct rdb_index_head expected, found;

	rdb_index_head_make(&expected, key);
	return pread(fd, &found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
	       memcmp(&found, &expected, sizeof(found)) == 0;
}

/* Returns true if the file belongs to this user and no other user can write to it. Only such a file
 * is trusted. */
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
	rdb_index_head_make(&head, key);
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
		/* Remove the partial record. The records before it stay valid. */
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

void rdb_index_file_member(
	struct rdb_index_file *file, const struct rdb_member *member, uint64_t offset)
{
	size_t db_len = strlen(member->db) + 1, file_len = strlen(member->file) + 1;
	char body[sizeof(struct rdb_index_member_body) + 512];
	struct rdb_index_member_body fixed = {
		.number = member->number,
		.kind = member->kind,
		.offset = offset,
		.size = member->size,
		.seconds = member->mtime.tv_sec,
		.nanoseconds = (uint32_t)member->mtime.tv_nsec,
		.db_len = (uint16_t)db_len,
		.file_len = (uint16_t)file_len,
	};

	if (db_len > 256 || file_len > 256)
		return;
	memcpy(body, &fixed, sizeof(fixed));
	memcpy(body + sizeof(fixed), member->db, db_len);
	memcpy(body + sizeof(fixed) + db_len, member->file, file_len);
	add_record(file, RDB_INDEX_RECORD_MEMBER, body, sizeof(fixed) + db_len + file_len, 0);
}

void rdb_index_file_database(struct rdb_index_file *file, const char *db)
{
	add_record(file, RDB_INDEX_RECORD_DATABASE, db, strlen(db) + 1, 0);
}

void rdb_index_file_nest(struct rdb_index_file *file, const struct rdb_nest *nest)
{
	struct rdb_index_nest_body body = {
		.outer = nest->outer,
		.inner = nest->inner,
		.offset = nest->offset,
		.size = nest->size,
	};

	add_record(file, RDB_INDEX_RECORD_NEST, &body, sizeof(body), 0);
}

void rdb_index_file_top(struct rdb_index_file *file, const char *top)
{
	size_t len = strlen(top) + 1;

	if (len <= sizeof((struct rdb_resume){0}.top))
		add_record(file, RDB_INDEX_RECORD_TOP, top, len, 0);
}

void rdb_index_file_documents(struct rdb_index_file *file, uint32_t number, int64_t documents)
{
	struct rdb_index_documents_body body = {.documents = documents, .number = number};

	add_record(file, RDB_INDEX_RECORD_DOCUMENTS, &body, sizeof(body), 0);
}

void rdb_index_file_mark(struct rdb_index_file *file, const struct rdb_mark *mark)
{
	struct rdb_index_mark_body body = {
		.offset = mark->offset, .member = mark->member, .crc = mark->crc};

	add_record(file, RDB_INDEX_RECORD_MARK, &body, sizeof(body), 0);
}

void rdb_index_file_info(
	struct rdb_index_file *file, uint32_t number, int64_t indexes, const char *primary_key)
{
	struct rdb_index_info_body body = {.indexes = indexes, .number = number};

	memcpy(body.primary_key, primary_key, strnlen(primary_key, sizeof(body.primary_key) - 1));
	add_record(file, RDB_INDEX_RECORD_INFO, &body, sizeof(body), 0);
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

	if (add_record(file, RDB_INDEX_RECORD_CHECKPOINT, &body, sizeof(body), extra) != 0)
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

void rdb_index_file_embedded(struct rdb_index_file *file)
{
	add_record(file, RDB_INDEX_RECORD_EMBEDDED, "", 0, 0);
}

void rdb_index_file_damage(struct rdb_index_file *file, const struct rdb_damage *damage)
{
	struct rdb_index_damage_body body = {
		.from = damage->from,
		.to = damage->to,
		.source_from = damage->source_from,
		.source_to = damage->source_to,
	};

	add_record(file, RDB_INDEX_RECORD_DAMAGE, &body, sizeof(body), 0);
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
