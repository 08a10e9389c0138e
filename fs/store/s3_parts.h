/*
 * Parts of an upload, in memory or being sent; s3_output.c makes an output of them. Bytes are in
 * lanes. A lane is a run of part numbers, with unused numbers after it. Each lane is appended to,
 * patched and rewound separately, so that several tables are uploaded at once. The object is the
 * concatenation of the lanes.
 *
 * Threads: one at a time for each lane; different lanes may be used at once.
 */
#ifndef RDB_STORE_S3_PARTS_H
#define RDB_STORE_S3_PARTS_H

#include "base/cancel.h"
#include "base/err.h"
#include "base/pool.h"
#include "s3/s3_client.h"
#include "writer/output.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_S3_LANES 16

/*
 * state    data  meaning
 * EMPTY    NULL  no byte was appended, or all were withdrawn
 * FILLING  set   more bytes may be appended
 * FULL     set   complete, not sent
 * SENDING  set   a thread sends it
 * SENT     NULL  the service has it
 */
enum rdb_s3_part_state {
	RDB_S3_PART_EMPTY,
	RDB_S3_PART_FILLING,
	RDB_S3_PART_FULL,
	RDB_S3_PART_SENDING,
	RDB_S3_PART_SENT,
};

struct rdb_s3_parts;

struct rdb_s3_part {
	struct rdb_s3_parts *parts;
	unsigned index; /* part number - 1 */
	enum rdb_s3_part_state state;
	char *data;
	size_t len;
};

/* A lane. Offsets are relative to its start. */
struct rdb_s3_lane {
	struct rdb_output output;
	struct rdb_s3_parts *parts;
	unsigned first;              /* index of its first part */
	uint64_t hold_from, hold_to; /* guarded by the lock */
	uint64_t end;                /* guarded by the lock: bytes appended */
};

struct rdb_s3_parts {
	struct rdb_s3 *s3;
	const char *key;
	char id[RDB_S3_UPLOAD_ID];
	size_t size;       /* bytes of a part */
	size_t memory_max; /* parts in memory */
	unsigned lanes_max;
	struct rdb_pool *pool;
	struct rdb_cancel halt; /* stops the senders */

	pthread_mutex_t
		lock; /* guards the fields below; a part's data belong to the setter of its state */
	pthread_cond_t sent;
	struct rdb_s3_part *list; /* RDB_S3_PARTS_MAX */
	char *etags;              /* RDB_S3_PARTS_MAX ETags of RDB_S3_ETAG bytes; "": not sent */
	unsigned in_memory, sending;
	struct rdb_s3_lane lanes[RDB_S3_LANES]; /* lanes[0] starts the object */
	unsigned lane_count;
	struct rdb_err error; /* the first */
};

/* Initialises parts. given: bytes per part, 0: 16 MiB; memory: bytes, 0: 256 MiB; estimate: bytes
 * of the archive, 0: unknown. s3 and key must outlive parts. After -ENOMEM, call only free. */
int rdb_s3_parts_init(struct rdb_s3_parts *parts, struct rdb_s3 *s3, const char *key,
	uint64_t given, uint64_t memory, uint64_t estimate);

/* Stops sending and frees the content. */
void rdb_s3_parts_free(struct rdb_s3_parts *parts);

/*
 * Operations of a lane (output.h). Errors are those of sending, -ECANCELED, -ENOMEM, and
 *   -EFBIG   no part number is left
 */
int rdb_s3_lane_append(
	struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);
int rdb_s3_lane_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err);
int rdb_s3_lane_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err);
void rdb_s3_lane_hold(struct rdb_output *output, uint64_t from, uint64_t to);
int rdb_s3_lane_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
int rdb_s3_lane_absorb(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
uint64_t rdb_s3_lane_gap(struct rdb_output *output);

/* Sends the remaining parts and waits for all. */
int rdb_s3_parts_send_rest(struct rdb_s3_parts *parts, struct rdb_err *err);

/* Total bytes of all lanes. */
uint64_t rdb_s3_parts_bytes(struct rdb_s3_parts *parts);

#endif
