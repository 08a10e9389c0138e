#include "compare/sorted_documents.h"

#include "base/array.h"
#include "base/buf.h"
#include "compare/document_key.h"
#include "io/scratch.h"
#include "io/write_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_BYTES ((size_t)32 << 20)
#define READ_BYTES ((size_t)64 << 10) /* bytes read at a time from each run */

/* Header of a record; the document's key and text follow. */
struct head {
	uint64_t number; /* number of the document in its table */
	uint64_t offset;
	uint32_t len; /* bytes of the document */
	uint32_t key_len;
};

/* A sorted sequence of records, in a part of the temporary file, or in memory if the table has only
 * one run */
struct run {
	uint64_t at, end;   /* unread range of the run in the temporary file */
	struct rdb_buf buf; /* bytes read; the first "used" bytes are consumed */
	size_t used;
};

struct sorted_documents {
	struct rdb_document_source source;
	int fd;           /* temporary file; -1 if all documents are in memory */
	uint64_t written; /* bytes */
	struct run *runs;
	size_t run_count, run_cap;
	size_t *heap; /* heap of the runs that have a record, the smallest record first */
	size_t heap_count;
	bool started;
	struct rdb_buf records; /* records of the run that is being made */
	size_t *places;         /* offset of each record in "records" */
	size_t place_count, place_cap;
};

static struct sorted_documents *to_sorted(struct rdb_document_source *source)
{
	return (struct sorted_documents *)source;
}

/* ---- records ---- */

static struct head head_at(const char *record)
{
	struct head head;

	memcpy(&head, record, sizeof(head));
	return head;
}

static size_t record_len(const struct head *head)
{
	return sizeof(*head) + head->key_len + head->len;
}

static int compare_records(const char *a, const char *b)
{
	const struct head left = head_at(a), right = head_at(b);
	size_t len = left.key_len < right.key_len ? left.key_len : right.key_len;
	int order = memcmp(a + sizeof(left), b + sizeof(right), len);

	if (order == 0)
		order = (left.key_len > right.key_len) - (left.key_len < right.key_len);
	return order ? order : (left.number > right.number) - (left.number < right.number);
}

static int compare_places(const void *a, const void *b, void *records)
{
	return compare_records((const char *)records + *(const size_t *)a,
		(const char *)records + *(const size_t *)b);
}

/* ---- making runs ---- */

static int add(struct sorted_documents *sorted, struct rdb_document_source *from,
	const struct rdb_json_piece *document, const char *name, struct rdb_err *err)
{
	struct rdb_document_key key;
	struct head head;
	int ret = rdb_document_key(document, name, &key, err);

	if (ret != 0)
		return ret;
	rdb_document_source_keyed(from, &key.bytes);
	head = (struct head){.number = document->number,
		.offset = document->offset,
		.len = (uint32_t)document->len,
		.key_len = key.bytes.len};
	if (rdb_array_grow(&sorted->places, &sorted->place_cap, sorted->place_count,
		    sizeof(*sorted->places)) != 0)
		return rdb_err_sys(err, ENOMEM, "sorting a table");
	sorted->places[sorted->place_count++] = sorted->records.len;
	if (rdb_buf_add(&sorted->records, &head, sizeof(head)) != 0 ||
		rdb_buf_add(&sorted->records, key.bytes.data, key.bytes.len) != 0 ||
		rdb_buf_add(&sorted->records, document->data, document->len) != 0)
		return rdb_err_sys(err, ENOMEM, "sorting a table");
	return 0;
}

/* Appends all records in sorted->records to *out, in the order of sorted->places. The caller must
 * sort sorted->places before the call. */
static int in_order(const struct sorted_documents *sorted, struct rdb_buf *out)
{
	int ret = rdb_buf_reserve(out, sorted->records.len);

	for (size_t i = 0; ret == 0 && i < sorted->place_count; i++) {
		const char *record = sorted->records.data + sorted->places[i];
		const struct head head = head_at(record);
		ret = rdb_buf_add(out, record, record_len(&head));
	}
	return ret;
}

static int store_run(struct sorted_documents *sorted, struct run *run, bool in_memory,
	const char *dir, struct rdb_err *err)
{
	int ret = in_order(sorted, &run->buf);

	if (ret != 0)
		return rdb_err_sys(err, ENOMEM, "sorting a table");
	if (in_memory)
		return 0;
	if (sorted->fd < 0)
		sorted->fd = rdb_scratch_open(dir, err);
	if (sorted->fd < 0)
		return sorted->fd;
	run->at = sorted->written;
	ret = rdb_write_all(sorted->fd, run->buf.data, run->buf.len);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "a temporary file for sorting (--temp-dir)");
	sorted->written += run->buf.len;
	run->end = sorted->written;
	rdb_buf_free(&run->buf);
	return 0;
}

static int end_run(struct sorted_documents *sorted, bool last, const char *dir, struct rdb_err *err)
{
	struct run *run;
	int ret;

	qsort_r(sorted->places, sorted->place_count, sizeof(*sorted->places), compare_places,
		sorted->records.data);
	if (rdb_array_grow(&sorted->runs, &sorted->run_cap, sorted->run_count, sizeof(*run)) != 0)
		return rdb_err_sys(err, ENOMEM, "sorting a table");
	run = &sorted->runs[sorted->run_count++];
	*run = (struct run){0};
	ret = store_run(sorted, run, last && sorted->run_count == 1, dir, err);
	rdb_buf_clear(&sorted->records);
	sorted->place_count = 0;
	return ret;
}

static int make_runs(struct sorted_documents *sorted, struct rdb_document_source *from,
	const char *name, const char *dir, struct rdb_err *err)
{
	struct rdb_json_piece document;
	int ret;

	while ((ret = rdb_document_source_next(from, &document, err)) == 1) {
		if (sorted->records.len > 0 && sorted->records.len + document.len > RUN_BYTES)
			ret = end_run(sorted, false, dir, err);
		else
			ret = 0;
		if (ret == 0)
			ret = add(sorted, from, &document, name, err);
		if (ret != 0)
			return ret;
	}
	if (ret == 0 && sorted->place_count > 0)
		ret = end_run(sorted, true, dir, err);
	rdb_buf_free(&sorted->records);
	free(sorted->places);
	sorted->places = NULL;
	return ret;
}

/* ---- merging them ---- */

/* Reads from the temporary file until the run's buffer has "want" bytes, counted from the start of
 * the current record. */
static int fetch(struct sorted_documents *sorted, struct run *run, size_t want)
{
	size_t missing, most;

	rdb_buf_consume(&run->buf, run->used);
	run->used = 0;
	while (run->buf.len < want) {
		missing = want - run->buf.len;
		most = missing > READ_BYTES ? missing : READ_BYTES;
		if (most > run->end - run->at)
			most = (size_t)(run->end - run->at);
		if (most < missing)
			return -EIO;
		if (rdb_buf_reserve(&run->buf, most) != 0)
			return -ENOMEM;
		ssize_t n = pread(sorted->fd, run->buf.data + run->buf.len, most, (off_t)run->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		run->buf.len += (size_t)n;
		run->at += (uint64_t)n;
	}
	return 0;
}

/* Loads the next record of "run" into the run's buffer. Returns 1 if a record was loaded, 0 if the
 * run has ended, or a negative errno. */
static int load(struct sorted_documents *sorted, struct run *run)
{
	struct head head;
	int ret;

	if (run->used == run->buf.len && run->at == run->end)
		return 0;
	ret = run->buf.len - run->used < sizeof(head) ? fetch(sorted, run, sizeof(head)) : 0;
	if (ret != 0)
		return ret;
	head = head_at(run->buf.data + run->used);
	if (run->buf.len - run->used < record_len(&head))
		ret = fetch(sorted, run, record_len(&head));
	return ret ? ret : 1;
}

static const char *record_of(const struct sorted_documents *sorted, size_t number)
{
	const struct run *run = &sorted->runs[number];

	return run->buf.data + run->used;
}

static bool is_before(const struct sorted_documents *sorted, size_t a, size_t b)
{
	return compare_records(
		       record_of(sorted, sorted->heap[a]), record_of(sorted, sorted->heap[b])) < 0;
}

static void sift_down(struct sorted_documents *sorted, size_t at)
{
	for (;;) {
		size_t least = at, child = 2 * at + 1, swap;
		for (size_t i = child; i < child + 2 && i < sorted->heap_count; i++)
			if (is_before(sorted, i, least))
				least = i;
		if (least == at)
			return;
		swap = sorted->heap[at];
		sorted->heap[at] = sorted->heap[least];
		sorted->heap[least] = swap;
		at = least;
	}
}

static int start_merge(struct sorted_documents *sorted)
{
	int ret = 1;

	sorted->heap = calloc(sorted->run_count + 1, sizeof(*sorted->heap));
	if (!sorted->heap)
		return -ENOMEM;
	for (size_t i = 0; ret == 1 && i < sorted->run_count; i++) {
		sorted->heap[i] = i;
		ret = load(sorted, &sorted->runs[i]);
	}
	if (ret < 0)
		return ret;
	sorted->heap_count = sorted->run_count;
	for (size_t i = sorted->heap_count / 2; i-- > 0;)
		sift_down(sorted, i);
	return 0;
}

static int advance(struct sorted_documents *sorted)
{
	struct run *run = &sorted->runs[sorted->heap[0]];
	const struct head head = head_at(run->buf.data + run->used);
	int ret;

	run->used += record_len(&head);
	ret = load(sorted, run);
	if (ret < 0)
		return ret;
	if (ret == 0) {
		rdb_buf_free(&run->buf);
		run->used = 0;
		sorted->heap[0] = sorted->heap[--sorted->heap_count];
	}
	sift_down(sorted, 0);
	return 0;
}

static int next(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	struct sorted_documents *sorted = to_sorted(source);
	const char *record;
	struct head head;
	int ret = 0;

	if (sorted->heap_count > 0 && sorted->started)
		ret = advance(sorted);
	sorted->started = true;
	if (ret != 0)
		return rdb_err_sys(err, -ret, "a temporary file for sorting");
	if (sorted->heap_count == 0)
		return 0;
	record = record_of(sorted, sorted->heap[0]);
	head = head_at(record);
	*document = (struct rdb_json_piece){.data = record + sizeof(head) + head.key_len,
		.len = head.len,
		.offset = head.offset,
		.number = head.number};
	return 1;
}

static void close_sorted(struct rdb_document_source *source)
{
	struct sorted_documents *sorted = to_sorted(source);

	for (size_t i = 0; i < sorted->run_count; i++)
		rdb_buf_free(&sorted->runs[i].buf);
	rdb_buf_free(&sorted->records);
	free(sorted->places);
	free(sorted->runs);
	free(sorted->heap);
	if (sorted->fd >= 0)
		close(sorted->fd);
	free(sorted);
}

static const struct rdb_document_source_ops ops = {.next = next, .close = close_sorted};

int rdb_sorted_documents(struct rdb_document_source *from, const char *key, const char *dir,
	struct rdb_document_source **out, struct rdb_err *err)
{
	struct sorted_documents *sorted = calloc(1, sizeof(*sorted));
	int ret;

	if (!sorted) {
		rdb_document_source_close(from);
		return rdb_err_sys(err, ENOMEM, "sorting a table");
	}
	sorted->source.ops = &ops;
	sorted->fd = -1;
	ret = make_runs(sorted, from, key, dir, err);
	rdb_document_source_close(from);
	if (ret == 0) {
		ret = start_merge(sorted);
		if (ret != 0)
			rdb_err_sys(err, -ret, "sorting a table");
	}
	if (ret != 0) {
		close_sorted(&sorted->source);
		return ret;
	}
	*out = &sorted->source;
	return 0;
}
