/* The directory .rdbfs/. The text of its files is formatted when a file is opened. */
#include "base/log.h"
#include "mount/dir.h"
#include "tree/status.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the directory ---- */

static void control_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	(void)node;
	out->st.st_mtim.tv_sec = mount->started;
}

static void control_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	const struct rdb_fixed *fixed = rdb_tree_fixed_find(mount, dir->ino, name);

	if (fixed)
		rdb_reply_node(mount, req, &fixed->node);
	else
		rdb_reply_absent(req, RDB_FOREVER);
}

static void control_fill(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	const struct rdb_fixed *fixed;

	for (size_t i = from; (fixed = rdb_tree_fixed(buf->mount, dir->node.ino, i)); i++)
		if (!rdb_dirbuf_node(buf, fixed->name, i, &fixed->node))
			return;
}

static void control_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct rdb_dirview dir = {.node = *node, .fill = control_fill};

	rdb_dirview_open(mount, req, &dir, fi);
}

const struct rdb_node_ops rdb_control_ops = {
	.type = S_IFDIR,
	.attr = control_attr,
	.lookup = control_lookup,
	.open = control_open,
};

/* ---- the files ---- */

struct text {
	struct rdb_handle handle; /* the first member */
	pthread_mutex_t lock;     /* guards the rest */
	struct rdb_buf content;
	uint64_t start; /* offset in the file where "content" begins */
	uint64_t next;  /* for .rdbfs/log: number of the log line after the end of "content" */
	bool follows;   /* lines that are logged later are appended to the content */
};

static struct text *to_text(struct rdb_handle *handle)
{
	return (struct text *)handle;
}

#define SEEN_MAX ((size_t)1 << 20) /* bytes of the log that a handle keeps */

/* The caller holds text->lock. */
static void read_on(struct text *text)
{
	if (text->content.len > SEEN_MAX) {
		text->start += text->content.len;
		rdb_buf_clear(&text->content);
	}
	rdb_log_since(&text->next, &text->content);
}

static void text_read(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off)
{
	struct text *text = to_text(handle);
	uint64_t at;
	size_t left;

	pthread_mutex_lock(&text->lock);
	if (text->follows && off >= text->start + text->content.len)
		read_on(text);
	at = off - text->start;
	left = at < text->content.len ? text->content.len - (size_t)at : 0;
	if (off < text->start)
		fuse_reply_err(req, EIO);
	else
		fuse_reply_buf(
			req, left ? text->content.data + at : NULL, left < size ? left : size);
	pthread_mutex_unlock(&text->lock);
}

static void text_free(struct rdb_handle *handle)
{
	struct text *text = to_text(handle);

	rdb_buf_free(&text->content);
	pthread_mutex_destroy(&text->lock);
	free(text);
}

static const struct rdb_handle_ops text_ops = {.read = text_read, .free = text_free};

/* Answers the open request with a new handle, a copy of *like. Takes ownership of like->content.
 * "ret" is the result of filling like->content. If "ret" is not 0 or the handle cannot be
 * allocated, memory is exhausted: answers with ENOMEM. */
static void reply_text(struct rdb_mount *mount, fuse_req_t req, struct text *like, int ret,
	struct fuse_file_info *fi)
{
	struct text *text = ret == 0 ? malloc(sizeof(*text)) : NULL;

	if (!text) {
		rdb_buf_free(&like->content);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*text = *like;
	pthread_mutex_init(&text->lock, NULL);
	fi->direct_io = 1;
	rdb_handle_open(&text->handle, &text_ops, mount, req, fi);
}

typedef int (*render_fn)(struct rdb_mount *mount, struct rdb_buf *out);

static render_fn renderer(const struct rdb_node *node)
{
	return node->ops == &rdb_json_ops ? rdb_status_json : rdb_status_text;
}

/* Reports the current length of the status text as st_size, because tar and rsync rely on st_size.
 */
static void status_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	struct rdb_buf text = {0};

	if (renderer(node)(mount, &text) == 0)
		out->st.st_size = (off_t)text.len;
	rdb_buf_free(&text);
	out->st.st_mtim.tv_sec = time(NULL);
	out->attr_timeout = 0;
}

static void status_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct text text = {.follows = false};
	int ret = renderer(node)(mount, &text.content);

	reply_text(mount, req, &text, ret, fi);
}

/* Sets st_size to the largest length of the log so far, because tail -f would treat a shorter log
 * as a new file. */
static void log_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	_Atomic size_t *log_size = &rdb_backup_tree_of(mount)->log_size;
	struct rdb_buf recent = {0};
	uint64_t next = 0;
	size_t shown;

	(void)node;
	rdb_log_since(&next, &recent);
	shown = atomic_load(log_size);
	while (shown < recent.len && !atomic_compare_exchange_weak(log_size, &shown, recent.len))
		;
	out->st.st_size = (off_t)(shown < recent.len ? recent.len : shown);
	out->st.st_mtim.tv_sec = time(NULL);
	out->attr_timeout = 0;
	rdb_buf_free(&recent);
}

static void log_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct text text = {.follows = true};
	int ret = rdb_log_since(&text.next, &text.content);

	(void)node;
	reply_text(mount, req, &text, ret, fi);
}

const struct rdb_node_ops rdb_status_ops = {
	.type = S_IFREG, .attr = status_attr, .open = status_open};
const struct rdb_node_ops rdb_json_ops = {
	.type = S_IFREG, .attr = status_attr, .open = status_open};
const struct rdb_node_ops rdb_log_ops = {.type = S_IFREG, .attr = log_attr, .open = log_open};
