#include "format/nest.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)128 << 10) /* bytes that are read from a decoder at once */

struct nested {
	struct rdb_decoder decoder;
	struct rdb_source feed; /* source with the inner archive, for the inner decoder */
	struct rdb_nest nest;
	struct rdb_decoder *outer;
	struct rdb_decoder *inner;
	struct rdb_buf last;  /* the last bytes that were read from feed, and up to PIECE bytes
				 before them, from which a loaded inner decoder may continue */
	uint64_t last_at;     /* offset in feed of the bytes in last */
	struct rdb_err error; /* error of the outer decoder; cleared when that decoder moves */
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
		rdb_err_prefix(&nested->error, "the outer archive: ");
	return n;
}

static int skip_to(struct nested *nested, uint64_t place)
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

static size_t copy_last(struct nested *nested, char *buf, size_t len, uint64_t off)
{
	size_t skip;

	if (off < nested->last_at || off >= nested->last_at + nested->last.len)
		return 0;
	skip = (size_t)(off - nested->last_at);
	if (len > nested->last.len - skip)
		len = nested->last.len - skip;
	memcpy(buf, nested->last.data + skip, len);
	return len;
}

/* Adds "data" to nested->last, a copy of the bytes that were most recently read from the inner
 * archive. "data" begins at the offset "off" of the inner archive. Keeps at most PIECE bytes before
 * "off" in nested->last. */
static void add_last(struct nested *nested, const char *data, size_t len, uint64_t off)
{
	struct rdb_buf *last = &nested->last;
	size_t before, known;

	if (off < nested->last_at || off > nested->last_at + last->len) {
		rdb_buf_clear(last);
		nested->last_at = off;
	}
	before = (size_t)(off - nested->last_at);
	if (before > PIECE) {
		rdb_buf_consume(last, before - PIECE);
		nested->last_at = off - PIECE;
		before = PIECE;
	}
	known = last->len - before;
	if (len <= known || (len <= PIECE && rdb_buf_add(last, data + known, len - known) == 0))
		return;
	/* If "data" is longer than PIECE, or memory is exhausted, clear the copy in nested->last,
	 * because the copy would lack "data". */
	rdb_buf_clear(last);
	nested->last_at = off + len;
}

static ssize_t feed_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct nested *nested = of_feed(source);
	size_t done = copy_last(nested, buf, len, off);
	ssize_t n = 1;

	if (off >= nested->nest.size)
		return 0;
	len = rdb_source_limit(source, len, off);
	if (done < len && skip_to(nested, nested->nest.offset + off + done) != 0)
		n = -1;
	while (done < len && n > 0) {
		n = read_outer(nested, (char *)buf + done, len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0 || done > 0) {
		add_last(nested, buf, done, off);
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
	rdb_buf_clear(&nested->last);
	ret = nested->outer->ops->rewind(nested->outer, err);
	return ret ? ret : nested->inner->ops->rewind(nested->inner, err);
}

/* ---- its state: both decoders', and the bytes between the two ---- */

struct saved {
	uint64_t at;    /* offset in feed of the saved bytes, where decoding continues */
	uint64_t inner; /* offset in the inner content; used if the inner archive is plain */
	uint32_t last, outer_len, inner_len;
	uint32_t reserved;
};

static int save_into(const struct nested *nested, struct saved *saved, const struct rdb_buf *inner,
	struct rdb_buf *out)
{
	const struct rdb_decoder_ops *outer = nested->outer->ops;
	size_t skip = (size_t)(saved->at - nested->last_at), before;
	int ret = 0;

	saved->last = (uint32_t)(nested->last.len - skip);
	if (saved->last > 0)
		ret = rdb_buf_add(out, nested->last.data + skip, saved->last);
	before = out->len;
	if (ret == 0 && outer->save)
		ret = outer->save(nested->outer, out, NULL);
	saved->outer_len = (uint32_t)(out->len - before);
	saved->inner_len = (uint32_t)inner->len;
	if (ret == 0 && inner->len > 0)
		ret = rdb_buf_add(out, inner->data, inner->len);
	return ret;
}

/* Saves the inner decoder's state in *state. Sets *from to the offset in the inner archive where
 * reading continues after the state is loaded. */
static int save_inner(const struct nested *nested, struct rdb_buf *state, uint64_t *from)
{
	const struct rdb_decoder_ops *inner = nested->inner->ops;
	uint64_t at = inner->source_offset(nested->inner);
	int ret;

	*from = at;
	ret = inner->save ? inner->save(nested->inner, state, from) : 0;
	if (*from < nested->last_at) /* the outer decoder then starts at its start, which is slow */
		*from = at;
	if (ret == 0 && (*from < nested->last_at || *from > nested->last_at + nested->last.len))
		ret = -EINVAL;
	return ret;
}

static int nested_save(const struct rdb_decoder *decoder, struct rdb_buf *out, uint64_t *from)
{
	const struct nested *nested = to_nested(decoder);
	struct saved saved = {.inner = nested_offset(decoder)};
	struct rdb_buf inner = {0};
	size_t start = out->len;
	int ret = save_inner(nested, &inner, &saved.at);

	if (ret == 0)
		ret = rdb_buf_add(out, &saved, sizeof(saved));
	if (ret == 0)
		ret = save_into(nested, &saved, &inner, out);
	if (ret == 0)
		memcpy(out->data + start, &saved, sizeof(saved));
	else
		out->len = start;
	if (from)
		*from = nested_source_offset(decoder);
	rdb_buf_free(&inner);
	return ret;
}

/* Loads the outer decoder's saved state. If no state was saved, rewinds the outer decoder to the
 * start. The next read then skips the bytes before the inner decoder's position. */
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
		return rdb_err_set(err, EBADMSG, "the saved state of a decoder is not valid");
	memcpy(&saved, data, sizeof(saved));
	if (len - sizeof(saved) != (uint64_t)saved.last + saved.outer_len + saved.inner_len)
		return rdb_err_set(err, EBADMSG, "the saved state of a decoder is not valid");
	rdb_buf_clear(&nested->last);
	nested->last_at = saved.at;
	ret = saved.last > 0 ? rdb_buf_add(&nested->last, state, saved.last) : 0;
	if (ret == 0)
		ret = load_outer(nested, state + saved.last, saved.outer_len, err);
	if (ret == 0)
		ret = load_inner(nested, &saved, state + saved.last + saved.outer_len, err);
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

/* Stores in *err the error of reading the outer archive, and returns the negative error code. If
 * the inner archive is known to be undamaged, the code is EEXIST, so that the caller can use the
 * inner archive. */
static int outer_failed(const struct nested *nested, struct rdb_err *err)
{
	if (err)
		*err = nested->error;
	/* If the inner archive is gzip, report EEXIST, so that the caller uses the inner archive.
	 * The inner archive's own checksum has already been verified. Keep ENOMEM, because a lack
	 * of memory is no damage. */
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
		if (skip_to(nested, rdb_nest_end(&nested->nest)) != 0)
			return outer_failed(nested, err);
		ret = rdb_nest_check_rest(nested->outer, false, err);
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
	rdb_buf_free(&nested->last);
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
