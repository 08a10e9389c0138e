#include "keys/key_file.h"

#include "gz/crc.h"
#include "io/scratch.h"
#include "io/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC UINT64_C(0x5359454b42464452) /* the bytes "RDFBKEYS" */
#define VERSION 1
#define BODY_MAX (UINT64_C(16) * 1024 * 1024) /* bytes of the largest body that is accepted */

enum { SORTED = 1, REPEATED = 2, MIXED = 4, HASHED = 8 };

/* Header of a key file. The header is written last, so that an unfinished file has no valid header.
 */
struct head {
	uint64_t magic;
	uint32_t version;
	uint32_t crc; /* CRC-32 of the header, computed while crc is 0 */
	struct rdb_key_file_id id;
	uint32_t flags;
	uint32_t layout;
	uint32_t body_crc;
	uint32_t reserved;
	uint64_t first; /* offset of the first document in the table's text */
	uint64_t documents;
	uint64_t pages; /* number of pages, which start at RDB_KEY_FILE_PAGES */
	uint64_t body_len;
	struct rdb_siphash_key hash;
};

_Static_assert(sizeof(struct head) <= RDB_KEY_FILE_PAGES, "the head lies in front of the pages");

static uint32_t crc_of(const void *data, size_t len)
{
	return len ? rdb_crc32(0, data, len) : 0;
}

static uint32_t head_crc(const struct head *head)
{
	struct head copy = *head;

	copy.crc = 0;
	return crc_of(&copy, sizeof(copy));
}

static uint64_t body_at(uint64_t pages)
{
	return pages ? RDB_KEY_FILE_PAGES + pages * RDB_KEY_PAGE : sizeof(struct head);
}

#define FILE_NAME (2 * RDB_INDEX_KEY + 15) /* bytes: 64 digits, ".%08x.keys" and a NUL */

static void name_of(const struct rdb_key_file_id *id, char name[FILE_NAME])
{
	for (size_t i = 0; i < RDB_INDEX_KEY; i++)
		snprintf(name + 2 * i, 3, "%02x", id->archive[i]);
	snprintf(name + 2 * RDB_INDEX_KEY, 15, ".%08x.keys", id->member);
}

/* ---- reading ---- */

static bool is_sound(const struct head *head, const struct rdb_key_file_id *id)
{
	bool hashed = head->flags & HASHED, sorted = head->flags & SORTED;

	return head->magic == MAGIC && head->version == VERSION && head->crc == head_crc(head) &&
	       memcmp(&head->id, id, sizeof(*id)) == 0 && head->layout <= RDB_LAYOUT_PACKED &&
	       head->body_len <= BODY_MAX && head->pages <= UINT32_MAX && !(sorted && hashed) &&
	       hashed == (head->pages > 0);
}

static int parse_body(const struct head *head, const struct rdb_buf *body, uint64_t size,
	struct rdb_key_index *out)
{
	if (crc_of(body->data, body->len) != head->body_crc)
		return -EINVAL;
	*out = (struct rdb_key_index){
		.sorted = head->flags & SORTED,
		.repeated = head->flags & REPEATED,
		.mixed = head->flags & MIXED,
		.hashed = head->flags & HASHED,
		.layout = (enum rdb_table_layout)head->layout,
		.head = head->first,
		.documents = head->documents,
		.hashes = {.fd = -1,
			.at = RDB_KEY_FILE_PAGES,
			.pages = head->pages,
			.key = head->hash},
	};
	int ret = rdb_key_index_parse(out, body->data, body->len, size);
	if (ret != 0)
		rdb_key_index_free(out);
	return ret;
}

int rdb_key_file_parse(const struct rdb_key_file_id *id,
	ssize_t (*read)(void *arg, void *buf, size_t len, uint64_t at), void *arg,
	struct rdb_key_index *out)
{
	struct rdb_buf body = {0};
	struct head head;
	int ret = -EINVAL;

	if (read(arg, &head, sizeof(head), 0) != (ssize_t)sizeof(head) || !is_sound(&head, id))
		return -EINVAL;
	if (rdb_buf_reserve(&body, (size_t)head.body_len) != 0)
		return -ENOMEM;
	body.len = (size_t)head.body_len;
	if (read(arg, body.data, body.len, body_at(head.pages)) == (ssize_t)body.len)
		ret = parse_body(&head, &body, id->size, out);
	rdb_buf_free(&body);
	return ret;
}

static ssize_t read_file(void *arg, void *buf, size_t len, uint64_t at)
{
	return pread(*(int *)arg, buf, len, (off_t)at);
}

int rdb_key_file_load(
	int dirfd, const struct rdb_key_file_id *id, struct rdb_key_index *out, int *fd)
{
	char name[FILE_NAME];
	int ret;

	*fd = -1;
	if (dirfd < 0)
		return -ENOENT;
	name_of(id, name);
	*fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		return -ENOENT;
	ret = rdb_key_file_parse(id, read_file, fd, out);
	if (ret == 0)
		futimens(*fd, NULL); /* record the time of the last use, for rdb_prune() */
	if (ret == 0 && out->hashed) {
		out->hashes.fd = *fd;
		return 0;
	}
	close(*fd);
	*fd = -1;
	return ret == -EINVAL ? -ENOENT : ret;
}

/* ---- writing ---- */

/* Returns the descriptor of an empty, locked key file. Creates the file if it is missing. If the
 * file has content, removes the file and returns -EEXIST, so that the caller tries again. */
static int replace(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &st) != 0) {
		close(fd);
		return -EBUSY;
	}
	if (st.st_size == 0)
		return fd;
	/* Do not overwrite the content: another process may be reading the file. */
	unlinkat(dirfd, name, 0);
	close(fd);
	return -EEXIST;
}

int rdb_key_file_create(int dirfd, const struct rdb_key_file_id *id, struct rdb_err *err)
{
	char name[FILE_NAME];
	int fd = -EEXIST;

	if (dirfd < 0)
		return rdb_scratch_open(NULL, err);
	name_of(id, name);
	for (int i = 0; i < 3 && fd == -EEXIST; i++)
		fd = replace(dirfd, name);
	return fd < 0 ? rdb_scratch_open(NULL, err) : fd;
}

static struct head head_of(const struct rdb_key_file_id *id, const struct rdb_key_index *index,
	const struct rdb_buf *body)
{
	struct head head = {
		.magic = MAGIC,
		.version = VERSION,
		.id = *id,
		.flags = (index->sorted ? SORTED : 0u) | (index->repeated ? REPEATED : 0u) |
			 (index->mixed ? MIXED : 0u) | (index->hashed ? HASHED : 0u),
		.layout = index->layout,
		.body_crc = crc_of(body->data, body->len),
		.first = index->head,
		.documents = index->documents,
		.pages = index->hashes.pages,
		.body_len = body->len,
		.hash = index->hashes.key,
	};

	head.crc = head_crc(&head);
	return head;
}

int rdb_key_file_save(int fd, const struct rdb_key_file_id *id, const struct rdb_key_index *index)
{
	struct rdb_buf body = {0};
	struct head head;
	int ret = rdb_key_index_encode(index, &body);

	if (ret == 0) {
		head = head_of(id, index, &body);
		ret = rdb_write_all_at(fd, body.data, body.len, body_at(index->hashes.pages));
	}
	if (ret == 0)
		ret = rdb_write_all_at(fd, &head, sizeof(head), 0);
	rdb_buf_free(&body);
	return ret;
}
