#include "restore/restore_queue.h"

#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define BYTES ((size_t)1 << 20)

struct item {
	enum rdb_restore_step step;
	struct rdb_buf bytes;
	struct rdb_table_info *info;
	rdb_restore_done *done;
	void *arg;
	TAILQ_ENTRY(item) link;
};

struct rdb_restore_queue {
	struct rdb_restore_queue_options options;
	struct rdb_pool *pool;
	struct rdb_restore_table *table; /* used by the running task, or else by the caller */
	struct rdb_pool_task task;

	pthread_mutex_t lock; /* guards the fields below */
	TAILQ_HEAD(item_list, item) items;
	bool running;         /* the task is submitted to the pool */
	size_t bytes;         /* bytes of documents in all items */
	struct rdb_buf spare; /* buffer that the next item reuses */
	bool wants_room;
	struct rdb_err err;        /* failure of the table; code 0 if none */
	void (*closed)(void *arg); /* NULL while the queue is open */
	void *closed_arg;
};

/* ---- steps ---- */

static void free_item(struct item *item)
{
	rdb_buf_free(&item->bytes);
	rdb_table_info_free(item->info);
	free(item);
}

static struct item *new_item(
	enum rdb_restore_step step, rdb_restore_done *done, void *arg, struct rdb_err *err)
{
	struct item *item = calloc(1, sizeof(*item));

	if (item)
		*item = (struct item){.step = step, .done = done, .arg = arg};
	else
		rdb_err_sys(err, ENOMEM, "restoring");
	return item;
}

/* The caller holds queue->lock. */
static void wake(struct rdb_restore_queue *queue)
{
	if (queue->running)
		return;
	queue->running = true;
	rdb_pool_submit(queue->pool, &queue->task);
}

/* The caller holds queue->lock. */
static void enqueue(struct rdb_restore_queue *queue, struct item *item)
{
	TAILQ_INSERT_TAIL(&queue->items, item, link);
	wake(queue);
}

/* ---- the task ---- */

/* Removes and returns the queue's first item, or NULL if the queue is empty. If the queue has
 * failed or is closed, sets *err, and the item must not run. Sets *room if options.room() must be
 * called. */
static struct item *next_item(struct rdb_restore_queue *queue, struct rdb_err *err, bool *room)
{
	struct item *item;

	pthread_mutex_lock(&queue->lock);
	item = TAILQ_FIRST(&queue->items);
	if (item) {
		TAILQ_REMOVE(&queue->items, item, link);
		queue->bytes -= item->bytes.len;
	}
	*room = item && item->bytes.len && queue->wants_room;
	queue->wants_room &= !*room;
	*err = queue->err;
	if (!err->code && queue->closed)
		rdb_err_set(err, ECANCELED, "cancelled");
	pthread_mutex_unlock(&queue->lock);
	return item;
}

static int run_step(struct rdb_restore_table *table, struct item *item, struct rdb_err *err)
{
	switch (item->step) {
	case RDB_RESTORE_OPEN:
		return rdb_restore_table_open(table, err);
	case RDB_RESTORE_BYTES:
		return !item->bytes.len ? 0
					: rdb_restore_table_feed(
						  table, item->bytes.data, item->bytes.len, err);
	case RDB_RESTORE_INFO:
		rdb_restore_table_info(table, item->info);
		item->info = NULL;
		return 0;
	case RDB_RESTORE_PREPARE:
		return rdb_restore_table_prepare(table, err);
	default:
		return rdb_restore_table_end(table, err);
	}
}

/* If the restore of the queue's table has failed, stores *err as the queue's failure, and calls
 * options.room() if a writer waits for room in the queue. The writer then repeats its write, and
 * receives the failure. */
static void note_failure(struct rdb_restore_queue *queue, const struct rdb_err *err)
{
	bool room;

	if (rdb_restore_table_state(queue->table) != RDB_RESTORE_FAILED)
		return;
	pthread_mutex_lock(&queue->lock);
	queue->err = *err;
	room = queue->wants_room;
	queue->wants_room = false;
	pthread_mutex_unlock(&queue->lock);
	if (room)
		queue->options.room(queue->options.arg);
}

static void recycle(struct rdb_restore_queue *queue, struct item *item)
{
	struct rdb_buf unused;

	rdb_buf_clear(&item->bytes);
	pthread_mutex_lock(&queue->lock);
	unused = queue->spare;
	queue->spare = item->bytes;
	pthread_mutex_unlock(&queue->lock);
	rdb_buf_free(&unused);
	item->bytes = (struct rdb_buf){0};
}

static void run_item(struct rdb_restore_queue *queue, struct item *item, struct rdb_err *err)
{
	if (!err->code && run_step(queue->table, item, err) != 0)
		note_failure(queue, err);
	recycle(queue, item);
	if (item->done)
		item->done(item->arg, err);
	free_item(item);
}

static void close_queue(struct rdb_restore_queue *queue)
{
	void (*closed)(void *arg) = queue->closed;
	void *arg = queue->closed_arg;

	rdb_restore_table_free(queue->table);
	rdb_buf_free(&queue->spare);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
	closed(arg);
}

/* Runs one step of the queue. More steps run in later calls, so that tables take turns. Frees a
 * closed queue after its last step. */
static void run(void *arg)
{
	struct rdb_restore_queue *queue = arg;
	struct rdb_err err = {0};
	bool room, empty, closed;
	struct item *item = next_item(queue, &err, &room);

	if (room)
		queue->options.room(queue->options.arg);
	if (item)
		run_item(queue, item, &err);
	pthread_mutex_lock(&queue->lock);
	empty = TAILQ_EMPTY(&queue->items);
	closed = queue->closed;
	queue->running = !empty || closed;
	pthread_mutex_unlock(&queue->lock);
	if (!empty)
		rdb_pool_submit(queue->pool, &queue->task);
	else if (closed)
		close_queue(queue);
}

/* ---- creation and end ---- */

int rdb_restore_queue_create(struct rdb_pool *pool, struct rdb_restore_table *table,
	const struct rdb_restore_queue_options *options, struct rdb_restore_queue **out)
{
	struct rdb_restore_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return -ENOMEM;
	pthread_mutex_init(&queue->lock, NULL);
	queue->options = *options;
	if (!queue->options.bytes)
		queue->options.bytes = BYTES;
	queue->pool = pool;
	queue->table = table;
	queue->task = (struct rdb_pool_task){.run = run, .arg = queue};
	TAILQ_INIT(&queue->items);
	*out = queue;
	return 0;
}

void rdb_restore_queue_close(struct rdb_restore_queue *queue, void (*closed)(void *arg), void *arg)
{
	rdb_restore_table_stop(queue->table);
	pthread_mutex_lock(&queue->lock);
	queue->closed = closed;
	queue->closed_arg = arg;
	wake(queue);
	pthread_mutex_unlock(&queue->lock);
}

void rdb_restore_queue_accept_blank(struct rdb_restore_queue *queue, enum rdb_blank blank)
{
	rdb_restore_table_accept_blank(queue->table, blank);
}

const struct rdb_restore_table *rdb_restore_queue_table(const struct rdb_restore_queue *queue)
{
	return queue->table;
}

int rdb_restore_queue_set_job(
	struct rdb_restore_queue *queue, struct rdb_job *job, struct rdb_err *err)
{
	return rdb_restore_table_set_job(queue->table, job, err);
}

/* ---- called by the writer ---- */

/* The caller holds queue->lock. */
static int check(const struct rdb_restore_queue *queue, struct rdb_err *err)
{
	if (queue->err.code)
		*err = queue->err;
	return -queue->err.code;
}

/* Returns the queue's last item if this item holds bytes of documents. Otherwise, appends and
 * returns a new item for bytes. Returns NULL if memory is short. The caller holds queue->lock. */
static struct item *last_bytes(struct rdb_restore_queue *queue, struct rdb_err *err)
{
	struct item *item = TAILQ_LAST(&queue->items, item_list);

	if (item && item->step == RDB_RESTORE_BYTES)
		return item;
	item = new_item(RDB_RESTORE_BYTES, NULL, NULL, err);
	if (!item)
		return NULL;
	item->bytes = queue->spare;
	queue->spare = (struct rdb_buf){0};
	enqueue(queue, item);
	return item;
}

/* The caller holds queue->lock. */
static int add_bytes(
	struct rdb_restore_queue *queue, const void *data, size_t len, struct rdb_err *err)
{
	struct item *item;
	int ret = check(queue, err);

	if (ret != 0)
		return ret;
	if (queue->bytes && queue->bytes + len > queue->options.bytes) {
		queue->wants_room = true;
		return -EAGAIN;
	}
	item = last_bytes(queue, err);
	if (!item)
		return -ENOMEM;
	if (rdb_buf_add(&item->bytes, data, len) != 0)
		return rdb_err_sys(err, ENOMEM, "documents");
	queue->bytes += len;
	return 0;
}

int rdb_restore_queue_write(
	struct rdb_restore_queue *queue, const void *data, size_t len, struct rdb_err *err)
{
	int ret;

	pthread_mutex_lock(&queue->lock);
	ret = add_bytes(queue, data, len, err);
	pthread_mutex_unlock(&queue->lock);
	return ret;
}

/* Appends the item to the queue. Takes ownership of the item, even after an error. The caller must
 * not hold queue->lock. */
static int add_item(struct rdb_restore_queue *queue, struct item *item, struct rdb_err *err)
{
	int ret;

	pthread_mutex_lock(&queue->lock);
	/* After a failure, refuse only .info items. Other items are still queued, so that their
	 * done() receives the error of the failure. */
	ret = item->step == RDB_RESTORE_INFO ? check(queue, err) : 0;
	if (ret == 0)
		enqueue(queue, item);
	pthread_mutex_unlock(&queue->lock);
	if (ret != 0)
		free_item(item);
	return ret;
}

int rdb_restore_queue_info(struct rdb_restore_queue *queue, const char *text, size_t len,
	rdb_restore_done *done, void *arg, struct rdb_err *err)
{
	struct rdb_table_info *info;
	struct item *item;
	int ret = rdb_restore_table_parse_info(queue->table, text, len, &info, err);

	if (ret != 0)
		return ret;
	item = new_item(RDB_RESTORE_INFO, done, arg, err);
	if (!item) {
		rdb_table_info_free(info);
		return -ENOMEM;
	}
	item->info = info;
	return add_item(queue, item, err);
}

int rdb_restore_queue_step(struct rdb_restore_queue *queue, enum rdb_restore_step step,
	rdb_restore_done *done, void *arg, struct rdb_err *err)
{
	struct item *item = new_item(step, done, arg, err);

	return item ? add_item(queue, item, err) : -ENOMEM;
}

/* The caller holds queue->lock. */
static struct item *find_item(const struct rdb_restore_queue *queue, const void *arg)
{
	struct item *item;

	TAILQ_FOREACH(item, &queue->items, link)
	if (item->arg == arg)
		return item;
	return NULL;
}

bool rdb_restore_queue_withdraw(struct rdb_restore_queue *queue, const void *arg)
{
	struct item *item;
	bool any = false;

	pthread_mutex_lock(&queue->lock);
	while ((item = find_item(queue, arg))) {
		TAILQ_REMOVE(&queue->items, item, link);
		free_item(item);
		any = true;
	}
	pthread_mutex_unlock(&queue->lock);
	return any;
}
