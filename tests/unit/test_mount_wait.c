/* Backups that are being opened, and requests that wait for them, without a kernel or an
 * archive. */
#include "backup/backup_node.h"
#include "backup/deferred.h"
#include "base/log.h"
#include "mount/file.h"
#include "store/listing.h"
#include "unit/check.h"
#include "unit/fake_fuse.h"
#include "unit/refuse.h"

/* ---- archives controlled by the test ---- */

struct rdb_archive {
	struct rdb_source *source;
	enum rdb_archive_state state;
	bool known; /* the archive has the database "blog", and the scan has found it */
	int scans;
	struct rdb_waiter *waiter;
};

static struct {
	pthread_mutex_t lock;
	struct rdb_archive *last; /* the archive that was opened last */
	atomic_int open;          /* open archives */
	atomic_int opens;         /* archives opened so far */
	int error;                /* error of opening */
	int room;                 /* limit on open archives; 0: none */
} archives = {.lock = PTHREAD_MUTEX_INITIALIZER};

int rdb_archive_open(struct rdb_archive_env *env, struct rdb_source *source, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	int ret = 0, error;

	(void)env, (void)name;
	atomic_fetch_add(&archives.opens, 1);
	pthread_mutex_lock(&archives.lock);
	error = archives.error;
	pthread_mutex_unlock(&archives.lock);
	if (error)
		ret = rdb_err_set(err, error, "as the test wants");
	else if (archives.room && atomic_load(&archives.open) >= archives.room)
		ret = rdb_err_sys(err, EMFILE, "as the test wants");
	if (ret != 0) {
		rdb_source_close(source);
		return ret;
	}
	*out = calloc(1, sizeof(**out));
	if (!*out) {
		rdb_source_close(source);
		return rdb_err_sys(err, ENOMEM, "as the test wants");
	}
	(*out)->source = source;
	atomic_fetch_add(&archives.open, 1);
	pthread_mutex_lock(&archives.lock);
	archives.last = *out;
	pthread_mutex_unlock(&archives.lock);
	return 0;
}

int rdb_archive_open_dir(struct rdb_archive_env *env, int dirfd, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	(void)dirfd;
	return rdb_archive_open(env, NULL, name, out, err);
}

/* Unused: only a restore takes another reference to an archive. */
struct rdb_archive *rdb_archive_ref(struct rdb_archive *archive)
{
	abort();
	return archive;
}

void rdb_archive_unref(struct rdb_archive *archive)
{
	atomic_fetch_sub(&archives.open, 1);
	rdb_source_close(archive->source);
	free(archive);
}

int rdb_archive_scan(struct rdb_archive *archive, bool urgent)
{
	(void)urgent;
	pthread_mutex_lock(&archives.lock);
	archive->scans++;
	if (archive->state == RDB_ARCHIVE_UNVERIFIED)
		archive->state = RDB_ARCHIVE_SCANNING;
	pthread_mutex_unlock(&archives.lock);
	return 0;
}

void rdb_archive_facts(struct rdb_archive *archive, struct rdb_archive_facts *out)
{
	*out = (struct rdb_archive_facts){.tables = 1};
	pthread_mutex_lock(&archives.lock);
	out->state = archive->state;
	pthread_mutex_unlock(&archives.lock);
	if (out->state >= RDB_ARCHIVE_DAMAGED)
		rdb_err_set(&out->error, EIO, "damaged");
}

int rdb_archive_find_db(struct rdb_archive *archive, const char *db, struct rdb_database *out)
{
	int ret = -EAGAIN;

	(void)out;
	pthread_mutex_lock(&archives.lock);
	if (archive->known && strcmp(db, "blog") == 0)
		ret = 0;
	else if (archive->state == RDB_ARCHIVE_OK)
		ret = -ENOENT;
	else if (archive->state >= RDB_ARCHIVE_DAMAGED)
		ret = -EIO;
	pthread_mutex_unlock(&archives.lock);
	return ret;
}

void rdb_archive_wait(struct rdb_archive *archive, struct rdb_waiter *waiter)
{
	pthread_mutex_lock(&archives.lock);
	archive->waiter = waiter;
	pthread_mutex_unlock(&archives.lock);
}

void rdb_archive_wait_remove(struct rdb_archive *archive, struct rdb_waiter *waiter)
{
	(void)waiter;
	pthread_mutex_lock(&archives.lock);
	archive->waiter = NULL;
	pthread_mutex_unlock(&archives.lock);
}

/* Functions of the mount that this test does not use. */
uint64_t rdb_archive_env_used(struct rdb_archive_env *env)
{
	(void)env;
	return 0;
}

int rdb_archive_find(
	struct rdb_archive *archive, const char *db, const char *file, struct rdb_member *out)
{
	(void)archive, (void)db, (void)file, (void)out;
	return -ENOENT;
}

void rdb_archive_table_facts(
	struct rdb_archive *archive, uint32_t number, struct rdb_table_facts *out)
{
	(void)archive, (void)number, (void)out;
}

int rdb_archive_each_db(struct rdb_archive *archive, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg)
{
	(void)archive, (void)from, (void)emit, (void)arg;
	return -EAGAIN;
}

int rdb_archive_each_member(struct rdb_archive *archive, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg)
{
	(void)archive, (void)db, (void)from, (void)emit, (void)arg;
	return -EAGAIN;
}

int rdb_reader_open(struct rdb_archive *archive, uint32_t number, struct rdb_reader **out)
{
	(void)archive, (void)number, (void)out;
	return -ENOMEM;
}

int rdb_reader_read(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out,
	struct rdb_err *err)
{
	(void)reader, (void)off, (void)len, (void)out, (void)err;
	return -EIO;
}

bool rdb_reader_ready(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out)
{
	(void)reader, (void)off, (void)len, (void)out;
	return false;
}

void rdb_reader_ahead(struct rdb_reader *reader)
{
	(void)reader;
}

size_t rdb_reader_lead(struct rdb_reader *reader)
{
	(void)reader;
	return SIZE_MAX;
}

bool rdb_reader_can_help(struct rdb_reader *reader)
{
	(void)reader;
	return false;
}

bool rdb_reader_help(struct rdb_reader *reader)
{
	(void)reader;
	return false;
}

bool rdb_archive_member_damage(
	struct rdb_archive *archive, uint32_t number, uint64_t offset, struct rdb_damaged_part *out)
{
	(void)archive, (void)number, (void)offset, (void)out;
	return false;
}

void rdb_reader_accept_parts(struct rdb_reader *reader)
{
	(void)reader;
}

void rdb_reader_close(struct rdb_reader *reader)
{
	(void)reader;
}

/* ---- a store of numbered backups ---- */

static const struct rdb_listing *listing;
static atomic_int sources; /* number of open sources */

static void source_close(struct rdb_source *source)
{
	atomic_fetch_sub(&sources, 1);
	free(source);
}

static const struct rdb_source_ops source_ops = {.close = source_close};

static int store_list(struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err)
{
	(void)store, (void)err;
	*out = rdb_listing_ref(listing);
	return 0;
}

static int store_open(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err)
{
	(void)store, (void)entry, (void)err;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return rdb_err_sys(err, ENOMEM, "as the test wants");
	(*out)->ops = &source_ops;
	atomic_fetch_add(&sources, 1);
	return 0;
}

static const struct rdb_store_ops store_ops = {.list = store_list, .open = store_open};
static struct rdb_store store = {.ops = &store_ops, .where = "nowhere"};

/* Replaces the listing by one of count new entries. */
static void list_backups(size_t count)
{
	const struct rdb_entry **entries = calloc(count + 1, sizeof(*entries));

	REQUIRE(entries != NULL);
	for (size_t i = 0; i < count; i++) {
		char name[32], file[64];
		struct rdb_entry like = {.name = name, .file = file, .kind = RDB_ENTRY_ARCHIVE};

		snprintf(name, sizeof(name), "b%05zu", i);
		snprintf(file, sizeof(file), "%s.tar.gz", name);
		entries[i] = rdb_entry_new(&like);
		REQUIRE(entries[i] != NULL);
	}
	if (listing)
		rdb_listing_unref(listing);
	REQUIRE(rdb_listing_new(entries, count, NULL, 0, &listing) == 0);
	for (size_t i = 0; i < count; i++)
		rdb_entry_unref(entries[i]);
	free(entries);
}

/* ---- backups ---- */

static struct rdb_pool *pool;
static struct rdb_backups *backups;
static atomic_int ended, crowded, opened;

static void on_opened(void *arg, struct rdb_backup *backup)
{
	(void)arg, (void)backup;
	atomic_fetch_add(&opened, 1);
}

static void on_ended(void *arg, struct rdb_backup *backup)
{
	(void)arg, (void)backup;
	atomic_fetch_add(&ended, 1);
}

static void on_crowded(void *arg, struct rdb_backup *backup)
{
	(void)arg, (void)backup;
	atomic_fetch_add(&crowded, 1);
}

static void setup_with(size_t count, size_t descriptors)
{
	struct rdb_backups_config config = {.store = &store,
		.opened = on_opened,
		.ended = on_ended,
		.crowded = on_crowded,
		.descriptors = descriptors};

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_INFO);
	archives.error = 0;
	archives.room = 0;
	archives.last = NULL;
	atomic_store(&archives.opens, 0);
	atomic_store(&ended, 0);
	atomic_store(&crowded, 0);
	atomic_store(&opened, 0);
	list_backups(count);
	REQUIRE(rdb_pool_create(4, false, &pool) == 0);
	config.pool = pool;
	REQUIRE(rdb_backups_create(&config, &backups) == 0);
}

static void setup(size_t count)
{
	setup_with(count, 65536);
}

static void teardown(void)
{
	rdb_backups_stop(backups);
	rdb_pool_destroy(pool);
	rdb_backups_destroy(backups);
	rdb_listing_unref(listing);
	listing = NULL;
	CHECK_INT(atomic_load(&archives.open), 0);
	CHECK_INT(atomic_load(&sources), 0);
}

static struct rdb_backup *backup_at(size_t place)
{
	struct rdb_backup *backup;

	REQUIRE(rdb_backups_get(backups, listing->entries[place], &backup) == 0);
	return backup;
}

/* ---- requests ---- */

static int attempt(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	struct rdb_database db;

	return rdb_archive_find_db(archive, wait->name, &db);
}

static void answer(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	(void)wait;
	fuse_reply_err(req, -ret);
}

static const struct rdb_deferred_ops ops = {attempt, answer};

static void ask(struct fuse_req *req, struct rdb_backup *backup, const char *name)
{
	struct rdb_node node = rdb_node_backup(backup);

	fake_req_init(req);
	rdb_deferred_start(&ops, NULL, req, &node, name, NULL);
}

static bool is_scanning(void)
{
	bool scanning;

	pthread_mutex_lock(&archives.lock);
	scanning = archives.last && archives.last->scans > 0;
	pthread_mutex_unlock(&archives.lock);
	return scanning;
}

/* Waits until the request has started the archive's scan. */
static void await_scan(void)
{
	for (int i = 0; i < 120000 && !is_scanning(); i++)
		usleep(1000);
	REQUIRE(is_scanning());
}

/* Advances the scan to this state, with or without the database. */
static void progress(enum rdb_archive_state state, bool known)
{
	struct rdb_waiter *waiter;

	pthread_mutex_lock(&archives.lock);
	archives.last->state = state;
	archives.last->known = known;
	waiter = archives.last->waiter;
	pthread_mutex_unlock(&archives.lock);
	REQUIRE(waiter != NULL);
	waiter->wake(waiter->arg);
}

static void test_a_lookup_waits_for_its_member(void)
{
	struct rdb_backup *backup;
	struct fuse_req req;

	setup(1);
	backup = backup_at(0);
	ask(&req, backup, "blog");
	await_scan();
	progress(RDB_ARCHIVE_SCANNING, false);
	CHECK_INT(atomic_load(&req.answers), 0);
	progress(RDB_ARCHIVE_SCANNING, true);
	CHECK_INT(fake_wait(&req), 0);
	ask(&req, backup, "blog"); /* known by now: answered immediately */
	CHECK_INT(atomic_load(&req.answers), 1);
	CHECK_INT(atomic_load(&archives.opens), 1);
	rdb_backup_unref(backup);
	teardown();
}

static void check_end(enum rdb_archive_state state, int error)
{
	struct rdb_archive_facts facts;
	struct rdb_backup *backup;
	struct fuse_req req;

	setup(1);
	backup = backup_at(0);
	rdb_backup_facts(backup, &facts);
	CHECK_INT(facts.state, RDB_ARCHIVE_UNVERIFIED);
	ask(&req, backup, "nothing");
	await_scan();
	progress(state, false);
	CHECK_INT(fake_wait(&req), error);
	for (int i = 0; i < 120000 && !atomic_load(&ended); i++)
		usleep(1000);
	CHECK_INT(atomic_load(&ended), 1);
	rdb_backup_facts(backup, &facts);
	CHECK_INT(facts.state, state);
	CHECK(rdb_backup_ended(backup));
	rdb_backup_unref(backup);
	teardown();
}

static void test_the_end_of_the_scan_answers(void)
{
	check_end(RDB_ARCHIVE_OK, ENOENT);
	check_end(RDB_ARCHIVE_DAMAGED, EIO);
	check_end(RDB_ARCHIVE_UNREADABLE, EIO);
}

static int attempt_end(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	CHECK_INT(wait->len, 10);
	CHECK_INT(wait->off, 90);
	rdb_archive_facts(archive, &facts);
	return facts.state == RDB_ARCHIVE_OK ? 0 : -EAGAIN;
}

/* Reads that wait for the archive's checksum at the end of a table are counted for
 * .rdbfs/status. */
static void test_reads_that_are_held_are_counted(void)
{
	static const struct rdb_deferred_ops end = {attempt_end, answer};
	struct rdb_file file = {.handle = {.refs = 1}};
	struct rdb_backup *backup;
	struct fuse_req reqs[2];

	setup(1);
	backup = backup_at(0);
	file.node = rdb_node_archive(backup);
	for (int i = 0; i < 2; i++) {
		fake_req_init(&reqs[i]);
		rdb_deferred_read(&end, &file, &reqs[i], 10, 90);
	}
	await_scan();
	CHECK_INT(atomic_load(&backup->held), 2);
	progress(RDB_ARCHIVE_SCANNING, true);
	CHECK_INT(atomic_load(&backup->held), 2);
	progress(RDB_ARCHIVE_OK, true);
	for (int i = 0; i < 2; i++)
		CHECK_INT(fake_wait(&reqs[i]), 0);
	for (int i = 0; i < 120000 && atomic_load(&backup->held) > 0; i++)
		usleep(1000);
	CHECK_INT(atomic_load(&backup->held), 0);
	CHECK_INT(atomic_load(&file.handle.refs), 1);
	rdb_backup_unref(backup);
	teardown();
}

static void test_many_wait_for_one_opening(void)
{
	struct rdb_backup *backup;
	struct fuse_req reqs[50];

	setup(1);
	backup = backup_at(0);
	for (int i = 0; i < 50; i++)
		ask(&reqs[i], backup, i % 2 ? "blog" : "nothing");
	await_scan();
	progress(RDB_ARCHIVE_OK, true);
	for (int i = 0; i < 50; i++)
		CHECK_INT(fake_wait(&reqs[i]), i % 2 ? 0 : ENOENT);
	CHECK_INT(atomic_load(&archives.opens), 1);
	rdb_backup_unref(backup);
	teardown();
}

/* Waits until the request was answered or has started the archive's scan; returns true for the
 * scan. */
static bool await_scan_or_answer(struct fuse_req *req)
{
	for (int i = 0; i < 120000 && !is_scanning() && !atomic_load(&req->answers); i++)
		usleep(1000);
	return is_scanning();
}

/* Sends a request with a limited number of allocations for the mount; returns its answer. */
static int ask_with_memory(long granted)
{
	struct rdb_backup *backup;
	struct fuse_req req;
	int error;

	setup(1);
	REQUIRE(rdb_pool_start(pool) == 0);
	backup = backup_at(0);
	refuse_memory_after(granted);
	ask(&req, backup, "blog");
	if (await_scan_or_answer(&req))
		progress(RDB_ARCHIVE_OK, true);
	error = fake_wait(&req);
	CHECK_INT(atomic_load(&req.answers), 1);
	refuse_nothing();
	rdb_backup_unref(backup);
	teardown();
	return error;
}

static void test_refused_memory_answers(void)
{
	int error = ENOMEM;
	long granted = 0;

	for (; granted < 100 && error == ENOMEM; granted++)
		error = ask_with_memory(granted);
	CHECK_INT(error, 0);
	CHECK(granted > 3);
}

/* Waiting requests are answered without memory or another thread. */
static void test_waiting_requests_need_no_memory(void)
{
	struct rdb_backup *backup;
	struct fuse_req reqs[10];

	setup(1);
	REQUIRE(rdb_pool_start(pool) == 0);
	backup = backup_at(0);
	atomic_store(&refuse_threads, true);
	for (int i = 0; i < 10; i++)
		ask(&reqs[i], backup, "blog");
	await_scan();
	refuse_memory_after(0);
	progress(RDB_ARCHIVE_SCANNING, true);
	for (int i = 0; i < 10; i++)
		CHECK_INT(fake_wait(&reqs[i]), 0);
	refuse_nothing();
	rdb_backup_unref(backup);
	teardown();
}

static void test_refused_threads_answer(void)
{
	struct rdb_backup *backup;
	struct fuse_req req;

	setup(1);
	backup = backup_at(0);
	atomic_store(&refuse_threads, true);
	ask(&req, backup, "blog");
	CHECK_INT(fake_wait(&req), ENOMEM);
	refuse_nothing();
	rdb_backup_unref(backup);
	teardown();
}

static void test_the_next_request_retries_a_failed_opening(void)
{
	struct rdb_archive_facts facts;
	struct rdb_backup *backup;
	struct fuse_req req;

	setup(1);
	backup = backup_at(0);
	archives.error = EIO;
	ask(&req, backup, "blog");
	CHECK_INT(fake_wait(&req), EIO);
	CHECK_INT(atomic_load(&archives.opens), 1);
	rdb_backup_facts(backup, &facts);
	CHECK_INT(facts.state, RDB_ARCHIVE_UNREACHABLE);
	CHECK(strstr(facts.error.text, "as the test wants; check the credentials"));
	archives.error = ENOMEM;
	ask(&req, backup, "blog");
	CHECK_INT(fake_wait(&req), ENOMEM);
	rdb_backup_facts(backup, &facts);
	CHECK_INT(facts.state, RDB_ARCHIVE_UNVERIFIED);
	archives.error = EACCES;
	ask(&req, backup, "blog");
	CHECK_INT(fake_wait(&req), EIO);
	rdb_backup_facts(backup, &facts);
	CHECK_INT(facts.state, RDB_ARCHIVE_UNREACHABLE);
	archives.error = 0;
	ask(&req, backup, "blog");
	await_scan();
	progress(RDB_ARCHIVE_OK, true);
	CHECK_INT(fake_wait(&req), 0);
	rdb_backup_unref(backup);
	teardown();
}

static void test_a_replaced_backup_is_stale(void)
{
	struct rdb_backup *backup;
	struct fuse_req req;

	setup(1);
	backup = backup_at(0);
	list_backups(1);
	ask(&req, backup, "blog");
	CHECK_INT(fake_wait(&req), ESTALE);
	CHECK_INT(atomic_load(&archives.opens), 0);
	rdb_backup_unref(backup);
	teardown();
}

static void test_an_interrupted_request_gets_eintr_once(void)
{
	struct rdb_backup *backup;
	struct fuse_req req, other;

	setup(1);
	backup = backup_at(0);
	ask(&req, backup, "nothing");
	ask(&other, backup, "nothing");
	await_scan();
	fake_interrupt(&req);
	CHECK_INT(fake_wait(&req), EINTR);
	progress(RDB_ARCHIVE_OK, false);
	CHECK_INT(fake_wait(&other), ENOENT);
	CHECK_INT(atomic_load(&req.answers), 1);
	rdb_backup_unref(backup);
	teardown();
}

static struct fuse_req interrupted_req;
static int answers_before; /* answers when the interruption was reported */

static int wait_always(struct rdb_request *request)
{
	(void)request;
	return RDB_REQUEST_WAITS;
}

static void note_answers(struct rdb_request *request)
{
	(void)request;
	answers_before = atomic_load(&interrupted_req.answers);
}

static void free_nothing(struct rdb_request *request)
{
	(void)request;
}

/* A program that has the answer may close its file, and the close asks for the interruption. */
static void test_an_interruption_is_reported_before_its_answer(void)
{
	static const struct rdb_request_ops noting_ops = {
		.attempt = wait_always, .interrupted = note_answers, .free = free_nothing};
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct rdb_request_queue queue;
	struct rdb_request request;

	for (int waiting = 0; waiting < 2; waiting++) {
		rdb_request_queue_init(&queue, &lock);
		fake_req_init(&interrupted_req);
		interrupted_req.interrupted = !waiting;
		answers_before = -1;
		rdb_request_start(&request, &noting_ops, &queue, &interrupted_req);
		if (waiting)
			fake_interrupt(&interrupted_req);
		CHECK_INT(fake_wait(&interrupted_req), EINTR);
		CHECK_INT(answers_before, 0);
	}
}

static void test_the_end_of_the_mount_answers_all(void)
{
	struct rdb_backup *backup;
	struct fuse_req req;

	setup(1);
	backup = backup_at(0);
	ask(&req, backup, "nothing");
	await_scan();
	rdb_backups_stop(backups);
	CHECK_INT(fake_wait(&req), ENOTCONN);
	ask(&req, backup, "nothing");
	CHECK_INT(fake_wait(&req), ENOTCONN);
	rdb_backup_unref(backup);
	teardown();
}

/* Opens a backup and waits until it is open. */
static void open_backup(struct rdb_backup *backup)
{
	struct rdb_archive *archive;
	uint64_t ticket = 0;
	int ret;

	while ((ret = rdb_backup_open(backup, &ticket, &archive)) == -EAGAIN)
		usleep(100);
	REQUIRE(ret == 0);
}

static void open_and_leave(size_t place)
{
	struct rdb_backup *backup = backup_at(place);

	rdb_backup_use(backup);
	open_backup(backup);
	rdb_backup_unuse(backup);
	rdb_backup_unref(backup);
}

static void test_idle_open_archives_are_limited(void)
{
	struct rdb_backup *backup;

	setup(40);
	for (size_t i = 0; i < 40; i++)
		open_and_leave(i);
	for (int i = 0; i < 120000 && atomic_load(&archives.open) > 16; i++)
		usleep(1000);
	CHECK_INT(atomic_load(&archives.open), 16);
	CHECK_INT(atomic_load(&crowded), 0);
	backup = backup_at(39); /* still open */
	rdb_backup_use(backup);
	open_backup(backup);
	CHECK_INT(atomic_load(&archives.opens), 40);
	rdb_backup_unuse(backup);
	rdb_backup_unref(backup);
	teardown();
}

static void test_too_many_archives_in_use_are_reported(void)
{
	struct rdb_backup *used[70];

	setup(70);
	for (size_t i = 0; i < 70; i++) {
		used[i] = backup_at(i);
		rdb_backup_use(used[i]);
		open_backup(used[i]);
	}
	for (int i = 0; i < 120000 && atomic_load(&opened) < 70; i++)
		usleep(1000);
	CHECK_INT(atomic_load(&archives.open), 70);
	CHECK_INT(atomic_load(&crowded), 5);
	for (size_t i = 0; i < 70; i++) {
		rdb_backup_unuse(used[i]);
		rdb_backup_unref(used[i]);
	}
	teardown();
}

static void test_few_descriptors_are_few_archives(void)
{
	struct rdb_backup *used[20];

	setup_with(20, 20); /* two idle archives out of ten */
	for (size_t i = 0; i < 20; i++) {
		used[i] = backup_at(i);
		rdb_backup_use(used[i]);
		open_backup(used[i]);
	}
	for (int i = 0; i < 120000 && atomic_load(&opened) < 20; i++)
		usleep(1000);
	CHECK_INT(atomic_load(&crowded), 11);
	for (size_t i = 0; i < 20; i++) {
		rdb_backup_unuse(used[i]);
		rdb_backup_unref(used[i]);
	}
	for (int i = 0; i < 120000 && atomic_load(&archives.open) > 2; i++)
		usleep(1000);
	CHECK_INT(atomic_load(&archives.open), 2);
	teardown();
}

/* Other parts of the program need descriptors too. */
/* Frees descriptors after opening has failed for lack of them a few times. */
static void *give_descriptors_back(void *arg)
{
	(void)arg;
	for (int i = 0; i < 120000 && atomic_load(&archives.opens) < 4; i++)
		usleep(1000);
	pthread_mutex_lock(&archives.lock);
	archives.error = 0;
	pthread_mutex_unlock(&archives.lock);
	return NULL;
}

static void test_an_idle_archive_makes_room(void)
{
	struct rdb_backup *used, *other;
	struct rdb_archive *archive;
	pthread_t other_program;

	setup(20);
	archives.room = 10;
	used = backup_at(0);
	rdb_backup_use(used);
	open_backup(used);
	for (size_t i = 1; i < 20; i++)
		open_and_leave(i);
	CHECK_INT(atomic_load(&archives.open), 10);
	CHECK(atomic_load(&crowded) > 0); /* the kernel must forget the backup in use */
	archives.error = EMFILE;          /* closing one does not help: wait for others */
	atomic_store(&archives.opens, 0);
	REQUIRE(pthread_create(&other_program, NULL, give_descriptors_back, NULL) == 0);
	other = backup_at(1);
	rdb_backup_use(other);
	CHECK_INT(rdb_backup_open_wait(other, &archive), 0);
	CHECK(atomic_load(&archives.opens) > 4);
	pthread_join(other_program, NULL);
	rdb_backup_unuse(other);
	rdb_backup_unref(other);
	rdb_backup_unuse(used);
	rdb_backup_unref(used);
	teardown();
}

static void count_up(void *arg, struct rdb_backup *backup)
{
	(void)backup;
	++*(int *)arg;
}

static void test_a_vanished_archive_is_reported_once(void)
{
	struct rdb_backup *first, *second;
	int vanished = 0;

	setup(2);
	first = backup_at(0);
	second = backup_at(1);
	CHECK_INT(rdb_backups_changed(backups, listing, count_up, &vanished), 0);
	CHECK_INT(vanished, 0);
	CHECK_INT(rdb_backups_changed(backups, NULL, count_up, &vanished), 0);
	CHECK_INT(vanished, 2); /* unreadable store: every name is invalid */
	vanished = 0;
	list_backups(2);
	CHECK_INT(rdb_backups_changed(backups, listing, count_up, &vanished), 0);
	CHECK_INT(vanished, 2); /* equal names, but other backups */
	CHECK_INT(rdb_backups_changed(backups, listing, count_up, &vanished), 0);
	CHECK_INT(vanished, 2);
	rdb_backup_unref(first);
	rdb_backup_unref(second);
	teardown();
}

static void await(atomic_int *number, int value)
{
	for (int i = 0; i < 120000 && atomic_load(number) != value; i++)
		usleep(1000);
	CHECK_INT(atomic_load(number), value);
}

/* Idle backups are closed; if the kernel knows nodes, only the bytes are released; a backup being
 * read stays. */
static void test_a_removed_archive_is_closed(void)
{
	struct rdb_archive *archive;
	struct rdb_backup *backup[3];
	int vanished = 0;

	setup(3);
	for (size_t i = 0; i < 3; i++) {
		backup[i] = backup_at(i);
		rdb_backup_use_node(backup[i]);
		REQUIRE(rdb_backup_open_wait(backup[i], &archive) == 0);
	}
	rdb_backup_unuse_node(backup[0]);
	rdb_backup_use(backup[2]);
	await(&sources, 3);
	list_backups(0);
	CHECK_INT(rdb_backups_changed(backups, listing, count_up, &vanished), 0);
	CHECK_INT(vanished, 3);
	await(&sources, 1);
	await(&archives.open, 2);
	CHECK(backup[1]->retired);
	CHECK(backup[2]->gone);
	CHECK(!backup[2]->retired);
	rdb_backup_unuse(backup[2]);
	await(&sources, 0);
	rdb_backup_unuse_node(backup[1]);
	rdb_backup_unuse_node(backup[2]);
	await(&archives.open, 0);
	for (size_t i = 0; i < 3; i++)
		rdb_backup_unref(backup[i]);
	teardown();
}

static void test_known_facts_outlive_the_open_archive(void)
{
	struct rdb_archive_facts facts;
	struct rdb_backup *backup;
	struct fuse_req req;
	uint64_t id;
	int vanished = 0;

	setup(1);
	backup = backup_at(0);
	id = backup->id;
	ask(&req, backup, "blog");
	await_scan();
	progress(RDB_ARCHIVE_DAMAGED, true);
	CHECK_INT(fake_wait(&req), 0);
	for (int i = 0; i < 120000 && !atomic_load(&ended); i++)
		usleep(1000);
	rdb_backup_unref(backup);
	backup = rdb_backups_find(backups, id);
	REQUIRE(backup != NULL);
	rdb_backup_facts(backup, &facts);
	CHECK_INT(facts.state, RDB_ARCHIVE_DAMAGED);
	list_backups(0);
	CHECK_INT(rdb_backups_changed(backups, listing, count_up, &vanished), 0);
	CHECK_INT(vanished, 1);
	rdb_backup_unref(backup);
	teardown();
}

int main(void)
{
	RUN(test_a_lookup_waits_for_its_member);
	RUN(test_the_end_of_the_scan_answers);
	RUN(test_reads_that_are_held_are_counted);
	RUN(test_many_wait_for_one_opening);
	RUN(test_refused_memory_answers);
	RUN(test_waiting_requests_need_no_memory);
	RUN(test_refused_threads_answer);
	RUN(test_the_next_request_retries_a_failed_opening);
	RUN(test_a_replaced_backup_is_stale);
	RUN(test_an_interrupted_request_gets_eintr_once);
	RUN(test_an_interruption_is_reported_before_its_answer);
	RUN(test_the_end_of_the_mount_answers_all);
	RUN(test_idle_open_archives_are_limited);
	RUN(test_too_many_archives_in_use_are_reported);
	RUN(test_few_descriptors_are_few_archives);
	RUN(test_an_idle_archive_makes_room);
	RUN(test_a_vanished_archive_is_reported_once);
	RUN(test_a_removed_archive_is_closed);
	RUN(test_known_facts_outlive_the_open_archive);
	CHECK_EXIT();
}
