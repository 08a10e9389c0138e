#include "restore/sink.h"

#include "reql/term.h"
#include "restore/filling.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 4
#define QUEUE ((size_t)1 << 20) /* bytes */

typedef void (*ended_call)(void *arg, const struct rdb_err *err);

struct rdb_sink {
	struct rdb_sink_options options;
	struct rdb_job *job;
	pthread_t thread;
	atomic_bool stop;
	struct rdb_filling filling; /* the thread's */

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;  /* for the thread */
	pthread_cond_t news;  /* for those who wait */
	enum rdb_sink_state state;
	struct rdb_err error;
	struct rdb_buf queue;
	bool wants_room;
	uint64_t bytes;
	struct rdb_table_info *info; /* not yet taken up */
	bool ends;                   /* rdb_sink_end() was called, or rdb_sink_prepare() */
	bool prepares;               /* it was that */
	ended_call ended;
	void *ended_arg;
	bool closing;
	struct rdb_err missing; /* as the thread last said, like the next seven */
	bool hooked;
	bool in_place;
	bool made_db;
	bool merged;
	char id[RDB_TABLE_ID];
	size_t warnings;
	char key[RDB_PRIMARY_KEY_MAX];
	char lacks[RDB_PRIMARY_KEY_MAX];
};

/* ---- options ---- */

static int copy_text(const char **text)
{
	if (!*text)
		return 0;
	*text = strdup(*text);
	return *text ? 0 : -ENOMEM;
}

static int copy_options(struct rdb_sink *sink, const struct rdb_sink_options *from)
{
	struct rdb_sink_options *to = &sink->options;
	const char **texts[] = {
		&to->db, &to->table, &to->primary_key, &to->done_id, &to->policy.spool_dir};
	int rc = 0;

	*to = *from;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (rc != 0)
			*texts[i] = NULL;
		else
			rc = copy_text(texts[i]);
	}
	if (!to->connections)
		to->connections = to->policy.clients ? to->policy.clients : CONNECTIONS;
	to->queue = to->queue ? to->queue : QUEUE;
	if (!to->policy.delimiter)
		to->policy.delimiter = ',';
	return rc;
}

static void free_options(struct rdb_sink_options *options)
{
	free((char *)options->db);
	free((char *)options->table);
	free((char *)options->primary_key);
	free((char *)options->done_id);
	free((char *)options->policy.spool_dir);
}

static int check_names(const struct rdb_sink_options *options, struct rdb_err *err)
{
	const char *names[] = {options->db, options->table};

	for (size_t i = 0; i < 2; i++)
		if (!rdb_term_is_name(names[i]))
			return rdb_err_set(err, EINVAL,
				"\"%s\" can't be the name of a %s: A-Z, a-z, 0-9, _ and - are "
				"allowed",
				names[i], i ? "table" : "database");
	if (strcmp(options->db, "rethinkdb") == 0)
		return rdb_err_set(err, EPERM,
			"the database \"rethinkdb\" is the server's own: nothing can be restored "
			"into it");
	return 0;
}

/* ---- the thread ---- */

struct task {
	struct rdb_buf bytes;
	struct rdb_table_info *info;
	bool ends;
	bool prepares;
	bool stops;
};

/* Waits for something to do. False: the sink is being closed, and nobody waits for its end. */
static bool get_task(struct rdb_sink *sink, struct task *task)
{
	struct rdb_buf empty = task->bytes;
	bool room, closing;

	rdb_buf_clear(&empty);
	pthread_mutex_lock(&sink->lock);
	while (!sink->closing && !sink->queue.len && !sink->ends &&
		!(atomic_load(&sink->stop) &&
			(sink->state == RDB_SINK_OPEN || sink->state == RDB_SINK_NEEDS_INFO)))
		pthread_cond_wait(&sink->work, &sink->lock);
	*task = (struct task){
		.bytes = sink->queue,
		.info = sink->info,
		.ends = sink->ends,
		.prepares = sink->prepares,
		.stops = sink->closing || atomic_load(&sink->stop),
	};
	closing = sink->closing;
	sink->queue = empty;
	sink->info = NULL;
	room = sink->wants_room && task->bytes.len;
	sink->wants_room &= !room;
	pthread_cond_broadcast(&sink->news);
	pthread_mutex_unlock(&sink->lock);
	if (room && sink->options.events.room)
		sink->options.events.room(sink->options.events.arg);
	return !closing || task->ends;
}

static void set_state(struct rdb_sink *sink, enum rdb_sink_state state, const struct rdb_err *err)
{
	bool room;

	pthread_mutex_lock(&sink->lock);
	sink->state = state;
	sink->missing =
		sink->filling.no_index.code ? sink->filling.no_index : sink->filling.no_hook;
	sink->hooked = sink->filling.hooked;
	sink->in_place = sink->filling.staging.in_place;
	sink->made_db = sink->filling.staging.made_db;
	sink->merged = rdb_filling_merges(&sink->filling);
	sink->warnings = sink->filling.warnings;
	memcpy(sink->key, sink->filling.key, sizeof(sink->key));
	memcpy(sink->lacks, sink->filling.lacks, sizeof(sink->lacks));
	memcpy(sink->id, sink->filling.id, sizeof(sink->id));
	room = state == RDB_SINK_FAILED && sink->wants_room;
	if (state == RDB_SINK_FAILED) {
		sink->error = *err;
		sink->wants_room = false;
		rdb_buf_free(&sink->queue);
	}
	pthread_cond_broadcast(&sink->news);
	pthread_mutex_unlock(&sink->lock);
	if (room && sink->options.events.room)
		sink->options.events.room(sink->options.events.arg);
}

/* Whatever it was that failed when somebody stopped it: it was stopped. */
static void explain(struct rdb_sink *sink, int rc, struct rdb_err *err)
{
	if (atomic_load(&sink->stop) || rdb_job_is_cancelled(sink->job))
		rdb_err_set(err, ECANCELED, "cancelled");
	if (!err->code)
		err->code = -rc;
	if (err->code == EAGAIN) /* of a write it means that there is no room */
		err->code = EREMOTEIO;
	rdb_err_prefix(err, "%s.%s: ", sink->options.db, sink->options.table);
}

static void fail(struct rdb_sink *sink, int rc, struct rdb_err *err)
{
	explain(sink, rc, err);
	set_state(sink, RDB_SINK_FAILED, err);
	rdb_job_table_state(sink->job, sink->filling.number,
		err->code == ECANCELED ? RDB_JOB_CANCELLED : RDB_JOB_FAILED, err);
	rdb_filling_drop(&sink->filling);
	pthread_mutex_lock(&sink->lock);
	sink->warnings = sink->filling.warnings;
	pthread_mutex_unlock(&sink->lock);
}

static void tell_ended(struct rdb_sink *sink, const struct rdb_err *err)
{
	ended_call ended;
	void *arg;

	pthread_mutex_lock(&sink->lock);
	ended = sink->ended;
	arg = sink->ended_arg;
	sink->ends = sink->prepares = false;
	pthread_cond_broadcast(&sink->news);
	pthread_mutex_unlock(&sink->lock);
	if (ended)
		ended(arg, err);
}

static int finish(struct rdb_sink *sink, bool prepares, struct rdb_err *err)
{
	enum rdb_sink_state state = prepares ? RDB_SINK_OPEN : RDB_SINK_DONE;
	int rc = prepares ? rdb_filling_prepare(&sink->filling, err)
			  : rdb_filling_finish(&sink->filling, err);

	if (rc == 0 && !prepares)
		rdb_job_table_state(sink->job, sink->filling.number, RDB_JOB_DONE, NULL);
	if (rc >= 0)
		set_state(sink, rc ? RDB_SINK_NEEDS_INFO : state, NULL);
	return rc < 0 ? rc : 0;
}

static int work(struct rdb_sink *sink, struct task *task, struct rdb_err *err)
{
	int rc = 0;

	if (task->stops)
		rc = rdb_err_set(err, ECANCELED, "cancelled");
	if (task->info)
		rdb_filling_info(&sink->filling, task->info);
	if (rc == 0 && task->bytes.len)
		rc = rdb_filling_feed(&sink->filling, task->bytes.data, task->bytes.len, err);
	return rc || !task->ends ? rc : finish(sink, task->prepares, err);
}

static int begin(struct rdb_sink *sink, struct rdb_err *err)
{
	int rc;

	rdb_job_table_state(sink->job, sink->filling.number, RDB_JOB_RUNNING, NULL);
	rc = rdb_filling_begin(&sink->filling, err);
	if (rc != 0) {
		fail(sink, rc, err);
	} else {
		rdb_err_clear(err);
		set_state(sink, sink->options.done_id ? RDB_SINK_DONE : RDB_SINK_OPEN, NULL);
	}
	if (sink->options.events.opened)
		sink->options.events.opened(sink->options.events.arg, err);
	return rc;
}

/* When it has failed there is nothing to do but to say so. What was mended on the way, such as a
 * connection that was lost, has left words that are no failure's. */
static void *run(void *arg)
{
	struct rdb_sink *sink = arg;
	struct rdb_err err = {0};
	struct task task = {0};
	bool failed = begin(sink, &err) != 0;

	while (get_task(sink, &task)) {
		int rc = failed ? 0 : work(sink, &task, &err);
		if (failed)
			rdb_table_info_free(task.info);
		else if (rc != 0)
			fail(sink, rc, &err);
		else
			rdb_err_clear(&err);
		failed |= rc != 0;
		if (task.ends)
			tell_ended(sink, &err);
	}
	if (!failed)
		rdb_filling_drop(&sink->filling);
	rdb_table_info_free(task.info);
	rdb_buf_free(&task.bytes);
	return NULL;
}

/* ---- life ---- */

static int init_waiting(struct rdb_sink *sink)
{
	if (pthread_mutex_init(&sink->lock, NULL) != 0)
		return -ENOMEM;
	if (pthread_cond_init(&sink->work, NULL) != 0)
		goto fail;
	if (pthread_cond_init(&sink->news, NULL) != 0)
		goto fail_work;
	return 0;
fail_work:
	pthread_cond_destroy(&sink->work);
fail:
	pthread_mutex_destroy(&sink->lock);
	return -ENOMEM;
}

static void free_sink(struct rdb_sink *sink)
{
	rdb_filling_free(&sink->filling);
	free_options(&sink->options);
	rdb_table_info_free(sink->info);
	rdb_buf_free(&sink->queue);
	rdb_job_unref(sink->job);
	free(sink);
}

int rdb_sink_open(struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_sink_options *options, struct rdb_sink **out, struct rdb_err *err)
{
	struct rdb_sink *sink;
	int rc = check_names(options, err);

	if (rc != 0)
		return rc;
	sink = calloc(1, sizeof(*sink));
	if (!sink)
		return rdb_err_sys(err, ENOMEM, "%s.%s", options->db, options->table);
	sink->job = rdb_job_ref(job);
	rc = copy_options(sink, options);
	if (rc == 0)
		rc = init_waiting(sink);
	if (rc != 0) {
		rdb_err_sys(err, -rc, "%s.%s", options->db, options->table);
		goto fail;
	}
	rc = rdb_filling_init(&sink->filling, cluster, job, &sink->options, &sink->stop, err);
	if (rc != 0)
		goto fail_waiting;
	rc = -pthread_create(&sink->thread, NULL, run, sink);
	if (rc != 0) {
		rdb_err_sys(err, -rc, "a thread for %s.%s", options->db, options->table);
		goto fail_waiting;
	}
	*out = sink;
	return 0;
fail_waiting:
	pthread_cond_destroy(&sink->news);
	pthread_cond_destroy(&sink->work);
	pthread_mutex_destroy(&sink->lock);
fail:
	free_sink(sink);
	return rc;
}

void rdb_sink_abort(struct rdb_sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	if (sink->state != RDB_SINK_DONE)
		atomic_store(&sink->stop, true);
	pthread_cond_signal(&sink->work);
	pthread_mutex_unlock(&sink->lock);
}

void rdb_sink_close(struct rdb_sink *sink)
{
	if (!sink)
		return;
	pthread_mutex_lock(&sink->lock);
	sink->closing = true;
	if (sink->state != RDB_SINK_DONE)
		atomic_store(&sink->stop, true);
	pthread_cond_signal(&sink->work);
	pthread_mutex_unlock(&sink->lock);
	pthread_join(sink->thread, NULL);
	pthread_cond_destroy(&sink->news);
	pthread_cond_destroy(&sink->work);
	pthread_mutex_destroy(&sink->lock);
	free_sink(sink);
}

/* ---- by the writer ---- */

static int failure(const struct rdb_sink *sink, struct rdb_err *err)
{
	if (err)
		*err = sink->error;
	return -sink->error.code;
}

int rdb_sink_open_wait(struct rdb_sink *sink, struct rdb_err *err)
{
	int rc = 0;

	pthread_mutex_lock(&sink->lock);
	while (sink->state == RDB_SINK_OPENING)
		pthread_cond_wait(&sink->news, &sink->lock);
	if (sink->state == RDB_SINK_FAILED)
		rc = failure(sink, err);
	pthread_mutex_unlock(&sink->lock);
	return rc;
}

/* With the lock held. */
static int enqueue(struct rdb_sink *sink, const void *data, size_t len, struct rdb_err *err)
{
	if (sink->state == RDB_SINK_FAILED)
		return failure(sink, err);
	if (sink->queue.len && sink->queue.len + len > sink->options.queue) {
		sink->wants_room = true;
		return -EAGAIN;
	}
	if (rdb_buf_add(&sink->queue, data, len) != 0)
		return rdb_err_sys(err, ENOMEM, "documents");
	sink->bytes += len;
	pthread_cond_signal(&sink->work);
	return 0;
}

int rdb_sink_write(struct rdb_sink *sink, const void *data, size_t len, struct rdb_err *err)
{
	int rc;

	pthread_mutex_lock(&sink->lock);
	rc = enqueue(sink, data, len, err);
	pthread_mutex_unlock(&sink->lock);
	return rc;
}

int rdb_sink_write_wait(struct rdb_sink *sink, const void *data, size_t len, struct rdb_err *err)
{
	int rc;

	pthread_mutex_lock(&sink->lock);
	while ((rc = enqueue(sink, data, len, err)) == -EAGAIN) {
		sink->wants_room = false;
		pthread_cond_wait(&sink->news, &sink->lock);
	}
	pthread_mutex_unlock(&sink->lock);
	return rc;
}

int rdb_sink_info(struct rdb_sink *sink, const char *text, size_t len, struct rdb_err *err)
{
	struct rdb_table_info *info, *old = NULL;
	int rc = rdb_table_info_parse(text, len, &info, err);

	if (rc != 0) {
		rdb_err_prefix(err, "%s.%s: ", sink->options.db, sink->options.table);
		return rc;
	}
	pthread_mutex_lock(&sink->lock);
	if (sink->state == RDB_SINK_FAILED)
		rc = failure(sink, err);
	else if (sink->ends)
		rc = rdb_err_set(err, EBUSY, "%s.%s is being completed", sink->options.db,
			sink->options.table);
	if (rc == 0) {
		old = sink->info;
		sink->info = info;
		info = NULL;
	}
	pthread_mutex_unlock(&sink->lock);
	rdb_table_info_free(old);
	rdb_table_info_free(info);
	return rc;
}

static void begin_end(struct rdb_sink *sink, bool prepares, ended_call ended, void *arg)
{
	pthread_mutex_lock(&sink->lock);
	sink->ended = ended;
	sink->ended_arg = arg;
	sink->ends = true;
	sink->prepares = prepares;
	if (sink->state != RDB_SINK_FAILED && sink->state != RDB_SINK_OPENING)
		sink->state = RDB_SINK_ENDING;
	pthread_cond_signal(&sink->work);
	pthread_mutex_unlock(&sink->lock);
}

void rdb_sink_end(struct rdb_sink *sink, ended_call ended, void *arg)
{
	begin_end(sink, false, ended, arg);
}

void rdb_sink_prepare(struct rdb_sink *sink, ended_call prepared, void *arg)
{
	begin_end(sink, true, prepared, arg);
}

int rdb_sink_end_wait(struct rdb_sink *sink, struct rdb_err *err)
{
	int rc = 0;

	rdb_sink_end(sink, NULL, NULL);
	pthread_mutex_lock(&sink->lock);
	while (sink->ends)
		pthread_cond_wait(&sink->news, &sink->lock);
	if (sink->state == RDB_SINK_FAILED)
		rc = failure(sink, err);
	pthread_mutex_unlock(&sink->lock);
	return rc;
}

void rdb_sink_facts(struct rdb_sink *sink, struct rdb_sink_facts *out)
{
	pthread_mutex_lock(&sink->lock);
	*out = (struct rdb_sink_facts){
		.state = sink->state,
		.documents = atomic_load(&sink->filling.acknowledged),
		.bytes = sink->bytes,
		.warnings = sink->warnings,
		.missing = sink->missing,
		.hooked = sink->hooked,
		.in_place = sink->in_place,
		.made_db = sink->made_db,
		.merged = sink->merged,
		.error = sink->error,
	};
	memcpy(out->primary_key, sink->key, sizeof(out->primary_key));
	memcpy(out->lacks, sink->lacks, sizeof(out->lacks));
	memcpy(out->id, sink->id, sizeof(out->id));
	pthread_mutex_unlock(&sink->lock);
}
