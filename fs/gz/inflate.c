#include "gz/inflate.h"

#include "gz/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_SIZE (128 * 1024)
#define TRAILER_SIZE 8
#define STATE_MAGIC 0x32534752u /* "RGS2" */
#define DISCARD_SIZE 16384

enum phase {
	PHASE_HEADER, /* before the first byte of a member, or after the last member */
	PHASE_BODY,
	PHASE_TAIL, /* after the last block of a member */
	PHASE_END,
	PHASE_ERROR,
};

struct rdb_inflate {
	struct rdb_decoder decoder;
	struct rdb_source *source;
	enum phase phase;
	uint64_t offset;    /* offset of the next byte that inflate_read() returns */
	uint64_t member;    /* offset of the first byte of the current member */
	uint64_t input_end; /* offset in the source of the first byte not read into input */
	bool members;       /* whether at least one member was read to its end */
	bool garbage;
	bool unverified; /* reading began inside the member, so its trailer cannot be verified */
	struct rdb_err error; /* when PHASE_ERROR */
	struct rdb_engine engine;
	/* Number of decoded bytes that inflate_read() must discard first. inflate_load() sets this
	 * number if decoding can resume only at an offset before the saved position. */
	uint64_t discard;
	/* Source offset and CRC at the position that inflate_load() has restored. While "discard"
	 * is not 0, inflate_source_offset() and inflate_crc() return these fields, because the
	 * engine is still before the restored position. */
	uint64_t loaded_source_offset;
	uint32_t loaded_crc;
	uint8_t input[INPUT_SIZE];
};

static struct rdb_inflate *to_inflate(const struct rdb_decoder *decoder)
{
	return (struct rdb_inflate *)(uintptr_t)decoder;
}

static void inflate_restart(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset)
{
	struct rdb_inflate *inflate = to_inflate(decoder);

	rdb_engine_enter(&inflate->engine);
	inflate->phase = PHASE_BODY;
	inflate->discard = 0;
	inflate->offset = offset;
	inflate->member = offset;
	inflate->input_end = source_offset;
	inflate->members = false;
	inflate->garbage = false;
	inflate->unverified = true;
	rdb_err_clear(&inflate->error);
}

static int inflate_rewind(struct rdb_decoder *decoder, struct rdb_err *err)
{
	struct rdb_inflate *inflate = to_inflate(decoder);

	(void)err;
	inflate_restart(decoder, 0, 0);
	inflate->phase = PHASE_HEADER;
	inflate->unverified = false;
	return 0;
}

static uint64_t inflate_offset(const struct rdb_decoder *decoder)
{
	return to_inflate(decoder)->offset;
}

static uint64_t inflate_source_offset(const struct rdb_decoder *decoder)
{
	const struct rdb_inflate *inflate = to_inflate(decoder);

	if (inflate->discard)
		return inflate->loaded_source_offset;
	return inflate->input_end - inflate->engine.in_len;
}

static bool inflate_crc(const struct rdb_decoder *decoder, uint32_t *out)
{
	const struct rdb_inflate *inflate = to_inflate(decoder);

	*out = inflate->discard ? inflate->loaded_crc : inflate->engine.crc;
	return !inflate->unverified;
}

static uint64_t inflate_member(const struct rdb_decoder *decoder)
{
	return to_inflate(decoder)->member;
}

static bool inflate_garbage(const struct rdb_decoder *decoder)
{
	return to_inflate(decoder)->garbage;
}

/* ---- reading ---- */

static void fail(struct rdb_inflate *inflate, int code, const char *what)
{
	inflate->phase = PHASE_ERROR;
	rdb_err_set(&inflate->error, code, "%s at byte %llu", what,
		(unsigned long long)inflate_source_offset(&inflate->decoder));
}

static void fill(struct rdb_inflate *inflate)
{
	ssize_t n;

	if (inflate->engine.in_len > 0)
		return;
	n = rdb_source_pread(
		inflate->source, inflate->input, INPUT_SIZE, inflate->input_end, &inflate->error);
	if (n < 0) {
		inflate->phase = PHASE_ERROR;
		return;
	}
	inflate->engine.in = inflate->input;
	inflate->engine.in_len = (uint32_t)n;
	inflate->input_end += (uint64_t)n;
}

/* Copies the next two bytes of the input to "magic" without consuming the bytes. Returns the number
 * of copied bytes, or a negative errno. */
static ssize_t peek_magic(struct rdb_inflate *inflate, uint8_t magic[2])
{
	ssize_t n;

	if (inflate->engine.in_len >= 2) {
		memcpy(magic, inflate->engine.in, 2);
		return 2;
	}
	n = rdb_source_pread(inflate->source, magic, 2, inflate_source_offset(&inflate->decoder),
		&inflate->error);
	if (n < 0)
		inflate->phase = PHASE_ERROR;
	return n;
}

static void begin_member(struct rdb_inflate *inflate)
{
	rdb_engine_begin(&inflate->engine);
	inflate->member = inflate->offset;
	inflate->unverified = false;
	inflate->phase = PHASE_BODY;
}

static void read_header(struct rdb_inflate *inflate)
{
	uint8_t magic[2];
	ssize_t n = peek_magic(inflate, magic);

	if (n < 0)
		return;
	if (n == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
		begin_member(inflate);
	} else if (!inflate->members && n < 2 && (n == 0 || magic[0] == 0x1f)) {
		fail(inflate, ENODATA, n == 0 ? "the file is empty" : "the archive is cut short");
	} else if (!inflate->members) {
		fail(inflate, EILSEQ, "not in gzip format");
	} else {
		inflate->garbage = n > 0 && magic[0] != 0;
		inflate->phase = PHASE_END;
	}
}

/* Skips a gzip member's trailer without verifying the checksum in the trailer. Called if the member
 * was not decoded from its start, because the checksum covers the whole member. */
static void skip_trailer(struct rdb_inflate *inflate)
{
	for (unsigned left = TRAILER_SIZE - rdb_engine_held(&inflate->engine); left > 0; left--) {
		fill(inflate);
		if (inflate->phase == PHASE_ERROR)
			return;
		if (inflate->engine.in_len == 0) {
			fail(inflate, ENODATA, "the archive is cut short");
			return;
		}
		inflate->engine.in++;
		inflate->engine.in_len--;
	}
}

static void end_member(struct rdb_inflate *inflate)
{
	if (inflate->unverified)
		skip_trailer(inflate);
	if (inflate->phase == PHASE_ERROR)
		return;
	inflate->members = true;
	inflate->phase = PHASE_HEADER;
}

static void fail_inflate(struct rdb_inflate *inflate, enum rdb_engine_result result)
{
	switch (result) {
	case RDB_ENGINE_CHECKSUM:
		fail(inflate, EBADMSG, "data is damaged somewhere before the checksum");
		break;
	case RDB_ENGINE_DATA:
		fail(inflate, EILSEQ, "the compressed data is damaged");
		break;
	case RDB_ENGINE_HEADER:
		fail(inflate, EILSEQ, "the gzip header is damaged");
		break;
	default:
		fail(inflate, EILSEQ, "the compressed data can't be read");
	}
}

/* Decodes up to len bytes into "buf" with one call of the engine. Returns the number of decoded
 * bytes. After an error, inflate->phase is PHASE_ERROR. */
static size_t decode(struct rdb_inflate *inflate, uint8_t *buf, size_t len)
{
	struct rdb_engine *engine = &inflate->engine;
	enum rdb_engine_result result;
	bool at_end;
	size_t got;

	fill(inflate);
	if (inflate->phase == PHASE_ERROR)
		return 0;
	at_end = engine->in_len == 0;
	engine->out = buf;
	engine->out_len = (uint32_t)len;
	result = rdb_engine_decode(engine);
	got = len - engine->out_len;
	inflate->offset += got;

	if (result == RDB_ENGINE_END)
		inflate->phase = PHASE_TAIL;
	else if (result != RDB_ENGINE_OK)
		fail_inflate(inflate, result);
	else if (at_end && got == 0)
		fail(inflate, ENODATA, "the archive is cut short");
	return got;
}

/* Decodes up to the position that inflate_load() has restored, and discards the decoded bytes.
 * Needed if the engine has to start before this position. */
static void discard(struct rdb_inflate *inflate)
{
	uint8_t text[DISCARD_SIZE];
	uint64_t offset = inflate->offset;

	while (inflate->discard > 0 && inflate->phase == PHASE_BODY) {
		size_t len =
			inflate->discard < sizeof(text) ? (size_t)inflate->discard : sizeof(text);
		inflate->discard -= decode(inflate, text, len);
	}
	if (inflate->discard > 0 && inflate->phase != PHASE_ERROR)
		fail(inflate, EILSEQ, "the compressed data is damaged");
	inflate->offset = offset;
}

static ssize_t inflate_read(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err)
{
	struct rdb_inflate *inflate = to_inflate(decoder);
	size_t done = 0;

	if (len > UINT32_MAX / 2)
		len = UINT32_MAX / 2;
	if (inflate->discard > 0)
		discard(inflate);
	while (done < len && inflate->phase != PHASE_END && inflate->phase != PHASE_ERROR) {
		if (inflate->phase == PHASE_HEADER)
			read_header(inflate);
		else if (inflate->phase == PHASE_TAIL)
			end_member(inflate);
		else
			done += decode(inflate, (uint8_t *)buf + done, len - done);
	}
	if (done > 0 || inflate->phase != PHASE_ERROR)
		return (ssize_t)done;
	if (err)
		*err = inflate->error;
	return -inflate->error.code;
}

/* ---- saving and loading ---- */

/* Header of a saved state. The engine's state (gz/engine.h) follows. */
struct saved_head {
	uint32_t magic;
	uint32_t phase;
	uint64_t offset;
	uint64_t member;
	uint64_t source_offset;
	uint64_t back_in, back_out; /* see rdb_engine_save() */
	uint32_t crc;
	uint32_t flags;  /* 1 if members is set, 2 if unverified is set, 3 if both */
	uint32_t packed; /* bytes that follow */
	uint32_t zero;
};

static int inflate_save(const struct rdb_decoder *decoder, struct rdb_buf *out, uint64_t *from)
{
	const struct rdb_inflate *inflate = to_inflate(decoder);
	struct saved_head head = {
		.magic = STATE_MAGIC,
		.phase = inflate->phase,
		.offset = inflate->offset,
		.member = inflate->member,
		.source_offset = inflate_source_offset(&inflate->decoder),
		.flags = (inflate->members ? 1u : 0) | (inflate->unverified ? 2u : 0),
	};
	struct rdb_engine_back back;
	size_t start = out->len;
	int ret;

	if (inflate->phase == PHASE_ERROR || inflate->phase == PHASE_END)
		return -EINVAL;
	ret = rdb_buf_add(out, &head, sizeof(head));
	if (ret == 0)
		ret = rdb_engine_save(&inflate->engine, out, &back);
	if (ret == 0) {
		inflate_crc(decoder, &head.crc);
		head.packed = (uint32_t)(out->len - start - sizeof(head));
		if (inflate->phase == PHASE_BODY) { /* only members have text to decode again */
			head.back_in = back.in + head.source_offset -
				       (inflate->input_end - inflate->engine.in_len);
			head.back_out = back.out + inflate->discard;
		}
		memcpy(out->data + start, &head, sizeof(head));
	} else {
		out->len = start;
	}
	if (from)
		*from = head.source_offset - head.back_in;
	return ret;
}

static bool head_is_sane(const struct saved_head *head, size_t len)
{
	return head->magic == STATE_MAGIC && head->phase <= PHASE_TAIL &&
	       head->packed <= RDB_ENGINE_SAVED_MAX && head->packed == len - sizeof(*head) &&
	       head->back_in <= head->source_offset && head->back_out <= head->offset;
}

static int inflate_load(
	struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_inflate *inflate = to_inflate(decoder);
	struct saved_head head;
	int ret = -EBADMSG;

	if (len < sizeof(head))
		goto bad;
	memcpy(&head, data, sizeof(head));
	if (!head_is_sane(&head, len))
		goto bad;
	ret = rdb_engine_load(&inflate->engine, (const uint8_t *)data + sizeof(head), head.packed);
	if (ret != 0)
		goto bad;
	inflate->engine.in = inflate->input;
	inflate->phase = (enum phase)head.phase;
	inflate->offset = head.offset;
	inflate->member = head.member;
	inflate->input_end = head.source_offset - head.back_in;
	inflate->discard = head.back_out;
	inflate->loaded_source_offset = head.source_offset;
	inflate->loaded_crc = head.crc;
	inflate->members = head.flags & 1;
	inflate->unverified = head.flags & 2;
	inflate->garbage = false;
	rdb_err_clear(&inflate->error);
	return 0;
bad:
	inflate_rewind(decoder, NULL);
	return rdb_err_set(err, -ret, "a saved decoder state can't be used");
}

static void inflate_close(struct rdb_decoder *decoder)
{
	struct rdb_inflate *inflate = to_inflate(decoder);

	rdb_engine_destroy(&inflate->engine);
	free(inflate);
}

static const struct rdb_decoder_ops inflate_ops = {
	.read = inflate_read,
	.offset = inflate_offset,
	.source_offset = inflate_source_offset,
	.rewind = inflate_rewind,
	.save = inflate_save,
	.load = inflate_load,
	.restart = inflate_restart,
	.member = inflate_member,
	.crc = inflate_crc,
	.garbage = inflate_garbage,
	.close = inflate_close,
};

int rdb_inflate_open(struct rdb_source *source, struct rdb_decoder **out, struct rdb_err *err)
{
	struct rdb_inflate *inflate = malloc(sizeof(*inflate));

	if (!inflate)
		return rdb_err_sys(err, ENOMEM, "decoder");
	inflate->decoder.ops = &inflate_ops;
	inflate->source = source;
	if (rdb_engine_create(&inflate->engine) != 0) {
		free(inflate);
		return rdb_err_sys(err, ENOMEM, "decoder");
	}
	inflate_rewind(&inflate->decoder, NULL);
	*out = &inflate->decoder;
	return 0;
}

uint64_t rdb_inflate_library(void)
{
	return rdb_engine_library() ^ STATE_MAGIC;
}
