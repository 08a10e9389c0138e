/* Fuzzes a server's data after the handshake, in pieces whose sizes the input determines: the first
 * byte is the largest piece, the rest the stream. */
#include "reql/frame.h"
#include "reql/response.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX 65536

static void take(struct rdb_frame *frame, struct rdb_response *response)
{
	struct rdb_json_span value, rows;
	struct rdb_err err = {0};

	if (frame->body.len != frame->len || frame->len > frame->max)
		abort();
	rdb_buf_clear(&response->body);
	if (rdb_buf_add(&response->body, frame->body.data, frame->body.len) != 0)
		return;
	if (rdb_response_parse(response, &err) != 0)
		return;
	rows = rdb_response_rows(response);
	if (rows.len < 2 || rows.data[0] != '[' || rows.data < response->body.data ||
		rows.data + rows.len > response->body.data + response->body.len)
		abort();
	(void)rdb_response_atom(response, &value, &err);
	if (rdb_response_check(response, &err) != 0 && !err.text[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_response response = {0};
	struct rdb_frame frame = {.max = MAX};
	size_t piece = size ? (size_t)data[0] + 1 : 1, at = 1, room;
	void *where;
	int rc = 0;

	while (at < size && rc >= 0) {
		if (rdb_frame_space(&frame, &where, &room) != 0 || room == 0)
			abort();
		if (room > piece)
			room = piece;
		if (room > size - at)
			room = size - at;
		memcpy(where, data + at, room);
		at += room;
		rc = rdb_frame_filled(&frame, room, NULL);
		if (rc > 0) {
			take(&frame, &response);
			rdb_frame_reset(&frame);
		}
	}
	rdb_response_free(&response);
	rdb_frame_free(&frame);
	return 0;
}
