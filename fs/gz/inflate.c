#include "gz/inflate.h"

#include <dlfcn.h>
#include <errno.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_SIZE (128 * 1024)
#define TRAILER_SIZE 8
#define STATE_MAGIC 0x31534752u /* "RGS1" */
#define STATE_LIMIT (2 * sizeof(struct inflate_state))

enum phase {
	PHASE_HEADER, /* before a member's first byte, or behind the last member */
	PHASE_BODY,
	PHASE_TAIL, /* behind a member's last block */
	PHASE_END,
	PHASE_ERROR,
};

struct rdb_inflate {
	struct rdb_source *source;
	enum phase phase;
	uint64_t offset;    /* of the next byte that rdb_inflate_read() returns */
	uint64_t member;    /* offset where the current member began */
	uint64_t input_end; /* source offset behind the bytes in input */
	bool members;       /* at least one member was read to its end */
	bool garbage;
	bool unverified;      /* entered within a member: its trailer can't be verified */
	struct rdb_err error; /* when PHASE_ERROR */
	struct inflate_state state;
	uint8_t input[INPUT_SIZE];
};

int rdb_inflate_open(struct rdb_source *source, struct rdb_inflate **out, struct rdb_err *err)
{
	struct rdb_inflate *inflate = malloc(sizeof(*inflate));

	if (!inflate)
		return rdb_err_sys(err, ENOMEM, "decoder");
	inflate->source = source;
	rdb_inflate_rewind(inflate);
	*out = inflate;
	return 0;
}

void rdb_inflate_close(struct rdb_inflate *inflate)
{
	free(inflate);
}

void rdb_inflate_rewind(struct rdb_inflate *inflate)
{
	rdb_inflate_restart(inflate, 0, 0);
	inflate->phase = PHASE_HEADER;
	inflate->unverified = false;
}

void rdb_inflate_restart(struct rdb_inflate *inflate, uint64_t source_offset, uint64_t offset)
{
	isal_inflate_init(&inflate->state);
	inflate->phase = PHASE_BODY;
	inflate->offset = offset;
	inflate->member = offset;
	inflate->input_end = source_offset;
	inflate->members = false;
	inflate->garbage = false;
	inflate->unverified = true;
	rdb_err_clear(&inflate->error);
}

uint64_t rdb_inflate_offset(const struct rdb_inflate *inflate)
{
	return inflate->offset;
}

uint64_t rdb_inflate_source_offset(const struct rdb_inflate *inflate)
{
	return inflate->input_end - inflate->state.avail_in;
}

bool rdb_inflate_crc(const struct rdb_inflate *inflate, uint32_t *out)
{
	*out = inflate->state.crc;
	return !inflate->unverified;
}

uint32_t rdb_inflate_crc_add(uint32_t crc, const void *data, size_t len)
{
	return crc32_gzip_refl(crc, data, len);
}

uint64_t rdb_inflate_member(const struct rdb_inflate *inflate)
{
	return inflate->member;
}

bool rdb_inflate_garbage(const struct rdb_inflate *inflate)
{
	return inflate->garbage;
}

/* ---- reading ---- */

static void fail(struct rdb_inflate *inflate, int code, const char *what)
{
	inflate->phase = PHASE_ERROR;
	rdb_err_set(&inflate->error, code, "%s at byte %llu", what,
		(unsigned long long)rdb_inflate_source_offset(inflate));
}

/* Fills input; avail_in stays 0 at the end of the source. */
static void fill(struct rdb_inflate *inflate)
{
	ssize_t n;

	if (inflate->state.avail_in > 0)
		return;
	n = rdb_source_pread(
		inflate->source, inflate->input, INPUT_SIZE, inflate->input_end, &inflate->error);
	if (n < 0) {
		inflate->phase = PHASE_ERROR;
		return;
	}
	inflate->state.next_in = inflate->input;
	inflate->state.avail_in = (uint32_t)n;
	inflate->input_end += (uint64_t)n;
}

/* Peeks at the next two bytes. Returns their number, or a negative errno. */
static ssize_t peek_magic(struct rdb_inflate *inflate, uint8_t magic[2])
{
	ssize_t n;

	if (inflate->state.avail_in >= 2) {
		memcpy(magic, inflate->state.next_in, 2);
		return 2;
	}
	n = rdb_source_pread(
		inflate->source, magic, 2, rdb_inflate_source_offset(inflate), &inflate->error);
	if (n < 0)
		inflate->phase = PHASE_ERROR;
	return n;
}

/* Resets the library's state for the next member; keeps the input. */
static void begin_member(struct rdb_inflate *inflate)
{
	uint8_t *next_in = inflate->state.next_in;
	uint32_t avail_in = inflate->state.avail_in;

	isal_inflate_init(&inflate->state);
	inflate->state.next_in = next_in;
	inflate->state.avail_in = avail_in;
	inflate->state.crc_flag = ISAL_GZIP;
	inflate->member = inflate->offset;
	inflate->unverified = false;
	inflate->phase = PHASE_BODY;
}

/* Checks whether a member starts here. Behind the first member anything else ends the content. */
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

/*
 * Skips the trailer of a member that was entered in its middle: its checksum covers more than was
 * read. The library holds a part of it in its bit buffer.
 */
static void skip_trailer(struct rdb_inflate *inflate)
{
	for (int left = TRAILER_SIZE - inflate->state.read_in_length / 8; left > 0; left--) {
		fill(inflate);
		if (inflate->phase == PHASE_ERROR)
			return;
		if (inflate->state.avail_in == 0) {
			fail(inflate, ENODATA, "the archive is cut short");
			return;
		}
		inflate->state.next_in++;
		inflate->state.avail_in--;
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

static void fail_inflate(struct rdb_inflate *inflate, int ret)
{
	switch (ret) {
	case ISAL_INCORRECT_CHECKSUM:
		fail(inflate, EBADMSG, "data is damaged somewhere before the checksum");
		break;
	case ISAL_INVALID_BLOCK:
	case ISAL_INVALID_SYMBOL:
	case ISAL_INVALID_LOOKBACK:
		fail(inflate, EILSEQ, "the compressed data is damaged");
		break;
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
	case ISAL_NEED_DICT:
		fail(inflate, EILSEQ, "the gzip header is damaged");
		break;
	default:
		fail(inflate, EILSEQ, "the compressed data can't be read");
	}
}

/* Decodes with one call of the library; the phase says what to do next. */
static size_t decode(struct rdb_inflate *inflate, uint8_t *buf, size_t len)
{
	struct inflate_state *state = &inflate->state;

	fill(inflate);
	if (inflate->phase == PHASE_ERROR)
		return 0;
	bool at_end = state->avail_in == 0;
	state->next_out = buf;
	state->avail_out = (uint32_t)len;
	int ret = isal_inflate(state);
	size_t got = len - state->avail_out;
	inflate->offset += got;

	if (ret != ISAL_DECOMP_OK)
		fail_inflate(inflate, ret);
	else if (state->block_state == ISAL_BLOCK_FINISH)
		inflate->phase = PHASE_TAIL;
	else if (at_end && got == 0)
		fail(inflate, ENODATA, "the archive is cut short");
	return got;
}

ssize_t rdb_inflate_read(struct rdb_inflate *inflate, void *buf, size_t len, struct rdb_err *err)
{
	size_t done = 0;

	if (len > UINT32_MAX / 2)
		len = UINT32_MAX / 2;
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

/* Header before the compressed copy of the library's state. */
struct saved_head {
	uint32_t magic;
	uint32_t phase;
	uint64_t offset;
	uint64_t member;
	uint64_t source_offset;
	uint32_t flags;  /* 1: members, 2: unverified */
	uint32_t packed; /* bytes that follow */
};

/* Copies the state without the fields that the next call ignores, so that it compresses well. */
static void copy_state(struct inflate_state *to, const struct inflate_state *from)
{
	size_t window = (size_t)from->tmp_out_valid;
	size_t input = (size_t)from->tmp_in_size;

	*to = *from;
	to->next_in = NULL;
	to->next_out = NULL;
	to->avail_in = 0;
	to->avail_out = 0;
	if (window < sizeof(to->tmp_out_buffer))
		memset(to->tmp_out_buffer + window, 0, sizeof(to->tmp_out_buffer) - window);
	if (input < sizeof(to->tmp_in_buffer))
		memset(to->tmp_in_buffer + input, 0, sizeof(to->tmp_in_buffer) - input);
}

static int pack(const struct inflate_state *state, struct rdb_buf *out, uint32_t *packed)
{
	struct isal_zstream *stream = malloc(sizeof(*stream));
	uint8_t *level = malloc(ISAL_DEF_LVL1_DEFAULT);
	size_t limit = sizeof(*state) + 1024;
	int ret = -ENOMEM;

	if (!stream || !level || rdb_buf_reserve(out, limit) != 0)
		goto done;
	isal_deflate_stateless_init(stream);
	stream->level = 1;
	stream->level_buf = level;
	stream->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	stream->end_of_stream = 1;
	stream->flush = NO_FLUSH;
	stream->next_in = (uint8_t *)(uintptr_t)state;
	stream->avail_in = sizeof(*state);
	stream->next_out = (uint8_t *)out->data + out->len;
	stream->avail_out = (uint32_t)limit;
	if (isal_deflate_stateless(stream) != COMP_OK)
		goto done;
	*packed = stream->total_out;
	out->len += stream->total_out;
	ret = 0;
done:
	free(level);
	free(stream);
	return ret;
}

int rdb_inflate_save(const struct rdb_inflate *inflate, struct rdb_buf *out)
{
	struct saved_head head = {
		.magic = STATE_MAGIC,
		.phase = inflate->phase,
		.offset = inflate->offset,
		.member = inflate->member,
		.source_offset = rdb_inflate_source_offset(inflate),
		.flags = (inflate->members ? 1u : 0) | (inflate->unverified ? 2u : 0),
	};
	size_t start = out->len;
	struct inflate_state *copy;
	int ret;

	if (inflate->phase == PHASE_ERROR || inflate->phase == PHASE_END)
		return -EINVAL;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	copy_state(copy, &inflate->state);
	ret = rdb_buf_add(out, &head, sizeof(head));
	if (ret == 0)
		ret = pack(copy, out, &head.packed);
	if (ret == 0)
		memcpy(out->data + start, &head, sizeof(head));
	else
		out->len = start;
	free(copy);
	return ret;
}

static int unpack(struct inflate_state *state, const uint8_t *data, size_t len)
{
	struct inflate_state *decoder = malloc(sizeof(*decoder));
	bool whole;

	if (!decoder)
		return -ENOMEM;
	isal_inflate_init(decoder);
	decoder->next_in = (uint8_t *)(uintptr_t)data;
	decoder->avail_in = (uint32_t)len;
	decoder->next_out = (uint8_t *)state;
	decoder->avail_out = sizeof(*state);
	whole = isal_inflate(decoder) == ISAL_DECOMP_OK &&
		decoder->block_state == ISAL_BLOCK_FINISH && decoder->avail_out == 0;
	free(decoder);
	return whole ? 0 : -EBADMSG;
}

/* Validate a saved state: the library does not check that its indexes lie inside its buffers. */
static bool state_is_sane(const struct inflate_state *state)
{
	return state->tmp_out_valid >= 0 &&
	       (size_t)state->tmp_out_valid <= sizeof(state->tmp_out_buffer) &&
	       state->tmp_out_processed >= 0 && state->tmp_out_processed <= state->tmp_out_valid &&
	       state->tmp_in_size >= 0 &&
	       (size_t)state->tmp_in_size <= sizeof(state->tmp_in_buffer) &&
	       state->read_in_length >= 0 && state->read_in_length <= 64;
}

int rdb_inflate_load(struct rdb_inflate *inflate, const void *data, size_t len, struct rdb_err *err)
{
	struct saved_head head;
	int ret = -EBADMSG;

	if (len < sizeof(head))
		goto bad;
	memcpy(&head, data, sizeof(head));
	if (head.magic != STATE_MAGIC || head.phase > PHASE_TAIL || head.packed > STATE_LIMIT ||
		head.packed != len - sizeof(head))
		goto bad;
	ret = unpack(&inflate->state, (const uint8_t *)data + sizeof(head), head.packed);
	if (ret == 0 && !state_is_sane(&inflate->state))
		ret = -EBADMSG;
	if (ret != 0)
		goto bad;
	inflate->state.next_in = inflate->input;
	inflate->state.avail_in = 0;
	inflate->phase = (enum phase)head.phase;
	inflate->offset = head.offset;
	inflate->member = head.member;
	inflate->input_end = head.source_offset;
	inflate->members = head.flags & 1;
	inflate->unverified = head.flags & 2;
	inflate->garbage = false;
	rdb_err_clear(&inflate->error);
	return 0;
bad:
	rdb_inflate_rewind(inflate);
	return rdb_err_set(err, -ret, "a saved decoder state can't be used");
}

uint64_t rdb_inflate_library(void)
{
	uint64_t hash = sizeof(struct inflate_state);
	struct stat st = {0};
	Dl_info info = {0};

	if (dladdr((void *)(uintptr_t)isal_inflate, &info) && info.dli_fname &&
		stat(info.dli_fname, &st) == 0) {
		hash = hash << 32 ^ (uint64_t)st.st_size;
		hash = hash * 0x9e3779b97f4a7c15u ^ (uint64_t)st.st_mtim.tv_sec;
	}
	return hash;
}
