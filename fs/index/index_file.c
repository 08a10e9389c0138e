#include "index/index_file.h"

#include "base/log.h"
#include "format/member_name.h"
#include "gz/inflate.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zlib.h>

#define FILE_MAGIC 0x5844494246424452u /* "RDBFBIDX" */
#define FILE_VERSION 4
#define ENDS_SIZE 65536     /* bytes of each end that the key covers */
#define BODY_MAX 4096       /* of a record */
#define STATE_MAX (1 << 20) /* bytes of a saved decoder */

enum record_type {
	RECORD_MEMBER = 1,
	RECORD_DOCUMENTS,
	RECORD_INFO,
	RECORD_CHECKPOINT,
	RECORD_END,
	RECORD_TOP, /* the name, with its NUL */
	RECORD_MARK,
	RECORD_DATABASE, /* the name, with its NUL */
	RECORD_DAMAGE,
	RECORD_EMBEDDED, /* the archive has its own catalogue and checkpoints */
	RECORD_NEST,
};

struct file_head {
	uint64_t magic;
	uint32_t version;
	uint32_t count_size; /* of struct rdb_json_count, whose content is stored unchanged */
	uint64_t library;
	unsigned char key[RDB_INDEX_KEY];
	uint32_t reserved;
	uint32_t crc; /* CRC-32 of the fields before it */
};

struct record_head {
	uint32_t type;
	uint32_t len;   /* bytes of the body that follows */
	uint32_t extra; /* bytes behind the body that loading skips */
	uint32_t crc;   /* CRC-32 of type, len, extra and the body */
};

struct member_body {
	uint32_t number;
	uint32_t kind;
	uint64_t offset;
	uint64_t size;
	int64_t seconds;
	uint32_t nanoseconds;
	uint16_t db_len; /* with the NUL; both names follow */
	uint16_t file_len;
};

struct documents_body {
	int64_t documents;
	uint32_t number;
	uint32_t reserved;
};

struct info_body {
	int64_t indexes;
	uint32_t number;
	char primary_key[132];
};

struct checkpoint_body {
	uint64_t offset;
	uint64_t source_offset;
	uint64_t member;
	uint64_t data_end;
	uint32_t crc;
	uint32_t state_crc;
	uint32_t number;
	uint32_t resumable;
	struct rdb_json_count count;
};

struct mark_body {
	uint64_t offset;
	uint64_t member;
	uint32_t crc;
	uint32_t reserved;
};

struct damage_body {
	uint64_t from;
	uint64_t to;
	uint64_t source_from;
	uint64_t source_to;
};

struct nest_body {
	uint32_t outer;
	uint32_t inner;
	uint64_t offset;
	uint64_t size;
};

struct end_body {
	uint32_t end;
	int32_t code;
	char text[RDB_ERR_TEXT];
	char server[64];
};

struct rdb_index_file {
	int fd;
	bool writable; /* this process has the lock, and no write has failed. Used by the scan. */
	uint64_t size; /* including pending bytes. Used by the scan. */
	struct rdb_buf pending;
	unsigned char key[RDB_INDEX_KEY];
};

uint32_t rdb_index_crc(const void *data, size_t len)
{
	return (uint32_t)crc32_z(0, data, len);
}

/* ---- the key and the folder ---- */

/* The version of a remote object identifies it without a request. */
static int version_key(
	const struct rdb_identity *id, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err)
{
	uint64_t facts[4] = {id->version, id->size, (uint64_t)id->mtime.tv_sec, FILE_VERSION};

	if (!EVP_Digest(facts, sizeof(facts), key, NULL, EVP_sha256(), NULL))
		return rdb_err_sys(err, ENOMEM, "index");
	return 0;
}

int rdb_index_key(struct rdb_source *source, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err)
{
	const struct rdb_identity *id = &source->identity;
	uint64_t facts[3] = {id->size, (uint64_t)id->mtime.tv_sec, (uint64_t)id->mtime.tv_nsec};
	uint64_t tail = id->size > ENDS_SIZE ? id->size - ENDS_SIZE : 0;
	EVP_MD_CTX *md;
	char *ends;
	ssize_t n;
	int ret;

	if (id->version)
		return version_key(id, key, err);
	md = EVP_MD_CTX_new();
	ends = calloc(2, ENDS_SIZE);
	if (!md || !ends) {
		ret = rdb_err_sys(err, ENOMEM, "index");
		goto done;
	}
	n = rdb_source_pread(source, ends, ENDS_SIZE, 0, err);
	if (n >= 0)
		n = rdb_source_pread(source, ends + ENDS_SIZE, ENDS_SIZE, tail, err);
	ret = n < 0 ? (int)n : 0;
	if (ret == 0 && !(EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
				EVP_DigestUpdate(md, facts, sizeof(facts)) &&
				EVP_DigestUpdate(md, ends, 2 * ENDS_SIZE) &&
				EVP_DigestFinal_ex(md, key, NULL)))
		ret = rdb_err_sys(err, ENOMEM, "index");
done:
	free(ends);
	EVP_MD_CTX_free(md);
	return ret;
}

int rdb_index_folder(const char *path, int *dirfd, struct rdb_err *err)
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return rdb_err_sys(err, errno, "index folder %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		return rdb_err_sys(err, code, "index folder %s", path);
	}
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		close(fd);
		return rdb_err_set(err, EACCES,
			"index folder %s: belongs to somebody else or is writable by others; "
			"use another one (index-dir), or chown and chmod 700 it",
			path);
	}
	*dirfd = fd;
	return 0;
}

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

static void make_head(struct file_head *head, const unsigned char key[RDB_INDEX_KEY])
{
	*head = (struct file_head){
		.magic = FILE_MAGIC,
		.version = FILE_VERSION,
		.count_size = sizeof(struct rdb_json_count),
		.library = rdb_inflate_library(),
	};
	memcpy(head->key, key, RDB_INDEX_KEY);
	head->crc = rdb_index_crc(head, offsetof(struct file_head, crc));
}

static bool head_fits(int fd, const unsigned char key[RDB_INDEX_KEY])
{
	struct file_head expected, found;

	make_head(&expected, key);
	return pread(fd, &found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
	       memcmp(&found, &expected, sizeof(found)) == 0;
}

/* Trust only files that a process of this user has written. */
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
		futimens(fd, NULL); /* record the use: see index/prune.h */
	return fd;
}

static int create_new(int dirfd, const char *name, const unsigned char key[RDB_INDEX_KEY])
{
	struct file_head head;
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
	memcpy(file->key, key, RDB_INDEX_KEY);
	file->fd = open_existing(dirfd, name, key);
	if (file->fd < 0)
		file->fd = create_new(dirfd, name, key);
	if (file->fd < 0) {
		rdb_log_debug("index %s can't be kept: %s", name, strerror(errno));
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
	const char *data = file->pending.data;
	size_t left = file->pending.len;
	uint64_t at = file->size - left;

	while (file->writable && left > 0) {
		ssize_t n = pwrite(file->fd, data, left, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rdb_log_warning("the index cache can't be written: %s", strerror(errno));
			file->writable = false;
			/* Remove a partial record; those before it stay valid. */
			if (ftruncate(file->fd, (off_t)(file->size - file->pending.len)) != 0)
				break;
		} else {
			data += n;
			left -= (size_t)n;
			at += (uint64_t)n;
		}
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

static uint32_t record_crc(const struct record_head *head, const void *body)
{
	uLong crc = crc32_z(0, (const Bytef *)head, offsetof(struct record_head, crc));

	return (uint32_t)crc32_z(crc, body, head->len);
}

static int add_record(struct rdb_index_file *file, enum record_type type, const void *body,
	size_t len, size_t extra)
{
	struct record_head head = {.type = type, .len = (uint32_t)len, .extra = (uint32_t)extra};
	size_t start = file->pending.len;

	if (!file->writable)
		return -EIO;
	head.crc = record_crc(&head, body);
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
	char body[sizeof(struct member_body) + 512];
	struct member_body fixed = {
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
	add_record(file, RECORD_MEMBER, body, sizeof(fixed) + db_len + file_len, 0);
}

void rdb_index_file_database(struct rdb_index_file *file, const char *db)
{
	add_record(file, RECORD_DATABASE, db, strlen(db) + 1, 0);
}

void rdb_index_file_nest(struct rdb_index_file *file, const struct rdb_nest *nest)
{
	struct nest_body body = {
		.outer = nest->outer,
		.inner = nest->inner,
		.offset = nest->offset,
		.size = nest->size,
	};

	add_record(file, RECORD_NEST, &body, sizeof(body), 0);
}

void rdb_index_file_top(struct rdb_index_file *file, const char *top)
{
	size_t len = strlen(top) + 1;

	if (len <= sizeof((struct rdb_resume){0}.top))
		add_record(file, RECORD_TOP, top, len, 0);
}

void rdb_index_file_documents(struct rdb_index_file *file, uint32_t number, int64_t documents)
{
	struct documents_body body = {.documents = documents, .number = number};

	add_record(file, RECORD_DOCUMENTS, &body, sizeof(body), 0);
}

void rdb_index_file_mark(struct rdb_index_file *file, const struct rdb_mark *mark)
{
	struct mark_body body = {.offset = mark->offset, .member = mark->member, .crc = mark->crc};

	add_record(file, RECORD_MARK, &body, sizeof(body), 0);
}

void rdb_index_file_info(
	struct rdb_index_file *file, uint32_t number, int64_t indexes, const char *primary_key)
{
	struct info_body body = {.indexes = indexes, .number = number};

	memcpy(body.primary_key, primary_key, strnlen(primary_key, sizeof(body.primary_key) - 1));
	add_record(file, RECORD_INFO, &body, sizeof(body), 0);
}

int rdb_index_file_checkpoint(struct rdb_index_file *file, const struct rdb_resume *resume,
	struct rdb_checkpoint *checkpoint, const struct rdb_buf *state)
{
	struct checkpoint_body body = {
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

	if (add_record(file, RECORD_CHECKPOINT, &body, sizeof(body), extra) != 0)
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
	add_record(file, RECORD_EMBEDDED, "", 0, 0);
}

void rdb_index_file_damage(struct rdb_index_file *file, const struct rdb_damage *damage)
{
	struct damage_body body = {
		.from = damage->from,
		.to = damage->to,
		.source_from = damage->source_from,
		.source_to = damage->source_to,
	};

	add_record(file, RECORD_DAMAGE, &body, sizeof(body), 0);
}

void rdb_index_file_end(struct rdb_index_file *file, const struct rdb_scan_outcome *outcome)
{
	struct end_body body = {
		.end = outcome->end,
		.code = outcome->error.code,
	};

	memcpy(body.text, outcome->error.text, sizeof(body.text));
	memcpy(body.server, outcome->server, sizeof(body.server));
	add_record(file, RECORD_END, &body, sizeof(body), 0);
	flush(file);
	flock(file->fd, LOCK_UN);
	file->writable = false;
}

/* ---- reading ---- */

#define WINDOW_SIZE 65536

/* Reads the file through a small window. */
struct loader {
	struct rdb_index_file *file;
	struct rdb_index *index;
	struct rdb_catalog *catalog;
	struct rdb_resume *resume;
	struct rdb_scan_outcome *outcome;
	bool *embedded;
	uint64_t last_source_offset;
	uint64_t file_size;
	char *window;
	uint64_t window_at;
	size_t window_len;
};

static const char *look(struct loader *loader, uint64_t at, size_t len)
{
	if (at < loader->window_at || at + len > loader->window_at + loader->window_len) {
		ssize_t n = pread(loader->file->fd, loader->window, WINDOW_SIZE, (off_t)at);
		loader->window_at = at;
		loader->window_len = n > 0 ? (size_t)n : 0;
	}
	if (at + len > loader->window_at + loader->window_len)
		return NULL;
	return loader->window + (at - loader->window_at);
}

static int load_member(struct loader *loader, const char *body, size_t len)
{
	struct rdb_member member = {0};
	struct member_body fixed;

	if (len < sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	const char *db = body + sizeof(fixed), *file = db + fixed.db_len;
	if (fixed.db_len < 2 || fixed.file_len < 2 || fixed.kind > RDB_MEMBER_CSV ||
		len != sizeof(fixed) + fixed.db_len + fixed.file_len ||
		memchr(db, '\0', fixed.db_len) != db + fixed.db_len - 1 ||
		memchr(file, '\0', fixed.file_len) != file + fixed.file_len - 1 ||
		fixed.offset > INT64_MAX || fixed.size > INT64_MAX - fixed.offset)
		return -EINVAL;
	member.db = db;
	member.file = file;
	member.kind = (enum rdb_member_kind)fixed.kind;
	member.size = fixed.size;
	member.mtime.tv_sec = fixed.seconds;
	member.mtime.tv_nsec = fixed.nanoseconds;
	int ret = rdb_catalog_add(loader->catalog, &member, fixed.offset);
	if (ret == -EEXIST || (ret == 0 && member.number != fixed.number))
		ret = -EINVAL;
	return ret;
}

static int load_nest(struct loader *loader, const char *body, size_t len)
{
	struct nest_body fixed;

	if (len != sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	if (fixed.outer >= RDB_FORMAT_NESTED || fixed.inner >= RDB_FORMAT_NESTED ||
		fixed.offset > INT64_MAX ||
		(fixed.size != RDB_NEST_TO_END && fixed.size > INT64_MAX - fixed.offset))
		return -EINVAL;
	loader->resume->nested = true;
	loader->resume->nest = (struct rdb_nest){
		.outer = (enum rdb_format)fixed.outer,
		.inner = (enum rdb_format)fixed.inner,
		.offset = fixed.offset,
		.size = fixed.size,
	};
	return 0;
}

static int load_top(struct loader *loader, const char *body, size_t len)
{
	if (len == 0 || len > sizeof(loader->resume->top) ||
		memchr(body, '\0', len) != body + len - 1)
		return -EINVAL;
	memcpy(loader->resume->top, body, len);
	return 0;
}

static int load_database(struct loader *loader, const char *body, size_t len)
{
	if (len == 0 || memchr(body, '\0', len) != body + len - 1 ||
		!rdb_name_is_fit(body, len - 1))
		return -EINVAL;
	return rdb_catalog_add_db(loader->catalog, body);
}

static int load_documents(struct loader *loader, const char *body, size_t len)
{
	struct documents_body fixed;

	if (len != sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	rdb_catalog_set_documents(loader->catalog, fixed.number, fixed.documents);
	return 0;
}

static int load_info(struct loader *loader, const char *body, size_t len)
{
	struct info_body fixed;

	if (len != sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	fixed.primary_key[sizeof(fixed.primary_key) - 1] = '\0';
	rdb_catalog_set_info(loader->catalog, fixed.number, fixed.indexes, fixed.primary_key);
	return 0;
}

static int load_checkpoint(
	struct loader *loader, const char *body, size_t len, uint64_t where, uint32_t extra)
{
	struct checkpoint_body fixed;
	struct rdb_checkpoint checkpoint;

	if (len != sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	checkpoint = (struct rdb_checkpoint){
		.offset = fixed.offset,
		.source_offset = fixed.source_offset,
		.member = fixed.member,
		.crc = fixed.crc,
		.saved = extra > 0,
		.where = where,
		.len = extra,
		.state_crc = fixed.state_crc,
	};
	if (fixed.source_offset < loader->last_source_offset ||
		(fixed.resumable && (fixed.data_end <= fixed.offset || fixed.data_end > INT64_MAX)))
		return -EINVAL;
	loader->last_source_offset = fixed.source_offset;
	int ret = rdb_index_put(loader->index, &checkpoint);
	if (ret == 0 && fixed.resumable) {
		loader->resume->valid = true;
		loader->resume->checkpoint = checkpoint;
		loader->resume->number = fixed.number;
		loader->resume->data_end = fixed.data_end;
		loader->resume->count = fixed.count;
	}
	return ret;
}

static int load_mark(struct loader *loader, const char *body, size_t len)
{
	struct mark_body fixed;
	struct rdb_mark mark;

	if (len != sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	mark = (struct rdb_mark){.offset = fixed.offset, .member = fixed.member, .crc = fixed.crc};
	return rdb_index_put_mark(loader->index, &mark);
}

static int load_damage(struct loader *loader, const char *body, size_t len)
{
	struct damage_body fixed;
	struct rdb_damage damage;

	if (len != sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	damage = (struct rdb_damage){
		.from = fixed.from,
		.to = fixed.to,
		.source_from = fixed.source_from,
		.source_to = fixed.source_to,
	};
	return rdb_index_put_damage(loader->index, &damage);
}

static int load_end(struct loader *loader, const char *body, size_t len)
{
	struct end_body fixed;

	if (len != sizeof(fixed))
		return -EINVAL;
	memcpy(&fixed, body, sizeof(fixed));
	if (fixed.end == RDB_OUTCOME_OPEN || fixed.end > RDB_OUTCOME_UNREADABLE)
		return -EINVAL;
	fixed.text[sizeof(fixed.text) - 1] = '\0';
	loader->outcome->end = (enum rdb_outcome)fixed.end;
	loader->outcome->error.code = fixed.code;
	memcpy(loader->outcome->error.text, fixed.text, sizeof(fixed.text));
	fixed.server[sizeof(fixed.server) - 1] = '\0';
	memcpy(loader->outcome->server, fixed.server, sizeof(fixed.server));
	return 0;
}

/* Checks the record at the given offset. Returns the offset of the next record; 0: damaged. */
static uint64_t record_at(
	struct loader *loader, uint64_t at, struct record_head *head, const char **body)
{
	uint64_t body_at = at + sizeof(*head);
	const char *place = look(loader, at, sizeof(*head));

	if (!place)
		return 0;
	memcpy(head, place, sizeof(*head));
	if (head->len > BODY_MAX || head->extra > STATE_MAX ||
		body_at + head->len + head->extra > loader->file_size)
		return 0;
	*body = look(loader, body_at, head->len);
	if (!*body || record_crc(head, *body) != head->crc)
		return 0;
	return body_at + head->len + head->extra;
}

static bool is_resumable(const struct record_head *head, const char *body)
{
	struct checkpoint_body fixed;

	if (head->type != RECORD_CHECKPOINT || head->len != sizeof(fixed))
		return false;
	memcpy(&fixed, body, sizeof(fixed));
	return fixed.resumable;
}

/* Returns the offset up to which the file is valid: the end of a complete scan, else the last
 * record from which the scan can be resumed. */
static uint64_t find_limit(struct loader *loader)
{
	uint64_t at = sizeof(struct file_head), limit = at, next;
	struct record_head head;
	const char *body;

	while ((next = record_at(loader, at, &head, &body)) != 0) {
		at = next;
		if (head.type == RECORD_END)
			return at;
		if (is_resumable(&head, body))
			limit = at;
	}
	return limit;
}

static int load_record(
	struct loader *loader, const struct record_head *head, const char *body, uint64_t next)
{
	switch (head->type) {
	case RECORD_MEMBER:
		return load_member(loader, body, head->len);
	case RECORD_NEST:
		return load_nest(loader, body, head->len);
	case RECORD_TOP:
		return load_top(loader, body, head->len);
	case RECORD_DOCUMENTS:
		return load_documents(loader, body, head->len);
	case RECORD_INFO:
		return load_info(loader, body, head->len);
	case RECORD_CHECKPOINT:
		return load_checkpoint(loader, body, head->len, next - head->extra, head->extra);
	case RECORD_MARK:
		return load_mark(loader, body, head->len);
	case RECORD_DATABASE:
		return load_database(loader, body, head->len);
	case RECORD_DAMAGE:
		return load_damage(loader, body, head->len);
	case RECORD_EMBEDDED:
		*loader->embedded = true;
		return 0;
	case RECORD_END:
		return load_end(loader, body, head->len);
	default:
		return -EINVAL;
	}
}

static int load_up_to(struct loader *loader, uint64_t limit)
{
	uint64_t at = sizeof(struct file_head), next;
	struct record_head head;
	const char *body;
	int ret = 0;

	while (at < limit && ret == 0) {
		next = record_at(loader, at, &head, &body);
		ret = next ? load_record(loader, &head, body, next) : -EINVAL;
		at = next;
	}
	return ret;
}

int rdb_index_file_load(struct rdb_index_file *file, struct rdb_index *index,
	struct rdb_catalog *catalog, struct rdb_resume *resume, struct rdb_scan_outcome *outcome,
	bool *embedded)
{
	struct loader loader = {
		.file = file,
		.index = index,
		.catalog = catalog,
		.resume = resume,
		.outcome = outcome,
		.embedded = embedded,
		.window = malloc(WINDOW_SIZE),
	};
	struct stat st;
	int ret = 0;

	if (!loader.window)
		return -ENOMEM;
	if (fstat(file->fd, &st) == 0)
		loader.file_size = (uint64_t)st.st_size;
	file->size = find_limit(&loader);
	ret = load_up_to(&loader, file->size);
	free(loader.window);
	if (outcome->end != RDB_OUTCOME_OPEN) {
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
	if (checkpoint->len > STATE_MAX)
		return -EIO;
	if (rdb_buf_reserve(out, checkpoint->len) != 0)
		return -ENOMEM;
	ssize_t n =
		pread(file->fd, out->data + out->len, checkpoint->len, (off_t)checkpoint->where);
	if (n != (ssize_t)checkpoint->len ||
		rdb_index_crc(out->data + out->len, checkpoint->len) != checkpoint->state_crc)
		return -EIO;
	out->len += checkpoint->len;
	return 0;
}
