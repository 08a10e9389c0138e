#include "upload/uploads.h"

#include "restore/restore.h"
#include "tree/backup_tree.h"

#include <errno.h>

/* ---- jobs, as .rdbfs/status shows them ---- */

struct rdb_job *rdb_upload_job(struct rdb_upload_node *entry, const char *child)
{
	struct rdb_buf title = {0};
	struct rdb_job *job = NULL;

	rdb_upload_path(entry, &title);
	if (child)
		rdb_buf_printf(&title, "/%s", child);
	if (rdb_buf_cstr(&title))
		rdb_job_create(RDB_JOB_RESTORE, title.data, &job);
	rdb_buf_free(&title);
	return job;
}

void rdb_upload_job_show(struct rdb_uploads *all, struct rdb_job *job)
{
	rdb_job_start(job);
	rdb_jobs_add(rdb_backup_tree_of(all->mount)->jobs, job);
}

int rdb_upload_own_job(struct rdb_upload *upload, struct rdb_job **job, struct rdb_err *err)
{
	*job = rdb_upload_job(upload->entry, NULL);
	if (!*job)
		return rdb_err_sys(err, ENOMEM, "restoring");
	rdb_upload_job_show(upload->all, *job);
	return 0;
}

/* ---- whole backups ---- */

static void say(void *arg, const char *line)
{
	const struct rdb_upload *upload = arg;

	rdb_upload_log(upload->entry, RDB_LOG_WARNING, ": %s", line);
}

int rdb_upload_whole(struct rdb_upload *upload, struct rdb_job *job, struct rdb_archive *archive,
	const char *name, const char *as, struct rdb_err *err)
{
	const struct rdb_uploads_config *config = &upload->all->config;
	const struct rdb_restore_options options = {
		.cluster = config->cluster,
		.archive = archive,
		.names = &name,
		.name_count = name ? 1 : 0,
		.as = as,
		.policy = config->policy,
		.say = say,
		.arg = upload,
	};

	return rdb_restore_run(&options, job, err);
}

void rdb_upload_whole_end(struct rdb_upload *upload, struct rdb_job *job)
{
	if (!job)
		return;
	rdb_job_end(job, &upload->err);
	rdb_job_unref(job);
}
