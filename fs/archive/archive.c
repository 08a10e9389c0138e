#include "archive/archive.h"

#include "archive/archive_private.h"
#include "archive/archive_scan.h"
#include "archive/embedded.h"
#include "archive/folder.h"
#include "base/log.h"
#include "index/damage.h"
#include "index/index_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URGENT_SCANS 4
#define READERS_GAP 20 /* ms without a read after which an idle scan continues */
#define CALM 64        /* chunks without waiters until idle priority */
#define CALM_BRIEF 8   /* the number of such chunks while streams are being read */

/* ---- the environment ---- */

int rdb_archive_env_create(const struct rdb_archive_env_options *options,
	struct rdb_archive_env **out, struct rdb_err *err)
{
	struct rdb_archive_env *env = calloc(1, sizeof(*env));
	struct rdb_err why = {0};

	if (!env)
		return rdb_err_sys(err, ENOMEM, "archives");
	env->index_dir = -1;
	env->allow_damaged = options->allow_damaged;
	env->verify = options->verify;
	if (rdb_stream_cache_create(
		    options->cache_size, options->budget, options->decoders, &env->cache) != 0 ||
		rdb_pool_create(URGENT_SCANS, false, &env->urgent) != 0 ||
		rdb_pool_create(1, true, &env->low) != 0) {
		rdb_archive_env_destroy(env);
		return rdb_err_sys(err, ENOMEM, "archives");
	}
	if (options->index_dir && rdb_index_folder(options->index_dir, &env->index_dir, &why) != 0)
		rdb_log_warning("%s; archives will be scanned anew after each start", why.text);
	if (env->index_dir >= 0)
		rdb_prune(env->index_dir, time(NULL), RDB_PRUNE_BYTES);
	*out = env;
	return 0;
}

void rdb_archive_env_destroy(struct rdb_archive_env *env)
{
	if (!env)
		return;
	rdb_pool_destroy(env->low); /* its tasks move to the urgent pool */
	rdb_pool_destroy(env->urgent);
	rdb_stream_cache_free(env->cache);
	if (env->index_dir >= 0)
		close(env->index_dir);
	free(env);
}

uint64_t rdb_archive_env_used(struct rdb_archive_env *env)
{
	return rdb_stream_cache_used(env->cache);
}

const char *rdb_archive_state_name(enum rdb_archive_state state)
{
	static const char *const names[] = {"unverified", "indexing", "ok", "damaged", "damaged"};

	return names[state];
}

void rdb_archive_state_text(const struct rdb_archive_facts *facts, char out[RDB_ARCHIVE_STATE_TEXT])
{
	const char *name = rdb_archive_state_name(facts->state);

	if (facts->state == RDB_ARCHIVE_DAMAGED && facts->damaged > 0)
		snprintf(out, RDB_ARCHIVE_STATE_TEXT, "%s: %" PRIu64 " of %" PRIu64 " tables", name,
			facts->damaged, facts->tables);
	else
		snprintf(out, RDB_ARCHIVE_STATE_TEXT, "%s", name);
}

/* ---- opening and closing ---- */

static void archive_free(struct rdb_archive *archive)
{
	rdb_stream_cache_forget(archive->env->cache, &archive->content);
	rdb_scan_free(archive->scan);
	rdb_known_keys_free_all(archive);
	rdb_index_free(archive->content.index);
	rdb_catalog_free(archive->catalog);
	rdb_source_close(archive->content.source);
	if (archive->dirfd >= 0)
		close(archive->dirfd);
	pthread_mutex_destroy(&archive->lock);
	pthread_mutex_destroy(&archive->wake_lock);
	pthread_mutex_destroy(&archive->keys_lock);
	pthread_cond_destroy(&archive->keys_changed);
	free(archive->name);
	free(archive);
}

static int archive_create(struct rdb_archive_env *env, const char *name, struct rdb_archive **out)
{
	struct rdb_archive *archive = calloc(1, sizeof(*archive));

	if (!archive)
		return -ENOMEM;
	archive->env = env;
	archive->dirfd = -1;
	archive->refs = 1;
	pthread_mutex_init(&archive->lock, NULL);
	pthread_mutex_init(&archive->wake_lock, NULL);
	pthread_mutex_init(&archive->keys_lock, NULL);
	pthread_cond_init(&archive->keys_changed, NULL);
	archive->name = strdup(name);
	if (!archive->name || rdb_catalog_create(&archive->catalog) != 0) {
		archive_free(archive);
		return -ENOMEM;
	}
	archive->content.name = archive->name;
	archive->content.lenient = env->allow_damaged;
	*out = archive;
	return 0;
}

/* Stores the outcome of this or an earlier scan. The caller holds the lock, or is the only user. */
static void set_outcome(struct rdb_archive *archive, const struct rdb_scan_outcome *outcome)
{
	static const enum rdb_archive_state states[] = {
		[RDB_OUTCOME_OPEN] = RDB_ARCHIVE_UNVERIFIED,
		[RDB_OUTCOME_OK] = RDB_ARCHIVE_OK,
		[RDB_OUTCOME_DAMAGED] = RDB_ARCHIVE_DAMAGED,
		[RDB_OUTCOME_UNREADABLE] = RDB_ARCHIVE_UNREADABLE,
	};

	archive->outcome = *outcome;
	archive->state = states[outcome->end];
}

/* Opens an empty catalogue and index, and removes the index file. */
static int open_empty(struct rdb_archive *archive, const unsigned char key[RDB_INDEX_KEY])
{
	struct rdb_scan_outcome outcome;
	int ret;

	rdb_index_free(archive->content.index);
	archive->content.index = NULL;
	rdb_catalog_free(archive->catalog);
	archive->catalog = NULL;
	rdb_index_forget(archive->env->index_dir, key);
	ret = rdb_catalog_create(&archive->catalog);
	if (ret == 0)
		ret = rdb_index_open(archive->env->index_dir, key, archive->catalog,
			&archive->content.index, &archive->resume, &outcome);
	if (ret == 0)
		set_outcome(archive, &outcome);
	return ret;
}

/* Loads the index from the cache. An index that contradicts itself is discarded. */
static int open_index(struct rdb_archive *archive, const unsigned char key[RDB_INDEX_KEY])
{
	struct rdb_scan_outcome outcome;
	int ret = rdb_index_open(archive->env->index_dir, key, archive->catalog,
		&archive->content.index, &archive->resume, &outcome);

	if (ret == -EINVAL)
		return open_empty(archive, key);
	if (ret != 0)
		return ret;
	set_outcome(archive, &outcome);
	memcpy(archive->server, outcome.server, sizeof(archive->server));
	if (outcome.end == RDB_OUTCOME_OPEN || rdb_index_is_embedded(archive->content.index))
		return 0;
	return rdb_catalog_complete(archive->catalog);
}

/* Loads the index embedded in the archive. Whether the archive is undamaged only the cache may
 * know. */
static int open_embedded(struct rdb_archive *archive, const unsigned char key[RDB_INDEX_KEY])
{
	bool is_known = rdb_index_is_embedded(archive->content.index);
	struct rdb_embed embed;
	int ret = rdb_embedded_read(archive, &embed);

	if (ret == -ENOENT)
		return is_known ? open_empty(archive, key) : 0;
	if (ret != 0)
		return ret;
	if (!is_known)
		ret = open_empty(archive, key);
	if (ret == 0) {
		rdb_index_embed(archive->content.index);
		ret = rdb_embedded_fill(archive, &embed);
	}
	archive->checked = ret == 0;
	if (ret == -EINVAL)
		ret = open_empty(archive, key);
	rdb_embed_free(&embed);
	return ret;
}

static void set_nest(struct rdb_content *content, const struct rdb_nest *nest)
{
	content->nest = *nest;
	content->format = RDB_FORMAT_NESTED;
}

/* An archive inside an uncompressed one is a byte range of its source. */
static int enter_plain(struct rdb_content *content)
{
	struct rdb_nest nest;
	struct rdb_source *whole = content->source;
	int ret = rdb_nest_detect(whole, content->format, &nest);

	if (ret != 1)
		return ret;
	content->source = NULL;
	content->format = nest.inner;
	return rdb_nest_slice(whole, nest.offset, nest.size, &content->source);
}

/* An archive inside a compressed one is decoded from the outer archive's content. A cached index
 * records whether the archive is nested. */
static int enter_compressed(struct rdb_archive *archive)
{
	struct rdb_content *content = &archive->content;
	struct rdb_nest nest;
	int ret;

	if (archive->resume.nested)
		set_nest(content, &archive->resume.nest);
	if (archive->outcome.end != RDB_OUTCOME_OPEN || archive->resume.valid ||
		rdb_catalog_is_complete(archive->catalog))
		return 0;
	ret = rdb_nest_detect(content->source, content->format, &nest);
	if (ret != 1)
		return ret;
	set_nest(content, &nest);
	rdb_index_nest(content->index, &nest);
	return 0;
}

static int open_content(struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_content *content = &archive->content;
	unsigned char *key = archive->key;
	int ret = rdb_format_detect(content->source, &content->format, err);

	if (ret == 0 && content->format == RDB_FORMAT_PLAIN && enter_plain(content) != 0)
		ret = rdb_err_sys(err, ENOMEM, "%s", archive->name);
	if (ret == 0)
		ret = rdb_index_key(content->source, key, err);
	if (ret != 0)
		return ret;
	ret = open_index(archive, key);
	if (ret == 0 && content->format == RDB_FORMAT_GZIP &&
		(archive->outcome.end == RDB_OUTCOME_OPEN || rdb_index_is_embedded(content->index)))
		ret = open_embedded(archive, key);
	if (ret == 0 && content->format != RDB_FORMAT_PLAIN)
		ret = enter_compressed(archive);
	if (ret == 0 && archive->state == RDB_ARCHIVE_DAMAGED)
		rdb_damage_mark(content->index, archive->catalog);
	if (ret == 0 && archive->resume.top[0])
		rdb_catalog_set_top(archive->catalog, archive->resume.top);
	return ret == 0 ? 0 : rdb_err_sys(err, -ret, "%s", archive->name);
}

int rdb_archive_open(struct rdb_archive_env *env, struct rdb_source *source, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_archive *archive;
	int ret = archive_create(env, name, &archive);

	if (ret != 0) {
		rdb_source_close(source);
		return rdb_err_sys(err, -ret, "%s", name);
	}
	archive->content.source = source;
	ret = open_content(archive, err);
	if (ret != 0) {
		archive_free(archive);
		return ret == -ENOMEM ? ret : -EIO;
	}
	*out = archive;
	return 0;
}

int rdb_archive_open_dir(struct rdb_archive_env *env, int dirfd, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_archive *archive;
	int ret = archive_create(env, name, &archive);

	if (ret != 0) {
		close(dirfd);
		return rdb_err_sys(err, -ret, "%s", name);
	}
	archive->dirfd = dirfd;
	*out = archive;
	return 0;
}

int rdb_archive_open_fd(struct rdb_archive_env *env, int fd, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_source *source;
	struct stat st;
	int ret;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return rdb_archive_open_dir(env, fd, name, out, err);
	ret = rdb_source_file(fd, name, &source, err);
	return ret ? ret : rdb_archive_open(env, source, name, out, err);
}

struct rdb_archive *rdb_archive_ref(struct rdb_archive *archive)
{
	pthread_mutex_lock(&archive->lock);
	archive->refs++;
	pthread_mutex_unlock(&archive->lock);
	return archive;
}

/* Frees the archive when neither users nor a scan remain. The caller holds the lock; it is
 * released. */
static void release(struct rdb_archive *archive)
{
	bool last = archive->refs == 0 && archive->tasks == 0;

	pthread_mutex_unlock(&archive->lock);
	if (last)
		archive_free(archive);
}

void rdb_archive_unref(struct rdb_archive *archive)
{
	if (!archive)
		return;
	pthread_mutex_lock(&archive->lock);
	archive->refs--;
	release(archive);
}

/* ---- the scan's threads ---- */

static void wake_all(struct rdb_archive *archive)
{
	struct rdb_waiter *next;

	pthread_mutex_lock(&archive->wake_lock);
	for (struct rdb_waiter *waiter = archive->waiters; waiter; waiter = next) {
		next = waiter->next;
		waiter->wake(waiter->arg);
	}
	pthread_mutex_unlock(&archive->wake_lock);
}

/* Waiting requests that need more must ask for urgency again. */
static void found(void *arg)
{
	struct rdb_archive *archive = arg;

	pthread_mutex_lock(&archive->lock);
	archive->urgent = false;
	archive->calm = 0;
	pthread_mutex_unlock(&archive->lock);
	wake_all(archive);
}

static bool is_abandoned(void *arg)
{
	struct rdb_archive *archive = arg;
	bool abandoned;

	pthread_mutex_lock(&archive->lock);
	abandoned = archive->refs == 0;
	pthread_mutex_unlock(&archive->lock);
	return abandoned;
}

static bool somebody_reads(const struct rdb_archive *archive)
{
	return rdb_stream_cache_active(archive->env->cache, READERS_GAP);
}

/* The caller holds the lock. */
static bool is_urgent(const struct rdb_archive *archive)
{
	return archive->urgent || archive->awaited > 0;
}

/* Returns whether no user is left, or the scan runs on the wrong kind of thread. The caller holds
 * the lock. */
static bool is_misplaced(const struct rdb_archive *archive)
{
	if (archive->refs == 0)
		return true;
	if (archive->running_low)
		return is_urgent(archive);
	if (archive->awaited > 0)
		return false;
	return archive->calm > CALM || (archive->calm > CALM_BRIEF && somebody_reads(archive));
}

/* Pause for readers: a thread on the same core slows them down even at idle priority. */
static void let_readers_go_first(struct rdb_archive *archive)
{
	const struct timespec nap = {.tv_nsec = 5000000};
	bool misplaced = false;

	while (!misplaced && somebody_reads(archive)) {
		nanosleep(&nap, NULL);
		pthread_mutex_lock(&archive->lock);
		misplaced = is_misplaced(archive);
		pthread_mutex_unlock(&archive->lock);
	}
}

static bool should_pause(void *arg)
{
	struct rdb_archive *archive = arg;
	bool pause;

	if (archive->running_low)
		let_readers_go_first(archive);
	pthread_mutex_lock(&archive->lock);
	if (is_urgent(archive))
		archive->calm = 0;
	else
		archive->calm++;
	pause = is_misplaced(archive);
	pthread_mutex_unlock(&archive->lock);
	return pause;
}

/* Completes the catalogue, after which listings are possible and waiters stop waiting. The outcome
 * is set before: a thread that finds the catalogue complete must also find its outcome. */
static void complete(struct rdb_archive *archive, const struct rdb_scan_outcome *outcome)
{
	pthread_mutex_lock(&archive->lock);
	archive->outcome = *outcome;
	pthread_mutex_unlock(&archive->lock);
	if (rdb_catalog_complete(archive->catalog) == 0)
		return;
	pthread_mutex_lock(&archive->lock);
	archive->outcome.end = RDB_OUTCOME_UNREADABLE;
	rdb_err_sys(&archive->outcome.error, ENOMEM, "its listing");
	pthread_mutex_unlock(&archive->lock);
}

static void scan_ended(struct rdb_archive *archive)
{
	struct rdb_scan_outcome outcome;

	pthread_mutex_lock(&archive->lock);
	outcome = archive->outcome;
	set_outcome(archive, &outcome);
	pthread_mutex_unlock(&archive->lock);
}

static int create_scan(struct rdb_archive *archive)
{
	const struct rdb_scan_hooks hooks = {found, should_pause, archive};
	struct rdb_scan *scan;
	int ret;

	if (archive->scan)
		return 0;
	ret = rdb_scan_create(&archive->content, archive->catalog, &archive->resume, &hooks, &scan);
	if (ret != 0)
		return ret;
	pthread_mutex_lock(&archive->lock);
	archive->scan = scan;
	pthread_mutex_unlock(&archive->lock);
	return 0;
}

/* Marks the damaged tables. For an archive with checksums of its parts the outcome contains their
 * number. */
static void note_damage(struct rdb_archive *archive, struct rdb_scan_outcome *outcome)
{
	if (outcome->end != RDB_OUTCOME_DAMAGED)
		return;
	rdb_damage_mark(archive->content.index, archive->catalog);
	if (archive->checked && !outcome->passing)
		rdb_damage_words(archive->content.index, archive->catalog, &outcome->error);
}

/* Returns true when the scan has ended. */
static bool scan_archive(struct rdb_archive *archive)
{
	struct rdb_scan_outcome outcome = {.end = RDB_OUTCOME_UNREADABLE};
	struct rdb_scan *scan;

	if (create_scan(archive) != 0)
		rdb_err_sys(&outcome.error, ENOMEM, "its scan");
	else if (rdb_scan_run(archive->scan, &outcome) == RDB_SCAN_PAUSED)
		return false;
	memcpy(outcome.server, archive->server, sizeof(outcome.server));
	note_damage(archive, &outcome);
	if (outcome.error.code != ENOMEM && !outcome.passing)
		rdb_index_ended(archive->content.index, &outcome);
	complete(archive, &outcome);
	scan_ended(archive);
	pthread_mutex_lock(&archive->lock);
	scan = archive->scan;
	archive->scan = NULL;
	pthread_mutex_unlock(&archive->lock);
	rdb_scan_free(scan);
	return true;
}

static void list_folder(struct rdb_archive *archive)
{
	struct rdb_scan_outcome outcome = {.end = RDB_OUTCOME_OK};
	uint64_t tables, documents;
	int ret = rdb_folder_list(archive->dirfd, archive->name, archive->catalog, &outcome.error);

	rdb_catalog_totals(archive->catalog, &tables, &documents);
	if (ret != 0)
		outcome.end = RDB_OUTCOME_DAMAGED;
	if (tables == 0)
		outcome.end = RDB_OUTCOME_UNREADABLE;
	if (tables == 0 && ret == 0)
		rdb_err_set(&outcome.error, EIO, "no table in it");
	complete(archive, &outcome);
}

/* A folder is listed at once; its documents are counted afterwards. */
static bool scan_folder(struct rdb_archive *archive)
{
	if (!rdb_catalog_is_complete(archive->catalog)) {
		list_folder(archive);
		wake_all(archive);
	}
	rdb_folder_count(archive->dirfd, archive->name, archive->catalog, is_abandoned, archive);
	scan_ended(archive);
	return true;
}

static void run_urgent(void *arg);
static void run_low(void *arg);

/* Starts the scan in the pool that fits its urgency; if that one has no thread, in the other. The
 * caller holds the lock. Returns 0, or -ENOMEM: neither can run the scan now, and the next request
 * for the scan tries again. */
static int start(struct rdb_archive *archive)
{
	struct rdb_archive_env *env = archive->env;
	bool urgent = is_urgent(archive);
	int ret = urgent ? rdb_pool_run(env->urgent, run_urgent, archive)
			 : rdb_pool_run(env->low, run_low, archive);

	if (ret != 0)
		ret = urgent ? rdb_pool_run(env->low, run_urgent, archive)
			     : rdb_pool_run(env->urgent, run_low, archive);
	archive->state = ret == 0 ? RDB_ARCHIVE_SCANNING : RDB_ARCHIVE_UNVERIFIED;
	archive->tasks += ret == 0;
	return ret == 0 ? 0 : -ENOMEM;
}

/*
 * Runs the scan unless another task does. A task of idle priority hands the scan to an urgent task,
 * even half-way. Called with the lock held; releases it.
 */
static void run_scan(struct rdb_archive *archive, bool low)
{
	bool news = false;

	if (!archive->running && archive->state == RDB_ARCHIVE_SCANNING && archive->refs > 0 &&
		!(low && is_urgent(archive))) {
		archive->running = true;
		archive->running_low = low;
		pthread_mutex_unlock(&archive->lock);
		news = archive->dirfd >= 0 ? scan_folder(archive) : scan_archive(archive);
		pthread_mutex_lock(&archive->lock);
		archive->running = false;
		if (!news && archive->refs > 0)
			news = start(archive) != 0;
	}
	if (news) {
		pthread_mutex_unlock(&archive->lock);
		wake_all(archive);
		pthread_mutex_lock(&archive->lock);
	}
	archive->tasks--;
	release(archive);
}

static void run_urgent(void *arg)
{
	struct rdb_archive *archive = arg;

	pthread_mutex_lock(&archive->lock);
	run_scan(archive, false);
}

static void run_low(void *arg)
{
	struct rdb_archive *archive = arg;

	pthread_mutex_lock(&archive->lock);
	run_scan(archive, true);
}

/* Starts the scan, or moves one that is queued at idle priority to an urgent thread. The caller
 * holds the lock. */
static int hasten(struct rdb_archive *archive, bool was_urgent)
{
	if (archive->state == RDB_ARCHIVE_UNVERIFIED)
		return start(archive);
	if (archive->state == RDB_ARCHIVE_SCANNING && !was_urgent && is_urgent(archive) &&
		!archive->running)
		return start(archive);
	return 0;
}

int rdb_archive_scan(struct rdb_archive *archive, bool urgent)
{
	bool was_urgent;
	int ret;

	pthread_mutex_lock(&archive->lock);
	was_urgent = is_urgent(archive);
	archive->urgent |= urgent;
	ret = hasten(archive, was_urgent);
	pthread_mutex_unlock(&archive->lock);
	return ret;
}

void rdb_archive_await(struct rdb_archive *archive)
{
	bool was_urgent;

	pthread_mutex_lock(&archive->lock);
	was_urgent = is_urgent(archive);
	archive->awaited++;
	hasten(archive, was_urgent);
	pthread_mutex_unlock(&archive->lock);
}

void rdb_archive_await_no_more(struct rdb_archive *archive)
{
	pthread_mutex_lock(&archive->lock);
	archive->awaited--;
	pthread_mutex_unlock(&archive->lock);
}

/* ---- asking ---- */

void rdb_archive_facts(struct rdb_archive *archive, struct rdb_archive_facts *facts)
{
	*facts = (struct rdb_archive_facts){0};
	rdb_catalog_totals(archive->catalog, &facts->tables, &facts->documents);
	rdb_catalog_top(archive->catalog, facts->top, sizeof(facts->top));
	memcpy(facts->server, archive->server, sizeof(facts->server));
	facts->checked = archive->checked;
	if (archive->checked)
		facts->damaged = rdb_catalog_damaged(archive->catalog);
	pthread_mutex_lock(&archive->lock);
	facts->state = archive->state;
	facts->error = archive->outcome.error;
	if (archive->content.source)
		facts->size = archive->content.source->identity.size;
	facts->scanned = archive->scan ? rdb_scan_progress(archive->scan)
			 : archive->outcome.end != RDB_OUTCOME_OPEN ? facts->size
								    : 0;
	pthread_mutex_unlock(&archive->lock);
}

static enum rdb_outcome end_of(struct rdb_archive *archive)
{
	enum rdb_outcome end;

	pthread_mutex_lock(&archive->lock);
	end = archive->outcome.end;
	pthread_mutex_unlock(&archive->lock);
	return end;
}

/* Result for a missing name. Call before the look-up: a scan that ends in between may have added
 * the name. */
static int absence(struct rdb_archive *archive)
{
	bool complete = rdb_catalog_is_complete(archive->catalog);
	enum rdb_outcome end = end_of(archive);

	if (end == RDB_OUTCOME_UNREADABLE)
		return -EIO;
	if (!complete)
		return -EAGAIN;
	return end == RDB_OUTCOME_DAMAGED ? -EIO : -ENOENT;
}

int rdb_archive_find(
	struct rdb_archive *archive, const char *db, const char *file, struct rdb_member *out)
{
	int absent = absence(archive);

	if (rdb_catalog_find(archive->catalog, db, file, out) == 0)
		return 0;
	return absent;
}

int rdb_archive_find_db(struct rdb_archive *archive, const char *db, struct rdb_database *out)
{
	int absent = absence(archive);

	if (rdb_catalog_find_db(archive->catalog, db, out) == 0)
		return 0;
	return absent;
}

void rdb_archive_table_facts(
	struct rdb_archive *archive, uint32_t number, struct rdb_table_facts *out)
{
	rdb_catalog_table(archive->catalog, number, out);
}

bool rdb_archive_member_damage(
	struct rdb_archive *archive, uint32_t number, uint64_t offset, struct rdb_damaged_part *out)
{
	struct rdb_damage damage;
	struct rdb_member member;
	uint64_t start, end;

	if (!archive->content.index ||
		rdb_catalog_get(archive->catalog, number, &member, &start) != 0)
		return false;
	end = start + member.size;
	if (offset >= member.size ||
		!rdb_index_next_damage(archive->content.index, start + offset, &damage) ||
		damage.from >= end)
		return false;
	*out = (struct rdb_damaged_part){
		.from = damage.from > start ? damage.from - start : 0,
		.to = (damage.to < end ? damage.to : end) - start,
		.source_from = damage.source_from,
		.source_to = damage.source_to,
	};
	return true;
}

int rdb_archive_each_db(struct rdb_archive *archive, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg)
{
	if (end_of(archive) == RDB_OUTCOME_UNREADABLE)
		return -EIO;
	return rdb_catalog_each_db(archive->catalog, from, emit, arg);
}

int rdb_archive_each_member(struct rdb_archive *archive, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg)
{
	if (end_of(archive) == RDB_OUTCOME_UNREADABLE)
		return -EIO;
	return rdb_catalog_each_member(archive->catalog, db, from, emit, arg);
}

void rdb_archive_wait(struct rdb_archive *archive, struct rdb_waiter *waiter)
{
	pthread_mutex_lock(&archive->wake_lock);
	waiter->next = archive->waiters;
	archive->waiters = waiter;
	waiter->wake(waiter->arg);
	pthread_mutex_unlock(&archive->wake_lock);
}

void rdb_archive_wait_remove(struct rdb_archive *archive, struct rdb_waiter *waiter)
{
	struct rdb_waiter **link;

	pthread_mutex_lock(&archive->wake_lock);
	for (link = &archive->waiters; *link; link = &(*link)->next) {
		if (*link == waiter) {
			*link = waiter->next;
			break;
		}
	}
	pthread_mutex_unlock(&archive->wake_lock);
}
