#include "format/nest.h"

#include "format/member_name.h"
#include "format/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD ((size_t)64 << 10)   /* bytes at the start of the content that are examined */
#define PIECE ((size_t)128 << 10) /* bytes that are read from the outer archive at once */
#define HEADERS_MAX 64            /* largest number of members before the inner archive */

static bool passes_over(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	return archive_entry_filetype(entry) == AE_IFDIR ||
	       (path && rdb_name_path_is_clutter(path));
}

static bool is_candidate(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	struct rdb_name name;

	return path && archive_entry_filetype(entry) == AE_IFREG &&
	       !archive_entry_hardlink(entry) && archive_entry_size_is_set(entry) &&
	       !rdb_name_parse(path, &name);
}

static bool find_format(const char *data, size_t len, enum rdb_format *out)
{
	*out = rdb_format_of((const uint8_t *)data, len);
	return *out != RDB_FORMAT_PLAIN;
}

static bool find_in_member(struct archive *tar, struct archive_entry *entry, const char *head,
	size_t len, struct rdb_nest *out)
{
	uint64_t offset = (uint64_t)archive_filter_bytes(tar, 0);

	if (!is_candidate(entry) || offset + RDB_TAR_BLOCK > len)
		return false;
	out->offset = offset;
	out->size = (uint64_t)archive_entry_size(entry);
	if (out->size < RDB_TAR_BLOCK || out->size > INT64_MAX - offset)
		return find_format(head + offset, (size_t)out->size, &out->inner);
	return find_format(head + offset, len - offset, &out->inner) ||
	       rdb_tar_is_header(head + offset);
}

static bool find_in_tar(struct archive *tar, const char *head, size_t len, struct rdb_nest *out)
{
	struct archive_entry *entry;

	if (archive_read_support_format_tar(tar) != ARCHIVE_OK ||
		archive_read_open_memory(tar, head, len) != ARCHIVE_OK)
		return false;
	for (int i = 0; i < HEADERS_MAX; i++) {
		int ret = archive_read_next_header(tar, &entry);
		if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN)
			return false;
		if (!passes_over(entry))
			return find_in_member(tar, entry, head, len, out);
	}
	return false;
}

/* Searches "head", the first bytes of the outer archive, for an inner archive, and describes the
 * inner archive in *out. Returns 1 if an inner archive was found, 0 if not, or -ENOMEM. */
static int find_in_head(const char *head, size_t len, struct rdb_nest *out)
{
	struct archive *tar;
	int found;

	out->offset = 0;
	out->size = RDB_NEST_TO_END;
	if (out->outer != RDB_FORMAT_PLAIN && find_format(head, len, &out->inner))
		return 1;
	if (len < 2 * RDB_TAR_BLOCK || !rdb_tar_is_header(head))
		return 0;
	tar = archive_read_new();
	if (!tar)
		return -ENOMEM;
	found = find_in_tar(tar, head, len, out);
	archive_read_free(tar);
	return found;
}

/* Returns true if "ret" is an error that the archive's content cannot cause: a failed or
 * interrupted read, or a lack of memory. Any other error may mean that the content is damaged. */
static bool is_failure(ssize_t ret)
{
	return ret == -EIO || ret == -EINTR || ret == -ENOMEM;
}

static int find_in_content(
	struct rdb_decoder *outer, struct rdb_nest *out, char head[HEAD], struct rdb_err *err)
{
	ssize_t n = outer->ops->read(outer, head, HEAD, err);
	int ret = n > 0 ? find_in_head(head, (size_t)n, out) : is_failure(n) ? (int)n : 0;

	if (ret != 1 || out->outer != RDB_FORMAT_PLAIN)
		return ret;
	outer->ops->restart(outer, rdb_nest_end(out), rdb_nest_end(out));
	ret = rdb_nest_check_rest(outer, true, NULL);
	return ret == -ENOMEM ? ret : ret == 0;
}

/* Returns 1 if the inner archive is a tar archive, 0 if not, or an error of rdb_nest_detect(). */
static int holds_tar(struct rdb_source *source, const struct rdb_nest *nest, struct rdb_err *err)
{
	static const char zeros[RDB_TAR_BLOCK];
	char block[RDB_TAR_BLOCK];
	struct rdb_decoder *inner;
	ssize_t n;
	int ret = rdb_nest_open(source, nest, &inner, err);

	if (ret != 0)
		return is_failure(ret) ? ret : 0;
	n = inner->ops->read(inner, block, sizeof(block), err);
	rdb_decoder_close(inner);
	if (is_failure(n))
		return (int)n;
	return n == sizeof(block) &&
	       (rdb_tar_is_header(block) || memcmp(block, zeros, sizeof(block)) == 0);
}

int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out,
	struct rdb_err *err)
{
	struct rdb_decoder *outer;
	char *head = malloc(HEAD);
	int ret;

	if (!head)
		return -ENOMEM;
	*out = (struct rdb_nest){.outer = format};
	ret = rdb_decoder_open(source, format, &outer, err);
	if (ret == 0) {
		ret = find_in_content(outer, out, head, err);
		rdb_decoder_close(outer);
	}
	free(head);
	if (ret == 1)
		ret = holds_tar(source, out, err);
	return ret == 1 || is_failure(ret) ? ret : 0;
}

/* ---- what else the outer archive contains ---- */

struct rest {
	struct rdb_decoder *outer;
	bool seekable;
	struct rdb_err error;
	char piece[PIECE];
};

static la_ssize_t feed_rest(struct archive *tar, void *arg, const void **data)
{
	struct rest *rest = arg;
	ssize_t n = rest->outer->ops->read(rest->outer, rest->piece, PIECE, &rest->error);

	(void)tar;
	*data = rest->piece;
	return n < 0 ? ARCHIVE_FATAL : n;
}

static la_int64_t skip_rest(struct archive *tar, void *arg, la_int64_t request)
{
	struct rest *rest = arg;
	uint64_t to = rest->outer->ops->offset(rest->outer) + (uint64_t)request;

	(void)tar;
	if (!rest->seekable)
		return 0;
	rest->outer->ops->restart(rest->outer, to, to);
	return request;
}

static int check_headers(struct archive *tar, struct rdb_err *err)
{
	struct archive_entry *entry;
	int ret;

	while ((ret = archive_read_next_header(tar, &entry)) == ARCHIVE_OK || ret == ARCHIVE_WARN) {
		const char *path = archive_entry_pathname(entry);
		if (!passes_over(entry))
			return rdb_err_set(err, EEXIST,
				"besides the archive that is shown, it contains %s: unpack it to "
				"use both",
				path ? path : "another file");
	}
	return 0;
}

int rdb_nest_check_rest(struct rdb_decoder *outer, bool seekable, struct rdb_err *err)
{
	struct rest *rest = calloc(1, sizeof(*rest));
	struct archive *tar = archive_read_new();
	int ret = 0;

	if (rest && tar) {
		rest->outer = outer;
		rest->seekable = seekable;
		if (archive_read_support_format_tar(tar) == ARCHIVE_OK &&
			archive_read_open2(tar, rest, NULL, feed_rest, skip_rest, NULL) ==
				ARCHIVE_OK)
			ret = check_headers(tar, err);
	} else {
		ret = rdb_err_sys(err, ENOMEM, "decoder");
	}
	if (tar)
		archive_read_free(tar);
	free(rest);
	return ret;
}
