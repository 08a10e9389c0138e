#include "upload/upload_table.h"

#include "base/log.h"
#include "base/wait.h"
#include "cluster/back_off.h"

#include <errno.h>
#include <stdlib.h>

/* ---- state ---- */

/* Returns true if "restore" is the present restore of its table, or false if "restore" was retired
 * (upload_table.h). */
static bool is_current(const struct rdb_upload_restore *restore)
{
	return restore->table->restore == restore;
}

static const struct rdb_restore_policy *policy_of(const struct rdb_upload_restore *restore)
{
	return &restore->table->all->config.policy;
}

/* ---- the job ---- */

static int new_job(struct rdb_upload_restore *restore, struct rdb_err *err)
{
	restore->job = rdb_upload_job(restore->table->dir, restore->table->name);
	return restore->job ? 0 : rdb_err_sys(err, ENOMEM, "restoring");
}

void rdb_upload_restore_show_job(struct rdb_upload_restore *restore)
{
	if (!restore->job_shown)
		rdb_upload_job_show(restore->table->all, restore->job);
	restore->job_shown = true;
}

static void end_job(struct rdb_upload_restore *restore, const struct rdb_err *err)
{
	struct rdb_job_facts facts;

	if (!restore->job || restore->job_ended)
		return;
	rdb_job_facts(restore->job, &facts);
	if ((err->code && err->code != ECANCELED) || facts.warnings > 0)
		rdb_upload_restore_show_job(restore);
	restore->job_ended = true;
	rdb_job_end(restore->job, err);
}

/* Releases the job of a restore in the phase DONE, because the restore may stay in this phase for a
 * long time, and the job uses a file descriptor. Called on the queue's thread. */
static void leave_job(struct rdb_upload_restore *restore)
{
	rdb_restore_queue_set_job(restore->queue, NULL, NULL);
	rdb_job_unref(restore->job);
	restore->job = NULL;
}

int rdb_upload_restore_need_job(struct rdb_upload_restore *restore, struct rdb_err *err)
{
	int ret;

	if (restore->job)
		return 0;
	ret = new_job(restore, err);
	if (ret != 0)
		return ret;
	/* Give the queue the new job. rdb_restore_queue_set_job() requires a complete table and no
	 * queued step. Both are given here, because a restore without a job has lost its job only
	 * in this situation. */
	ret = rdb_restore_queue_set_job(restore->queue, restore->job, err);
	restore->job_shown = restore->job_ended = false;
	if (ret == 0)
		return 0;
	rdb_job_unref(restore->job);
	restore->job = NULL;
	return ret;
}

/* ---- retiring ---- */

static void on_closed(void *arg)
{
	struct rdb_upload_restore *restore = arg;

	end_job(restore, &restore->err);
	rdb_job_unref(restore->job);
	rdb_upload_table_unref(restore->table);
	free(restore);
}

/* Removes the upload from "part", and returns the upload, or NULL if "part" has no upload. The
 * caller must release the returned upload. */
static struct rdb_upload *detach_upload(struct rdb_upload_part *part)
{
	struct rdb_upload *upload = part->upload;

	part->upload = NULL;
	return upload;
}

void rdb_upload_part_detach(struct rdb_upload_part *part)
{
	rdb_upload_unref(detach_upload(part));
}

static void abort_restore(struct rdb_upload_restore *restore)
{
	const struct rdb_upload_table *table = restore->table;

	if (!restore->err.code)
		rdb_err_set(&restore->err, ECANCELED, "%s.%s: cancelled", table->db, table->name);
	if (restore->job)
		rdb_job_cancel(restore->job);
}

/* Detaches the .info file's upload from a restore that is being retired. If on_opened() or
 * on_completed() has yet to be called, leaves the upload to that function. */
static void part_with_info(struct rdb_upload_restore *restore)
{
	struct rdb_upload_part *info = &restore->parts[RDB_UPLOAD_METADATA];

	/* If a step for the .info file is pending, this restore uses the file's text. Free the
	 * text, so that the table's next restore does not use the same text. */
	if (info->step != RDB_UPLOAD_STEP_NONE)
		rdb_buf_free(&restore->table->info);
	else if (restore->phase != RDB_UPLOAD_PHASE_OPENING)
		rdb_upload_part_detach(info);
}

void rdb_upload_restore_retire(struct rdb_upload_restore *restore, const struct rdb_err *err)
{
	struct rdb_uploads *all = restore->table->all;

	restore->table->restore = NULL;
	pthread_mutex_lock(&all->lock);
	LIST_REMOVE(restore, link);
	pthread_mutex_unlock(&all->lock);
	if (err && !restore->err.code)
		restore->err = *err;
	if (restore->phase != RDB_UPLOAD_PHASE_DONE || rdb_upload_restore_is_completing(restore))
		abort_restore(restore);
	rdb_upload_part_detach(&restore->parts[RDB_UPLOAD_DOCUMENTS]);
	part_with_info(restore);
	rdb_restore_queue_close(restore->queue, on_closed, restore);
}

/* ---- completions ---- */

/* Reports the result *err of a restore step to the upload, and drops the caller's reference to the
 * upload. Does nothing if the upload is NULL. The caller must not hold a lock. */
static void notify(struct rdb_upload *upload, const struct rdb_err *err)
{
	if (upload)
		rdb_upload_completed(upload, err);
	rdb_upload_unref(upload);
}

static void note_answer(struct rdb_uploads *all, const struct rdb_err *err)
{
	if (!err->code)
		atomic_store(&all->answered, rdb_wait_now());
}

static void on_opened(void *arg, const struct rdb_err *err)
{
	struct rdb_upload_restore *restore = arg;
	struct rdb_upload_table *table = restore->table;
	struct rdb_upload *documents, *info;
	struct rdb_err outcome = *err;

	note_answer(table->all, err);
	pthread_mutex_lock(&table->lock);
	documents = rdb_upload_ref(restore->parts[RDB_UPLOAD_DOCUMENTS].upload);
	if (is_current(restore)) {
		info = rdb_upload_ref(restore->parts[RDB_UPLOAD_METADATA].upload);
		restore->phase = RDB_UPLOAD_PHASE_OPEN;
		if (err->code)
			rdb_upload_restore_retire(restore, err);
	} else {
		info = detach_upload(&restore->parts[RDB_UPLOAD_METADATA]);
		outcome = restore->err;
	}
	pthread_mutex_unlock(&table->lock);
	notify(documents, &outcome);
	notify(info, &outcome);
}

static void on_room(void *arg)
{
	struct rdb_upload_restore *restore = arg;
	struct rdb_upload_table *table = restore->table;
	struct rdb_upload *documents;

	pthread_mutex_lock(&table->lock);
	documents = rdb_upload_ref(restore->parts[RDB_UPLOAD_DOCUMENTS].upload);
	pthread_mutex_unlock(&table->lock);
	if (documents)
		rdb_upload_room(documents);
	rdb_upload_unref(documents);
}

static void needs_info(
	struct rdb_upload_restore *restore, const struct rdb_restore_table_facts *facts)
{
	const struct rdb_upload_table *table = restore->table;

	restore->phase = RDB_UPLOAD_PHASE_HELD;
	rdb_job_phase(restore->job, "waiting for %s.info", table->name);
	if (!facts->lacks[0]) {
		rdb_log_warning("%s.%s: it has no documents: nothing is restored until %s.info is "
				"copied too",
			table->db, table->name, table->name);
		return;
	}
	rdb_log_warning("%s.%s: its documents have no \"%s\": nothing is restored until %s.info, "
			"which names their primary key, is copied too",
		table->db, table->name, facts->lacks, table->name);
}

static void check_complete(const struct rdb_upload_restore *restore,
	const struct rdb_restore_table_facts *facts, struct rdb_err *err)
{
	if (policy_of(restore)->complete && facts->missing.code)
		rdb_err_set(err, facts->missing.code,
			"%s (all documents are in the table; index-errors=warn accepts it)",
			facts->missing.text);
}

/* Sets the phase to DONE after the table was completed. Keeps the restore only if an .info file can
 * still be applied. */
static void is_done(struct rdb_upload_restore *restore)
{
	const struct rdb_upload_part *info = &restore->parts[RDB_UPLOAD_METADATA];
	const bool pending = info->step != RDB_UPLOAD_STEP_NONE;

	restore->phase = RDB_UPLOAD_PHASE_DONE;
	if (restore->informed && !pending)
		rdb_buf_free(&restore->table->info);
	if (restore->informed && !info->upload)
		rdb_upload_restore_retire(restore, NULL);
	else if (!pending)
		leave_job(restore);
}

static void complete_restore(struct rdb_upload_restore *restore, struct rdb_err *outcome)
{
	struct rdb_restore_table_facts facts;

	rdb_restore_table_facts(rdb_restore_queue_table(restore->queue), &facts);
	if (facts.state == RDB_RESTORE_HELD) {
		needs_info(restore, &facts);
		return;
	}
	check_complete(restore, &facts, outcome);
	end_job(restore, outcome);
	is_done(restore);
}

/* Frees the text of the table's .info file if the text does not name the primary key that the
 * documents need. Called after the restore has failed. With this text, the next restore would fail
 * too. */
static void forget_keyless_info(struct rdb_upload_restore *restore)
{
	struct rdb_restore_table_facts facts;

	rdb_restore_table_facts(rdb_restore_queue_table(restore->queue), &facts);
	if (facts.lacks[0] && !facts.primary_key[0])
		rdb_buf_free(&restore->table->info);
}

/* Ends the restore if the documents' step has failed, or completes the restore after the step END.
 * May change *outcome, the step's result. Returns a reference to the documents' upload, or NULL if
 * none exists. */
static struct rdb_upload *documents_completed(
	struct rdb_upload_part *part, enum rdb_upload_part_step step, struct rdb_err *outcome)
{
	struct rdb_upload *upload = rdb_upload_ref(part->upload);

	if (outcome->code) {
		forget_keyless_info(part->restore);
		rdb_upload_restore_retire(part->restore, outcome);
	} else if (step == RDB_UPLOAD_STEP_END) {
		rdb_upload_part_detach(part);
		complete_restore(part->restore, outcome);
	}
	return upload;
}

/* Returns true if the restored table was dropped or renamed in the cluster before the .info file
 * could be applied. The table's next restore then applies the .info file. */
static bool begins_anew(const struct rdb_upload_restore *restore, const struct rdb_err *err)
{
	const bool taken = policy_of(restore)->existing == RDB_EXISTING_REFUSE;

	return restore->phase == RDB_UPLOAD_PHASE_DONE &&
	       (err->code == ENOENT || (err->code == EEXIST && !taken));
}

/* Called when an .info file could not be applied. If the table is complete and still exists, keeps
 * the restore for a corrected .info file. Otherwise, ends the restore. */
static void info_failed(struct rdb_upload_restore *restore, const struct rdb_err *err)
{
	rdb_buf_free(&restore->table->info);
	/* If the table is incomplete, was dropped or renamed (ENOENT), or another table has its
	 * name (EEXIST), end the restore, because a corrected .info file would fail too. */
	if (restore->phase != RDB_UPLOAD_PHASE_DONE || err->code == ENOENT || err->code == EEXIST) {
		rdb_upload_restore_retire(restore, err);
		return;
	}
	end_job(restore, err);
	leave_job(restore);
}

static void info_ended(struct rdb_upload_restore *restore, struct rdb_err *outcome)
{
	if (begins_anew(restore, outcome)) {
		rdb_err_clear(outcome);
		rdb_upload_restore_retire(restore, NULL);
	} else if (outcome->code) {
		info_failed(restore, outcome);
	} else {
		restore->informed = true;
		complete_restore(restore, outcome);
	}
}

/* Continues the restore after a step for the .info file. May change *outcome, the step's result.
 * Returns the upload to release, or NULL. */
static struct rdb_upload *info_completed(
	struct rdb_upload_part *part, enum rdb_upload_part_step step, struct rdb_err *outcome)
{
	struct rdb_upload *upload = detach_upload(part);

	if (step == RDB_UPLOAD_STEP_END)
		info_ended(part->restore, outcome);
	else if (outcome->code)
		rdb_buf_free(&part->restore->table->info);
	return upload;
}

static void on_completed(void *arg, const struct rdb_err *err)
{
	struct rdb_upload_part *part = arg;
	struct rdb_upload_restore *restore = part->restore;
	struct rdb_upload_table *table = restore->table;
	struct rdb_err outcome = *err;
	enum rdb_upload_part_step step;
	struct rdb_upload *upload;

	note_answer(table->all, err);
	pthread_mutex_lock(&table->lock);
	step = part->step;
	part->step = RDB_UPLOAD_STEP_NONE;
	if (!is_current(restore)) {
		upload = detach_upload(part);
		outcome = restore->err.code ? restore->err : outcome;
	} else if (part == &restore->parts[RDB_UPLOAD_DOCUMENTS]) {
		upload = documents_completed(part, step, &outcome);
	} else {
		upload = info_completed(part, step, &outcome);
	}
	pthread_mutex_unlock(&table->lock);
	notify(upload, &outcome);
}

/* ---- steps ---- */

int rdb_upload_restore_step(
	struct rdb_upload_part *part, enum rdb_upload_part_step step, struct rdb_err *err)
{
	int ret = rdb_restore_queue_step(part->restore->queue,
		step == RDB_UPLOAD_STEP_PREPARE ? RDB_RESTORE_PREPARE : RDB_RESTORE_END,
		on_completed, part, err);

	if (ret != 0)
		return ret;
	part->step = step;
	return -EINPROGRESS;
}

int rdb_upload_restore_inform(struct rdb_upload_restore *restore, bool waited, struct rdb_err *err)
{
	struct rdb_upload_part *part = &restore->parts[RDB_UPLOAD_METADATA];
	const struct rdb_buf *text = &restore->table->info;
	int ret = rdb_restore_queue_info(restore->queue, text->data ? text->data : "", text->len,
		waited ? on_completed : NULL, part, err);

	if (ret == 0 && waited)
		part->step = RDB_UPLOAD_STEP_PREPARE;
	return ret;
}

/* ---- opening ---- */

/* Returns true if the cluster has answered recently, otherwise false. If the result is false, a new
 * restore does not retry its first query. While the cluster is unreachable, retries would delay
 * each copied file. */
static bool was_reached(struct rdb_uploads *all)
{
	const int64_t answered = atomic_load(&all->answered);

	return answered && rdb_wait_now() - answered < rdb_back_off_ms(all->config.policy.patience);
}

static int create_table(struct rdb_upload_restore *restore, const struct rdb_upload *upload,
	struct rdb_restore_table **out, struct rdb_err *err)
{
	const struct rdb_uploads_config *config = &restore->table->all->config;
	const struct rdb_restore_table_options options = {
		.db = restore->table->db,
		.table = restore->table->name,
		.policy = config->policy,
		.format = upload->name.kind == RDB_UPLOAD_CSV ? RDB_RESTORE_CSV : RDB_RESTORE_JSON,
		.blank_needs_info = true,
		.reached = was_reached(restore->table->all),
		.spares = restore->table->all->spares,
	};

	return rdb_restore_table_create(config->cluster, restore->job, &options, out, err);
}

static int create_queue(
	struct rdb_upload_restore *restore, const struct rdb_upload *upload, struct rdb_err *err)
{
	const struct rdb_restore_queue_options options = {.room = on_room, .arg = restore};
	struct rdb_restore_table *table;
	int ret = new_job(restore, err);

	if (ret == 0)
		ret = create_table(restore, upload, &table, err);
	if (ret != 0)
		return ret;
	ret = rdb_restore_queue_create(restore->table->all->pool, table, &options, &restore->queue);
	if (ret == 0)
		return 0;
	rdb_restore_table_free(table);
	return rdb_err_sys(err, -ret, "restoring");
}

static struct rdb_upload_restore *restore_new(struct rdb_upload_table *table)
{
	struct rdb_upload_restore *restore = calloc(1, sizeof(*restore));

	if (!restore)
		return NULL;
	restore->table = rdb_upload_table_ref(table);
	for (int i = 0; i < RDB_UPLOAD_PARTS; i++)
		restore->parts[i].restore = restore;
	return restore;
}

/* Queues the step that opens the table. For documents, also queues the step that applies an earlier
 * .info file. The caller holds the table's lock. */
static int begin(struct rdb_upload_restore *restore, bool documents, struct rdb_err *err)
{
	int ret = rdb_restore_queue_step(restore->queue, RDB_RESTORE_OPEN, on_opened, restore, err);

	if (ret == 0 && documents && restore->table->info.len) {
		ret = rdb_upload_restore_inform(restore, false, err);
		restore->informed = ret == 0;
	}
	return ret;
}

int rdb_upload_restore_open(
	struct rdb_upload_table *table, const struct rdb_upload *upload, struct rdb_err *err)
{
	struct rdb_upload_restore *restore = restore_new(table);
	int ret;

	if (!restore)
		return rdb_err_sys(err, ENOMEM, "restoring");
	ret = create_queue(restore, upload, err);
	if (ret != 0) {
		restore->err = *err;
		on_closed(restore);
		return ret;
	}
	table->restore = restore;
	pthread_mutex_lock(&table->all->lock);
	LIST_INSERT_HEAD(&table->all->restores, restore, link);
	pthread_mutex_unlock(&table->all->lock);
	ret = begin(restore, upload->name.kind != RDB_UPLOAD_INFO, err);
	if (ret != 0)
		rdb_upload_restore_retire(restore, err);
	return ret;
}
