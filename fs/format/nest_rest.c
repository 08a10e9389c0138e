#include "format/nest_rest.h"

#include "format/member_name.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#define PIECE ((size_t)128 << 10) /* bytes that the decoder reads at once */

bool rdb_nest_passes_over(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	return archive_entry_filetype(entry) == AE_IFDIR ||
	       (path && rdb_name_path_is_clutter(path));
}

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
		if (!rdb_nest_passes_over(entry))
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
