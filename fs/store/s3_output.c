#include "base/log.h"
#include "base/pool.h"
#include "store/s3.h"
#include "store/upload_record.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PART_DEFAULT ((uint64_t)16 << 20)
#define MEMORY_DEFAULT ((uint64_t)256 << 20)
#define PARTS_WANTED 9000 /* of an estimated archive: estimates may be too low */
#define PARTS_AT_LEAST                                                                             \
	5 /* in memory: the first, those of an open header, and those on their way                 \
	   */
#define SENDERS 8
#define ALWAYS_HELD 4096   /* bytes at the start */
#define END_PATIENCE 30000 /* ms for the abort */
#define LOOK 100           /* ms between looks at a cancel */

/*
 * state    data  means
 * EMPTY    NULL  nothing of it has been appended, or it was taken back
 * FILLING  set   its end has not been appended
 * FULL     set   complete, and not sent
 * SENDING  set   a thread sends it
 * SENT     NULL  the service has it
 */
enum part_state { EMPTY, FILLING, FULL, SENDING, SENT };

struct s3_output;

struct part {
	struct s3_output *output;
	unsigned index;
	enum part_state state;
	char *data;
	size_t len;
};

struct s3_output {
	struct rdb_output output;
	struct rdb_s3 *s3;
	char *key;
	char id[RDB_S3_UPLOAD_ID];
	struct rdb_upload_record *record;
	bool overwrite, committed;
	size_t part_size;
	size_t parts_max; /* in memory */
	struct rdb_pool *pool;
	struct rdb_cancel halt; /* of the senders */
	void (*on_commit)(void *arg);
	void *arg;

	pthread_mutex_t lock; /* guards the rest; a part's data belong to who put it in its state */
	pthread_cond_t sent;
	struct part *parts; /* RDB_S3_PARTS_MAX */
	char *etags;        /* the same number, RDB_S3_ETAG bytes each */
	unsigned in_memory, sending;
	uint64_t hold_from, hold_to;
	struct rdb_err error; /* the first */
};

static struct s3_output *to_s3(struct rdb_output *output)
{
	return (struct s3_output *)output;
}

/* ---- sending parts ---- */

static void send_task(void *arg)
{
	struct part *part = arg;
	struct s3_output *o = part->output;
	const struct rdb_s3_wait wait = {.cancel = &o->halt};
	struct rdb_err err = {0};
	int ret = rdb_s3_upload_part(o->s3, o->key, o->id, part->index + 1, part->data, part->len,
		&wait, o->etags + (size_t)part->index * RDB_S3_ETAG, &err);

	pthread_mutex_lock(&o->lock);
	if (ret != 0 && !o->error.code)
		o->error = err;
	free(part->data);
	part->data = NULL;
	part->state = SENT;
	o->in_memory--;
	o->sending--;
	pthread_cond_broadcast(&o->sent);
	pthread_mutex_unlock(&o->lock);
}

/* The lock is held. */
static int send_part(struct s3_output *o, struct part *part, struct rdb_err *err)
{
	part->state = SENDING;
	o->sending++;
	if (rdb_pool_run(o->pool, send_task, part) == 0)
		return 0;
	part->state = FULL;
	o->sending--;
	return rdb_err_sys(err, EAGAIN, "uploading %s", o->key);
}

/* Whether bytes of the part may be asked for again. The lock is held. */
static bool is_held(const struct s3_output *o, const struct part *part)
{
	uint64_t from = (uint64_t)part->index * o->part_size, to = from + o->part_size;

	return from < ALWAYS_HELD || (o->hold_from < to && o->hold_to > from);
}

/* Sends what is complete and not held. The lock is held. */
static int send_full(struct s3_output *o, unsigned count, struct rdb_err *err)
{
	int ret = 0;

	for (unsigned i = 0; i < count && ret == 0; i++)
		if (o->parts[i].state == FULL && !is_held(o, &o->parts[i]))
			ret = send_part(o, &o->parts[i], err);
	return ret;
}

/* 0, or why the upload is over. The lock is held. */
static int check(const struct s3_output *o, struct rdb_err *err)
{
	if (o->error.code) {
		if (err)
			*err = o->error;
		return -o->error.code;
	}
	if (rdb_output_is_cancelled(&o->output))
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

/* Waits until a part was sent, or a little, to look at the cancel. The lock is held. */
static void wait_sent(struct s3_output *o)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&o->sent, &o->lock, &until);
}

/* ---- appending ---- */

static unsigned part_count(const struct s3_output *o, uint64_t at)
{
	return (unsigned)((at + o->part_size - 1) / o->part_size);
}

/* The part that is appended to, with room for a byte at least. The lock is held. */
static int open_part(struct s3_output *o, uint64_t at, struct part **out, struct rdb_err *err)
{
	uint64_t index = at / o->part_size;
	struct part *part = &o->parts[index];
	int ret = 0;

	if (index >= RDB_S3_PARTS_MAX)
		return rdb_err_set(err, EFBIG,
			"uploading %s: more than %d parts of %zu MiB are needed: give a larger "
			"--part-size",
			o->key, RDB_S3_PARTS_MAX, o->part_size >> 20);
	while (part->state == EMPTY && o->in_memory >= o->parts_max && o->sending && ret == 0) {
		wait_sent(o);
		ret = check(o, err);
	}
	if (ret != 0)
		return ret;
	if (part->state == EMPTY) {
		part->data = malloc(o->part_size);
		if (!part->data)
			return rdb_err_sys(err, ENOMEM, "uploading %s", o->key);
		part->state = FILLING;
		part->len = 0;
		o->in_memory++;
	}
	*out = part;
	return 0;
}

static int s3_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err)
{
	struct s3_output *o = to_s3(output);
	uint64_t at = output->at;
	size_t done = 0;
	int ret;

	pthread_mutex_lock(&o->lock);
	ret = check(o, err);
	while (done < len && ret == 0) {
		struct part *part = NULL;
		size_t n;
		ret = open_part(o, at + done, &part, err);
		if (ret != 0)
			break;
		n = o->part_size - part->len;
		n = n < len - done ? n : len - done;
		pthread_mutex_unlock(&o->lock); /* a part that fills is this thread's */
		memcpy(part->data + part->len, (const char *)data + done, n);
		pthread_mutex_lock(&o->lock);
		part->len += n;
		done += n;
		if (part->len == o->part_size) {
			part->state = FULL;
			ret = send_full(o, part->index + 1, err);
		}
	}
	pthread_mutex_unlock(&o->lock);
	return ret;
}

static int s3_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err)
{
	struct s3_output *o = to_s3(output);
	const char *from = data;
	int ret = 0;

	pthread_mutex_lock(&o->lock);
	while (len && ret == 0) {
		struct part *part = &o->parts[at / o->part_size];
		size_t inside = (size_t)(at % o->part_size);
		size_t n = o->part_size - inside < len ? o->part_size - inside : len;
		if ((part->state != FILLING && part->state != FULL) || inside + n > part->len) {
			ret = rdb_err_set(err, EIO,
				"uploading %s: bytes at %" PRIu64
				" were sent before they were final",
				o->key, at);
			break;
		}
		memcpy(part->data + inside, from, n);
		from += n;
		at += n;
		len -= n;
	}
	pthread_mutex_unlock(&o->lock);
	return ret;
}

static void s3_hold(struct rdb_output *output, uint64_t from, uint64_t to)
{
	struct s3_output *o = to_s3(output);
	struct rdb_err err = {0};

	pthread_mutex_lock(&o->lock);
	o->hold_from = from;
	o->hold_to = to;
	if (send_full(o, part_count(o, output->at), &err) != 0 && !o->error.code)
		o->error = err;
	pthread_mutex_unlock(&o->lock);
}

/* Forgets a part. What the service has under its number is replaced when it is sent again. */
static void empty_part(struct s3_output *o, struct part *part)
{
	if (part->data) {
		free(part->data);
		part->data = NULL;
		o->in_memory--;
	}
	part->len = 0;
	part->state = EMPTY;
}

static int s3_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err)
{
	struct s3_output *o = to_s3(output);
	unsigned first = (unsigned)(at / o->part_size), end = part_count(o, output->at);
	size_t inside = (size_t)(at % o->part_size);
	int ret = 0;

	pthread_mutex_lock(&o->lock);
	while (o->sending)
		wait_sent(o);
	for (unsigned i = first + (inside ? 1 : 0); i < end; i++)
		empty_part(o, &o->parts[i]);
	if (inside) {
		struct part *part = &o->parts[first];
		if (part->state == FILLING || part->state == FULL) {
			part->len = inside;
			part->state = FILLING;
		} else {
			ret = rdb_err_set(err, EIO,
				"uploading %s: bytes at %" PRIu64
				" were sent before they were final",
				o->key, at);
		}
	}
	pthread_mutex_unlock(&o->lock);
	return ret;
}

/* ---- the end ---- */

/* Sends all that is left, and waits for it. */
static int send_rest(struct s3_output *o, unsigned count, struct rdb_err *err)
{
	int ret;

	pthread_mutex_lock(&o->lock);
	ret = check(o, err);
	for (unsigned i = 0; i < count && ret == 0; i++)
		if (o->parts[i].state == FILLING || o->parts[i].state == FULL)
			ret = send_part(o, &o->parts[i], err);
	while (o->sending && ret == 0) {
		wait_sent(o);
		ret = check(o, err);
	}
	ret = ret ? ret : check(o, err);
	pthread_mutex_unlock(&o->lock);
	return ret;
}

static int exists(const struct s3_output *o, struct rdb_err *err)
{
	return rdb_err_set(err, EEXIST, "s3://%s/%s exists", rdb_s3_bucket(o->s3), o->key);
}

/* Whether the key is free. -EACCES: without the right to list, a service says that of a key that
 * does not exist too. */
static int check_free(struct s3_output *o, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = &o->halt};
	struct rdb_s3_facts facts;
	int ret;

	if (o->overwrite)
		return 0;
	ret = rdb_s3_head(o->s3, o->key, &wait, &facts, err);
	if (ret == 0)
		return exists(o, err);
	return ret == -ENOENT || ret == -EACCES ? 0 : ret;
}

/* After Complete: the object is ours, all of it. etag "": the answer was lost. */
static int verify(struct s3_output *o, const char *etag, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = &o->halt};
	struct rdb_s3_facts facts;
	char home[32];
	int ret = rdb_s3_head(o->s3, o->key, &wait, &facts, err);

	if (ret == -EACCES && *etag)
		return 0; /* these credentials may write, and not read */
	if (ret != 0)
		return ret;
	snprintf(home, sizeof(home), "%016" PRIx64, o->output.home);
	if ((*etag && strcmp(facts.etag, etag) != 0) || strcmp(facts.home, home) != 0)
		return rdb_err_set(err, EEXIST,
			"s3://%s/%s: another program wrote an object of this name meanwhile",
			rdb_s3_bucket(o->s3), o->key);
	if (facts.size != o->output.at)
		return rdb_err_set(err, EIO,
			"s3://%s/%s has %" PRIu64 " bytes, and %" PRIu64 " were written",
			rdb_s3_bucket(o->s3), o->key, facts.size, o->output.at);
	return 0;
}

static int complete(struct s3_output *o, unsigned count, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = &o->halt};
	char etag[RDB_S3_ETAG] = "";
	int ret = check_free(o, err);

	if (ret != 0)
		return ret;
	ret = rdb_s3_upload_complete(
		o->s3, o->key, o->id, o->etags, count, !o->overwrite, &wait, etag, err);
	if (ret == -ENOENT)
		etag[0] =
			'\0'; /* completed before, and the answer was lost; or aborted by others */
	else if (ret != 0)
		return ret;
	return verify(o, etag, err);
}

static int s3_commit(struct rdb_output *output, struct rdb_err *err)
{
	struct s3_output *o = to_s3(output);
	unsigned count = part_count(o, output->at);
	int ret = send_rest(o, count, err);

	ret = ret ? ret : complete(o, count, err);
	if (ret != 0)
		return ret;
	o->committed = true;
	if (o->on_commit)
		o->on_commit(o->arg);
	return 0;
}

/* The record stays where the abort fails: the next start tries again. */
static void abort_upload(struct s3_output *o)
{
	const struct rdb_s3_wait wait = {.patience = END_PATIENCE};
	struct rdb_err err = {0};
	int ret = o->id[0] ? rdb_s3_upload_abort(o->s3, o->key, o->id, &wait, &err) : 0;

	if (ret != 0)
		rdb_log_warning("an unfinished upload stays in the bucket until the next start: %s",
			err.text);
	rdb_upload_record_close(o->record, ret == 0);
}

static void s3_close(struct rdb_output *output)
{
	struct s3_output *o = to_s3(output);

	rdb_cancel_fire(&o->halt);
	if (o->pool)
		rdb_pool_destroy(o->pool);
	if (o->committed)
		rdb_upload_record_close(o->record, 1);
	else
		abort_upload(o);
	for (unsigned i = 0; o->parts && i < RDB_S3_PARTS_MAX; i++)
		free(o->parts[i].data);
	free(o->parts);
	free(o->etags);
	rdb_cancel_destroy(&o->halt);
	pthread_cond_destroy(&o->sent);
	pthread_mutex_destroy(&o->lock);
	rdb_s3_unref(o->s3);
	free(o->key);
	free(o);
}

/* ---- the start ---- */

/* Bytes of a part: enough for the archive that is expected, in whole MiB. */
static size_t choose_part_size(uint64_t given, uint64_t estimate)
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

static struct s3_output *allocate(
	const struct rdb_s3_target *target, const struct rdb_new_backup *backup)
{
	uint64_t memory = target->memory ? target->memory : MEMORY_DEFAULT;
	struct s3_output *o = calloc(1, sizeof(*o));

	if (!o || rdb_cancel_init(&o->halt) != 0) {
		free(o);
		return NULL;
	}
	o->s3 = rdb_s3_ref(target->s3);
	o->overwrite = backup->overwrite;
	o->part_size = choose_part_size(target->part_size, backup->estimate);
	o->parts_max = (size_t)(memory / o->part_size);
	if (o->parts_max < PARTS_AT_LEAST)
		o->parts_max = PARTS_AT_LEAST;
	o->on_commit = target->committed;
	o->arg = target->arg;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->sent, NULL);
	o->key = strdup(target->key);
	o->parts = calloc(RDB_S3_PARTS_MAX, sizeof(*o->parts));
	o->etags = calloc(RDB_S3_PARTS_MAX, RDB_S3_ETAG);
	for (unsigned i = 0; o->parts && i < RDB_S3_PARTS_MAX; i++)
		o->parts[i] = (struct part){.output = o, .index = i};
	return o;
}

static int begin_upload(
	struct s3_output *o, const struct rdb_new_backup *backup, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = backup->cancel};
	char home[32];
	int ret;

	snprintf(home, sizeof(home), "%016" PRIx64, o->output.home);
	ret = rdb_s3_upload_create(o->s3, o->key, backup->type, home, &wait, o->id, err);
	if (ret != 0)
		o->id[0] = '\0';
	return ret ? ret : rdb_upload_record_id(o->record, o->id, err);
}

int rdb_s3_output(const struct rdb_s3_target *target, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err)
{
	static const struct rdb_output_ops ops = {
		.append = s3_append,
		.patch = s3_patch,
		.rewind = s3_rewind,
		.hold = s3_hold,
		.commit = s3_commit,
		.close = s3_close,
	};
	struct s3_output *o = allocate(target, backup);
	int ret = 0;

	if (!o)
		return rdb_err_sys(err, ENOMEM, "uploading %s", target->key);
	o->output.ops = &ops;
	o->output.folder = -1;
	o->output.home = rdb_s3_home(rdb_s3_bucket(o->s3), target->key);
	rdb_output_obey(&o->output, backup->cancel);
	if (!o->key || !o->parts || !o->etags || rdb_pool_create(SENDERS, false, &o->pool) != 0 ||
		asprintf(&o->output.name, "s3://%s/%s", rdb_s3_bucket(o->s3), o->key) < 0)
		ret = rdb_err_sys(err, ENOMEM, "uploading %s", target->key);
	ret = ret ? ret : check_free(o, err);
	ret = ret ? ret
		  : rdb_upload_record_create(
			    target->state_dir, rdb_s3_bucket(o->s3), o->key, &o->record, err);
	ret = ret ? ret : begin_upload(o, backup, err);
	if (ret != 0) {
		rdb_output_close(&o->output);
		return ret == -EBADMSG ? -EIO : ret;
	}
	*out = &o->output;
	return 0;
}

/* ---- what dead processes left ---- */

struct cleaning {
	struct rdb_s3 *s3;
	const char *prefix;
	const char *key; /* of a record without an id */
	int ret;
	struct rdb_err *err;
};

/* Ids of uploads that were created, and whose process died before it noted them. */
static int abort_listed(void *arg, const char *key, const char *id)
{
	struct cleaning *cleaning = arg;

	if (strcmp(key, cleaning->key) != 0)
		return 0;
	return rdb_s3_upload_abort(cleaning->s3, key, id, NULL, cleaning->err);
}

static int abort_recorded(void *arg, const char *bucket, const char *key, const char *id)
{
	struct cleaning *cleaning = arg;
	int ret;

	if (strcmp(bucket, rdb_s3_bucket(cleaning->s3)) != 0 ||
		strncmp(key, cleaning->prefix, strlen(cleaning->prefix)) != 0)
		return -ENOENT;
	cleaning->key = key;
	if (*id)
		ret = rdb_s3_upload_abort(cleaning->s3, key, id, NULL, cleaning->err);
	else
		ret = rdb_s3_upload_list(
			cleaning->s3, key, NULL, abort_listed, cleaning, cleaning->err);
	if (ret != 0)
		cleaning->ret = ret;
	return ret;
}

int rdb_s3_uploads_clean(
	struct rdb_s3 *s3, const char *state_dir, const char *prefix, struct rdb_err *err)
{
	struct cleaning cleaning = {.s3 = s3, .prefix = prefix, .err = err};
	int done = rdb_upload_record_each(state_dir, abort_recorded, &cleaning);

	return cleaning.ret ? cleaning.ret : done;
}
