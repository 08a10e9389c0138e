#include "compare/archive_documents.h"

#include "base/array.h"
#include "base/thread.h"
#include "format/documents.h"
#include "format/member_name.h"
#include "keys/key_builder.h"
#include "keys/table_keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES 4 /* number of batches read ahead, each of at most RDB_READ_MAX bytes */

/* Documents from one call of rdb_reader_read(). A document that spans several calls belongs to the
 * call that returned its last byte. */
struct batch {
	struct rdb_read read;
	struct rdb_buf texts; /* texts of documents that span several reads */
	struct rdb_json_piece *documents;
	size_t count, cap;
	size_t taken; /* number of documents that the caller has received */
};

struct archive_documents {
	struct rdb_document_source source;
	struct rdb_archive *archive;
	struct rdb_reader *reader;
	const struct rdb_cancel *cancel;
	char *name;
	uint64_t size; /* size of the table's file in the archive */
	char delimiter;
	enum rdb_blank blank; /* which blank files are complete */
	pthread_t thread;     /* the reading thread, which fills the batches */

	pthread_mutex_t lock;   /* guards produced, consumed, state, ret and err */
	pthread_cond_t changed; /* signalled when produced, consumed or state changes */
	struct batch batches[BATCHES];
	uint64_t produced, consumed; /* batches so far; batch i is batches[i % BATCHES] */
	enum { READING, ENDED, CLOSING } state;
	int ret; /* result of the thread, in state ENDED */
	struct rdb_err err;

	/* No field below needs a lock. Only the thread that calls next() uses the fields "keys" to
	 * "all". The reading thread sets the later fields before it produces the first document. */
	struct rdb_table_keys *keys; /* receives whether the keys are in order; may be NULL */
	struct rdb_key_builder builder;
	struct rdb_json_piece last;
	bool all;                     /* the caller has received all documents */
	enum rdb_table_layout layout; /* set by the reading thread before the first document */
	bool laid_out;                /* layout is set; used only by the reading thread */
};

static struct archive_documents *to_archive(struct rdb_document_source *source)
{
	return (struct archive_documents *)source;
}

/* ---- the thread ---- */

/* Adds a document to the batch. Copies the document's text to batch->texts if the text is not in
 * the batch's read buffer ("in_read" is false). */
static int keep(struct batch *batch, const struct rdb_json_piece *piece, bool in_read)
{
	struct rdb_json_piece *to;

	if (rdb_array_grow(&batch->documents, &batch->cap, batch->count, sizeof(*to)) != 0)
		return -ENOMEM;
	to = &batch->documents[batch->count];
	*to = *piece;
	if (!in_read) {
		/* Let fix_texts() set to->data later, because batch->texts may still move. */
		to->data = NULL;
		if (rdb_buf_add(&batch->texts, piece->data, piece->len) != 0)
			return -ENOMEM;
	}
	batch->count++;
	return 0;
}

static void fix_texts(struct batch *batch)
{
	const char *at = batch->texts.data;

	for (size_t i = 0; i < batch->count; i++)
		if (!batch->documents[i].data) {
			batch->documents[i].data = at;
			at += batch->documents[i].len;
		}
}

static bool lies_in(const struct iovec *part, const char *data)
{
	const char *base = part->iov_base;

	return data >= base && data < base + part->iov_len;
}

static int split(struct rdb_documents *documents, struct batch *batch, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int ret = 0;

	for (int i = 0; ret == 0 && i < batch->read.count; i++) {
		const struct iovec *part = &batch->read.iov[i];
		rdb_documents_feed(documents, part->iov_base, part->iov_len);
		while ((ret = rdb_documents_next(documents, &piece, err)) == 1)
			if (keep(batch, &piece, lies_in(part, piece.data)) != 0)
				return rdb_err_sys(err, ENOMEM, "documents");
	}
	return ret;
}

static int split_end(struct rdb_documents *documents, struct batch *batch, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int ret = rdb_documents_end(documents, &piece, err);

	if (ret == 1 && keep(batch, &piece, false) != 0)
		ret = rdb_err_sys(err, ENOMEM, "documents");
	return ret < 0 ? ret : 0;
}

/* Waits until a batch is free, and returns the free batch, or NULL if *docs is being closed. */
static struct batch *claim(struct archive_documents *docs)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&docs->lock);
	while (docs->state == READING && docs->produced - docs->consumed == BATCHES)
		pthread_cond_wait(&docs->changed, &docs->lock);
	if (docs->state == READING)
		batch = &docs->batches[docs->produced % BATCHES];
	pthread_mutex_unlock(&docs->lock);
	return batch;
}

static void hand_over(struct archive_documents *docs)
{
	pthread_mutex_lock(&docs->lock);
	docs->produced++;
	pthread_cond_broadcast(&docs->changed);
	pthread_mutex_unlock(&docs->lock);
}

/* Reads the table's text at *off into "batch", splits the text into documents, and advances *off.
 * Returns 1 if the table has more batches, 0 if "batch" is the table's last batch, or a negative
 * errno. */
static int fill(struct archive_documents *docs, struct rdb_documents *documents,
	struct batch *batch, uint64_t *off, struct rdb_err *err)
{
	size_t len = docs->size - *off < RDB_READ_MAX ? (size_t)(docs->size - *off) : RDB_READ_MAX;
	int ret;

	if (rdb_cancel_fired(docs->cancel))
		return rdb_err_set(err, ECANCELED, "cancelled");
	ret = len ? rdb_reader_read(docs->reader, *off, len, &batch->read, err) : 0;
	if (ret == 0 && batch->read.len < len)
		ret = rdb_err_set(err, EIO, "the table ends early");
	if (ret == 0)
		ret = split(documents, batch, err);
	*off += len;
	if (ret == 0 && *off == docs->size)
		ret = split_end(documents, batch, err);
	if (ret != 0)
		return ret;
	fix_texts(batch);
	if (batch->count > 0 && !docs->laid_out) {
		docs->layout = rdb_documents_layout(documents);
		docs->laid_out = true;
	}
	return *off < docs->size;
}

static int read_all(
	struct archive_documents *docs, struct rdb_documents *documents, struct rdb_err *err)
{
	struct batch *batch;
	uint64_t off = 0;
	int ret = 1;

	while (ret == 1) {
		batch = claim(docs);
		if (!batch)
			return 0;
		ret = fill(docs, documents, batch, &off, err);
		if (ret >= 0)
			hand_over(docs);
	}
	return ret;
}

static void *run(void *arg)
{
	struct archive_documents *docs = arg;
	struct rdb_documents documents;
	struct rdb_err err = {0};
	int ret = rdb_documents_init(&documents, docs->delimiter, &err);

	rdb_documents_accept_blank(&documents, docs->blank);
	if (ret == 0) {
		ret = read_all(docs, &documents, &err);
		rdb_documents_free(&documents);
	}
	pthread_mutex_lock(&docs->lock);
	if (docs->state == READING)
		docs->state = ENDED;
	docs->ret = ret;
	docs->err = err;
	pthread_cond_broadcast(&docs->changed);
	pthread_mutex_unlock(&docs->lock);
	return NULL;
}

/* ---- the caller ---- */

static void empty(struct batch *batch)
{
	rdb_read_done(&batch->read);
	rdb_buf_clear(&batch->texts);
	batch->count = batch->taken = 0;
}

/* Returns the batch that contains the next document. Waits for the reading thread if no batch is
 * ready. Returns NULL if the thread has ended and no documents are left. */
static struct batch *current(struct archive_documents *docs)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&docs->lock);
	for (;;) {
		while (docs->produced == docs->consumed && docs->state == READING)
			pthread_cond_wait(&docs->changed, &docs->lock);
		if (docs->produced == docs->consumed)
			break;
		batch = &docs->batches[docs->consumed % BATCHES];
		if (batch->taken < batch->count)
			break;
		empty(batch);
		batch = NULL;
		docs->consumed++;
		pthread_cond_broadcast(&docs->changed);
	}
	pthread_mutex_unlock(&docs->lock);
	return batch;
}

static int next(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	struct archive_documents *docs = to_archive(source);
	struct batch *batch = current(docs);

	if (batch) {
		*document = docs->last = batch->documents[batch->taken++];
		return 1;
	}
	docs->all = docs->ret == 0; /* needs no lock, because the thread has ended */
	if (docs->all)
		return 0;
	return rdb_err_set(err, docs->err.code, "%s: %s", docs->name, docs->err.text);
}

/* ---- keys ---- */

static void keyed(struct rdb_document_source *source, const struct rdb_primary_key *key)
{
	struct archive_documents *docs = to_archive(source);

	if (!docs->keys || !docs->builder.index.sorted)
		return;
	if (docs->last.number == 1 && docs->layout == RDB_LAYOUT_PACKED)
		rdb_key_builder_one_region(&docs->builder);
	if (docs->last.number != docs->builder.index.documents + 1 ||
		rdb_key_builder_add(&docs->builder, &docs->last, key) != 0) {
		rdb_table_keys_close(docs->keys); /* useless, because a key is missing */
		docs->keys = NULL;
	}
}

static void learn(struct archive_documents *docs)
{
	const struct rdb_key_index *index = &docs->builder.index;

	if (!docs->keys)
		return;
	if (!index->sorted || (docs->all && index->documents == docs->last.number))
		rdb_table_keys_learnt(docs->keys, &docs->builder, docs->layout);
	rdb_table_keys_close(docs->keys);
}

void rdb_archive_documents_learn(struct rdb_document_source *source, struct rdb_table_keys *keys)
{
	struct archive_documents *docs = to_archive(source);

	docs->keys = keys;
	(void)rdb_key_builder_init(
		&docs->builder, docs->size, -1, 0); /* cannot fail, because no file is written */
}

static void release(struct archive_documents *docs)
{
	learn(docs);
	rdb_key_builder_free(&docs->builder);
	for (size_t i = 0; i < BATCHES; i++) {
		empty(&docs->batches[i]);
		rdb_buf_free(&docs->batches[i].texts);
		free(docs->batches[i].documents);
	}
	rdb_reader_close(docs->reader);
	rdb_archive_unref(docs->archive);
	pthread_cond_destroy(&docs->changed);
	pthread_mutex_destroy(&docs->lock);
	free(docs->name);
	free(docs);
}

static void close_documents(struct rdb_document_source *source)
{
	struct archive_documents *docs = to_archive(source);

	pthread_mutex_lock(&docs->lock);
	docs->state = CLOSING;
	pthread_cond_broadcast(&docs->changed);
	pthread_mutex_unlock(&docs->lock);
	pthread_join(docs->thread, NULL);
	release(docs);
}

static const struct rdb_document_source_ops ops = {
	.next = next, .close = close_documents, .keyed = keyed};

int rdb_archive_documents(struct rdb_archive *archive, const struct rdb_member *member,
	const char *name, const struct rdb_cancel *cancel, struct rdb_document_source **out,
	struct rdb_err *err)
{
	struct archive_documents *docs = calloc(1, sizeof(*docs));
	int ret = -ENOMEM;

	if (!docs)
		return rdb_err_sys(err, ENOMEM, "%s", name);
	docs->source.ops = &ops;
	docs->cancel = cancel;
	docs->size = member->size;
	docs->delimiter = member->kind == RDB_MEMBER_CSV ? ',' : 0;
	docs->blank = rdb_name_blank(member->file);
	pthread_mutex_init(&docs->lock, NULL);
	pthread_cond_init(&docs->changed, NULL);
	docs->archive = rdb_archive_ref(archive);
	docs->name = strdup(name);
	if (docs->name)
		ret = rdb_reader_open(archive, member->number, &docs->reader);
	if (ret == 0)
		ret = rdb_thread_start(&docs->thread, run, docs);
	if (ret != 0) {
		release(docs);
		return rdb_err_sys(err, -ret, "%s", name);
	}
	*out = &docs->source;
	return 0;
}
