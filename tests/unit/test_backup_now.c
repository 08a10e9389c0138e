/* Interrupted requests for a backup, with a keeper that the test controls. */
#include "tree/backup_tree.h"
#include "unit/check.h"
#include "unit/fake_fuse.h"

static struct {
	struct fuse_req *interrupted; /* interrupted during the call; NULL: none */
	int code;                     /* result to report */
	bool answers;                 /* report success immediately */
	struct rdb_job *job;
	int cancels;
} keeper;

int rdb_keeper_backup(struct rdb_keeper *unused, const char *const *names, size_t count,
	rdb_keeper_answer answer, void *arg, struct rdb_job **job)
{
	static const struct rdb_err well = {0};

	(void)unused, (void)names, (void)count;
	if (keeper.interrupted)
		fake_interrupt(keeper.interrupted);
	if (keeper.code)
		return keeper.code;
	*job = rdb_job_ref(keeper.job);
	if (keeper.answers)
		answer(arg, &well);
	return 0;
}

void rdb_keeper_cancel(struct rdb_keeper *unused)
{
	(void)unused;
	keeper.cancels++;
}

int rdb_keeper_await(struct rdb_keeper *unused, rdb_keeper_answer settled, void *arg)
{
	static const struct rdb_err well = {0};

	(void)unused;
	settled(arg, &well);
	return 0;
}

struct rdb_job *rdb_keeper_job(struct rdb_keeper *unused)
{
	(void)unused;
	return NULL;
}

/* Functions of the mount that this test does not use. */
int rdb_keeper_start(
	struct rdb_keeper *unused, const struct rdb_keeper_hooks *hooks, struct rdb_err *err)
{
	(void)unused, (void)hooks, (void)err;
	return -EAGAIN;
}

void rdb_keeper_stop(struct rdb_keeper *unused)
{
	(void)unused;
}

void rdb_keeper_wake(struct rdb_keeper *unused)
{
	(void)unused;
}

void rdb_keeper_facts(struct rdb_keeper *unused, struct rdb_keeper_facts *out)
{
	(void)unused;
	*out = (struct rdb_keeper_facts){0};
}

int rdb_keeper_plan(struct rdb_keeper *unused, struct rdb_retention_plan *out, struct rdb_err *err)
{
	(void)unused, (void)out, (void)err;
	return -EIO;
}

int fuse_reply_attr(fuse_req_t req, const struct stat *attr, double timeout)
{
	(void)attr, (void)timeout;
	fake_answer(req, 0);
	return 0;
}

/* A store that makes no backups itself. */
static const struct rdb_store_ops store_ops;
static struct rdb_store store = {.ops = &store_ops};
static struct rdb_backup_tree tree = {.config = {.store = &store}};
static struct rdb_mount mount = {.root = {.own = &tree}};

static void touch(struct fuse_req *req)
{
	const struct rdb_node node = {.ino = RDB_INO_BACKUP_NOW, .ops = &rdb_backup_now_ops};
	const struct stat attr = {0};

	rdb_backup_now_ops.setattr(&mount, req, &node, &attr, FUSE_SET_ATTR_MTIME_NOW);
}

static void setup(struct fuse_req *req)
{
	memset(&keeper, 0, sizeof(keeper));
	REQUIRE(rdb_job_create(RDB_JOB_BACKUP, "night", &keeper.job) == 0);
	mount.config.uid = geteuid();
	fake_req_init(req);
	req->ctx.uid = geteuid();
	req->userdata = &mount;
}

static void test_answer_of_the_keeper_is_kept(void)
{
	struct fuse_req req;

	setup(&req);
	keeper.answers = true;
	touch(&req);
	CHECK_INT(fake_wait(&req), 0);
	CHECK(!rdb_job_is_cancelled(keeper.job));
	rdb_job_unref(keeper.job);
}

/* The running backup was not requested by this request. */
static void test_interrupted_while_another_runs(void)
{
	struct fuse_req req;

	setup(&req);
	keeper.interrupted = &req;
	keeper.code = -EBUSY;
	touch(&req);
	CHECK_INT(fake_wait(&req), EINTR);
	CHECK_INT(atomic_load(&req.answers), 1);
	CHECK_INT(keeper.cancels, 0);
	CHECK(!rdb_job_is_cancelled(keeper.job));
	rdb_job_unref(keeper.job);
}

static void test_interrupted_before_it_is_known(void)
{
	struct fuse_req req;

	setup(&req);
	keeper.interrupted = &req;
	keeper.answers = true;
	touch(&req);
	CHECK_INT(fake_wait(&req), EINTR);
	CHECK_INT(atomic_load(&req.answers), 1);
	CHECK_INT(keeper.cancels, 0);
	CHECK(rdb_job_is_cancelled(keeper.job));
	rdb_job_unref(keeper.job);
}

int main(void)
{
	RUN(test_answer_of_the_keeper_is_kept);
	RUN(test_interrupted_while_another_runs);
	RUN(test_interrupted_before_it_is_known);
	CHECK_EXIT();
}
