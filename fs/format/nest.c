#include "format/nest.h"

#include "format/member_name.h"
#include "format/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD ((size_t)64 << 10)   /* bytes of the content that are examined */
#define PIECE ((size_t)128 << 10) /* bytes that a decoder reads at once */
#define HEADERS_MAX 64            /* members before the inner archive */

/* ---- looking for it ---- */

/* Returns whether a member may be the inner archive: a regular file that is not a table's. */
static bool is_candidate(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	struct rdb_name name;

	return path && archive_entry_filetype(entry) == AE_IFREG &&
	       !archive_entry_hardlink(entry) && archive_entry_size_is_set(entry) &&
	       !rdb_name_parse(path, &name);
}

static bool is_passed_over(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	return archive_entry_filetype(entry) == AE_IFDIR ||
	       (path && rdb_name_path_is_clutter(path));
}

/* Format of the first bytes of a member, or of the content. */
static bool find_format(const char *data, size_t len, enum rdb_format *out)
{
	*out = rdb_format_of((const uint8_t *)data, len);
	return *out != RDB_FORMAT_PLAIN;
}

static bool look_at_member(struct archive *tar, struct archive_entry *entry, const char *head,
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

static bool look_into_tar(struct archive *tar, const char *head, size_t len, struct rdb_nest *out)
{
	struct archive_entry *entry;

	if (archive_read_support_format_tar(tar) != ARCHIVE_OK ||
		archive_read_open_memory(tar, head, len) != ARCHIVE_OK)
		return false;
	for (int i = 0; i < HEADERS_MAX; i++) {
		int ret = archive_read_next_header(tar, &entry);
		if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN)
			return false;
		if (!is_passed_over(entry))
			return look_at_member(tar, entry, head, len, out);
	}
	return false;
}

/* 1, 0, -ENOMEM. */
static int look_at_head(const char *head, size_t len, struct rdb_nest *out)
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
	found = look_into_tar(tar, head, len, out);
	archive_read_free(tar);
	return found;
}

/* ---- what else is in the outer archive ---- */

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

/* Reads the headers behind the inner archive. -EEXIST with a text: another file follows. Damage
 * behind the last header is not noticed. */
static int walk_rest(struct archive *tar, struct rdb_err *err)
{
	struct archive_entry *entry;
	int ret;

	while ((ret = archive_read_next_header(tar, &entry)) == ARCHIVE_OK || ret == ARCHIVE_WARN) {
		const char *path = archive_entry_pathname(entry);
		if (!is_passed_over(entry))
			return rdb_err_set(err, EEXIST,
				"beside the archive that is shown it holds %s: unpack it to use "
				"both",
				path ? path : "another file");
	}
	return 0;
}

/* As walk_rest(), from the decoder's current offset on. Returns 0, -EEXIST or -ENOMEM. */
static int look_at_rest(struct rdb_decoder *outer, bool seekable, struct rdb_err *err)
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
			ret = walk_rest(tar, err);
	} else {
		ret = rdb_err_sys(err, ENOMEM, "decoder");
	}
	if (tar)
		archive_read_free(tar);
	free(rest);
	return ret;
}

static uint64_t padded_end(const struct rdb_nest *nest)
{
	return nest->offset + nest->size + rdb_tar_padding(nest->size);
}

static int look_through(struct rdb_decoder *outer, struct rdb_nest *out, char head[HEAD])
{
	ssize_t n = outer->ops->read(outer, head, HEAD, NULL);
	int ret = n > 0 ? look_at_head(head, (size_t)n, out) : 0;

	if (ret != 1 || out->outer != RDB_FORMAT_PLAIN)
		return ret;
	outer->ops->restart(outer, padded_end(out), padded_end(out));
	ret = look_at_rest(outer, true, NULL);
	return ret == -ENOMEM ? ret : ret == 0;
}

/* Checks that the inner archive is a tar: any file may be compressed. Returns 1, 0: not a tar, or
 * -ENOMEM. */
static int holds_tar(struct rdb_source *source, const struct rdb_nest *nest)
{
	static const char zeros[RDB_TAR_BLOCK];
	char block[RDB_TAR_BLOCK];
	struct rdb_decoder *inner;
	ssize_t n;
	int ret = rdb_nest_open(source, nest, &inner, NULL);

	if (ret != 0)
		return ret == -ENOMEM ? ret : 0;
	n = inner->ops->read(inner, block, sizeof(block), NULL);
	rdb_decoder_close(inner);
	return n == sizeof(block) &&
	       (rdb_tar_is_header(block) || memcmp(block, zeros, sizeof(block)) == 0);
}

int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out)
{
	struct rdb_decoder *outer;
	char *head = malloc(HEAD);
	int ret;

	if (!head)
		return -ENOMEM;
	*out = (struct rdb_nest){.outer = format};
	ret = rdb_decoder_open(source, format, &outer, NULL);
	if (ret == 0) {
		ret = look_through(outer, out, head);
		rdb_decoder_close(outer);
	}
	free(head);
	if (ret == 1)
		ret = holds_tar(source, out);
	return ret == -ENOMEM || ret == 1 ? ret : 0;
}

/* ---- a part of a source ---- */

struct slice {
	struct rdb_source source;
	struct rdb_source *whole;
	uint64_t offset;
};

static ssize_t slice_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct slice *slice = (struct slice *)source;
	uint64_t size = source->identity.size;

	if (off >= size)
		return 0;
	if (len > size - off)
		len = (size_t)(size - off);
	return rdb_source_pread(slice->whole, buf, len, slice->offset + off, err);
}

static void slice_close(struct rdb_source *source)
{
	rdb_source_close(((struct slice *)source)->whole);
	free(source);
}

static const struct rdb_source_ops slice_ops = {.pread = slice_pread, .close = slice_close};

int rdb_nest_slice(
	struct rdb_source *whole, uint64_t offset, uint64_t size, struct rdb_source **out)
{
	struct slice *slice = calloc(1, sizeof(*slice));
	uint64_t left = whole->identity.size > offset ? whole->identity.size - offset : 0;

	if (!slice) {
		rdb_source_close(whole);
		return -ENOMEM;
	}
	slice->source = *whole;
	slice->source.ops = &slice_ops;
	slice->source.home = 0;
	slice->source.identity.size = size < left ? size : left;
	slice->whole = whole;
	slice->offset = offset;
	*out = &slice->source;
	return 0;
}

/* ---- the decoder ---- */

struct nested {
	struct rdb_decoder decoder;
	struct rdb_source feed; /* the inner archive's bytes: the inner decoder's source */
	struct rdb_nest nest;
	struct rdb_decoder *outer;
	struct rdb_decoder *inner;
	struct rdb_buf kept;  /* the last bytes read from the feed */
	uint64_t kept_at;     /* their offset in the feed */
	struct rdb_err error; /* error of the outer decoder; returned until the decoder is moved */
};

static struct nested *to_nested(const struct rdb_decoder *decoder)
{
	return (struct nested *)(uintptr_t)decoder;
}

static struct nested *of_feed(struct rdb_source *source)
{
	return (struct nested *)(void *)((char *)source - offsetof(struct nested, feed));
}

static ssize_t read_outer(struct nested *nested, void *buf, size_t len)
{
	ssize_t n = nested->outer->ops->read(nested->outer, buf, len, &nested->error);

	if (n < 0)
		rdb_err_prefix(&nested->error, "the archive around it: ");
	return n;
}

/* Decodes and drops content of the outer archive up to the given offset. Returns 0, or a negative
 * errno. */
static int go_to(struct nested *nested, uint64_t place)
{
	const struct rdb_decoder_ops *ops = nested->outer->ops;
	char *piece;
	ssize_t n = 1;

	if (ops->offset(nested->outer) > place) {
		rdb_err_clear(&nested->error);
		if (ops->rewind(nested->outer, &nested->error) != 0)
			return -nested->error.code;
	}
	if (ops->offset(nested->outer) == place)
		return 0;
	piece = malloc(PIECE);
	if (!piece)
		return rdb_err_sys(&nested->error, ENOMEM, "decoder");
	while (n > 0 && ops->offset(nested->outer) < place) {
		uint64_t left = place - ops->offset(nested->outer);
		n = read_outer(nested, piece, left < PIECE ? (size_t)left : PIECE);
	}
	free(piece);
	return n < 0 ? -nested->error.code : 0;
}

/* Copies bytes that were read last. */
static size_t take_kept(struct nested *nested, char *buf, size_t len, uint64_t off)
{
	size_t skip;

	if (off < nested->kept_at || off >= nested->kept_at + nested->kept.len)
		return 0;
	skip = (size_t)(off - nested->kept_at);
	if (len > nested->kept.len - skip)
		len = nested->kept.len - skip;
	memcpy(buf, nested->kept.data + skip, len);
	return len;
}

static void keep(struct nested *nested, const char *data, size_t len, uint64_t off)
{
	rdb_buf_clear(&nested->kept);
	nested->kept_at = off;
	if (len <= PIECE)
		rdb_buf_add(&nested->kept, data, len);
}

static ssize_t feed_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct nested *nested = of_feed(source);
	size_t done = take_kept(nested, buf, len, off);
	ssize_t n = 1;

	if (off >= nested->nest.size)
		return 0;
	if (len > nested->nest.size - off)
		len = (size_t)(nested->nest.size - off);
	if (done < len && go_to(nested, nested->nest.offset + off + done) != 0)
		n = -1;
	while (done < len && n > 0) {
		n = read_outer(nested, (char *)buf + done, len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0 || done > 0) {
		keep(nested, buf, done, off);
		return (ssize_t)done;
	}
	if (err)
		*err = nested->error;
	return -EIO;
}

static void feed_close(struct rdb_source *source)
{
	(void)source;
}

static const struct rdb_source_ops feed_ops = {.pread = feed_pread, .close = feed_close};

static ssize_t nested_read(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err)
{
	struct nested *nested = to_nested(decoder);
	ssize_t n = nested->inner->ops->read(nested->inner, buf, len, err);

	if (n >= 0 || !nested->error.code)
		return n;
	if (err)
		*err = nested->error;
	return -nested->error.code;
}

static uint64_t nested_offset(const struct rdb_decoder *decoder)
{
	const struct rdb_decoder *inner = to_nested(decoder)->inner;

	return inner->ops->offset(inner);
}

static uint64_t nested_source_offset(const struct rdb_decoder *decoder)
{
	const struct rdb_decoder *outer = to_nested(decoder)->outer;

	return outer->ops->source_offset(outer);
}

static int nested_rewind(struct rdb_decoder *decoder, struct rdb_err *err)
{
	struct nested *nested = to_nested(decoder);
	int ret;

	rdb_err_clear(&nested->error);
	rdb_buf_clear(&nested->kept);
	ret = nested->outer->ops->rewind(nested->outer, err);
	return ret ? ret : nested->inner->ops->rewind(nested->inner, err);
}

/* ---- its state: both decoders', and the bytes that one has given and the other not taken ---- */

struct saved {
	uint64_t at; /* offset of the kept bytes in the feed; the inner decoder continues with them
		      */
	uint64_t inner; /* offset in the inner content, if that is plain */
	uint32_t kept, outer_len, inner_len;
	uint32_t reserved;
};

static int save_into(const struct nested *nested, struct saved *saved, struct rdb_buf *out)
{
	const struct rdb_decoder_ops *outer = nested->outer->ops, *inner = nested->inner->ops;
	size_t before, skip;
	int ret = 0;

	if (saved->at < nested->kept_at || saved->at > nested->kept_at + nested->kept.len)
		return -EINVAL;
	skip = (size_t)(saved->at - nested->kept_at);
	saved->kept = (uint32_t)(nested->kept.len - skip);
	if (saved->kept > 0)
		ret = rdb_buf_add(out, nested->kept.data + skip, saved->kept);
	before = out->len;
	if (ret == 0 && outer->save)
		ret = outer->save(nested->outer, out);
	saved->outer_len = (uint32_t)(out->len - before);
	before = out->len;
	if (ret == 0 && inner->save)
		ret = inner->save(nested->inner, out);
	saved->inner_len = (uint32_t)(out->len - before);
	return ret;
}

static int nested_save(const struct rdb_decoder *decoder, struct rdb_buf *out)
{
	const struct nested *nested = to_nested(decoder);
	struct saved saved = {
		.at = nested->inner->ops->source_offset(nested->inner),
		.inner = nested_offset(decoder),
	};
	size_t start = out->len;
	int ret = rdb_buf_add(out, &saved, sizeof(saved));

	if (ret == 0)
		ret = save_into(nested, &saved, out);
	if (ret == 0)
		memcpy(out->data + start, &saved, sizeof(saved));
	else
		out->len = start;
	return ret;
}

/* Loads the outer decoder's state. Without a state, the first read moves the decoder. */
static int load_outer(struct nested *nested, const char *state, size_t len, struct rdb_err *err)
{
	const struct rdb_decoder_ops *ops = nested->outer->ops;

	rdb_err_clear(&nested->error);
	return ops->load && len > 0 ? ops->load(nested->outer, state, len, err)
				    : ops->rewind(nested->outer, err);
}

static int load_inner(
	struct nested *nested, const struct saved *saved, const char *state, struct rdb_err *err)
{
	const struct rdb_decoder_ops *ops = nested->inner->ops;

	if (ops->load)
		return ops->load(nested->inner, state, saved->inner_len, err);
	ops->restart(nested->inner, saved->inner, saved->inner);
	return 0;
}

static int nested_load(
	struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err)
{
	struct nested *nested = to_nested(decoder);
	const char *state = (const char *)data + sizeof(struct saved);
	struct saved saved;
	int ret;

	if (len < sizeof(saved))
		return rdb_err_set(err, EBADMSG, "not the state of a decoder");
	memcpy(&saved, data, sizeof(saved));
	if (len - sizeof(saved) != (uint64_t)saved.kept + saved.outer_len + saved.inner_len)
		return rdb_err_set(err, EBADMSG, "not the state of a decoder");
	rdb_buf_clear(&nested->kept);
	nested->kept_at = saved.at;
	ret = saved.kept > 0 ? rdb_buf_add(&nested->kept, state, saved.kept) : 0;
	if (ret == 0)
		ret = load_outer(nested, state + saved.kept, saved.outer_len, err);
	if (ret == 0)
		ret = load_inner(nested, &saved, state + saved.kept + saved.outer_len, err);
	return ret;
}

/* ---- the rest ---- */

static uint64_t nested_member(const struct rdb_decoder *decoder)
{
	const struct rdb_decoder *inner = to_nested(decoder)->inner;

	return inner->ops->member(inner);
}

static bool nested_crc(const struct rdb_decoder *decoder, uint32_t *out)
{
	const struct rdb_decoder *inner = to_nested(decoder)->inner;

	return inner->ops->crc(inner, out);
}

static bool nested_garbage(const struct rdb_decoder *decoder)
{
	const struct rdb_decoder *inner = to_nested(decoder)->inner;

	return inner->ops->garbage(inner);
}

/* Handles an error of the outer decoder: a valid checksum of the inner archive outweighs errors
 * around it. */
static int outer_failed(const struct nested *nested, struct rdb_err *err)
{
	if (err)
		*err = nested->error;
	if (err && nested->nest.inner == RDB_FORMAT_GZIP && nested->error.code != ENOMEM)
		err->code = EEXIST;
	return err ? -err->code : -nested->error.code;
}

static int nested_finish(struct rdb_decoder *decoder, struct rdb_err *err)
{
	struct nested *nested = to_nested(decoder);
	char piece[4096];
	ssize_t n;
	int ret;

	if (nested->nest.size != RDB_NEST_TO_END) {
		if (go_to(nested, padded_end(&nested->nest)) != 0)
			return outer_failed(nested, err);
		ret = look_at_rest(nested->outer, false, err);
		if (ret != 0)
			return ret;
	}
	while ((n = read_outer(nested, piece, sizeof(piece))) > 0)
		;
	return n < 0 ? outer_failed(nested, err) : 0;
}

static void nested_close(struct rdb_decoder *decoder)
{
	struct nested *nested = to_nested(decoder);

	rdb_decoder_close(nested->inner);
	rdb_decoder_close(nested->outer);
	rdb_buf_free(&nested->kept);
	free(nested);
}

#define SEQUENTIAL                                                                                 \
	.read = nested_read, .offset = nested_offset, .source_offset = nested_source_offset,       \
	.rewind = nested_rewind, .member = nested_member, .crc = nested_crc,                       \
	.garbage = nested_garbage, .finish = nested_finish, .close = nested_close

static const struct rdb_decoder_ops sequential_ops = {SEQUENTIAL};
static const struct rdb_decoder_ops enterable_ops = {
	SEQUENTIAL,
	.save = nested_save,
	.load = nested_load,
};

int rdb_nest_open(struct rdb_source *source, const struct rdb_nest *nest, struct rdb_decoder **out,
	struct rdb_err *err)
{
	struct nested *nested = calloc(1, sizeof(*nested));
	bool enterable = nest->inner == RDB_FORMAT_GZIP || nest->inner == RDB_FORMAT_PLAIN;
	int ret;

	if (!nested)
		return rdb_err_sys(err, ENOMEM, "decoder");
	nested->decoder.ops = enterable ? &enterable_ops : &sequential_ops;
	nested->nest = *nest;
	nested->feed = *source;
	nested->feed.ops = &feed_ops;
	nested->feed.identity.size = nest->size;
	ret = rdb_decoder_open(source, nest->outer, &nested->outer, err);
	if (ret == 0)
		ret = rdb_decoder_open(&nested->feed, nest->inner, &nested->inner, err);
	if (ret != 0) {
		nested_close(&nested->decoder);
		return ret;
	}
	*out = &nested->decoder;
	return 0;
}
