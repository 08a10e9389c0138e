#include "remote/s3_parts.h"

#include "base/condition.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PART_DEFAULT ((uint64_t)16 << 20)
#define MEMORY_DEFAULT ((uint64_t)256 << 20)
#define PARTS_WANTED 9000    /* most parts for an archive of the estimated size */
#define PARTS_AT_LEAST 5     /* fewest parts in memory */
#define PARTS_BESIDE_LANES 4 /* more parts in memory: the first part and parts being sent */
#define PARTS_OF_LANE 2 /* parts in memory per lane: one with an open header, one being filled */
#define SENDERS 8
#define ALWAYS_HELD 4096 /* bytes at the start of the object, which are sent last */
#define LOOK 100         /* ms between checks of the cancel object */

static struct rdb_s3_lane *to_lane(struct rdb_output *output)
{
	return (struct rdb_s3_lane *)output;
}

/* ---- sending; the caller holds the lock, except in send_task() ---- */

static void send_task(void *arg)
{
	struct rdb_s3_part *part = arg;
	struct rdb_s3_parts *p = part->parts;
	const struct rdb_s3_wait wait = {.cancel = &p->halt};
	struct rdb_err err = {0};
	int ret = rdb_s3_upload_part(p->s3, p->key, p->id, part->index + 1, part->data, part->len,
		&wait, p->etags + (size_t)part->index * RDB_S3_ETAG, &err);

	pthread_mutex_lock(&p->lock);
	if (ret != 0 && !p->error.code)
		p->error = err;
	free(part->data);
	part->data = NULL;
	part->state = RDB_S3_PART_SENT;
	p->in_memory--;
	p->sending--;
	pthread_cond_broadcast(&p->sent);
	pthread_mutex_unlock(&p->lock);
}

static int send_part(struct rdb_s3_parts *p, struct rdb_s3_part *part, struct rdb_err *err)
{
	part->state = RDB_S3_PART_SENDING;
	p->sending++;
	if (rdb_pool_run(p->pool, send_task, part) == 0)
		return 0;
	part->state = RDB_S3_PART_FULL;
	p->sending--;
	return rdb_err_sys(err, EAGAIN, "uploading %s", p->key);
}

static unsigned count_parts(const struct rdb_s3_parts *p, uint64_t bytes)
{
	return (unsigned)((bytes + p->size - 1) / p->size);
}

/* Returns true if the writer may still replace or remove bytes of the part. */
static bool is_held(const struct rdb_s3_lane *lane, const struct rdb_s3_part *part)
{
	uint64_t size = lane->parts->size;
	uint64_t from = (part->index - lane->first) * size, to = from + size;

	if (part->index == 0 && from < ALWAYS_HELD)
		return true;
	return lane->hold_from < to && lane->hold_to > from;
}

static int send_full(struct rdb_s3_lane *lane, struct rdb_err *err)
{
	struct rdb_s3_parts *p = lane->parts;
	unsigned end = lane->first + count_parts(p, lane->end);
	int ret = 0;

	for (unsigned i = lane->first; i < end && ret == 0; i++)
		if (p->list[i].state == RDB_S3_PART_FULL && !is_held(lane, &p->list[i]))
			ret = send_part(p, &p->list[i], err);
	return ret;
}

static int check(const struct rdb_s3_parts *p, struct rdb_err *err)
{
	if (p->error.code) {
		if (err)
			*err = p->error;
		return -p->error.code;
	}
	if (rdb_output_is_cancelled(&p->lanes[0].output))
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

/* Waits until a part was sent, but at most LOOK ms, so that a cancellation is noticed. The caller
 * holds the lock. */
static void wait_sent(struct rdb_s3_parts *p)
{
	rdb_condition_wait(&p->sent, &p->lock, rdb_wait_now() + LOOK);
}

/* ---- appending ---- */

/* Returns the index of the first part of the next lane, or RDB_S3_PARTS_MAX if no lane follows. The
 * caller holds the lock. */
static unsigned limit_of(const struct rdb_s3_lane *lane)
{
	const struct rdb_s3_parts *p = lane->parts;
	unsigned limit = RDB_S3_PARTS_MAX;

	for (unsigned i = 0; i < p->lane_count; i++)
		if (p->lanes[i].first > lane->first && p->lanes[i].first < limit)
			limit = p->lanes[i].first;
	return limit;
}

/* Stores in *out the part that receives the next byte of the lane (a sequence of parts). May wait
 * for memory. The caller holds lane->parts->lock. */
static int open_part(struct rdb_s3_lane *lane, struct rdb_s3_part **out, struct rdb_err *err)
{
	struct rdb_s3_parts *p = lane->parts;
	uint64_t index = lane->first + lane->end / p->size;
	struct rdb_s3_part *part;
	int ret = 0;

	if (index >= limit_of(lane))
		return rdb_err_set(err, EFBIG,
			"uploading %s: parts of %zu MiB are too small for this archive: give a "
			"larger --part-size",
			p->key, p->size >> 20);
	part = &p->list[index];
	while (part->state == RDB_S3_PART_EMPTY && p->in_memory >= p->memory_max && p->sending &&
		ret == 0) {
		wait_sent(p);
		ret = check(p, err);
	}
	if (ret == 0 && part->state == RDB_S3_PART_EMPTY) {
		part->data = malloc(p->size);
		if (!part->data)
			return rdb_err_sys(err, ENOMEM, "uploading %s", p->key);
		part->state = RDB_S3_PART_FILLING;
		part->len = 0;
		p->in_memory++;
	}
	*out = part;
	return ret;
}

int rdb_s3_lane_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_s3_lane *lane = to_lane(output);
	struct rdb_s3_parts *p = lane->parts;
	const char *from = data;
	int ret;

	pthread_mutex_lock(&p->lock);
	ret = check(p, err);
	while (len && ret == 0) {
		struct rdb_s3_part *part = NULL;
		size_t n;
		ret = open_part(lane, &part, err);
		if (ret != 0)
			break;
		n = p->size - part->len < len ? p->size - part->len : len;
		pthread_mutex_unlock(&p->lock); /* only this thread uses the part */
		memcpy(part->data + part->len, from, n);
		pthread_mutex_lock(&p->lock);
		part->len += n;
		lane->end += n;
		from += n;
		len -= n;
		if (part->len == p->size) {
			part->state = RDB_S3_PART_FULL;
			ret = send_full(lane, err);
		}
	}
	pthread_mutex_unlock(&p->lock);
	return ret;
}

/* ---- replacing and removing earlier bytes ---- */

static bool is_here(const struct rdb_s3_part *part)
{
	return part->state == RDB_S3_PART_FILLING || part->state == RDB_S3_PART_FULL;
}

static int gone(const struct rdb_s3_parts *p, uint64_t at, struct rdb_err *err)
{
	return rdb_err_set(err, EIO,
		"uploading %s: bytes at %" PRIu64 " were sent before they were final", p->key, at);
}

int rdb_s3_lane_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err)
{
	struct rdb_s3_lane *lane = to_lane(output);
	struct rdb_s3_parts *p = lane->parts;
	const char *from = data;
	int ret = 0;

	pthread_mutex_lock(&p->lock);
	while (len && ret == 0) {
		struct rdb_s3_part *part = &p->list[lane->first + at / p->size];
		size_t inside = (size_t)(at % p->size);
		size_t n = p->size - inside < len ? p->size - inside : len;
		if (!is_here(part) || inside + n > part->len) {
			ret = gone(p, at, err);
			break;
		}
		memcpy(part->data + inside, from, n);
		from += n;
		at += n;
		len -= n;
	}
	pthread_mutex_unlock(&p->lock);
	return ret;
}

void rdb_s3_lane_hold(struct rdb_output *output, uint64_t from, uint64_t to)
{
	struct rdb_s3_lane *lane = to_lane(output);
	struct rdb_s3_parts *p = lane->parts;
	struct rdb_err err = {0};

	pthread_mutex_lock(&p->lock);
	lane->hold_from = from;
	lane->hold_to = to;
	if (send_full(lane, &err) != 0 && !p->error.code)
		p->error = err;
	pthread_mutex_unlock(&p->lock);
}

/* Removes the part's data and ETag. Without its ETag, a part that was already sent is left out of
 * the completed object. */
static void empty_part(struct rdb_s3_part *part)
{
	struct rdb_s3_parts *p = part->parts;

	if (part->data) {
		free(part->data);
		part->data = NULL;
		p->in_memory--;
	}
	p->etags[(size_t)part->index * RDB_S3_ETAG] = '\0';
	part->len = 0;
	part->state = RDB_S3_PART_EMPTY;
}

static bool any_sending(const struct rdb_s3_parts *p, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		if (p->list[i].state == RDB_S3_PART_SENDING)
			return true;
	return false;
}

int rdb_s3_lane_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err)
{
	struct rdb_s3_lane *lane = to_lane(output);
	struct rdb_s3_parts *p = lane->parts;
	unsigned first = lane->first + (unsigned)(at / p->size);
	unsigned end = lane->first + count_parts(p, lane->end);
	size_t inside = (size_t)(at % p->size);
	int ret = 0;

	pthread_mutex_lock(&p->lock);
	while (any_sending(p, first, end))
		wait_sent(p);
	for (unsigned i = first + (inside ? 1 : 0); i < end; i++)
		empty_part(&p->list[i]);
	if (inside && !is_here(&p->list[first])) {
		ret = gone(p, at, err);
	} else if (inside) {
		p->list[first].len = inside;
		p->list[first].state = RDB_S3_PART_FILLING;
	}
	lane->end = at;
	pthread_mutex_unlock(&p->lock);
	return ret;
}

/* ---- lanes ---- */

/* Returns the index of the first part of a new lane (a sequence of parts), or 0 if too few parts
 * are unused. The caller holds p->lock. */
static unsigned find_start(const struct rdb_s3_parts *p)
{
	unsigned best = 0, start = 0;

	for (unsigned i = 0; i < p->lane_count; i++) {
		const struct rdb_s3_lane *lane = &p->lanes[i];
		unsigned used = lane->first + count_parts(p, lane->end) + 1;
		unsigned limit = limit_of(lane);
		if (limit <= used || limit - used <= best)
			continue;
		best = limit - used;
		start = used + best / 2;
	}
	return best >= 4 ? start : 0;
}

int rdb_s3_lane_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err)
{
	struct rdb_s3_parts *p = to_lane(output)->parts;
	struct rdb_s3_lane *lane = NULL;
	char *name = strdup(output->name);
	unsigned start;

	pthread_mutex_lock(&p->lock);
	start = p->lane_count < p->lanes_max ? find_start(p) : 0;
	if (name && start) {
		lane = &p->lanes[p->lane_count];
		lane->output = (struct rdb_output){
			.ops = output->ops, .name = name, .folder = -1, .order = start};
		lane->parts = p;
		lane->first = start;
		p->lane_count++;
	}
	pthread_mutex_unlock(&p->lock);
	if (!name)
		return rdb_err_sys(err, ENOMEM, "uploading %s", p->key);
	if (!lane) {
		free(name);
		return rdb_err_set(err, EBUSY, "uploading %s: too many tables at a time", p->key);
	}
	*out = &lane->output;
	return 0;
}

int rdb_s3_lane_absorb(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err)
{
	struct rdb_s3_lane *lane = to_lane(branch);
	struct rdb_s3_parts *p = lane->parts;
	struct rdb_s3_part *part = &p->list[lane->first];
	int ret;

	if (lane->end == 0)
		return 1;
	if (lane->end >= p->size || part->state != RDB_S3_PART_FILLING)
		return 0;
	ret = rdb_output_append(output, part->data, part->len, err);
	if (ret != 0)
		return ret;
	pthread_mutex_lock(&p->lock);
	empty_part(part);
	lane->end = 0;
	pthread_mutex_unlock(&p->lock);
	return 1;
}

uint64_t rdb_s3_lane_gap(struct rdb_output *output)
{
	const struct rdb_s3_lane *lane = to_lane(output);
	uint64_t inside = lane->end % lane->parts->size;

	return inside ? lane->parts->size - inside : 0;
}

/* ---- the end ---- */

static int send_lane(struct rdb_s3_lane *lane, struct rdb_err *err)
{
	struct rdb_s3_parts *p = lane->parts;
	unsigned end = lane->first + count_parts(p, lane->end);
	int ret = check(p, err);

	for (unsigned i = lane->first; i < end && ret == 0; i++)
		if (is_here(&p->list[i]))
			ret = send_part(p, &p->list[i], err);
	return ret;
}

int rdb_s3_parts_send_rest(struct rdb_s3_parts *p, struct rdb_err *err)
{
	int ret = 0;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->lane_count && ret == 0; i++)
		ret = send_lane(&p->lanes[i], err);
	while (p->sending && ret == 0) {
		wait_sent(p);
		ret = check(p, err);
	}
	ret = ret ? ret : check(p, err);
	pthread_mutex_unlock(&p->lock);
	return ret;
}

uint64_t rdb_s3_parts_bytes(struct rdb_s3_parts *p)
{
	uint64_t bytes = 0;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->lane_count; i++)
		bytes += p->lanes[i].end;
	pthread_mutex_unlock(&p->lock);
	return bytes;
}

/* ---- the start ---- */

/* Returns the size of each part in bytes. Enlarges "given" for a large object, because S3 limits
 * the number of parts. */
static size_t choose_size(uint64_t given, uint64_t estimate)
{
	uint64_t size = given ? given : PART_DEFAULT;
	uint64_t needed = estimate / PARTS_WANTED;

	if (size < RDB_S3_PART_MIN)
		size = RDB_S3_PART_MIN;
	if (size < needed)
		size = needed;
	size = (size + 0xfffff) & ~(uint64_t)0xfffff;
	return (size_t)(size < RDB_S3_PART_MAX ? size : RDB_S3_PART_MAX);
}

/* Returns how many lanes the memory and S3's limit on part numbers allow, at least 1. Each lane
 * needs part numbers for "estimate" bytes, because one lane may receive almost the whole archive.
 */
static unsigned choose_lanes(const struct rdb_s3_parts *p, uint64_t estimate)
{
	size_t lanes = p->memory_max > PARTS_BESIDE_LANES
			       ? (p->memory_max - PARTS_BESIDE_LANES) / PARTS_OF_LANE
			       : 1;

	if (lanes > RDB_S3_LANES)
		lanes = RDB_S3_LANES;
	while (lanes > 1 && estimate / p->size > PARTS_WANTED / lanes)
		lanes--;
	return lanes ? (unsigned)lanes : 1;
}

int rdb_s3_parts_init(struct rdb_s3_parts *p, struct rdb_s3 *s3, const char *key, uint64_t given,
	uint64_t memory, uint64_t estimate)
{
	p->s3 = s3;
	p->key = key;
	p->size = choose_size(given, estimate);
	p->memory_max = (size_t)((memory ? memory : MEMORY_DEFAULT) / p->size);
	if (p->memory_max < PARTS_AT_LEAST)
		p->memory_max = PARTS_AT_LEAST;
	p->lanes_max = choose_lanes(p, estimate);
	p->lanes[0].parts = p;
	p->lane_count = 1;
	p->list = calloc(RDB_S3_PARTS_MAX, sizeof(*p->list));
	p->etags = calloc(RDB_S3_PARTS_MAX, RDB_S3_ETAG);
	for (unsigned i = 0; p->list && i < RDB_S3_PARTS_MAX; i++)
		p->list[i] = (struct rdb_s3_part){.parts = p, .index = i};
	if (!p->list || !p->etags || rdb_pool_create(SENDERS, false, &p->pool) != 0)
		return -ENOMEM;
	return 0;
}

void rdb_s3_parts_free(struct rdb_s3_parts *p)
{
	rdb_cancel_fire(&p->halt);
	if (p->pool)
		rdb_pool_destroy(p->pool);
	for (unsigned i = 0; p->list && i < RDB_S3_PARTS_MAX; i++)
		free(p->list[i].data);
	free(p->list);
	free(p->etags);
}
