/* The file backup-now. A write is answered when the backup has begun, or could not begin. An fsync
 * is answered when the backup has ended. */
#include "mount/request_queue.h"
#include "tree/backup_tree.h"
#include "tree/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 65536 /* bytes of names */

enum what { ASK_BY_WRITE, ASK_BY_TOUCH, CANCEL, SYNC };

/* A kernel request that the keeper answers. The request queue has one reference, and the keeper has
 * another until the keeper calls on_answer(). */
struct ask {
	struct rdb_request request;     /* the first member */
	struct rdb_request_queue queue; /* queue of this single request */
	pthread_mutex_t lock;           /* guards "queue", "job", "unwanted" and "ret" */
	atomic_uint refs;
	struct rdb_mount *mount;
	enum what what;
	size_t size;         /* bytes written */
	struct rdb_job *job; /* the requested backup, with a reference; may be NULL */
	bool unwanted;       /* the request was interrupted, so the backup must be cancelled */
	int ret;             /* RDB_REQUEST_WAITS until the keeper has answered */
};

static void unref(struct ask *ask)
{
	if (atomic_fetch_sub(&ask->refs, 1) != 1)
		return;
	rdb_job_unref(ask->job);
	pthread_mutex_destroy(&ask->lock);
	free(ask);
}

/* ---- answering ---- */

static void interrupted(struct rdb_request *request)
{
	struct ask *ask = (struct ask *)request;

	pthread_mutex_lock(&ask->lock);
	ask->unwanted = true;
	if (ask->job)
		rdb_job_cancel(ask->job);
	pthread_mutex_unlock(&ask->lock);
}

static void set_job(struct ask *ask, struct rdb_job *job)
{
	pthread_mutex_lock(&ask->lock);
	ask->job = job;
	if (ask->unwanted)
		rdb_job_cancel(job);
	pthread_mutex_unlock(&ask->lock);
}

static void reply_attr(struct rdb_mount *mount, fuse_req_t req)
{
	const struct rdb_node node = {.ino = RDB_INO_BACKUP_NOW, .ops = &rdb_backup_now_ops};
	struct rdb_attr attr;

	rdb_attr_of(mount, &node, &attr);
	fuse_reply_attr(req, &attr.st, attr.attr_timeout);
}

static int attempt(struct rdb_request *request)
{
	struct ask *ask = (struct ask *)request;
	int ret;

	pthread_mutex_lock(&ask->lock);
	ret = ask->ret;
	pthread_mutex_unlock(&ask->lock);
	return ret;
}

static void reply(struct rdb_request *request, fuse_req_t req, int ret)
{
	const struct ask *ask = (struct ask *)request;

	if (ask->what == SYNC)
		fuse_reply_err(req, ret ? EIO : 0);
	else if (ret && ask->what != CANCEL)
		fuse_reply_err(req, -ret);
	else if (ask->what == ASK_BY_TOUCH)
		reply_attr(ask->mount, req);
	else
		fuse_reply_write(req, ask->size);
}

static void ask_free(struct rdb_request *request)
{
	unref((struct ask *)request);
}

static const struct rdb_request_ops wait_ops = {attempt, reply, interrupted, ask_free};

/* Answers a request that waits for the keeper, the thread that makes backups. "ret" is the result
 * of the request. Drops the caller's reference to *ask. */
static void finish(struct ask *ask, int ret)
{
	pthread_mutex_lock(&ask->lock);
	ask->ret = ret;
	rdb_request_queue_touch(&ask->queue);
	pthread_mutex_unlock(&ask->lock);
	rdb_request_queue_retry(&ask->queue);
	unref(ask);
}

static void on_answer(void *arg, const struct rdb_err *err)
{
	finish(arg, -err->code);
}

/* ---- asking ---- */

/* Returns a new object that waits until finish() answers the request "req". If memory is exhausted
 * or the request was interrupted, returns NULL, and the request is answered with an error. */
static struct ask *new_ask(struct rdb_mount *mount, fuse_req_t req, enum what what, size_t size)
{
	struct ask *ask = calloc(1, sizeof(*ask));
	bool unwanted;

	if (!ask) {
		fuse_reply_err(req, ENOMEM);
		return NULL;
	}
	ask->mount = mount;
	ask->what = what;
	ask->size = size;
	ask->ret = RDB_REQUEST_WAITS;
	atomic_init(&ask->refs, 2);
	pthread_mutex_init(&ask->lock, NULL);
	rdb_request_queue_init(&ask->queue, &ask->lock);
	rdb_request_start(&ask->request, &wait_ops, &ask->queue, req);
	pthread_mutex_lock(&ask->lock);
	unwanted = ask->unwanted;
	pthread_mutex_unlock(&ask->lock);
	if (!unwanted)
		return ask;
	unref(ask);
	return NULL;
}

static void ask_for_backup(struct ask *ask, const char *const *names, size_t count)
{
	struct rdb_job *job;
	int ret;

	atomic_fetch_add(&ask->refs, 1); /* for the keeper, which may answer at once */
	ret = rdb_keeper_backup(
		rdb_backup_tree_of(ask->mount)->config.keeper, names, count, on_answer, ask, &job);
	if (ret == 0)
		set_job(ask, job);
	else
		finish(ask, ret);
	unref(ask);
}

static void ask_for_end(struct ask *ask)
{
	int ret = rdb_keeper_await(rdb_backup_tree_of(ask->mount)->config.keeper, on_answer, ask);

	if (ret != 0)
		finish(ask, ret);
}

/* ---- writing ---- */

/* Returns an array of the words in "text", and stores the number of words in *count. The words
 * point into "text", and split() changes "text". The caller frees the array. */
static const char **split(char *text, size_t *count)
{
	const char **words = calloc(strlen(text) / 2 + 2, sizeof(char *));
	char *rest = NULL, *word;

	*count = 0;
	if (!words)
		return NULL;
	for (word = strtok_r(text, " \t\r\n\v\f", &rest); word;
		word = strtok_r(NULL, " \t\r\n\v\f", &rest))
		words[(*count)++] = word;
	return words;
}

static void run_words(struct rdb_mount *mount, fuse_req_t req, const char *const *words,
	size_t count, size_t size)
{
	bool cancel = count == 1 && strcmp(words[0], "cancel") == 0;
	struct ask *ask = new_ask(mount, req, cancel ? CANCEL : ASK_BY_WRITE, size);

	if (!ask)
		return;
	if (cancel) {
		rdb_keeper_cancel(rdb_backup_tree_of(mount)->config.keeper);
		ask_for_end(ask);
	} else {
		ask_for_backup(ask, words, count);
	}
}

static void action_write(
	struct rdb_handle *handle, fuse_req_t req, const char *data, size_t size, uint64_t off)
{
	const char **words = NULL;
	char *text = NULL;
	size_t count;

	(void)off;
	if (size > TEXT_MAX || memchr(data, '\0', size)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	text = strndup(data, size);
	if (text)
		words = split(text, &count);
	if (words)
		run_words(handle->mount, req, words, count, size);
	else
		fuse_reply_err(req, ENOMEM);
	free(words);
	free(text);
}

static void action_fsync(struct rdb_handle *handle, fuse_req_t req)
{
	struct ask *ask = new_ask(handle->mount, req, SYNC, 0);

	if (ask)
		ask_for_end(ask);
}

/* ---- reading ---- */

static int add_help(const struct rdb_mount *mount, struct rdb_buf *out)
{
	int ret =
		rdb_buf_puts(out, "none       no backup has been made since this was mounted\n\n");

	if (ret != 0)
		return ret;
	if (rdb_store_can_trigger(rdb_backup_tree_of(mount)->config.store))
		return rdb_buf_puts(out,
			"Write a newline to this file to ask the service for a backup of "
			"everything. The\n"
			"word cancel stops waiting for the backup.\n");
	return rdb_buf_puts(out,
		"Write a newline to this file to back up everything, or names of databases or\n"
		"tables (blog, blog.posts) to back up only these. The word cancel stops a "
		"backup.\n");
}

static int add_state(struct rdb_mount *mount, struct rdb_buf *out)
{
	struct rdb_job *job = rdb_keeper_job(rdb_backup_tree_of(mount)->config.keeper);
	int ret;

	if (!job)
		return add_help(mount, out);
	ret = rdb_report_text(job, true, out);
	rdb_job_unref(job);
	return ret;
}

struct action {
	struct rdb_handle handle; /* the first member */
	pthread_mutex_t lock;     /* guards text */
	struct rdb_buf text;      /* formatted at the last read at offset 0 */
};

static void action_read(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off)
{
	struct action *action = (struct action *)handle;
	struct rdb_buf *text = &action->text;
	size_t left;
	int ret = 0;

	pthread_mutex_lock(&action->lock);
	if (off == 0) {
		rdb_buf_clear(text);
		ret = add_state(handle->mount, text);
	}
	left = off < text->len ? text->len - (size_t)off : 0;
	if (ret != 0)
		fuse_reply_err(req, -ret);
	else
		fuse_reply_buf(req, left ? text->data + off : NULL, left < size ? left : size);
	pthread_mutex_unlock(&action->lock);
}

static void action_free(struct rdb_handle *handle)
{
	struct action *action = (struct action *)handle;

	rdb_buf_free(&action->text);
	pthread_mutex_destroy(&action->lock);
	free(action);
}

static const struct rdb_handle_ops action_ops = {
	.read = action_read,
	.write = action_write,
	.fsync = action_fsync,
	.free = action_free,
};

/* ---- the node ---- */

/* Returns true if the request's user may start a backup: root, the owner of the mount's files, or
 * the user of the rdbfs process. */
static bool may_ask(const struct rdb_mount *mount, fuse_req_t req)
{
	uid_t uid = fuse_req_ctx(req)->uid;

	return uid == 0 || uid == mount->config.uid || uid == geteuid();
}

static void now_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	struct rdb_buf text = {0};

	(void)node;
	if (add_state(mount, &text) == 0)
		out->st.st_size = (off_t)text.len;
	rdb_buf_free(&text);
	out->st.st_mode |= S_IWUSR;
	out->st.st_mtim.tv_sec = time(NULL);
	out->attr_timeout = 0;
}

static void now_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct action *action;

	(void)node;
	if ((fi->flags & O_ACCMODE) != O_RDONLY && !may_ask(mount, req)) {
		fuse_reply_err(req, EACCES);
		return;
	}
	action = calloc(1, sizeof(*action));
	if (!action) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	pthread_mutex_init(&action->lock, NULL);
	fi->direct_io = 1;
	rdb_handle_open(&action->handle, &action_ops, mount, req, fi);
}

/* Requests a backup if the modification time of backup-now is set to the present, as touch does.
 * Ignores other times, because copying programs set other times. */
static void now_setattr(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct stat *attr, int which)
{
	struct ask *ask;

	(void)node, (void)attr;
	if (!may_ask(mount, req)) {
		fuse_reply_err(req, EACCES);
		return;
	}
	if (which & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) {
		fuse_reply_err(req, EPERM);
		return;
	}
	/* If the request does not set the time to the present, or also truncates the file, reply
	 * without a backup. A shell truncates the file before it writes to the file, and the
	 * shell's write already requests a backup. */
	if (!(which & FUSE_SET_ATTR_MTIME_NOW) || which & FUSE_SET_ATTR_SIZE) {
		reply_attr(mount, req);
		return;
	}
	ask = new_ask(mount, req, ASK_BY_TOUCH, 0);
	if (ask)
		ask_for_backup(ask, NULL, 0);
}

const struct rdb_node_ops rdb_backup_now_ops = {
	.type = S_IFREG,
	.attr = now_attr,
	.open = now_open,
	.setattr = now_setattr,
	.writable = true,
};
