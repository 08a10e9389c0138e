#include "restore/leftover.h"

#include "base/log.h"
#include "reql/term.h"
#include "restore/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORD_MAX 4096      /* bytes */
#define PAUSE 5000           /* ms between attempts */
#define ANSWER_TIMEOUT 20000 /* ms */
#define LATE 60              /* seconds after which nobody carries out a table_create any more */
#define NEW ".rdbfs_new_"    /* begins the name of a record that is being made */
#define NEW_FOR 3600         /* seconds for which one surely may be */
#define BOOT_ID 40           /* bytes of a UUID as text, and then some */

enum state { FILLING, TO_DROP, DROPPING };

struct rdb_leftover {
	struct rdb_leftovers *owner;
	char *db, *table;
	char *before; /* its name before that; NULL: none */
	char id[RDB_TABLE_ID];
	time_t since;
	char *file;   /* of its record */
	int fd;       /* of that, locked; -1: none */
	bool made_db; /* its database was made for it, and goes with it if empty */
	enum state state;
	bool only_told; /* not dropped: see is_doubtful() */
	struct rdb_leftover *next;
};

struct rdb_leftovers {
	struct rdb_cluster *cluster;
	int dirfd;          /* -1: none */
	char boot[BOOT_ID]; /* which start of the machine this is; "": not known */
	struct rdb_cancel cancel;
	pthread_mutex_t lock; /* of what follows, and of the state of each in the list */
	struct rdb_leftover *list;
	json_t *made; /* names of databases, as those of an object; NULL: none */
	pthread_t thread;
	bool running;
};

/* ---- records ---- */

static int write_record(const struct rdb_leftover *leftover)
{
	json_t *record = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:s*}", "cluster",
		rdb_cluster_name(leftover->owner->cluster), "db", leftover->db, "table",
		leftover->table, "id", leftover->id, "boot", leftover->owner->boot, "made_db",
		leftover->made_db, "before", leftover->before);
	char *text = record ? json_dumps(record, JSON_COMPACT) : NULL;
	ssize_t len = text ? (ssize_t)strlen(text) : 0;
	int rc = !text ? -ENOMEM : pwrite(leftover->fd, text, (size_t)len, 0) == len ? 0 : -EIO;

	free(text);
	json_decref(record);
	return rc;
}

static int write_new(struct rdb_leftover *leftover, const char *name)
{
	leftover->fd = openat(leftover->owner->dirfd, name,
		O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (leftover->fd < 0)
		return -errno;
	if (flock(leftover->fd, LOCK_EX | LOCK_NB) != 0)
		return -errno;
	return write_record(leftover);
}

/* The table's name, as one that sweeps look for, and what makes it nobody else's. */
static int name_record(struct rdb_leftover *leftover, uint64_t number)
{
	const char *before = rdb_staging_is(leftover->table) ? "" : RDB_STAGING_PREFIX "inplace_";

	if (asprintf(&leftover->file, "%s%.100s.%016" PRIx64, before, leftover->table, number) >= 0)
		return 0;
	leftover->file = NULL;
	return -ENOMEM;
}

/* It gets its name when it is locked: whoever finds one that is not takes its owner for dead. */
static int open_record(struct rdb_leftover *leftover)
{
	const int dirfd = leftover->owner->dirfd;
	char fresh[64];
	uint64_t number;
	int rc;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -EIO;
	snprintf(fresh, sizeof(fresh), NEW "%016" PRIx64, number);
	rc = name_record(leftover, number);
	if (rc == 0)
		rc = write_new(leftover, fresh);
	if (rc == 0 && renameat(dirfd, fresh, dirfd, leftover->file) != 0)
		rc = -errno;
	if (rc != 0 && leftover->fd >= 0) {
		unlinkat(dirfd, fresh, 0);
		close(leftover->fd);
		leftover->fd = -1;
	}
	return rc;
}

/* Made void as well: who has it open already, or finds it because it could not be removed, must
 * not drop a table that is complete by now. */
static void remove_record(struct rdb_leftover *leftover)
{
	bool voided, removed;

	if (leftover->fd < 0)
		return;
	voided = ftruncate(leftover->fd, 0) == 0;
	removed = unlinkat(leftover->owner->dirfd, leftover->file, 0) == 0;
	if (!voided && !removed)
		rdb_log_error("%s.%s: the note that it is to be dropped can't be removed (%s): "
			      "remove the file %s from the index folder before rdbfs starts again",
			leftover->db, leftover->table, strerror(errno), leftover->file);
}

/* ---- the list ---- */

static void free_one(struct rdb_leftover *leftover)
{
	if (leftover->fd >= 0)
		close(leftover->fd);
	free(leftover->db);
	free(leftover->table);
	free(leftover->before);
	free(leftover->file);
	free(leftover);
}

static struct rdb_leftover *new_one(struct rdb_leftovers *owner, const char *db, const char *table,
	const char *before, const char *id)
{
	struct rdb_leftover *leftover = calloc(1, sizeof(*leftover));

	if (!leftover)
		return NULL;
	leftover->owner = owner;
	leftover->fd = -1;
	leftover->db = strdup(db);
	leftover->table = strdup(table);
	leftover->before = before ? strdup(before) : NULL;
	leftover->since = time(NULL);
	snprintf(leftover->id, sizeof(leftover->id), "%s", id ? id : "");
	if (leftover->db && leftover->table && (leftover->before || !before))
		return leftover;
	free_one(leftover);
	return NULL;
}

static void enlist(struct rdb_leftover *leftover)
{
	pthread_mutex_lock(&leftover->owner->lock);
	leftover->next = leftover->owner->list;
	leftover->owner->list = leftover;
	pthread_mutex_unlock(&leftover->owner->lock);
}

static void delist(struct rdb_leftover *leftover)
{
	struct rdb_leftover **at = &leftover->owner->list;

	pthread_mutex_lock(&leftover->owner->lock);
	while (*at && *at != leftover)
		at = &(*at)->next;
	if (*at)
		*at = leftover->next;
	pthread_mutex_unlock(&leftover->owner->lock);
}

int rdb_leftover_add(struct rdb_leftovers *leftovers, const char *db, const char *table,
	const char *before, const char *id, struct rdb_leftover **out, struct rdb_err *err)
{
	struct rdb_leftover *leftover = new_one(leftovers, db, table, before, id);
	int rc;

	if (!leftover)
		return rdb_err_sys(err, ENOMEM, "%s.%s", db, table);
	leftover->made_db = rdb_leftovers_has_made_db(leftovers, db);
	rc = leftovers->dirfd >= 0 ? open_record(leftover) : 0;
	if (rc != 0)
		rdb_log_warning("%s.%s: no note can be made that it is to be dropped should this "
				"program be killed: %s",
			db, table, strerror(-rc));
	enlist(leftover);
	*out = leftover;
	return 0;
}

static void update_record(struct rdb_leftover *leftover)
{
	if (leftover->fd >= 0 && write_record(leftover) != 0)
		rdb_log_warning("%s.%s: cannot update the record by which it is dropped should "
				"this program be killed",
			leftover->db, leftover->table);
}

void rdb_leftover_identify(struct rdb_leftover *leftover, const char *id)
{
	if (!leftover)
		return;
	snprintf(leftover->id, sizeof(leftover->id), "%s", id);
	leftover->made_db |= rdb_leftovers_has_made_db(leftover->owner, leftover->db);
	update_record(leftover);
}

void rdb_leftover_made_db(struct rdb_leftover *leftover, bool made)
{
	if (!leftover)
		return;
	leftover->made_db = made || rdb_leftovers_has_made_db(leftover->owner, leftover->db);
	update_record(leftover);
}

void rdb_leftover_settle(struct rdb_leftover *leftover)
{
	if (!leftover)
		return;
	remove_record(leftover);
	delist(leftover);
	free_one(leftover);
}

/* ---- dropping ---- */

/* In one query, so that it is not another one that has the name by then. */
static int format_drop(struct rdb_buf *query, const struct rdb_leftover *leftover, const char *name)
{
	const char *db = leftover->db;

	if (!leftover->id[0])
		return rdb_query_table_drop(query, db, name);
	return rdb_query_table_drop_if_id(query, db, name, leftover->id);
}

static int drop_name(struct rdb_client *client, const struct rdb_leftover *leftover,
	const char *name, bool *dropped, struct rdb_err *err)
{
	json_t *result = NULL;
	int rc = RDB_CLIENT_ASK(client, &result, NULL, err, format_drop, leftover, name);

	if (rc == 0 && !json_is_null(result)) {
		rdb_log_info("%s.%s, left behind by a restore, is dropped", leftover->db, name);
		*dropped = true;
	}
	json_decref(result);
	return rc == -ENOENT ? 0 : rc;
}

static int tell(struct rdb_client *client, const struct rdb_leftover *leftover, struct rdb_err *err)
{
	struct rdb_table_state state;
	int rc = rdb_table_look(client, leftover->db, leftover->table, &state, err);

	if (rc == 0 && state.exists && strcmp(state.id, leftover->id) == 0)
		rdb_log_warning("%s.%s was being filled under its own name when this machine went "
				"down: unless somebody has completed it since, drop it and restore "
				"it again",
			leftover->db, leftover->table);
	return rc;
}

/* Whether another table that is to be dropped is in the same database: then its record says from
 * now on that the database was made for it, and the last of them drops the database. */
static bool hand_database_on(struct rdb_leftover *leftover)
{
	struct rdb_leftover *heir;

	pthread_mutex_lock(&leftover->owner->lock);
	heir = leftover->owner->list;
	while (heir && (heir == leftover || heir->state == FILLING || heir->only_told ||
			       strcmp(heir->db, leftover->db) != 0))
		heir = heir->next;
	pthread_mutex_unlock(&leftover->owner->lock);
	if (heir)
		rdb_leftover_made_db(heir, true);
	return heir;
}

static int drop(struct rdb_client *client, struct rdb_leftover *leftover, struct rdb_err *err)
{
	bool dropped = false;
	int rc = 0;

	if (leftover->only_told)
		return tell(client, leftover, err);
	if (leftover->before)
		rc = drop_name(client, leftover, leftover->before, &dropped, err);
	if (rc == 0 && !dropped)
		rc = drop_name(client, leftover, leftover->table, &dropped, err);
	if (rc == 0 && leftover->made_db && !hand_database_on(leftover))
		rdb_staging_drop_empty(client, leftover->db);
	if (rc == 0 && !dropped && !leftover->id[0] && time(NULL) < leftover->since + LATE)
		return rdb_err_set(err, EAGAIN, "it may yet be made");
	return rc;
}

/* The next one to drop; marked so that it stays. */
static struct rdb_leftover *next_to_drop(struct rdb_leftovers *leftovers)
{
	struct rdb_leftover *leftover;

	pthread_mutex_lock(&leftovers->lock);
	leftover = leftovers->list;
	while (leftover && leftover->state != TO_DROP)
		leftover = leftover->next;
	if (leftover)
		leftover->state = DROPPING;
	pthread_mutex_unlock(&leftovers->lock);
	return leftover;
}

/* Those that could not be dropped wait for the next round. Returns whether there are any; the
 * thread has ended for everybody else when there are not. */
static bool begin_round(struct rdb_leftovers *leftovers)
{
	struct rdb_leftover *leftover;
	bool any = false;

	pthread_mutex_lock(&leftovers->lock);
	for (leftover = leftovers->list; leftover; leftover = leftover->next) {
		if (leftover->state == DROPPING)
			leftover->state = TO_DROP;
		any |= leftover->state == TO_DROP;
	}
	leftovers->running = any;
	pthread_mutex_unlock(&leftovers->lock);
	return any;
}

static void round_of(struct rdb_leftovers *leftovers)
{
	struct rdb_client client = {
		.cluster = leftovers->cluster,
		.back_off = {.cancel = &leftovers->cancel},
		.limit = ANSWER_TIMEOUT,
	};
	struct rdb_leftover *leftover;
	struct rdb_err err = {0};

	while (!rdb_cancel_fired(&leftovers->cancel) && (leftover = next_to_drop(leftovers))) {
		if (drop(&client, leftover, &err) == 0)
			rdb_leftover_settle(leftover);
		else
			rdb_log_debug("%s.%s can't be dropped yet: %s", leftover->db,
				leftover->table, err.text);
	}
	rdb_client_close(&client);
}

static void *run(void *arg)
{
	struct rdb_leftovers *leftovers = arg;
	struct pollfd none;

	while (begin_round(leftovers) && !rdb_cancel_fired(&leftovers->cancel)) {
		struct rdb_wait wait;
		round_of(leftovers);
		if (!begin_round(leftovers))
			break;
		wait = rdb_wait_for(&leftovers->cancel, PAUSE);
		rdb_wait_poll(&wait, &none, 0);
	}
	return NULL;
}

/* Starts the thread unless it runs. */
static void start(struct rdb_leftovers *leftovers)
{
	bool join;

	pthread_mutex_lock(&leftovers->lock);
	join = !leftovers->running && leftovers->thread;
	if (!leftovers->running) {
		if (join)
			pthread_join(leftovers->thread, NULL);
		leftovers->running = pthread_create(&leftovers->thread, NULL, run, leftovers) == 0;
		if (!leftovers->running)
			leftovers->thread = 0;
	}
	pthread_mutex_unlock(&leftovers->lock);
}

void rdb_leftover_abandon(struct rdb_leftover *leftover)
{
	struct rdb_leftovers *owner;

	if (!leftover)
		return;
	owner = leftover->owner;
	pthread_mutex_lock(&owner->lock);
	leftover->since = time(NULL);
	leftover->state = TO_DROP;
	pthread_mutex_unlock(&owner->lock);
	start(owner);
}

/* ---- those of dead processes ---- */

/* A record that became shorter is followed by the rest of the longer one. */
static json_t *read_record(int fd)
{
	char text[RECORD_MAX];
	ssize_t len = pread(fd, text, sizeof(text), 0);

	return len > 0 ? json_loadb(text, (size_t)len, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
}

/*
 * Filled under the name that it has when it is complete: then only its record tells that it is not.
 * One of before the machine was started may have come back after it was removed, with a disk that
 * lost its last writes or was set back to what it was at some time.
 */
static bool is_doubtful(
	const struct rdb_leftovers *leftovers, const json_t *record, const char *table)
{
	const char *boot = json_string_value(json_object_get(record, "boot"));

	return !rdb_staging_is(table) && (!boot || !boot[0] || strcmp(boot, leftovers->boot) != 0);
}

static struct rdb_leftover *from_record(struct rdb_leftovers *leftovers, const json_t *record)
{
	struct rdb_leftover *leftover;
	const char *cluster = json_string_value(json_object_get(record, "cluster"));
	const char *db = json_string_value(json_object_get(record, "db"));
	const char *table = json_string_value(json_object_get(record, "table"));
	const char *before = json_string_value(json_object_get(record, "before"));
	const char *id = json_string_value(json_object_get(record, "id"));

	if (!cluster || !db || !table || !id || strlen(id) >= RDB_TABLE_ID ||
		strcmp(cluster, rdb_cluster_name(leftovers->cluster)) != 0)
		return NULL;
	if (!id[0] && (!rdb_staging_is(table) || (before && !rdb_staging_is(before))))
		return NULL;
	leftover = new_one(leftovers, db, table, before, id);
	if (!leftover)
		return NULL;
	leftover->only_told = is_doubtful(leftovers, record, table);
	leftover->made_db = json_is_true(json_object_get(record, "made_db"));
	return leftover;
}

/* Whether nobody holds it, nor has removed it since it was opened. */
static bool is_dead(int fd)
{
	struct stat st;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* Takes a record up if nobody holds it. */
static void take_up(struct rdb_leftovers *leftovers, const char *name)
{
	int fd = openat(leftovers->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct rdb_leftover *leftover = NULL;
	json_t *record = NULL;
	struct stat st;

	if (fd < 0)
		return;
	if (is_dead(fd))
		record = read_record(fd);
	if (record)
		leftover = from_record(leftovers, record);
	json_decref(record);
	if (leftover)
		leftover->file = strdup(name);
	if (!leftover || !leftover->file) {
		if (leftover)
			free_one(leftover);
		close(fd);
		return;
	}
	if (fstat(fd, &st) == 0)
		leftover->since = st.st_mtime;
	leftover->fd = fd;
	leftover->state = TO_DROP;
	rdb_log_info("%s.%s was left behind by a restore that did not end%s", leftover->db,
		leftover->table, leftover->only_told ? "" : ", and will be dropped");
	enlist(leftover);
}

/* A process died before the record that it made had its name. */
static void clear_new(struct rdb_leftovers *leftovers, const char *name)
{
	struct stat st;

	if (fstatat(leftovers->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		st.st_mtime < time(NULL) - NEW_FOR)
		unlinkat(leftovers->dirfd, name, 0);
}

void rdb_leftovers_sweep(struct rdb_leftovers *leftovers)
{
	struct dirent *entry;
	int fd = leftovers->dirfd < 0
			 ? -1
			 : openat(leftovers->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (rdb_staging_is(entry->d_name))
			take_up(leftovers, entry->d_name);
		else if (strncmp(entry->d_name, NEW, strlen(NEW)) == 0)
			clear_new(leftovers, entry->d_name);
	closedir(dir);
	start(leftovers);
}

/* ---- life ---- */

static int open_folder(const char *path)
{
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void read_boot(char boot[BOOT_ID])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, boot, BOOT_ID - 1);

	boot[len > 0 ? len : 0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

int rdb_leftovers_create(struct rdb_cluster *cluster, const char *dir, struct rdb_leftovers **out,
	struct rdb_err *err)
{
	struct rdb_leftovers *leftovers = calloc(1, sizeof(*leftovers));
	int rc;

	if (!leftovers)
		return rdb_err_sys(err, ENOMEM, "leftovers");
	leftovers->cluster = cluster;
	read_boot(leftovers->boot);
	leftovers->dirfd = dir ? open_folder(dir) : -1;
	rc = dir && leftovers->dirfd < 0 ? leftovers->dirfd : 0;
	if (rc == 0)
		rc = rdb_cancel_init(&leftovers->cancel);
	if (rc == 0 && pthread_mutex_init(&leftovers->lock, NULL) != 0) {
		rdb_cancel_destroy(&leftovers->cancel);
		rc = -ENOMEM;
	}
	if (rc != 0) {
		if (leftovers->dirfd >= 0)
			close(leftovers->dirfd);
		free(leftovers);
		return rdb_err_sys(err, -rc, "%s", dir ? dir : "leftovers");
	}
	*out = leftovers;
	return 0;
}

void rdb_leftovers_destroy(struct rdb_leftovers *leftovers)
{
	struct rdb_leftover *next;

	if (!leftovers)
		return;
	rdb_cancel_fire(&leftovers->cancel);
	if (leftovers->thread)
		pthread_join(leftovers->thread, NULL);
	for (struct rdb_leftover *one = leftovers->list; one; one = next) {
		next = one->next;
		free_one(one);
	}
	if (leftovers->dirfd >= 0)
		close(leftovers->dirfd);
	json_decref(leftovers->made);
	pthread_mutex_destroy(&leftovers->lock);
	rdb_cancel_destroy(&leftovers->cancel);
	free(leftovers);
}

/* ---- databases ---- */

/* Without memory it is not remembered, and stays. */
void rdb_leftovers_made_db(struct rdb_leftovers *leftovers, const char *db)
{
	pthread_mutex_lock(&leftovers->lock);
	if (!leftovers->made)
		leftovers->made = json_object();
	if (leftovers->made)
		json_object_set_new(leftovers->made, db, json_true());
	pthread_mutex_unlock(&leftovers->lock);
}

bool rdb_leftovers_has_made_db(struct rdb_leftovers *leftovers, const char *db)
{
	bool made;

	pthread_mutex_lock(&leftovers->lock);
	made = json_object_get(leftovers->made, db);
	pthread_mutex_unlock(&leftovers->lock);
	return made;
}

void rdb_leftovers_keep_db(struct rdb_leftovers *leftovers, const char *db)
{
	pthread_mutex_lock(&leftovers->lock);
	json_object_del(leftovers->made, db);
	pthread_mutex_unlock(&leftovers->lock);
}

size_t rdb_leftovers_count(struct rdb_leftovers *leftovers)
{
	size_t count = 0;

	pthread_mutex_lock(&leftovers->lock);
	for (struct rdb_leftover *one = leftovers->list; one; one = one->next)
		count += one->state != FILLING;
	pthread_mutex_unlock(&leftovers->lock);
	return count;
}

bool rdb_leftovers_dooms(struct rdb_leftovers *leftovers, const char *id)
{
	bool dooms = false;

	pthread_mutex_lock(&leftovers->lock);
	for (struct rdb_leftover *one = leftovers->list; one && !dooms; one = one->next)
		dooms = one->state != FILLING && !one->only_told && strcmp(one->id, id) == 0;
	pthread_mutex_unlock(&leftovers->lock);
	return dooms;
}

static int list_names(const struct rdb_leftover *one, struct rdb_buf *out)
{
	int rc = one->before ? rdb_buf_printf(out, "%s.%s\n", one->db, one->before) : 0;

	return rc ? rc : rdb_buf_printf(out, "%s.%s\n", one->db, one->table);
}

int rdb_leftovers_list(struct rdb_leftovers *leftovers, struct rdb_buf *out)
{
	int rc = 0;

	pthread_mutex_lock(&leftovers->lock);
	for (struct rdb_leftover *one = leftovers->list; one && rc == 0; one = one->next)
		if (one->state != FILLING)
			rc = list_names(one, out);
	pthread_mutex_unlock(&leftovers->lock);
	return rc;
}
