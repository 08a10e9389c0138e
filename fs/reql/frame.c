#include "reql/frame.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define STEP_MIN (64 * 1024)
#define STEP_MAX (4 * 1024 * 1024)

void rdb_frame_put_header(unsigned char out[RDB_FRAME_HEADER], int64_t token, uint32_t len)
{
	uint64_t token_le = htole64((uint64_t)token);
	uint32_t len_le = htole32(len);

	memcpy(out, &token_le, sizeof(token_le));
	memcpy(out + sizeof(token_le), &len_le, sizeof(len_le));
}

static void parse_header(struct rdb_frame *frame)
{
	uint64_t token;
	uint32_t len;

	memcpy(&token, frame->header, sizeof(token));
	memcpy(&len, frame->header + sizeof(token), sizeof(len));
	frame->token = (int64_t)le64toh(token);
	frame->len = le32toh(len);
}

static bool header_is_whole(const struct rdb_frame *frame)
{
	return frame->header_len == RDB_FRAME_HEADER;
}

static size_t step(size_t have)
{
	if (have < STEP_MIN)
		return STEP_MIN;
	return have < STEP_MAX ? have : STEP_MAX;
}

int rdb_frame_space(struct rdb_frame *frame, void **where, size_t *room)
{
	size_t left = frame->len - frame->body.len, free_room;

	if (!header_is_whole(frame)) {
		*where = frame->header + frame->header_len;
		*room = RDB_FRAME_HEADER - frame->header_len;
		return 0;
	}
	free_room = frame->body.cap - frame->body.len;
	if (free_room == 0) {
		free_room = left < step(frame->body.len) ? left : step(frame->body.len);
		if (rdb_buf_reserve(&frame->body, free_room) != 0)
			return -ENOMEM;
	}
	*where = frame->body.data + frame->body.len;
	*room = left < free_room ? left : free_room;
	return 0;
}

int rdb_frame_filled(struct rdb_frame *frame, size_t n, struct rdb_err *err)
{
	if (header_is_whole(frame)) {
		frame->body.len += n;
		return frame->body.len == frame->len;
	}
	frame->header_len += n;
	if (!header_is_whole(frame))
		return 0;
	parse_header(frame);
	if (frame->len > frame->max)
		return rdb_err_set(err, EMSGSIZE,
			"the server's answer is %" PRIu32 " bytes long, more than the %" PRIu64
			" that are allowed: ask for smaller batches",
			frame->len, frame->max);
	return frame->len == 0;
}

void rdb_frame_reset(struct rdb_frame *frame)
{
	frame->header_len = 0;
	frame->len = 0;
	rdb_buf_clear(&frame->body);
}

void rdb_frame_free(struct rdb_frame *frame)
{
	rdb_buf_free(&frame->body);
	rdb_frame_reset(frame);
}
