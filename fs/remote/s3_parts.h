/*
 * The parts of an upload, in memory or being sent. Their bytes are in lanes: runs of part numbers
 * with unused numbers behind. Lanes are written independently, so that several tables can be
 * uploaded at once, and the object consists of the lanes one after the other.
 *
 * Threads: one at a time for each lane.
 */
#ifndef RDB_REMOTE_S3_PARTS_H
#define RDB_REMOTE_S3_PARTS_H

#include "base/cancel.h"
#include "base/err.h"
#include "base/pool.h"
#include "s3/s3_client.h"
#include "writer/output.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_S3_LANES 16

enum rdb_s3_part_state {
	RDB_S3_PART_EMPTY,   /* no bytes; data is NULL */
	RDB_S3_PART_FILLING, /* a thread appends bytes; only this thread uses data */
	RDB_S3_PART_FULL,    /* waits to be sent */
	RDB_S3_PART_SENDING, /* a thread sends the part; only this thread uses data */
	RDB_S3_PART_SENT,    /* the service has the part; data is NULL */
};

struct rdb_s3_parts;

struct rdb_s3_part {
	struct rdb_s3_parts *parts;
	unsigned index; /* part number minus 1 */
	enum rdb_s3_part_state state;
	char *data;
	size_t len;
};

/* A lane: a sequence of parts that is written independently of other sequences. Offsets count from
 * the start of the lane. */
struct rdb_s3_lane {
	struct rdb_output output;
	struct rdb_s3_parts *parts;
	unsigned first;              /* index of the lane's first part */
	uint64_t hold_from, hold_to; /* guarded by parts->lock */
	uint64_t end;                /* bytes appended; guarded by parts->lock */
};

struct rdb_s3_parts {
	struct rdb_s3 *s3;
	const char *key;
	char id[RDB_S3_UPLOAD_ID];
	size_t size;       /* bytes of a part */
	size_t memory_max; /* largest number of parts in memory */
	unsigned lanes_max;
	struct rdb_pool *pool;
	struct rdb_cancel halt; /* stops the threads that send */

	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t sent;
	struct rdb_s3_part *list; /* RDB_S3_PARTS_MAX parts */
	char *etags;              /* RDB_S3_PARTS_MAX ETags of RDB_S3_ETAG bytes; "" if not sent */
	unsigned in_memory, sending;
	struct rdb_s3_lane lanes[RDB_S3_LANES]; /* lanes[0] is the start of the object */
	unsigned lane_count;
	struct rdb_err error; /* the first error */
};

/*
 * Initialises the parts of an upload. "s3" and "key" must outlive the parts. Returns 0 or -ENOMEM.
 * After -ENOMEM, the caller may only call rdb_s3_parts_free(). The sizes are in bytes:
 *   given     wanted size of a part; 0 stands for 16 MiB
 *   memory    limit on the parts in memory; 0 stands for 256 MiB
 *   estimate  size of the archive; 0 if unknown
 */
int rdb_s3_parts_init(struct rdb_s3_parts *parts, struct rdb_s3 *s3, const char *key,
	uint64_t given, uint64_t memory, uint64_t estimate);

/* Stops the threads that send parts, and frees the parts. */
void rdb_s3_parts_free(struct rdb_s3_parts *parts);

/*
 * Operations of an output that writes to a lane, a sequence of parts that is written independently
 * of other lanes. Each function does the work of the function with the same name in struct
 * rdb_output_ops. A function that returns an int may also return:
 *   -ECANCELED  the output was cancelled
 *   -ENOMEM     memory is exhausted
 *   -EFBIG      the lane needs another part, but has no unused part number
 *   -EIO        bytes that must be changed were already sent
 *   other       the error of a part that could not be sent
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

/* Sends all parts that were not sent yet, and waits until the service has received them. */
int rdb_s3_parts_send_rest(struct rdb_s3_parts *parts, struct rdb_err *err);

/* Returns how many bytes were written to the upload so far. */
uint64_t rdb_s3_parts_bytes(struct rdb_s3_parts *parts);

#endif
