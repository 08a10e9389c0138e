/* Files being copied into restore/, without a kernel or a cluster. */
#include "base/log.h"
#include "tree/backup_tree.h"
#include "unit/check.h"
#include "unit/fake_fuse.h"
#include "upload/uploads.h"

/* ---- a cancel at the worst moment ---- */

static bool cancels; /* the next upload is cancelled during its start */

struct rdb_upload_node *__real_rdb_upload_node_parent(struct rdb_upload_node *node);
struct rdb_upload_node *__wrap_rdb_upload_node_parent(struct rdb_upload_node *node);

struct rdb_upload_node *__wrap_rdb_upload_node_parent(struct rdb_upload_node *node)
{
	struct rdb_upload *upload = cancels ? rdb_upload_of(node) : NULL;

	cancels = false;
	if (upload) {
		rdb_upload_cancel(upload, "the test wants it");
		rdb_upload_unref(upload);
	}
	return __real_rdb_upload_node_parent(node);
}

/* ---- a mount ---- */

static char mountpoint[] = "/nowhere";
static struct rdb_backup_tree tree;
static struct rdb_mount mount;
static struct rdb_uploads_config config;
static struct rdb_uploads *uploads;

static void setup(void)
{
	const struct rdb_cluster_options options = {.connect = "127.0.0.1:1"};

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_INFO);
	mount = (struct rdb_mount){.mountpoint = mountpoint, .root = {.own = &tree}};
	REQUIRE(rdb_cluster_create(&options, &config.cluster, NULL) == 0);
	config.policy.patience = -1;
	REQUIRE(rdb_jobs_create(NULL, &tree.jobs) == 0);
	REQUIRE(rdb_uploads_create(&mount, &config, &uploads) == 0);
	REQUIRE(rdb_uploads_start(uploads) == 0);
}

static void teardown(void)
{
	rdb_uploads_stop(uploads);
	rdb_uploads_destroy(uploads);
	rdb_jobs_destroy(tree.jobs);
	rdb_cluster_free(config.cluster);
}

static struct rdb_upload_node *add(struct rdb_upload_node *dir, const char *name, mode_t mode)
{
	struct rdb_upload_node *node;

	REQUIRE(rdb_upload_node_add(dir, name, mode, NULL, &node) == 0);
	return node;
}

/* ---- waiting of the copying program ---- */

static void answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	(void)request;
	fuse_reply_err(req, -ret);
}

static const struct rdb_request_ops ops = {
	.attempt = rdb_upload_try_open, .answer = answer, .free = rdb_upload_request_free};

/* Begins an upload; returns the result of open(). */
static int open_one(struct rdb_upload_node *node)
{
	struct rdb_upload_request *wait = calloc(1, sizeof(*wait));
	struct rdb_upload_name name;
	struct fuse_req req;

	fake_req_init(&req);
	rdb_upload_name_parse(node->name, &name);
	REQUIRE(wait && rdb_upload_begin(node, &name, false, &wait->upload) == 0);
	rdb_upload_request_start(wait, &ops, &req);
	return fake_wait(&req);
}

static void check_cancelled(const char *name)
{
	struct rdb_upload_node *dir, *node;

	setup();
	dir = add(uploads->entries.root, "shop", S_IFDIR);
	node = add(dir, name, S_IFREG);
	cancels = true;
	CHECK_INT(open_one(node), ECANCELED);
	CHECK_INT(open_one(node), ECONNREFUSED); /* and not EBUSY */
	rdb_upload_node_unref(node);
	rdb_upload_node_unref(dir);
	teardown();
}

static void test_cancelled_while_it_starts(void)
{
	check_cancelled("t.json");
	check_cancelled("t.info");
}

int main(void)
{
	RUN(test_cancelled_while_it_starts);
	CHECK_EXIT();
}
