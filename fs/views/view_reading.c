/* Lists the directories below documents/, which contain the documents of a table. An open directory
 * keeps a cursor, so that the next request continues where the previous answer has ended. The
 * position of an entry is the ordinal of its document. */
#include "views/view_request.h"
#include "views/view_table.h"
#include "json/key_name.h"

#include <errno.h>
#include <stdlib.h>

/* Position in an open directory. Only one request at a time uses a position. */
struct reading {
	struct rdb_cancel cancel; /* cancels the cursor and the request that uses this struct */
	struct rdb_table_cursor *cursor;
	uint64_t next; /* ordinal of the next entry */
	bool held;     /* the entry "next" was read, but did not fit into the last answer */
	char name[RDB_KEY_NAME_MAX + 1]; /* name of the entry "next"; valid if "held" is set */
};

struct open_table {
	struct rdb_handle handle; /* the first member */
	struct rdb_node node;     /* the table's node, kept in use until the directory is closed */
	pthread_mutex_t lock;
	struct reading *reading; /* NULL if there is none or a request uses it; guarded by lock */
};

/* ---- cursors ---- */

static void reading_free(struct reading *reading)
{
	if (!reading)
		return;
	rdb_table_cursor_close(reading->cursor);
	rdb_cancel_destroy(&reading->cancel);
	free(reading);
}

static int reading_new(uint64_t ordinal, struct reading **out)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int ret = reading ? rdb_cancel_init(&reading->cancel) : -ENOMEM;

	if (ret != 0) {
		free(reading);
		return ret;
	}
	reading->next = ordinal;
	*out = reading;
	return 0;
}

/* Stores in *out a position at the document "ordinal". Takes dir->reading if possible, or creates a
 * new position. The caller owns *out. */
static int reading_at(struct open_table *dir, uint64_t ordinal, struct reading **out)
{
	struct reading *reading;

	pthread_mutex_lock(&dir->lock);
	reading = dir->reading;
	dir->reading = NULL;
	pthread_mutex_unlock(&dir->lock);
	if (reading && reading->next == ordinal && !rdb_cancel_fired(&reading->cancel)) {
		*out = reading;
		return 0;
	}
	reading_free(reading);
	return reading_new(ordinal, out);
}

static void keep_reading(struct open_table *dir, struct reading *reading)
{
	struct reading *unused = NULL;

	pthread_mutex_lock(&dir->lock);
	if (dir->reading)
		unused = reading;
	else
		dir->reading = reading;
	pthread_mutex_unlock(&dir->lock);
	reading_free(unused);
}

/* ---- one answer ---- */

struct listing {
	struct rdb_view_request view; /* the first member */
	struct open_table *dir;       /* with a reference */
	struct reading *reading;
	uint64_t off;
	struct rdb_dirbuf buf;
};

/* Reads the file name of the next document into reading->name, unless the name was read before.
 * Returns 1 if reading->name is set, 0 at the end of the table, or a negative errno. */
static int next_name(struct listing *listing, struct rdb_err *err)
{
	struct reading *reading = listing->reading;
	struct rdb_view_table *table = rdb_view_table_of(&listing->view.node);
	struct rdb_table_document document = {0};
	struct rdb_table_keys *keys;
	int ret;

	if (reading->held)
		return 1;
	ret = rdb_view_table_keys(table, &reading->cancel, &keys, err);
	if (ret == 0 && !reading->cursor)
		ret = rdb_table_cursor_open(
			keys, reading->next, &reading->cancel, &reading->cursor);
	if (ret == 0)
		ret = rdb_table_cursor_next(reading->cursor, &document, err);
	if (ret != 1)
		return ret;
	ret = rdb_key_name(document.key, rdb_table_keys_mixed(keys), reading->name);
	if (ret != 0)
		return rdb_err_set(err, EIO, "document %ju has no usable primary key",
			(uintmax_t)document.ordinal + 1);
	reading->held = true;
	return 1;
}

static bool add_name(struct listing *listing)
{
	struct reading *reading = listing->reading;
	fuse_ino_t ino =
		rdb_view_ino(rdb_view_table_of(&listing->view.node)->number, reading->next);

	if (!rdb_dirbuf_name(&listing->buf, reading->name, reading->next, ino, S_IFREG))
		return false;
	reading->held = false;
	reading->next++;
	return true;
}

/* Adds names until the answer is full. After at least one entry, returns 0 despite a read error,
 * because the next request meets the error again. */
static int fill(struct listing *listing)
{
	struct rdb_err err = {0};
	int ret = 1;

	while (ret == 1 && !rdb_cancel_fired(&listing->reading->cancel)) {
		ret = next_name(listing, &err);
		if (ret == 1 && !add_name(listing))
			return 0;
	}
	rdb_view_table_failed(rdb_view_table_of(&listing->view.node), ret < 0 ? ret : 0, &err);
	if (rdb_cancel_fired(&listing->reading->cancel))
		return -ECANCELED;
	return ret < 0 && listing->buf.used == 0 ? ret : 0;
}

static int run_listing(struct rdb_view_request *request)
{
	struct listing *listing = (struct listing *)request;

	if (!rdb_dirbuf_dots(&listing->buf, &request->node, listing->off))
		return 0;
	return fill(listing);
}

static void answer_listing(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	struct listing *listing = (struct listing *)request;

	(void)req;
	listing->buf.error = ret;
	/* Store the position before the reply is sent. The next request starts at the stored
	 * position, and may arrive immediately after the reply. */
	if (ret == 0) {
		keep_reading(listing->dir, listing->reading);
		listing->reading = NULL;
	}
	rdb_dirbuf_reply(&listing->buf);
}

static void release_listing(struct rdb_view_request *request)
{
	struct listing *listing = (struct listing *)request;

	reading_free(listing->reading);
	rdb_dirbuf_free(&listing->buf);
	rdb_handle_unref(&listing->dir->handle);
}

static const struct rdb_view_request_ops listing_ops = {
	.pool = RDB_VIEW_DOCUMENTS,
	.run = run_listing,
	.answer = answer_listing,
	.release = release_listing,
};

/* ---- the handle ---- */

static void table_readdir(
	struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off, bool plus)
{
	struct open_table *dir = (struct open_table *)handle;
	uint64_t ordinal = off > RDB_DIR_DOTS ? off - RDB_DIR_DOTS : 0;
	struct listing *listing = calloc(1, sizeof(*listing));
	int ret = -ENOMEM;

	if (listing)
		ret = rdb_dirbuf_init(&listing->buf, handle->mount, req, size, plus);
	if (ret == 0)
		ret = reading_at(dir, ordinal, &listing->reading);
	if (ret != 0) {
		if (listing)
			rdb_dirbuf_free(&listing->buf);
		free(listing);
		fuse_reply_err(req, -ret);
		return;
	}
	rdb_handle_ref(handle);
	listing->dir = dir;
	listing->off = off;
	listing->view.cancel = &listing->reading->cancel;
	rdb_view_request_start(&listing->view, &listing_ops, handle->mount, req, &dir->node);
}

static void table_close(struct rdb_handle *handle)
{
	struct open_table *dir = (struct open_table *)handle;

	reading_free(dir->reading);
	rdb_view_table_unref(rdb_view_table_of(&dir->node));
	rdb_backup_unuse(dir->node.backup);
	pthread_mutex_destroy(&dir->lock);
	free(dir);
}

static const struct rdb_handle_ops handle_ops = {.readdir = table_readdir, .free = table_close};

void rdb_view_reading_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct open_table *dir = calloc(1, sizeof(*dir));

	if (!dir) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	dir->node = *node;
	rdb_backup_use(node->backup);
	rdb_view_table_ref(rdb_view_table_of(node));
	pthread_mutex_init(&dir->lock, NULL);
	rdb_handle_open(&dir->handle, &handle_ops, mount, req, fi);
}
