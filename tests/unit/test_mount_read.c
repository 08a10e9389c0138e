/* The queue of an open file's reads, without a kernel. */
#include "backup/backup_node.h"
#include "base/log.h"
#include "mount/file.h"
#include "stream/block.h"
#include "unit/check.h"
#include "unit/fake_fuse.h"

#include <semaphore.h>

#define SIZE 1000

/* A file whose byte at i is i % 251. Its first read waits for go. */
struct fixture {
	struct rdb_mount mount;
	struct rdb_backups *backups;
	struct rdb_backup *backup;
	struct rdb_handle *handle;
	sem_t started, go;
	bool held;          /* the next read waits */
	bool ready;         /* reads complete at once */
	atomic_size_t lead; /* value that the file returns as its lead */
	atomic_int ahead;   /* calls */
	atomic_int help;    /* remaining calls that report success */
	sem_t helped;       /* posted at the last of them */
	uint64_t order[64]; /* offsets in the order of service */
	size_t served;
	int error;          /* error of all reads */
	fuse_req_t on_hold; /* request passed to hold */
	size_t missing;     /* number of missing bytes per read */
	char bytes[SIZE];
	int logged, closed; /* calls */
};

static struct fixture *f;

static int test_read(
	struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out, struct rdb_err *err)
{
	struct rdb_block *block;

	(void)file;
	if (f->held) {
		f->held = false;
		sem_post(&f->started);
		sem_wait(&f->go);
	}
	f->order[f->served++] = off;
	if (f->error)
		return rdb_err_set(err, f->error, "as the test wants");
	block = rdb_block_create(len);
	REQUIRE(block != NULL);
	memcpy(block->data, f->bytes + off, len);
	rdb_read_block(out, block, len - f->missing);
	return 0;
}

static void test_hold(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off)
{
	(void)file;
	CHECK_INT(len, 10);
	CHECK_INT(off, 90);
	f->on_hold = req;
	sem_post(&f->started);
}

static bool test_ready(struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out)
{
	struct rdb_err err;

	return f->ready && test_read(file, len, off, out, &err) == 0;
}

static void test_ahead(struct rdb_file *file)
{
	(void)file;
	atomic_fetch_add(&f->ahead, 1);
	atomic_fetch_add(&f->lead, 256 * 1024);
}

static size_t test_lead(struct rdb_file *file)
{
	(void)file;
	return atomic_load(&f->lead);
}

static bool test_can_help(struct rdb_file *file)
{
	(void)file;
	return atomic_load(&f->help) > 0;
}

static bool test_help(struct rdb_file *file)
{
	(void)file;
	if (atomic_load(&f->help) == 0)
		return false;
	if (atomic_fetch_sub(&f->help, 1) == 1)
		sem_post(&f->helped);
	return true;
}

static void test_log_failure(const struct rdb_file *file, uint64_t off, const struct rdb_err *err)
{
	(void)off;
	CHECK(file->node.backup == f->backup);
	CHECK_INT(err->code, EIO);
	f->logged++;
}

static void test_close(struct rdb_file *file)
{
	rdb_backup_unuse(file->node.backup);
	f->closed++;
}

static const struct rdb_file_ops test_ops = {
	.read = test_read,
	.hold = test_hold,
	.ready = test_ready,
	.ahead = test_ahead,
	.lead = test_lead,
	.can_help = test_can_help,
	.help = test_help,
	.log_failure = test_log_failure,
	.close = test_close,
};

static void setup(void)
{
	const struct rdb_backups_config config = {.pool = NULL};
	const struct rdb_entry entry = {.id = 1, .name = "a", .file = "a.tar.gz"};
	struct fuse_file_info fi = {.keep_cache = 1};
	struct fuse_req req;

	f = calloc(1, sizeof(*f));
	REQUIRE(f != NULL);
	for (int i = 0; i < SIZE; i++)
		f->bytes[i] = (char)(i % 251);
	sem_init(&f->started, 0, 0);
	sem_init(&f->go, 0, 0);
	sem_init(&f->helped, 0, 0);
	atomic_store(&f->lead, SIZE_MAX);
	rdb_handles_init(&f->mount.handles);
	REQUIRE(rdb_pool_create(4, false, &f->mount.readers) == 0);
	REQUIRE(rdb_backups_create(&config, &f->backups) == 0);
	REQUIRE(rdb_backups_get(f->backups, &entry, &f->backup) == 0);
	const struct rdb_file like = {
		.ops = &test_ops, .node = rdb_node_archive(f->backup), .size = SIZE};

	fake_req_init(&req);
	rdb_backup_use(f->backup);
	rdb_file_open(&f->mount, &req, &like, &fi);
	REQUIRE(fake_wait(&req) == 0);
	CHECK(fi.keep_cache);
	f->handle = rdb_handle_of(&fi);
}

static void teardown(void)
{
	if (f->handle)
		rdb_handle_release(f->handle);
	rdb_pool_destroy(f->mount.readers);
	CHECK_INT(f->closed, 1);
	CHECK_INT(f->backup->refs, 1);
	rdb_backup_unref(f->backup);
	rdb_backups_destroy(f->backups);
	rdb_handles_destroy(&f->mount.handles);
	free(f);
}

static void begin(struct fuse_req *req, size_t len, uint64_t off)
{
	fake_req_init(req);
	f->handle->ops->read(f->handle, req, len, off);
}

/* Blocks a read inside the source, so that later ones are queued. */
static void hold(struct fuse_req *req)
{
	f->held = true;
	begin(req, 10, 0);
	sem_wait(&f->started);
}

static void test_reads_are_whole_but_at_the_end(void)
{
	struct fuse_req req;

	setup();
	begin(&req, 50, 100);
	CHECK_INT(fake_wait(&req), 0);
	CHECK_INT(req.len, 50);
	CHECK(memcmp(req.bytes, f->bytes + 100, 50) == 0);
	begin(&req, 50, SIZE - 20);
	CHECK_INT(fake_wait(&req), 0);
	CHECK_INT(req.len, 20);
	begin(&req, 50, SIZE);
	CHECK_INT(fake_wait(&req), 0);
	CHECK_INT(req.len, 0);
	begin(&req, 50, UINT64_MAX - 10);
	CHECK_INT(fake_wait(&req), 0);
	CHECK_INT(req.len, 0);
	teardown();
}

static void test_queued_reads_are_served_by_offset(void)
{
	const uint64_t offs[] = {300, 100, 400, 200};
	struct fuse_req first, reqs[4];

	setup();
	hold(&first);
	for (int i = 0; i < 4; i++)
		begin(&reqs[i], 10, offs[i]);
	sem_post(&f->go);
	for (int i = 0; i < 4; i++)
		CHECK_INT(fake_wait(&reqs[i]), 0);
	CHECK_INT(f->served, 5);
	for (size_t i = 0; i < 5; i++)
		CHECK_INT(f->order[i], 100 * i);
	teardown();
}

static void test_a_high_offset_is_served_in_the_end(void)
{
	struct fuse_req first, high, reqs[30];
	size_t place = 0;

	setup();
	hold(&first);
	begin(&high, 10, 900);
	for (int i = 0; i < 30; i++)
		begin(&reqs[i], 10, (uint64_t)i);
	sem_post(&f->go);
	CHECK_INT(fake_wait(&high), 0);
	for (int i = 0; i < 30; i++)
		CHECK_INT(fake_wait(&reqs[i]), 0);
	while (place < f->served && f->order[place] != 900)
		place++;
	CHECK(place < 15);
	CHECK_INT(f->served, 32);
	teardown();
}

static void test_failures_are_reported(void)
{
	struct fuse_req req;

	setup();
	f->error = EIO;
	begin(&req, 50, 0);
	CHECK_INT(fake_wait(&req), EIO);
	f->error = ENOMEM;
	begin(&req, 50, 0);
	CHECK_INT(fake_wait(&req), ENOMEM);
	f->error = 0;
	f->missing = 1;
	begin(&req, 50, 0);
	CHECK_INT(fake_wait(&req), EIO);
	CHECK_INT(req.len, 0);
	CHECK_INT(f->logged, 1); /* only the first failure with EIO */
	f->missing = 0;
	begin(&req, RDB_READ_MAX + 1, 0);
	CHECK_INT(fake_wait(&req), EINVAL);
	teardown();
}

static void test_an_interrupted_read_is_taken_out(void)
{
	struct fuse_req first, second;

	setup();
	hold(&first);
	begin(&second, 10, 500);
	fake_interrupt(&second);
	CHECK_INT(atomic_load(&second.answers), 1);
	CHECK_INT(atomic_load(&second.error), EINTR);
	fake_interrupt(&first); /* too late: the read is in progress */
	CHECK_INT(atomic_load(&first.answers), 0);
	sem_post(&f->go);
	CHECK_INT(fake_wait(&first), 0);
	teardown();
	CHECK_INT(atomic_load(&second.answers), 1);
}

static void test_a_read_interrupted_before_it_is_queued(void)
{
	struct fuse_req req;

	setup();
	fake_req_init(&req);
	req.interrupted = true;
	f->handle->ops->read(f->handle, &req, 10, 0);
	CHECK_INT(fake_wait(&req), EINTR);
	CHECK_INT(f->served, 0);
	teardown();
}

static void test_a_file_released_while_it_is_read(void)
{
	struct fuse_req first;

	setup();
	hold(&first);
	rdb_handle_release(f->handle);
	f->handle = NULL;
	CHECK_INT(f->closed, 0);
	sem_post(&f->go);
	CHECK_INT(fake_wait(&first), 0);
	teardown();
}

static void test_an_ending_mount_reads_no_more(void)
{
	struct fuse_req req;

	setup();
	atomic_store(&f->mount.stopping, true);
	begin(&req, 10, 0);
	CHECK_INT(fake_wait(&req), ENOTCONN);
	CHECK_INT(f->served, 0);
	teardown();
}

static void test_ready_bytes_do_not_wait_for_a_read(void)
{
	struct fuse_req first, second;

	setup();
	hold(&first);
	f->ready = true;
	begin(&second, 50, 100);
	CHECK_INT(atomic_load(&second.answers), 1);
	CHECK_INT(second.len, 50);
	CHECK(memcmp(second.bytes, f->bytes + 100, 50) == 0);
	CHECK_INT(atomic_load(&first.answers), 0);
	sem_post(&f->go);
	CHECK_INT(fake_wait(&first), 0);
	teardown();
}

/* Waits until the file is idle: the pool ends after all its work. */
static void check_ahead(int calls)
{
	rdb_pool_destroy(f->mount.readers);
	CHECK_INT(atomic_load(&f->ahead), calls);
	REQUIRE(rdb_pool_create(4, false, &f->mount.readers) == 0);
}

static void test_a_file_is_read_ahead(void)
{
	struct fuse_req req;

	setup();
	atomic_store(&f->lead, 0);
	begin(&req, 10, 0);
	CHECK_INT(fake_wait(&req), 0);
	check_ahead(16);
	f->ready = true; /* enough is ready: no more work to do */
	atomic_store(&f->lead, 2200 * 1024);
	begin(&req, 10, 10);
	CHECK_INT(fake_wait(&req), 0);
	check_ahead(16);
	atomic_store(&f->lead, 2000 * 1024);
	begin(&req, 10, 20);
	CHECK_INT(fake_wait(&req), 0);
	check_ahead(25);
	teardown();
}

/* A waiting read, a ready one, and a file that is released meanwhile. */
static void test_a_file_is_helped(void)
{
	struct fuse_req req;

	setup();
	for (int i = 0; i < 4; i++) {
		f->ready = i % 2;
		atomic_store(&f->help, 5);
		do { /* a helper that is about to end is not called again */
			f->served = 0;
			begin(&req, 50, 0);
			CHECK_INT(fake_wait(&req), 0);
		} while (i < 3 && sem_trywait(&f->helped) != 0);
	}
	rdb_handle_release(f->handle);
	f->handle = NULL;
	teardown();
}

static void test_a_mount_that_ends_is_not_helped(void)
{
	struct fuse_req req;

	setup();
	atomic_store(&f->help, 5);
	atomic_store(&f->mount.stopping, true);
	begin(&req, 50, 0);
	CHECK_INT(fake_wait(&req), ENOTCONN);
	rdb_handle_release(f->handle);
	f->handle = NULL;
	rdb_pool_destroy(f->mount.readers);
	CHECK_INT(atomic_load(&f->help), 5);
	REQUIRE(rdb_pool_create(4, false, &f->mount.readers) == 0);
	teardown();
}

static void test_an_ending_mount_does_not_read_ahead(void)
{
	struct fuse_req req;

	setup();
	hold(&req);
	atomic_store(&f->lead, 0);
	atomic_store(&f->mount.stopping, true);
	sem_post(&f->go);
	CHECK_INT(fake_wait(&req), 0);
	check_ahead(0);
	teardown();
}

/* While an answer is blocked in the kernel, the next read is served. */
static void test_a_long_answer_delays_no_other_read(void)
{
	struct fuse_req first, second;

	setup();
	atomic_store(&f->lead, 0);
	fake_req_init(&first);
	atomic_store(&first.stuck, true);
	f->handle->ops->read(f->handle, &first, RDB_READ_MAX, 0);
	begin(&second, 10, 500);
	CHECK_INT(fake_wait(&second), 0);
	CHECK_INT(atomic_load(&first.answers), 0);
	atomic_store(&first.stuck, false);
	CHECK_INT(fake_wait(&first), 0);
	teardown();
}

/* A read that must wait is put aside and does not delay others. */
static void test_a_read_is_held(void)
{
	struct fuse_req first, second;

	setup();
	f->error = EAGAIN;
	begin(&first, 10, 90);
	sem_wait(&f->started);
	CHECK(f->on_hold == &first);
	f->error = 0;
	begin(&second, 10, 20);
	CHECK_INT(fake_wait(&second), 0);
	CHECK_INT(atomic_load(&first.answers), 0);
	rdb_file_again((struct rdb_file *)f->handle, f->on_hold, 10, 90);
	CHECK_INT(fake_wait(&first), 0);
	CHECK_INT(f->order[2], 90);
	teardown();
}

int main(void)
{
	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_INFO);
	RUN(test_reads_are_whole_but_at_the_end);
	RUN(test_queued_reads_are_served_by_offset);
	RUN(test_a_high_offset_is_served_in_the_end);
	RUN(test_failures_are_reported);
	RUN(test_an_interrupted_read_is_taken_out);
	RUN(test_a_read_interrupted_before_it_is_queued);
	RUN(test_a_file_released_while_it_is_read);
	RUN(test_an_ending_mount_reads_no_more);
	RUN(test_ready_bytes_do_not_wait_for_a_read);
	RUN(test_a_file_is_read_ahead);
	RUN(test_a_file_is_helped);
	RUN(test_a_read_is_held);
	RUN(test_a_mount_that_ends_is_not_helped);
	RUN(test_an_ending_mount_does_not_read_ahead);
	RUN(test_a_long_answer_delays_no_other_read);
	CHECK_EXIT();
}
