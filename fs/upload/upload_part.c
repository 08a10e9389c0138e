/* Uploads of the two files of a table: the documents, and the .info file (the table's metadata). */
#include "upload/upload_table.h"

#include <errno.h>

#define INFO_MAX ((size_t)16 << 20)

static enum rdb_upload_part_kind kind_of(const struct rdb_upload *upload)
{
	return upload->name.kind == RDB_UPLOAD_INFO ? RDB_UPLOAD_METADATA : RDB_UPLOAD_DOCUMENTS;
}

/* Returns the upload's part of the table's restore, or NULL if the upload belongs to no restore.
 * The caller holds the table's lock. */
static struct rdb_upload_part *part_of(const struct rdb_upload *upload)
{
	struct rdb_upload_restore *restore = upload->table->restore;
	struct rdb_upload_part *part = restore ? &restore->parts[kind_of(upload)] : NULL;

	return part && part->upload == upload ? part : NULL;
}

/* ---- beginning ---- */

static int busy(const struct rdb_upload_table *table, struct rdb_err *err)
{
	return rdb_err_set(
		err, EBUSY, "%s.%s is being restored by another copy", table->db, table->name);
}

/* Makes sure that the table has a restore for the upload's documents. Returns 0, -EBUSY if another
 * upload's documents or an .info file are being restored, or an error of rdb_upload_restore_open().
 */
static int join_documents(
	struct rdb_upload_table *table, struct rdb_upload *upload, struct rdb_err *err)
{
	struct rdb_upload_restore *restore = table->restore;
	int ret = 0;

	if (restore && (restore->parts[RDB_UPLOAD_DOCUMENTS].upload ||
			       rdb_upload_restore_is_completing(restore)))
		return busy(table, err);
	/* Retire a restore that already has the documents of an earlier upload. If this upload is
	 * CSV, also retire a restore that was opened for an .info file, because that restore reads
	 * JSON. */
	if (restore &&
		(rdb_upload_restore_has_begun(restore) || upload->name.kind == RDB_UPLOAD_CSV))
		rdb_upload_restore_retire(restore, NULL);
	if (!table->restore)
		ret = rdb_upload_restore_open(table, upload, err);
	if (ret != 0)
		return ret;
	/* Accept a blank file only if the restore refuses existing tables. A failed shell command
	 * may leave a blank file, and this file must not empty an existing table. */
	if (table->all->config.policy.existing == RDB_EXISTING_REFUSE)
		rdb_restore_queue_accept_blank(
			table->restore->queue, rdb_name_blank(upload->name.file));
	rdb_upload_restore_show_job(table->restore);
	return 0;
}

static int join_info(struct rdb_upload_table *table, struct rdb_upload *upload, struct rdb_err *err)
{
	int ret = 0;

	if (table->restore && table->restore->parts[RDB_UPLOAD_METADATA].upload)
		return busy(table, err);
	if (!table->restore)
		ret = rdb_upload_restore_open(table, upload, err);
	if (ret != 0)
		return ret;
	rdb_buf_free(&table->info);
	rdb_buf_clear(&table->partial);
	table->writer = upload;
	return 0;
}

/* Adds the upload to a suitable restore of its table, or to a new restore. Returns 0 if the restore
 * is open, -EINPROGRESS if it is still being opened, or an error. The caller holds table->lock. */
static int join(struct rdb_upload_table *table, struct rdb_upload *upload, struct rdb_err *err)
{
	const enum rdb_upload_part_kind kind = kind_of(upload);
	int ret = kind == RDB_UPLOAD_METADATA ? join_info(table, upload, err)
					      : join_documents(table, upload, err);

	if (ret != 0)
		return ret;
	table->restore->parts[kind].upload = rdb_upload_ref(upload);
	return table->restore->phase == RDB_UPLOAD_PHASE_OPENING ? -EINPROGRESS : 0;
}

static void replace_abandoned(struct rdb_upload *upload)
{
	struct rdb_upload_table *table = upload->table;
	struct rdb_upload *before = NULL;

	pthread_mutex_lock(&table->lock);
	if (table->restore)
		before = rdb_upload_ref(table->restore->parts[kind_of(upload)].upload);
	pthread_mutex_unlock(&table->lock);
	if (before)
		rdb_upload_supersede(before);
	rdb_upload_unref(before);
}

static int part_start(struct rdb_upload *upload, struct rdb_err *err)
{
	int ret = rdb_upload_check_cluster(upload, err);

	if (ret == 0)
		ret = rdb_upload_table_join(upload, err);
	if (ret != 0)
		return ret;
	replace_abandoned(upload);
	pthread_mutex_lock(&upload->table->lock);
	/* If the upload was cancelled, do not add it to the table's restore. part_cancel() may have
	 * run already, and would not end a restore that starts now. */
	ret = rdb_upload_state(upload) == RDB_UPLOAD_OPENING
		      ? join(upload->table, upload, err)
		      : rdb_err_set(err, ECANCELED, "it was cancelled before it began");
	pthread_mutex_unlock(&upload->table->lock);
	return ret;
}

/* ---- writing ---- */

static int gone(const struct rdb_upload *upload, struct rdb_err *err)
{
	return rdb_err_set(err, ECANCELED, "the restore of %s.%s was cancelled", upload->table->db,
		upload->table->name);
}

static int write_documents(
	struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_upload_part *part = part_of(upload);
	int ret;

	if (!part)
		return gone(upload, err);
	ret = rdb_restore_queue_write(part->restore->queue, data, len, err);
	if (ret != 0 && ret != -EAGAIN)
		part->restore->err = *err;
	return ret;
}

static int check_writer(const struct rdb_upload *upload, struct rdb_err *err)
{
	const struct rdb_upload_table *table = upload->table;

	if (table->writer == upload)
		return 0;
	return rdb_err_set(err, ECANCELED, "another copy of %s.info has begun", table->name);
}

static int write_info(struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_upload_table *table = upload->table;
	int ret = check_writer(upload, err);

	if (ret == 0 && table->partial.len + len > INFO_MAX)
		ret = rdb_err_set(err, EFBIG, "it is too long for the .info of a table");
	else if (ret == 0 && rdb_buf_add(&table->partial, data, len) != 0)
		ret = rdb_err_sys(err, ENOMEM, "restoring");
	return ret;
}

static int part_write(struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err)
{
	int ret;

	pthread_mutex_lock(&upload->table->lock);
	ret = kind_of(upload) == RDB_UPLOAD_METADATA ? write_info(upload, data, len, err)
						     : write_documents(upload, data, len, err);
	pthread_mutex_unlock(&upload->table->lock);
	return ret;
}

/* ---- completing ---- */

static int complete_documents(struct rdb_upload *upload, bool last, struct rdb_err *err)
{
	struct rdb_upload_part *part = part_of(upload);
	int ret;

	if (!part)
		return gone(upload, err);
	ret = rdb_upload_restore_step(
		part, last ? RDB_UPLOAD_STEP_END : RDB_UPLOAD_STEP_PREPARE, err);
	if (ret != -EINPROGRESS)
		rdb_upload_restore_retire(part->restore, err);
	return ret;
}

/* Moves the text of the .info file from table->partial to table->info, because the upload of the
 * .info file is complete. */
static void remember(struct rdb_upload_table *table)
{
	rdb_buf_free(&table->info);
	table->info = table->partial;
	table->partial = (struct rdb_buf){0};
}

static struct rdb_upload_part *find_part(struct rdb_upload *upload)
{
	struct rdb_upload_restore *restore = upload->table->restore;

	if (restore && !restore->parts[RDB_UPLOAD_METADATA].upload)
		restore->parts[RDB_UPLOAD_METADATA].upload = rdb_upload_ref(upload);
	return part_of(upload);
}

/* Checks that the uploaded .info file is valid, and ends the restore, because the upload of the
 * documents has not begun. The text of the .info file stays in restore->table->info for a later
 * upload of the documents. */
static int set_aside(struct rdb_upload_restore *restore, struct rdb_err *err)
{
	const struct rdb_buf *text = &restore->table->info;
	struct rdb_table_info *info = NULL;
	int ret = rdb_restore_table_parse_info(rdb_restore_queue_table(restore->queue),
		text->data ? text->data : "", text->len, &info, err);

	rdb_table_info_free(info);
	rdb_upload_restore_retire(restore, NULL);
	return ret;
}

static int inform_documents(struct rdb_upload_restore *restore,
	const struct rdb_upload_part *documents, struct rdb_err *err)
{
	const bool waits = documents->step == RDB_UPLOAD_STEP_PREPARE;
	int ret = rdb_upload_restore_inform(restore, waits, err);

	restore->informed |= ret == 0;
	return ret == 0 && waits ? -EINPROGRESS : ret;
}

static int end_info(struct rdb_upload_part *part, struct rdb_err *err)
{
	int ret = rdb_upload_restore_need_job(part->restore, err);

	if (ret == 0)
		ret = rdb_upload_restore_inform(part->restore, false, err);
	return ret ? ret : rdb_upload_restore_step(part, RDB_UPLOAD_STEP_END, err);
}

static int apply_info(struct rdb_upload_part *part, struct rdb_err *err)
{
	struct rdb_upload_restore *restore = part->restore;
	const struct rdb_upload_part *documents = &restore->parts[RDB_UPLOAD_DOCUMENTS];

	if (!rdb_upload_restore_has_begun(restore))
		return set_aside(restore, err);
	if (documents->upload && documents->step != RDB_UPLOAD_STEP_END)
		return inform_documents(restore, documents, err);
	return end_info(part, err);
}

static int complete_info(struct rdb_upload *upload, struct rdb_err *err)
{
	struct rdb_upload_table *table = upload->table;
	struct rdb_upload_part *part;
	int ret = check_writer(upload, err);

	if (ret != 0)
		return ret;
	part = find_part(upload);
	remember(table);
	ret = part ? apply_info(part, err) : 0;
	if (ret == -EINPROGRESS)
		return ret;
	if (ret != 0)
		rdb_buf_free(&table->info);
	part = part_of(upload);
	if (part)
		rdb_upload_part_detach(part);
	return ret;
}

static int part_complete(struct rdb_upload *upload, bool last, struct rdb_err *err)
{
	int ret;

	pthread_mutex_lock(&upload->table->lock);
	ret = kind_of(upload) == RDB_UPLOAD_METADATA ? complete_info(upload, err)
						     : complete_documents(upload, last, err);
	pthread_mutex_unlock(&upload->table->lock);
	return ret;
}

/* ---- giving up ---- */

static void withdraw_info(struct rdb_upload_part *part)
{
	if (part->step != RDB_UPLOAD_STEP_NONE)
		rdb_buf_free(&part->restore->table->info);
	if (rdb_restore_queue_withdraw(part->restore->queue, part))
		part->step = RDB_UPLOAD_STEP_NONE;
	rdb_upload_part_detach(part);
}

static void part_cancel(struct rdb_upload *upload)
{
	struct rdb_upload_table *table;
	struct rdb_upload_part *part;

	pthread_mutex_lock(&upload->lock);
	table = upload->table; /* NULL if the upload has not started yet */
	pthread_mutex_unlock(&upload->lock);
	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	part = part_of(upload);
	if (part && kind_of(upload) == RDB_UPLOAD_METADATA &&
		rdb_upload_restore_has_begun(part->restore))
		withdraw_info(part);
	else if (part)
		rdb_upload_restore_retire(part->restore, &upload->err);
	pthread_mutex_unlock(&table->lock);
}

static void part_free(struct rdb_upload *upload)
{
	if (upload->table)
		rdb_upload_table_unref(upload->table);
}

const struct rdb_upload_ops rdb_upload_documents_ops = {
	.start = part_start,
	.write = part_write,
	.prepares = true,
	.complete = part_complete,
	.cancel = part_cancel,
	.free = part_free,
};

const struct rdb_upload_ops rdb_upload_info_ops = {
	.start = part_start,
	.write = part_write,
	.complete = part_complete,
	.cancel = part_cancel,
	.free = part_free,
};
