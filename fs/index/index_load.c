#include "index/index_private.h"

#include "format/info.h"
#include "format/member_name.h"
#include "index/index_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_SIZE 65536

struct loader {
	int fd;
	const struct rdb_index_load *into;
	uint64_t last_source_offset;
	uint64_t file_size;
	char *window;
	uint64_t window_at;
	size_t window_len;
};

static const char *bytes_at(struct loader *loader, uint64_t at, size_t len)
{
	if (at < loader->window_at || at + len > loader->window_at + loader->window_len) {
		ssize_t n = pread(loader->fd, loader->window, WINDOW_SIZE, (off_t)at);
		loader->window_at = at;
		loader->window_len = n > 0 ? (size_t)n : 0;
	}
	if (at + len > loader->window_at + loader->window_len)
		return NULL;
	return loader->window + (at - loader->window_at);
}

static bool copy_body(void *fixed, size_t size, const char *body, size_t len)
{
	if (len != size)
		return false;
	memcpy(fixed, body, size);
	return true;
}

static int load_member(struct loader *loader, const char *body, size_t len)
{
	struct rdb_member member = {0};
	struct rdb_index_member_body fixed;

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
	int ret = rdb_catalog_add(loader->into->catalog, &member, fixed.offset);
	if (ret == -EEXIST || (ret == 0 && member.number != fixed.number))
		ret = -EINVAL;
	return ret;
}

static int load_nest(struct loader *loader, const char *body, size_t len)
{
	struct rdb_index_nest_body fixed;

	if (!copy_body(&fixed, sizeof(fixed), body, len))
		return -EINVAL;
	if (fixed.outer >= RDB_FORMAT_NESTED || fixed.inner >= RDB_FORMAT_NESTED ||
		fixed.offset > INT64_MAX ||
		(fixed.size != RDB_NEST_TO_END && fixed.size > INT64_MAX - fixed.offset))
		return -EINVAL;
	loader->into->resume->nested = true;
	loader->into->resume->nest = (struct rdb_nest){
		.outer = (enum rdb_format)fixed.outer,
		.inner = (enum rdb_format)fixed.inner,
		.offset = fixed.offset,
		.size = fixed.size,
	};
	return 0;
}

static int load_top(struct loader *loader, const char *body, size_t len)
{
	if (len == 0 || len > sizeof(loader->into->resume->top) ||
		memchr(body, '\0', len) != body + len - 1)
		return -EINVAL;
	memcpy(loader->into->resume->top, body, len);
	return 0;
}

static int load_database(struct loader *loader, const char *body, size_t len)
{
	if (len == 0 || memchr(body, '\0', len) != body + len - 1 ||
		!rdb_name_is_fit(body, len - 1))
		return -EINVAL;
	return rdb_catalog_add_db(loader->into->catalog, body);
}

static int load_documents(struct loader *loader, const char *body, size_t len)
{
	struct rdb_index_documents_body fixed;

	if (!copy_body(&fixed, sizeof(fixed), body, len))
		return -EINVAL;
	rdb_catalog_set_documents(loader->into->catalog, fixed.number, fixed.documents);
	return 0;
}

static int load_info(struct loader *loader, const char *body, size_t len)
{
	struct rdb_index_info_body fixed;

	if (!copy_body(&fixed, sizeof(fixed), body, len))
		return -EINVAL;
	fixed.primary_key[sizeof(fixed.primary_key) - 1] = '\0';
	rdb_catalog_set_info(loader->into->catalog, fixed.number, fixed.indexes, fixed.primary_key);
	return 0;
}

static int load_checkpoint(
	struct loader *loader, const char *body, size_t len, uint64_t where, uint32_t extra)
{
	struct rdb_index_checkpoint_body fixed;
	struct rdb_checkpoint checkpoint;

	if (!copy_body(&fixed, sizeof(fixed), body, len))
		return -EINVAL;
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
	int ret = rdb_index_add(loader->into->index, &checkpoint);
	if (ret == 0 && fixed.resumable) {
		loader->into->resume->valid = true;
		loader->into->resume->checkpoint = checkpoint;
		loader->into->resume->number = fixed.number;
		loader->into->resume->data_end = fixed.data_end;
		loader->into->resume->count = fixed.count;
	}
	return ret;
}

static int load_mark(struct loader *loader, const char *body, size_t len)
{
	struct rdb_index_mark_body fixed;
	struct rdb_mark mark;

	if (!copy_body(&fixed, sizeof(fixed), body, len))
		return -EINVAL;
	mark = (struct rdb_mark){.offset = fixed.offset, .member = fixed.member, .crc = fixed.crc};
	return rdb_index_add_mark(loader->into->index, &mark);
}

static int load_damage(struct loader *loader, const char *body, size_t len)
{
	struct rdb_index_damage_body fixed;
	struct rdb_damage damage;

	if (!copy_body(&fixed, sizeof(fixed), body, len))
		return -EINVAL;
	damage = (struct rdb_damage){
		.from = fixed.from,
		.to = fixed.to,
		.source_from = fixed.source_from,
		.source_to = fixed.source_to,
	};
	return rdb_index_add_damage(loader->into->index, &damage);
}

static int load_taken(struct loader *loader, const char *body, size_t len)
{
	int64_t taken;

	if (!copy_body(&taken, sizeof(taken), body, len) || taken <= 0 || taken > RDB_INFO_TIME_MAX)
		return -EINVAL;
	loader->into->outcome->taken = taken;
	return 0;
}

static int load_end(struct loader *loader, const char *body, size_t len)
{
	struct rdb_index_end_body fixed;

	if (!copy_body(&fixed, sizeof(fixed), body, len))
		return -EINVAL;
	if (fixed.end == RDB_OUTCOME_OPEN || fixed.end > RDB_OUTCOME_UNREADABLE)
		return -EINVAL;
	fixed.text[sizeof(fixed.text) - 1] = '\0';
	loader->into->outcome->end = (enum rdb_outcome)fixed.end;
	loader->into->outcome->error.code = fixed.code;
	memcpy(loader->into->outcome->error.text, fixed.text, sizeof(fixed.text));
	fixed.server[sizeof(fixed.server) - 1] = '\0';
	memcpy(loader->into->outcome->server, fixed.server, sizeof(fixed.server));
	return 0;
}

/* Reads the record at the offset "at" into *head and *body. Returns the offset of the next record,
 * or 0 if no intact record begins at "at". *body is valid until the next record is read. */
static uint64_t record_at(
	struct loader *loader, uint64_t at, struct rdb_index_record *head, const char **body)
{
	uint64_t body_at = at + sizeof(*head);
	const char *place = bytes_at(loader, at, sizeof(*head));

	if (!place)
		return 0;
	memcpy(head, place, sizeof(*head));
	if (head->len > RDB_INDEX_BODY_MAX || head->extra > RDB_INDEX_STATE_MAX ||
		body_at + head->len + head->extra > loader->file_size)
		return 0;
	*body = bytes_at(loader, body_at, head->len);
	if (!*body || rdb_index_record_crc(head, *body) != head->crc)
		return 0;
	return body_at + head->len + head->extra;
}

static bool is_resumable(const struct rdb_index_record *head, const char *body)
{
	struct rdb_index_checkpoint_body fixed;

	return head->type == RDB_INDEX_RECORD_CHECKPOINT &&
	       copy_body(&fixed, sizeof(fixed), body, head->len) && fixed.resumable;
}

static uint64_t find_limit(struct loader *loader)
{
	uint64_t at = sizeof(struct rdb_index_head), limit = at, next;
	struct rdb_index_record head;
	const char *body;

	while ((next = record_at(loader, at, &head, &body)) != 0) {
		at = next;
		if (head.type == RDB_INDEX_RECORD_END)
			return at;
		if (is_resumable(&head, body))
			limit = at;
	}
	return limit;
}

static int load_record(
	struct loader *loader, const struct rdb_index_record *head, const char *body, uint64_t next)
{
	switch (head->type) {
	case RDB_INDEX_RECORD_MEMBER:
		return load_member(loader, body, head->len);
	case RDB_INDEX_RECORD_NEST:
		return load_nest(loader, body, head->len);
	case RDB_INDEX_RECORD_TOP:
		return load_top(loader, body, head->len);
	case RDB_INDEX_RECORD_DOCUMENTS:
		return load_documents(loader, body, head->len);
	case RDB_INDEX_RECORD_INFO:
		return load_info(loader, body, head->len);
	case RDB_INDEX_RECORD_CHECKPOINT:
		return load_checkpoint(loader, body, head->len, next - head->extra, head->extra);
	case RDB_INDEX_RECORD_MARK:
		return load_mark(loader, body, head->len);
	case RDB_INDEX_RECORD_DATABASE:
		return load_database(loader, body, head->len);
	case RDB_INDEX_RECORD_DAMAGE:
		return load_damage(loader, body, head->len);
	case RDB_INDEX_RECORD_EMBEDDED:
		loader->into->index->embedded = true;
		return 0;
	case RDB_INDEX_RECORD_TAKEN:
		return load_taken(loader, body, head->len);
	case RDB_INDEX_RECORD_END:
		return load_end(loader, body, head->len);
	default:
		return -EINVAL;
	}
}

static int load_up_to(struct loader *loader, uint64_t limit)
{
	uint64_t at = sizeof(struct rdb_index_head), next;
	struct rdb_index_record head;
	const char *body;
	int ret = 0;

	while (at < limit && ret == 0) {
		next = record_at(loader, at, &head, &body);
		ret = next ? load_record(loader, &head, body, next) : -EINVAL;
		at = next;
	}
	return ret;
}

int rdb_index_load(int fd, const struct rdb_index_load *into, uint64_t *size)
{
	struct loader loader = {
		.fd = fd,
		.into = into,
		.window = malloc(WINDOW_SIZE),
	};
	struct stat st;
	int ret;

	if (!loader.window)
		return -ENOMEM;
	if (fstat(fd, &st) == 0)
		loader.file_size = (uint64_t)st.st_size;
	*size = find_limit(&loader);
	ret = load_up_to(&loader, *size);
	free(loader.window);
	return ret;
}
