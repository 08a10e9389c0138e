#include "pipeline/document_writer.h"

#include "base/thread.h"
#include "pipeline/document_group.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct rdb_document_writer {
	struct rdb_restore_policy policy;
	struct rdb_client client; /* client and table are used only by the writer's thread */
	struct rdb_document_table table;
	struct rdb_cancel cancel;
	pthread_t thread;

	pthread_mutex_t lock;   /* guards the fields below */
	pthread_cond_t changed; /* signalled when queue or stopping changes */
	struct rdb_document_requests queue;
	bool stopping;
};

/* ---- the thread ---- */

static void finish_first(struct rdb_document_requests *requests, const struct rdb_err *err)
{
	struct rdb_document_request *first = STAILQ_FIRST(requests);

	STAILQ_REMOVE_HEAD(requests, link);
	first->done(first, err);
}

static void run_some(struct rdb_document_writer *writer, struct rdb_document_requests *taken)
{
	struct rdb_document_group group = {
		.policy = &writer->policy, .client = &writer->client, .table = &writer->table};
	struct rdb_document_request *request = STAILQ_FIRST(taken);
	struct rdb_err err = {0};
	int ret = rdb_document_table_learn(
		&writer->table, &writer->client, request->db, request->table, &err);

	if (ret == 0)
		ret = rdb_document_group_begin(&group, request->kind, &err);
	if (ret != 0) {
		finish_first(taken, &err);
		return;
	}
	while ((request = STAILQ_FIRST(taken)) && rdb_document_group_fits(&group, request)) {
		STAILQ_REMOVE_HEAD(taken, link);
		rdb_document_group_add(&group, request);
	}
	if (group.count > 0)
		rdb_document_group_run(&group);
	rdb_buf_free(&group.query);
}

static bool await_requests(struct rdb_document_writer *writer, struct rdb_document_requests *taken)
{
	bool stopping;

	STAILQ_INIT(taken);
	pthread_mutex_lock(&writer->lock);
	while (STAILQ_EMPTY(&writer->queue) && !writer->stopping)
		pthread_cond_wait(&writer->changed, &writer->lock);
	STAILQ_CONCAT(taken, &writer->queue);
	stopping = writer->stopping;
	pthread_mutex_unlock(&writer->lock);
	return !stopping;
}

static void *run(void *arg)
{
	struct rdb_document_writer *writer = arg;
	struct rdb_err cancelled = {0};
	struct rdb_document_requests taken;

	while (await_requests(writer, &taken))
		while (!STAILQ_EMPTY(&taken))
			run_some(writer, &taken);
	rdb_err_set(&cancelled, ECANCELED, "the mount is ending");
	rdb_document_requests_finish(&taken, &cancelled);
	rdb_client_close(&writer->client);
	return NULL;
}

/* ---- creation and end ---- */

int rdb_document_writer_create(struct rdb_cluster *cluster, const struct rdb_restore_policy *policy,
	struct rdb_document_writer **out, struct rdb_err *err)
{
	struct rdb_document_writer *writer = calloc(1, sizeof(*writer));
	int ret = writer ? rdb_cancel_init(&writer->cancel) : -ENOMEM;

	if (ret != 0) {
		free(writer);
		return rdb_err_sys(err, -ret, "documents");
	}
	writer->policy = *policy;
	writer->client = (struct rdb_client){
		.cluster = cluster,
		.back_off = {.ms = rdb_back_off_ms(policy->patience), .cancel = &writer->cancel},
	};
	STAILQ_INIT(&writer->queue);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->changed, NULL);
	ret = rdb_thread_start(&writer->thread, run, writer);
	if (ret != 0) {
		pthread_cond_destroy(&writer->changed);
		pthread_mutex_destroy(&writer->lock);
		rdb_cancel_destroy(&writer->cancel);
		free(writer);
		return rdb_err_sys(err, -ret, "a thread for documents");
	}
	*out = writer;
	return 0;
}

void rdb_document_writer_submit(
	struct rdb_document_writer *writer, struct rdb_document_request *request)
{
	struct rdb_err err = {0};
	bool stopping;

	pthread_mutex_lock(&writer->lock);
	stopping = writer->stopping;
	if (!stopping)
		STAILQ_INSERT_TAIL(&writer->queue, request, link);
	pthread_cond_signal(&writer->changed);
	pthread_mutex_unlock(&writer->lock);
	if (!stopping)
		return;
	rdb_err_set(&err, ECANCELED, "the mount is ending");
	request->done(request, &err);
}

void rdb_document_writer_stop(struct rdb_document_writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stopping = true;
	pthread_cond_signal(&writer->changed);
	pthread_mutex_unlock(&writer->lock);
	rdb_cancel_fire(&writer->cancel);
}

void rdb_document_writer_free(struct rdb_document_writer *writer)
{
	if (!writer)
		return;
	rdb_document_writer_stop(writer);
	pthread_join(writer->thread, NULL);
	rdb_document_table_forget(&writer->table);
	pthread_cond_destroy(&writer->changed);
	pthread_mutex_destroy(&writer->lock);
	rdb_cancel_destroy(&writer->cancel);
	free(writer);
}
