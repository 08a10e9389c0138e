#include "base/formatted.h"
#include "format/tar.h"
#include "gz/crc.h"
#include "gz/gzip_frame.h"
#include "gz/inflate.h"
#include "index/embed.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The archive ends with a label, zeros and the gzip trailer. The label says where the archive's
 * index is. Each value is the distance in bytes from the start of one of these parts to the
 * archive's end. */
#define END_TRAILER RDB_GZIP_TRAILER
#define END_ZEROS (END_TRAILER + RDB_DEFLATE_STORED_HEAD + RDB_TAR_END)
#define END_LABEL (END_ZEROS + RDB_DEFLATE_STORED_HEAD + RDB_TAR_BLOCK)

#define PIECE 65536
#define SPAN_MAX (UINT64_C(64) << 20) /* bytes of the longest span's text */

static int inflate_from(struct rdb_source *source, uint64_t from, size_t limit, struct rdb_buf *out,
	struct rdb_err *err)
{
	struct rdb_decoder *decoder;
	ssize_t n = rdb_inflate_open(source, &decoder, err);

	if (n != 0)
		return (int)n;
	decoder->ops->restart(decoder, from, 0);
	do {
		size_t left = limit - out->len, len = left < PIECE ? left : PIECE;
		n = rdb_buf_reserve(out, len) != 0
			    ? rdb_err_sys(err, ENOMEM, "the index")
			    : decoder->ops->read(decoder, out->data + out->len, len, err);
		out->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && out->len < limit);
	rdb_decoder_close(decoder);
	if (n < 0 && n != -ENODATA && n != -EILSEQ && n != -EBADMSG)
		return (int)n;
	return out->len == limit ? 0 : rdb_err_set(err, EBADMSG, "the index is damaged");
}

static int check_header(
	const void *header, size_t len, const char *path, uint64_t size, struct rdb_err *err)
{
	struct archive *tar = archive_read_new();
	struct archive_entry *entry;
	const char *name = NULL;
	bool same = false;

	if (!tar)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	if (archive_read_support_format_tar(tar) == ARCHIVE_OK &&
		archive_read_open_memory(tar, header, len) == ARCHIVE_OK &&
		archive_read_next_header(tar, &entry) == ARCHIVE_OK)
		name = archive_entry_pathname(entry);
	if (name)
		same = strcmp(name, path) == 0 && archive_entry_filetype(entry) == AE_IFREG &&
		       archive_entry_size(entry) >= 0 &&
		       (uint64_t)archive_entry_size(entry) == size;
	archive_read_free(tar);
	if (!same)
		return rdb_err_set(
			err, EBADMSG, "the index does not match the archive at %s", path);
	return 0;
}

static char *member_path(const struct rdb_embed *embed, const char *name)
{
	return rdb_formatted("%s/%s", embed->top, name);
}

size_t rdb_embed_span_at(const struct rdb_embed *embed, uint64_t out)
{
	size_t low = 0, high = embed->checkpoint_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (embed->checkpoints[middle].out <= out)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Returns how many decompressed bytes precede the member's tar header if decompression begins at
 * m->in. */
static uint64_t text_before(const struct rdb_embed *embed, const struct rdb_embed_member *m)
{
	const struct rdb_embed_checkpoint *p =
		&embed->checkpoints[rdb_embed_span_at(embed, m->out)];

	return m->in == p->in ? m->out - p->out : 0;
}

int rdb_embed_check_member(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err)
{
	const struct rdb_embed_member *m = &embed->members[number];
	size_t header_len = (size_t)(m->data - m->out);
	uint64_t before = text_before(embed, m);
	char *path = member_path(embed, m->name);
	struct rdb_buf text = {0};
	int ret = 0;

	if (!path)
		return rdb_err_sys(err, ENOMEM, "%s", m->name);
	if (before > SPAN_MAX)
		ret = rdb_err_set(
			err, EBADMSG, "the index names more than can be decompressed at once");
	if (ret == 0)
		ret = inflate_from(source, m->in, (size_t)before + header_len, &text, err);
	if (ret == 0)
		ret = check_header(text.data + before, header_len, path, m->size, err);
	rdb_buf_free(&text);
	free(path);
	return ret;
}

int rdb_embed_check_span(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err)
{
	const struct rdb_embed_checkpoint *p = &embed->checkpoints[number];
	bool last = number + 1 == embed->checkpoint_count;
	uint64_t len = (last ? embed->label.text : p[1].out) - p->out;
	struct rdb_buf text = {0};
	int ret;

	if (len > SPAN_MAX)
		return rdb_err_set(
			err, EBADMSG, "the index names more than can be decompressed at once");
	ret = inflate_from(source, p->in, (size_t)len, &text, err);
	if (ret == 0 && rdb_crc32(0, text.data, text.len) != p->crc)
		ret = rdb_err_set(err, EBADMSG, "the content differs from what was written");
	rdb_buf_free(&text);
	return ret;
}

/* ---- the end of the archive ---- */

static bool parse_end(const uint8_t end[END_LABEL], struct rdb_embed_label *label)
{
	uint8_t head[RDB_DEFLATE_STORED_HEAD];
	const uint8_t *zeros = end + END_LABEL - END_ZEROS;

	rdb_deflate_stored_head(head, RDB_TAR_BLOCK, false);
	if (memcmp(end, head, sizeof(head)) != 0)
		return false;
	rdb_deflate_stored_head(head, RDB_TAR_END, true);
	if (memcmp(zeros, head, sizeof(head)) != 0)
		return false;
	for (size_t i = 0; i < RDB_TAR_END; i++)
		if (zeros[sizeof(head) + i] != 0)
			return false;
	return rdb_embed_label_parse((const char *)end + sizeof(head), label) == 0;
}

static bool labels_agree(const struct rdb_embed_label *first, const struct rdb_embed_label *last)
{
	if (strcmp(first->type, last->type) != 0)
		return false;
	if (first->index == 0) /* the archive was written to a pipe */
		return first->size == 0 && first->text == 0 && first->data == 0 &&
		       first->length == 0 && first->home == 0 && last->home == 0;
	return first->size == last->size && first->index == last->index &&
	       first->text == last->text && first->data == last->data &&
	       first->length == last->length && first->home == last->home;
}

static bool label_fits(const struct rdb_embed_label *label)
{
	return label->index >= RDB_EMBED_START && label->index < label->size - END_LABEL &&
	       label->text <= INT64_MAX && label->text % RDB_TAR_BLOCK == 0 &&
	       label->data > label->text && label->data - label->text <= RDB_TAR_HEADER_MAX &&
	       label->length <= RDB_EMBED_INDEX_MAX && label->length % RDB_TAR_BLOCK == 0;
}

static int read_labels(struct rdb_source *source, struct rdb_embed_label *label,
	uint8_t end[END_LABEL], struct rdb_err *err)
{
	struct rdb_embed_label first;
	uint64_t size = source->identity.size;
	int ret = rdb_embed_read_label(source, &first, err);

	if (ret != 0)
		return ret;
	if (size < RDB_EMBED_START + END_LABEL)
		return rdb_err_set(err, EBADMSG, "the archive is cut short");
	ret = rdb_source_read_exact(source, end, END_LABEL, size - END_LABEL, err);
	if (ret != 0)
		return ret;
	if (!parse_end(end, label) || label->size != size)
		return rdb_err_set(err, EBADMSG, "the archive is cut short, or was added to");
	if (!labels_agree(&first, label) || !label_fits(label))
		return rdb_err_set(err, EBADMSG, "the label is damaged");
	return 0;
}

/* Returns true if the gzip trailer matches the archive's decompressed content. "crc" and "last_len"
 * are the CRC and the length of the last tar member (the index), including its tar header. */
static bool trailer_fits(const struct rdb_embed *embed, uint32_t crc, uint64_t last_len,
	const uint8_t end[END_LABEL])
{
	const uint8_t *trailer = end + END_LABEL - END_TRAILER;
	const uint8_t *label = end + RDB_DEFLATE_STORED_HEAD;
	const uint8_t *zeros = trailer - RDB_TAR_END;
	uint8_t expected[RDB_GZIP_TRAILER];

	/* Extend the CRC by the label and by the zeros that end the tar archive. The archive
	 * contains both without compression, so no decoding is needed. */
	crc = rdb_crc32(crc, label, RDB_TAR_BLOCK);
	crc = rdb_crc32(crc, zeros, RDB_TAR_END);
	last_len += RDB_TAR_BLOCK + RDB_TAR_END;
	/* Combine the checksum with embed->crc, the checksum of all content before the last tar
	 * member. */
	crc = (uint32_t)crc32_combine(embed->crc, crc, (z_off_t)last_len);
	rdb_gzip_trailer(expected, crc, embed->label.text + last_len);
	return memcmp(expected, trailer, sizeof(expected)) == 0;
}

static int check_last(
	const struct rdb_embed *embed, const struct rdb_buf *header, struct rdb_err *err)
{
	char *path = member_path(embed, RDB_EMBED_FILE);
	int ret;

	if (!path)
		return rdb_err_sys(err, ENOMEM, "the index");
	ret = check_header(
		header->data, header->len, path, embed->label.length + RDB_TAR_BLOCK, err);
	free(path);
	return ret;
}

/* Decompresses the archive's last tar member into *header (the tar header) and *index (the member's
 * data). The data of the archive's last tar member is the index. */
static int read_last(struct rdb_source *source, const struct rdb_embed_label *label,
	struct rdb_buf *header, struct rdb_buf *index, struct rdb_err *err)
{
	size_t header_len = (size_t)(label->data - label->text);
	int ret =
		inflate_from(source, label->index, header_len + (size_t)label->length, index, err);

	if (ret != 0)
		return ret;
	if (rdb_buf_add(header, index->data, header_len) != 0)
		return rdb_err_sys(err, ENOMEM, "the index");
	rdb_buf_consume(index, header_len);
	return 0;
}

int rdb_embed_read(struct rdb_source *source, struct rdb_embed *out, struct rdb_err *err)
{
	struct rdb_buf header = {0}, index = {0};
	struct rdb_embed_label label;
	uint8_t end[END_LABEL];
	uint64_t last_len;
	uint32_t crc;
	int ret = read_labels(source, &label, end, err);

	if (ret == 0)
		ret = read_last(source, &label, &header, &index, err);
	if (ret != 0)
		goto done;
	crc = rdb_crc32(0, header.data, header.len);
	crc = rdb_crc32(crc, index.data, index.len);
	last_len = header.len + index.len;
	ret = rdb_embed_parse(&label, &index, out, err);
	if (ret != 0)
		goto done;
	ret = check_last(out, &header, err);
	if (ret == 0 && !trailer_fits(out, crc, last_len, end))
		ret = rdb_err_set(
			err, EBADMSG, "the checksums of the archive and of the index differ");
	if (ret != 0)
		rdb_embed_free(out);
done:
	rdb_buf_free(&header);
	rdb_buf_free(&index);
	return ret;
}
