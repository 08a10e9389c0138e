/* Uploads of single documents. A program uploads a document by writing the file
 * restore/documents/DATABASE/TABLE/KEY.json. When this file is complete, the mount's document
 * writer (pipeline/document_writer.h) writes the document to the cluster. */
#include "upload/uploads.h"

#include "job/job.h"
#include "reql/term.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX RDB_QUERY_DOCUMENT_MAX

struct rdb_upload_document {
	char *db, *table;
	struct rdb_buf text;
};

/* A request to the document writer that is not yet answered. */
struct asking {
	struct rdb_document_request request; /* the first member; its names are the upload's */
	struct rdb_upload *upload;           /* with a reference */
};

/* ---- the writer ---- */

static int writer_of(struct rdb_uploads *all, enum rdb_document_request_kind kind,
	struct rdb_document_writer **out, struct rdb_err *err)
{
	struct rdb_restore_policy policy = all->config.policy;
	int ret = 0;

	policy.mounted = true;
	pthread_mutex_lock(&all->lock);
	if (!all->documents[kind])
		ret = rdb_document_writer_create(
			all->config.cluster, &policy, &all->documents[kind], err);
	*out = all->documents[kind];
	pthread_mutex_unlock(&all->lock);
	return ret;
}

/* Logs the error *err of the upload. Also creates a job and ends the job at once, so that
 * .rdbfs/status shows the error. */
static void report(struct rdb_upload *upload, const struct rdb_err *err)
{
	struct rdb_job *job;

	rdb_upload_log(upload->entry, RDB_LOG_WARNING, ": %s", err->text);
	if (rdb_upload_own_job(upload, &job, NULL) != 0)
		return;
	rdb_job_end(job, err);
	rdb_job_unref(job);
}

static void on_done(struct rdb_document_request *request, const struct rdb_err *err)
{
	struct asking *asking = (struct asking *)request;
	struct rdb_upload *upload = asking->upload;

	if (err->code && err->code != ECANCELED)
		report(upload, err);
	rdb_upload_completed(upload, err);
	rdb_buf_free(&request->text);
	free(asking);
	rdb_upload_unref(upload);
}

static int submit(
	struct rdb_upload *upload, enum rdb_document_request_kind kind, struct rdb_err *err)
{
	struct rdb_upload_document *document = upload->document;
	struct rdb_document_writer *writer;
	struct asking *asking;
	int ret = writer_of(upload->all, kind, &writer, err);

	if (ret != 0)
		return ret;
	asking = calloc(1, sizeof(*asking));
	if (!asking)
		return rdb_err_sys(err, ENOMEM, "a document");
	asking->request = (struct rdb_document_request){.kind = kind,
		.db = document->db,
		.table = document->table,
		.file = upload->name.file,
		.done = on_done};
	if (kind == RDB_DOCUMENT_WRITE) {
		asking->request.text = document->text;
		document->text = (struct rdb_buf){0};
	}
	asking->upload = rdb_upload_ref(upload);
	rdb_document_writer_submit(writer, &asking->request);
	return -EINPROGRESS;
}

/* ---- the operations ---- */

static int check_names(const struct rdb_upload_document *document, struct rdb_err *err)
{
	if (strcmp(document->db, "rethinkdb") == 0)
		return rdb_err_set(err, EPERM, "the database \"rethinkdb\" is the server's own");
	if (!rdb_term_is_name(document->db) || !rdb_term_is_name(document->table))
		return rdb_err_set(err, EINVAL, "%s.%s: the server does not allow this table name",
			document->db, document->table);
	return 0;
}

static int find_table(struct rdb_upload *upload, struct rdb_err *err)
{
	struct rdb_upload_node *dir = rdb_upload_node_parent(upload->entry);
	struct rdb_upload_document *document = upload->document;
	int ret = dir ? rdb_upload_document_table(dir, &document->db, &document->table) : -ENOENT;

	rdb_upload_node_unref(dir);
	return ret ? rdb_err_sys(err, -ret, "a document") : check_names(document, err);
}

static int document_start(struct rdb_upload *upload, struct rdb_err *err)
{
	enum rdb_existing existing = upload->all->config.policy.existing;
	int ret = rdb_upload_check_cluster(upload, err);

	if (ret != 0)
		return ret;
	upload->document = calloc(1, sizeof(*upload->document));
	if (!upload->document)
		return rdb_err_sys(err, ENOMEM, "a document");
	ret = find_table(upload, err);
	if (ret != 0 || upload->name.temporary || existing != RDB_EXISTING_REFUSE)
		return ret;
	return submit(upload, RDB_DOCUMENT_CHECK, err);
}

static int document_write(
	struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_buf *text = &upload->document->text;

	if (len > DOCUMENT_MAX - text->len)
		return rdb_err_set(err, EFBIG, "the document is larger than the server accepts");
	return rdb_buf_add(text, data, len) ? rdb_err_sys(err, ENOMEM, "a document") : 0;
}

static int document_complete(struct rdb_upload *upload, bool last, struct rdb_err *err)
{
	(void)last; /* "last" is always true, because documents are not prepared */
	return submit(upload, RDB_DOCUMENT_WRITE, err);
}

static void document_free(struct rdb_upload *upload)
{
	struct rdb_upload_document *document = upload->document;

	if (!document)
		return;
	rdb_buf_free(&document->text);
	free(document->db);
	free(document->table);
	free(document);
}

/* There is no cancel(), because a submitted request cannot be cancelled. */
const struct rdb_upload_ops rdb_upload_document_ops = {
	.start = document_start,
	.write = document_write,
	.complete = document_complete,
	.free = document_free,
};
