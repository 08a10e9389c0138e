/* What pushes tell of themselves in .rdbfs/status. */
#include "upload/uploads.h"

#include "mount/tree.h"
#include "tree/jobs.h"

#include <errno.h>

struct rdb_job *rdb_upload_job(struct rdb_buf *title)
{
	const char *text = rdb_buf_cstr(title);
	struct rdb_job *job = NULL;

	if (text)
		rdb_job_create(RDB_JOB_RESTORE, text, &job);
	return job;
}

void rdb_upload_job_show(struct rdb_uploads *all, struct rdb_job *job)
{
	rdb_job_start(job);
	rdb_jobs_add(all->mount->jobs, job);
}

int rdb_upload_own_job(struct rdb_upload *push, struct rdb_job **job, struct rdb_err *err)
{
	struct rdb_buf title = {0};

	rdb_upload_path(push->receipt, &title);
	*job = rdb_upload_job(&title);
	rdb_buf_free(&title);
	if (!*job)
		return rdb_err_sys(err, ENOMEM, "restoring");
	rdb_upload_job_show(push->all, *job);
	return 0;
}
