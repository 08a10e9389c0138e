#include "base/condition.h"
#include "base/formatted.h"
#include "base/log.h"
#include "remote/s3.h"
#include "remote/s3_parts.h"
#include "remote/upload_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define END_PATIENCE 30000 /* ms to wait for the end of an abort */
#define GIVE_WAY_MOST 400  /* ms of the longest random pause after two uploads collide */

/* An object that is uploaded in parts. The object consists of lanes, one after the other. A lane is
 * a sequence of parts that one thread writes. parts.lanes[0] is the start of the object. */
struct upload {
	struct rdb_s3_parts parts;
	char *key;
	struct rdb_upload_record *record;
	bool overwrite, committed;
	bool repeated; /* the key may have more uploads, whose ids are unknown */
	void (*on_commit)(void *arg);
	void *arg;
};

static struct upload *to_upload(struct rdb_output *output)
{
	return (struct upload *)((struct rdb_s3_lane *)output)->parts;
}

/* ---- the end ---- */

static int check_free(struct upload *u, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = &u->parts.halt};
	struct rdb_s3_facts facts;
	int ret;

	if (u->overwrite)
		return 0;
	ret = rdb_s3_head(u->parts.s3, u->key, &wait, &facts, err);
	if (ret == 0)
		return rdb_err_set(
			err, EEXIST, "s3://%s/%s exists", rdb_s3_bucket(u->parts.s3), u->key);
	/* Accept -EACCES, because the service answers -EACCES instead of -ENOENT for a missing
	 * object if the user may not list the bucket's keys. */
	return ret == -ENOENT || ret == -EACCES ? 0 : ret;
}

/* Checks that this upload created the object in the bucket. "etag" may be "". "lost" is true if the
 * answer with the ETag was lost. */
static int verify(struct upload *u, const char *etag, bool lost, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = &u->parts.halt};
	const char *bucket = rdb_s3_bucket(u->parts.s3);
	uint64_t bytes = rdb_s3_parts_bytes(&u->parts);
	struct rdb_s3_facts facts;
	char home[32];
	int ret = rdb_s3_head(u->parts.s3, u->key, &wait, &facts, err);

	if (ret == -EACCES && !lost)
		return 0; /* not checked: the credentials may write but not read */
	if (ret != 0)
		return ret;
	snprintf(home, sizeof(home), "%016" PRIx64, u->parts.lanes[0].output.home);
	if ((*etag && strcmp(facts.etag, etag) != 0) || strcmp(facts.home, home) != 0)
		return rdb_err_set(err, EEXIST,
			"s3://%s/%s: another program wrote an object of this name meanwhile",
			bucket, u->key);
	if (facts.size != bytes)
		return rdb_err_set(err, EIO,
			"s3://%s/%s has %" PRIu64 " bytes, but %" PRIu64 " were written", bucket,
			u->key, facts.size, bytes);
	return 0;
}

static int complete(struct upload *u, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = &u->parts.halt};
	char etag[RDB_S3_ETAG] = "";
	int ret = check_free(u, err);

	if (ret != 0)
		return ret;
	ret = rdb_s3_upload_complete(u->parts.s3, u->key, u->parts.id, u->parts.etags,
		RDB_S3_PARTS_MAX, !u->overwrite, &wait, etag, err);
	if (ret == -ENOENT) /* the answer was lost, or another program has aborted the upload */
		etag[0] = '\0';
	else if (ret != 0)
		return ret;
	return verify(u, etag, ret != 0, err);
}

static int upload_commit(struct rdb_output *output, struct rdb_err *err)
{
	struct upload *u = to_upload(output);
	int ret = rdb_s3_parts_send_rest(&u->parts, err);

	ret = ret ? ret : complete(u, err);
	if (ret != 0)
		return ret;
	u->committed = true;
	if (u->on_commit)
		u->on_commit(u->arg);
	return 0;
}

/* Aborts the upload in the bucket unless the upload was committed. If the abort fails, the upload's
 * record stays, and the next start of rdbfs aborts the upload. */
static void abort_upload(struct upload *u)
{
	const struct rdb_s3_wait wait = {.patience = END_PATIENCE};
	struct rdb_err err = {0};
	int ret = 0;

	if (u->parts.id[0] && !u->committed)
		ret = rdb_s3_upload_abort(u->parts.s3, u->key, u->parts.id, &wait, &err);
	/* If the request that creates the upload was repeated, abort all uploads of the key. Each
	 * repeated request may have created another upload, whose id is unknown. */
	if (u->repeated && ret == 0)
		ret = rdb_s3_uploads_abort(u->parts.s3, u->key, &wait, &err);
	if (ret != 0)
		rdb_log_warning("an unfinished upload stays in the bucket until the next start: %s",
			err.text);
	rdb_upload_record_close(u->record, ret == 0);
}

/* Aborts the upload unless the upload was committed, and frees the upload with all its branches.
 * Does nothing if "output" is a branch, because the branches are freed with the upload. */
static void upload_close(struct rdb_output *output)
{
	struct upload *u = to_upload(output);

	if (output != &u->parts.lanes[0].output)
		return;
	rdb_s3_parts_free(&u->parts);
	abort_upload(u);
	rdb_cancel_destroy(&u->parts.halt);
	pthread_cond_destroy(&u->parts.sent);
	pthread_mutex_destroy(&u->parts.lock);
	rdb_s3_unref(u->parts.s3);
	free(u->key);
	free(u);
}

/* ---- the start ---- */

static struct upload *allocate(
	const struct rdb_s3_target *target, const char *key, const struct rdb_new_backup *backup)
{
	struct upload *u = calloc(1, sizeof(*u));

	if (!u || !(u->key = strdup(key)) || rdb_cancel_init(&u->parts.halt) != 0) {
		free(u ? u->key : NULL);
		free(u);
		return NULL;
	}
	u->overwrite = backup->overwrite;
	u->on_commit = target->committed;
	u->arg = target->arg;
	pthread_mutex_init(&u->parts.lock, NULL);
	rdb_condition_init(&u->parts.sent);
	return u;
}

static int set_output(struct upload *u, const struct rdb_s3_target *target,
	const struct rdb_new_backup *backup, struct rdb_err *err)
{
	static const struct rdb_output_ops ops = {
		.append = rdb_s3_lane_append,
		.patch = rdb_s3_lane_patch,
		.rewind = rdb_s3_lane_rewind,
		.hold = rdb_s3_lane_hold,
		.branch = rdb_s3_lane_branch,
		.absorb = rdb_s3_lane_absorb,
		.gap = rdb_s3_lane_gap,
		.commit = upload_commit,
		.close = upload_close,
	};
	struct rdb_output *output = &u->parts.lanes[0].output;
	const char *bucket = rdb_s3_bucket(target->s3);
	int ret = rdb_s3_parts_init(&u->parts, rdb_s3_ref(target->s3), u->key, target->part_size,
		target->memory, backup->estimate);

	rdb_log_debug("uploading %s in parts of %zu MiB, estimated at %" PRIu64 " MiB", u->key,
		u->parts.size >> 20, backup->estimate >> 20);
	output->ops = &ops;
	output->folder = -1;
	output->home = rdb_s3_home(bucket, u->key);
	rdb_output_obey(output, backup->cancel);
	output->name = rdb_formatted("s3://%s/%s", bucket, u->key);
	return ret || !output->name ? rdb_err_sys(err, ENOMEM, "uploading %s", u->key) : 0;
}

static int begin_upload(struct upload *u, const struct rdb_new_backup *backup, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = backup->cancel};
	char home[32];
	int ret;

	snprintf(home, sizeof(home), "%016" PRIx64, u->parts.lanes[0].output.home);
	ret = rdb_s3_upload_create(
		u->parts.s3, u->key, backup->type, home, &wait, u->parts.id, &u->repeated, err);
	if (ret != 0)
		u->parts.id[0] = '\0';
	/* Do not record the id if the request was repeated, because it may have created several
	 * uploads. A record without an id stands for all uploads of the key. */
	return ret || u->repeated ? ret : rdb_upload_record_id(u->record, u->parts.id, err);
}

/* ---- other writers of the same key ---- */

struct others {
	const struct upload *upload;
	unsigned count;
};

static int count_other(void *arg, const char *key, const char *id)
{
	struct others *others = arg;

	others->count +=
		strcmp(key, others->upload->key) == 0 && strcmp(id, others->upload->parts.id) != 0;
	return 0;
}

/* Waits a random time below GIVE_WAY_MOST ms, so that two processes that upload the same key try
 * again at different times. */
static void pause_randomly(const struct rdb_cancel *cancel)
{
	uint16_t number = 0;
	struct rdb_wait wait;
	struct pollfd none;

	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	wait = rdb_wait_for(cancel, number % GIVE_WAY_MOST);
	rdb_wait_poll(&wait, &none, 0);
}

/* Checks that no other program uploads the same key. Returns -EBUSY if another program does, or
 * -EEXIST if the object exists. */
static int check_alone(struct upload *u, const struct rdb_new_backup *backup, struct rdb_err *err)
{
	const struct rdb_s3_wait wait = {.cancel = backup->cancel};
	struct others others = {.upload = u};
	int ret;

	if (!backup->give_way)
		return 0;
	/* Search only now that this program's upload exists, so that at least one of two concurrent
	 * programs finds the other program's upload. */
	ret = rdb_s3_upload_list(u->parts.s3, u->key, &wait, count_other, &others, err);
	/* If uploads cannot be listed, rely on complete() to detect another program's object. */
	if (ret == -EACCES)
		return 0;
	if (ret == 0 && others.count == 0)
		ret = check_free(
			u, err); /* an upload that has just ended may have created the object */
	if (ret != 0 || others.count == 0)
		return ret;
	pause_randomly(backup->cancel);
	return rdb_err_set(err, EBUSY, "s3://%s/%s: another program is uploading it",
		rdb_s3_bucket(u->parts.s3), u->key);
}

static int record_upload(struct upload *u, const struct rdb_s3_target *target, struct rdb_err *err)
{
	const struct rdb_recorded_upload upload = {
		.service = rdb_s3_service(target->s3),
		.bucket = rdb_s3_bucket(target->s3),
		.key = u->key,
	};

	return rdb_upload_record_create(target->state_dir, &upload, &u->record, err);
}

int rdb_s3_output(const struct rdb_s3_target *target, const char *key,
	const struct rdb_new_backup *backup, struct rdb_output **out, struct rdb_err *err)
{
	struct upload *u = allocate(target, key, backup);
	int ret;

	if (!u)
		return rdb_err_sys(err, ENOMEM, "uploading %s", key);
	ret = set_output(u, target, backup, err);
	ret = ret ? ret : check_free(u, err);
	ret = ret ? ret : record_upload(u, target, err);
	ret = ret ? ret : begin_upload(u, backup, err);
	ret = ret ? ret : check_alone(u, backup, err);
	if (ret != 0) {
		rdb_output_close(&u->parts.lanes[0].output);
		return ret == -EBADMSG ? -EIO : ret;
	}
	*out = &u->parts.lanes[0].output;
	return 0;
}
