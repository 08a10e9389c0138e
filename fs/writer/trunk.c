#include "format/tar.h"
#include "gz/gzip_frame.h"
#include "writer/trunk_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADER_LABEL 10 /* offset of the label in the gzip header */
/* Number of uncompressed bytes since the last checkpoint (a position where decompression can start)
 * after which the next tar member begins with a checkpoint. */
#define MEMBERS_DISTANCE ((uint64_t)128 * 1024)

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the archive");
}

/* ---- text ---- */

static void advance(struct rdb_trunk *trunk, uint64_t text_len, uint32_t crc)
{
	uint64_t at = trunk->base + trunk->output->at;

	rdb_ledger_advance(&trunk->ledger, at, text_len, crc);
	atomic_store(&trunk->length, at);
}

int rdb_trunk_append(
	struct rdb_trunk *trunk, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	int ret;

	if (rdb_ledger_enter(&trunk->ledger, RDB_DEFLATE_CHUNK) != 0)
		return out_of_memory(err);
	ret = rdb_output_append(trunk->output, span->data, span->len, err);
	if (ret == 0)
		advance(trunk, span->text_len, span->crc);
	return ret;
}

int rdb_trunk_append_piece(
	struct rdb_trunk *trunk, int fd, const struct rdb_piece *piece, struct rdb_err *err)
{
	int ret;

	if (rdb_ledger_enter(&trunk->ledger, RDB_DEFLATE_CHUNK) != 0)
		return out_of_memory(err);
	ret = rdb_output_copy(trunk->output, fd, piece->at, piece->len, err);
	if (ret == 0)
		advance(trunk, piece->text_len, piece->crc);
	return ret;
}

static int append_text(struct rdb_trunk *trunk, const void *text, size_t len, struct rdb_err *err)
{
	struct rdb_buf packed = {0};
	const char *at = text;
	int ret = 0;

	while (len && ret == 0) {
		size_t n = len < RDB_DEFLATE_CHUNK ? len : RDB_DEFLATE_CHUNK;
		rdb_buf_clear(&packed);
		ret = rdb_deflate_once(trunk->deflater, at, n, &packed, err);
		if (ret == 0) {
			struct rdb_deflate_span span = {packed.data, packed.len, n,
				(uint32_t)crc32_z(0, (const uint8_t *)at, n)};
			ret = rdb_trunk_append(trunk, &span, err);
		}
		at += n;
		len -= n;
	}
	rdb_buf_free(&packed);
	return ret;
}

/* Appends the text to the archive as a stored block. A stored block is uncompressed, so that other
 * text of the same length can replace the text later. */
static int append_stored(
	struct rdb_trunk *trunk, const void *text, size_t len, bool last, struct rdb_err *err)
{
	uint8_t head[RDB_DEFLATE_STORED_HEAD];
	int ret;

	if (rdb_ledger_enter(&trunk->ledger, RDB_DEFLATE_CHUNK) != 0)
		return out_of_memory(err);
	rdb_deflate_stored_head(head, len, last);
	ret = rdb_output_append(trunk->output, head, sizeof(head), err);
	if (ret == 0)
		ret = rdb_output_append(trunk->output, text, len, err);
	if (ret == 0)
		advance(trunk, len, (uint32_t)crc32_z(0, text, len));
	return ret;
}

/* ---- members ---- */

static int make_header(const struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_buf path = {0};
	int ret = rdb_buf_printf(&path, "%s/%s", trunk->top, member->name);

	if (ret == 0 && !rdb_buf_cstr(&path))
		ret = -ENOMEM;
	if (ret == 0)
		ret = rdb_tar_header(out, path.data, member->size, member->mtime);
	rdb_buf_free(&path);
	return ret ? rdb_err_sys(err, -ret, "%s", member->name) : 0;
}

/* Records the member and its offsets for the index. *header is the position of the member's tar
 * header, and header_len is the header's length. */
static int note_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const struct rdb_ledger_mark *header, size_t header_len, struct rdb_err *err)
{
	struct rdb_embed_member noted = *member;

	noted.in = header->in;
	noted.out = header->out;
	noted.data = header->out + header_len;
	return rdb_ledger_add_member(&trunk->ledger, &noted) ? out_of_memory(err) : 0;
}

static int add_whole(struct rdb_buf *out, const struct rdb_buf *header, const void *text,
	size_t len, struct rdb_err *err)
{
	static const char zeros[RDB_TAR_BLOCK];

	if (rdb_buf_add(out, header->data, header->len) != 0 || rdb_buf_add(out, text, len) != 0 ||
		rdb_buf_add(out, zeros, rdb_tar_padding(len)) != 0)
		return out_of_memory(err);
	return 0;
}

int rdb_trunk_flush_pack(struct rdb_trunk *trunk, struct rdb_err *err)
{
	int ret = 0;

	if (trunk->pack.len == 0)
		return 0;
	if (rdb_ledger_checkpoint(&trunk->ledger) != 0)
		return out_of_memory(err);
	ret = append_text(trunk, trunk->pack.data, trunk->pack.len, err);
	rdb_buf_clear(&trunk->pack);
	return ret;
}

int rdb_trunk_pack_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err)
{
	struct rdb_ledger_mark place;
	struct rdb_buf header = {0};
	int ret = make_header(trunk, member, &header, err);

	if (ret == 0 && trunk->pack.len + header.len + member->size > RDB_DEFLATE_CHUNK)
		ret = rdb_trunk_flush_pack(trunk, err);
	place = trunk->ledger.end;
	place.out += trunk->pack.len;
	if (ret == 0)
		ret = note_member(trunk, member, &place, header.len, err);
	if (ret == 0)
		ret = add_whole(&trunk->pack, &header, text, (size_t)member->size, err);
	if (ret == 0 && trunk->pack.len >= RDB_TRUNK_PACK)
		ret = rdb_trunk_flush_pack(trunk, err);
	rdb_buf_free(&header);
	return ret;
}

int rdb_trunk_add_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err)
{
	struct rdb_buf header = {0}, all = {0};
	int ret = rdb_trunk_flush_pack(trunk, err);

	if (ret == 0)
		ret = make_header(trunk, member, &header, err);
	if (ret == 0)
		ret = note_member(trunk, member, &trunk->ledger.end, header.len, err);
	if (ret == 0 && rdb_ledger_enter(&trunk->ledger, MEMBERS_DISTANCE) != 0)
		ret = out_of_memory(err);
	if (ret == 0)
		ret = add_whole(&all, &header, text, (size_t)member->size, err);
	if (ret == 0)
		ret = append_text(trunk, all.data, all.len, err);
	rdb_buf_free(&header);
	rdb_buf_free(&all);
	return ret;
}

/* Appends a member's tar header at a new checkpoint, and leaves the header out of the checksums.
 * The header may still change, so rdb_trunk_close_member() later adds the final header to the
 * checksums. */
static int append_open_header(
	struct rdb_trunk *trunk, const struct rdb_buf *header, struct rdb_err *err)
{
	int ret = rdb_ledger_checkpoint(&trunk->ledger);

	if (ret != 0)
		return out_of_memory(err);
	ret = append_stored(trunk, header->data, header->len, false, err);
	rdb_ledger_leave_open(&trunk->ledger);
	return ret;
}

int rdb_trunk_open_member(
	struct rdb_trunk *trunk, const struct rdb_embed_member *member, struct rdb_err *err)
{
	struct rdb_buf header = {0};
	int ret = rdb_trunk_flush_pack(trunk, err);

	trunk->open = trunk->ledger.end;
	if (ret == 0)
		ret = make_header(trunk, member, &header, err);
	if (ret == 0)
		ret = append_open_header(trunk, &header, err);
	if (ret == 0)
		rdb_output_hold(trunk->output, trunk->held, trunk->output->at);
	rdb_buf_free(&header);
	return ret;
}

int rdb_trunk_close_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	bool fill_in, struct rdb_err *err)
{
	struct rdb_buf header = {0};
	int ret = make_header(trunk, member, &header, err);

	if (ret == 0 && fill_in)
		ret = rdb_output_patch(trunk->output, header.data, header.len,
			trunk->open.in + RDB_DEFLATE_STORED_HEAD, err);
	/* Add the member's final header to the checksums. Until now, the checksums leave the header
	 * out, because append_open_header() was called before the header was final. */
	if (ret == 0) {
		rdb_ledger_fill_in(&trunk->ledger, &trunk->open, header.data, header.len);
		ret = note_member(trunk, member, &trunk->open, header.len, err);
		rdb_output_hold(trunk->output, 0, 0);
	}
	rdb_buf_free(&header);
	return ret;
}

/* ---- creating a trunk ---- */

static int append_gzip_header(struct rdb_trunk *trunk, int level, struct rdb_err *err)
{
	struct rdb_embed_label label = {0};
	char comment[RDB_EMBED_LABEL + 1];
	uint8_t header[RDB_GZIP_HEADER(RDB_EMBED_LABEL)];
	int ret;

	_Static_assert(sizeof(header) == RDB_EMBED_START, "the gzip header's length");
	strcpy(label.type, trunk->type);
	rdb_embed_label_format(&label, comment);
	rdb_gzip_header(header, (uint32_t)trunk->created, level, comment);
	ret = rdb_output_append(trunk->output, header, sizeof(header), err);
	trunk->ledger.end.in = trunk->output->at;
	return ret;
}

int rdb_trunk_create(
	const struct rdb_trunk_options *options, struct rdb_trunk **out, struct rdb_err *err)
{
	struct rdb_trunk *trunk = calloc(1, sizeof(*trunk));
	int ret;

	if (!trunk || !(trunk->top = strdup(options->top))) {
		free(trunk);
		rdb_output_close(options->output);
		return out_of_memory(err);
	}
	trunk->head = trunk->output = options->output;
	trunk->deflater = options->deflater;
	trunk->created = options->created;
	strcpy(trunk->type, options->type);
	ret = append_gzip_header(trunk, options->level, err);
	if (ret != 0) {
		rdb_trunk_destroy(trunk);
		return ret;
	}
	*out = trunk;
	return 0;
}

void rdb_trunk_destroy(struct rdb_trunk *trunk)
{
	if (!trunk)
		return;
	rdb_output_close(trunk->head);
	rdb_ledger_free(&trunk->ledger);
	rdb_buf_free(&trunk->pack);
	free(trunk->top);
	free(trunk);
}

void rdb_trunk_cancel(struct rdb_trunk *trunk)
{
	rdb_output_cancel(trunk->head);
}

bool rdb_trunk_can_fill_in(const struct rdb_trunk *trunk)
{
	return rdb_output_can_patch(trunk->head);
}

uint64_t rdb_trunk_length(const struct rdb_trunk *trunk)
{
	return atomic_load(&trunk->length);
}

/* ---- completing and freeing a trunk ---- */

int rdb_trunk_mark(struct rdb_trunk *trunk, struct rdb_ledger_mark *out, struct rdb_err *err)
{
	int ret = rdb_trunk_flush_pack(trunk, err);

	trunk->held = trunk->output->at;
	rdb_output_hold(trunk->output, trunk->held, UINT64_MAX);
	*out = trunk->ledger.end;
	return ret;
}

int rdb_trunk_rewind(
	struct rdb_trunk *trunk, const struct rdb_ledger_mark *mark, struct rdb_err *err)
{
	rdb_ledger_rewind(&trunk->ledger, mark);
	return rdb_output_rewind(trunk->output, mark->in, err);
}

/* Appends the archive's index as a tar member, without the member's last block. Stores the place of
 * the index in *label. append_end() appends the last block. */
static int append_index(struct rdb_trunk *trunk, const char *facts, struct rdb_embed_label *label,
	struct rdb_err *err)
{
	struct rdb_embed_member member = {.name = RDB_EMBED_FILE, .mtime = trunk->created};
	const struct rdb_ledger_mark *end = &trunk->ledger.end;
	struct rdb_buf index = {0}, text = {0};
	int ret = rdb_ledger_encode(&trunk->ledger, trunk->top, facts, &index);

	member.size = index.len + RDB_TAR_BLOCK;
	ret = ret ? out_of_memory(err) : make_header(trunk, &member, &text, err);
	if (ret != 0)
		goto done;
	label->index = end->in;
	label->text = end->out;
	label->data = end->out + text.len;
	label->length = index.len;
	if (rdb_buf_add(&text, index.data, index.len) != 0)
		ret = out_of_memory(err);
	else
		ret = append_text(trunk, text.data, text.len, err);
done:
	rdb_buf_free(&index);
	rdb_buf_free(&text);
	return ret;
}

static int append_trailer(struct rdb_trunk *trunk, struct rdb_err *err)
{
	uint8_t trailer[RDB_GZIP_TRAILER];
	int ret;

	rdb_gzip_trailer(trailer, trunk->ledger.end.crc, trunk->ledger.end.out);
	ret = rdb_output_append(trunk->output, trailer, sizeof(trailer), err);
	atomic_store(&trunk->length, trunk->base + trunk->output->at);
	return ret;
}

/* Appends the label, the end of the tar archive and the gzip trailer. The label says where the
 * index is. If the output can change earlier bytes, the function also writes the label into the
 * gzip header. */
static int append_end(struct rdb_trunk *trunk, struct rdb_embed_label *label, struct rdb_err *err)
{
	char block[RDB_TAR_BLOCK] = {0}, zeros[RDB_TAR_END] = {0};
	int ret;

	label->size = trunk->ledger.end.in + 2 * RDB_DEFLATE_STORED_HEAD + RDB_TAR_BLOCK +
		      RDB_TAR_END + RDB_GZIP_TRAILER;
	rdb_embed_label_format(label, block);
	block[RDB_EMBED_LABEL] = '\n';
	ret = append_stored(trunk, block, sizeof(block), false, err);
	if (ret == 0)
		ret = append_stored(trunk, zeros, sizeof(zeros), true, err);
	if (ret == 0)
		ret = append_trailer(trunk, err);
	if (ret == 0 && rdb_output_can_patch(trunk->head)) {
		rdb_embed_label_format(label, block);
		ret = rdb_output_patch(trunk->head, block, RDB_EMBED_LABEL, HEADER_LABEL, err);
	}
	return ret;
}

int rdb_trunk_finish(struct rdb_trunk *trunk, const char *facts, struct rdb_err *err)
{
	struct rdb_embed_label label = {.home = trunk->head->home};
	int ret = rdb_trunk_flush_pack(trunk, err);

	strcpy(label.type, trunk->type);
	if (ret == 0)
		ret = append_index(trunk, facts, &label, err);
	if (ret == 0)
		ret = append_end(trunk, &label, err);
	return ret ? ret : rdb_output_commit(trunk->head, err);
}
