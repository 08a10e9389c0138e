#include "staging/leftover.h"

#include "base/log.h"
#include "base/queue.h"
#include "cluster/table.h"
#include "staging/left_table.h"
#include "staging/staging_journal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE 5000           /* ms between two attempts */
#define ANSWER_TIMEOUT 20000 /* ms to wait for an answer */
#define LATE 60              /* seconds after which a pending table_create can no longer run */

enum state { FILLING, TO_DROP, DROPPING };

struct rdb_leftover {
	struct rdb_leftovers *owner;
	char *db, *table;
	char *before; /* earlier name of the table; NULL if there is none */
	char id[RDB_TABLE_ID];
	time_t since;
	struct rdb_staging_entry entry; /* the table's record in the journal */
	bool made_db; /* the database was created for the table, so drop it if empty */
	enum state state;
	bool report_only; /* only log the table, because it may be complete */
	LIST_ENTRY(rdb_leftover) link;
};

struct rdb_leftovers {
	struct rdb_cluster *cluster;
	struct rdb_staging_journal *journal; /* NULL if there is no folder of records */
	struct rdb_made_databases databases;
	struct rdb_cancel cancel;
	pthread_mutex_t lock; /* guards the fields below and the tables' states */
	LIST_HEAD(, rdb_leftover) list;
	pthread_t thread;
	bool running;
};

/* ---- records ---- */

static struct rdb_staging_record record_of(const struct rdb_leftover *leftover)
{
	const struct rdb_leftovers *owner = leftover->owner;

	return (struct rdb_staging_record){
		.cluster = rdb_cluster_name(owner->cluster),
		.db = leftover->db,
		.table = leftover->table,
		.before = leftover->before,
		.id = leftover->id,
		.boot = rdb_staging_journal_boot(owner->journal),
		.made_db = leftover->made_db,
	};
}

static void add_record(struct rdb_leftover *leftover)
{
	struct rdb_staging_record record;
	int ret;

	if (!leftover->owner->journal)
		return;
	record = record_of(leftover);
	ret = rdb_staging_journal_add(leftover->owner->journal, &record, &leftover->entry);
	if (ret != 0)
		rdb_log_warning("%s.%s: can't write its cleanup record (%s): if this program is "
				"killed, drop the table yourself",
			leftover->db, leftover->table, strerror(-ret));
}

static void update_record(struct rdb_leftover *leftover)
{
	struct rdb_staging_record record;

	if (!leftover->entry.journal)
		return;
	record = record_of(leftover);
	if (rdb_staging_entry_write(&leftover->entry, &record) != 0)
		rdb_log_warning("%s.%s: can't update its cleanup record: if this program is "
				"killed, drop the table yourself",
			leftover->db, leftover->table);
}

static void remove_record(struct rdb_leftover *leftover)
{
	int ret = rdb_staging_entry_remove(&leftover->entry);

	if (ret != 0)
		rdb_log_error(
			"%s.%s: can't remove its cleanup record (%s): delete the file %s from the "
			"state folder, or rdbfs may drop the table at its next start",
			leftover->db, leftover->table, strerror(-ret), leftover->entry.file);
}

/* ---- the list ---- */

static void free_one(struct rdb_leftover *leftover)
{
	rdb_staging_entry_close(&leftover->entry);
	free(leftover->db);
	free(leftover->table);
	free(leftover->before);
	free(leftover);
}

static struct rdb_leftover *new_one(struct rdb_leftovers *owner, const char *db, const char *table,
	const char *before, const char *id)
{
	struct rdb_leftover *leftover = calloc(1, sizeof(*leftover));

	if (!leftover)
		return NULL;
	leftover->owner = owner;
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
	LIST_INSERT_HEAD(&leftover->owner->list, leftover, link);
	pthread_mutex_unlock(&leftover->owner->lock);
}

int rdb_leftover_add(struct rdb_leftovers *leftovers, const char *db, const char *table,
	const char *before, const char *id, struct rdb_leftover **out, struct rdb_err *err)
{
	struct rdb_leftover *leftover = new_one(leftovers, db, table, before, id);

	if (!leftover)
		return rdb_err_sys(err, ENOMEM, "%s.%s", db, table);
	leftover->made_db = rdb_made_databases_has(&leftovers->databases, db);
	add_record(leftover);
	enlist(leftover);
	*out = leftover;
	return 0;
}

void rdb_leftover_identify(struct rdb_leftover *leftover, const char *id)
{
	if (!leftover)
		return;
	snprintf(leftover->id, sizeof(leftover->id), "%s", id);
	leftover->made_db |= rdb_made_databases_has(&leftover->owner->databases, leftover->db);
	update_record(leftover);
}

void rdb_leftover_made_db(struct rdb_leftover *leftover, bool made)
{
	if (!leftover)
		return;
	leftover->made_db =
		made || rdb_made_databases_has(&leftover->owner->databases, leftover->db);
	update_record(leftover);
}

void rdb_leftover_remove(struct rdb_leftover *leftover)
{
	if (!leftover)
		return;
	remove_record(leftover);
	pthread_mutex_lock(&leftover->owner->lock);
	LIST_REMOVE(leftover, link);
	pthread_mutex_unlock(&leftover->owner->lock);
	free_one(leftover);
}

/* ---- dropping ---- */

/* Marks another leftover table of the same database, so that the database is dropped after that
 * table. Returns false if no other leftover table of the database must be dropped. */
static bool hand_database_on(struct rdb_leftover *leftover)
{
	struct rdb_leftover *heir;

	pthread_mutex_lock(&leftover->owner->lock);
	LIST_FOREACH(heir, &leftover->owner->list, link)
	if (heir != leftover && heir->state != FILLING && !heir->report_only &&
		strcmp(heir->db, leftover->db) == 0)
		break;
	pthread_mutex_unlock(&leftover->owner->lock);
	if (heir)
		rdb_leftover_made_db(heir, true);
	return heir;
}

static int drop(struct rdb_client *client, struct rdb_leftover *leftover, struct rdb_err *err)
{
	const struct rdb_left_table left = {
		leftover->db, leftover->table, leftover->before, leftover->id};
	bool dropped;
	int ret;

	if (leftover->report_only)
		return rdb_left_table_report(&left, client, err);
	ret = rdb_left_table_drop(&left, client, &dropped, err);
	if (ret == 0 && leftover->made_db && !hand_database_on(leftover))
		rdb_made_databases_drop(&leftover->owner->databases, client, leftover->db);
	if (ret == 0 && !dropped && !leftover->id[0] && time(NULL) < leftover->since + LATE)
		return rdb_err_set(err, EAGAIN, "the server may still create it");
	return ret;
}

static struct rdb_leftover *next_to_drop(struct rdb_leftovers *leftovers)
{
	struct rdb_leftover *leftover;

	pthread_mutex_lock(&leftovers->lock);
	LIST_FOREACH(leftover, &leftovers->list, link)
	if (leftover->state == TO_DROP)
		break;
	if (leftover)
		leftover->state = DROPPING;
	pthread_mutex_unlock(&leftovers->lock);
	return leftover;
}

/* Begins a new round of drops, which repeats failed drops. Returns false if no table is to be
 * dropped. */
static bool begin_round(struct rdb_leftovers *leftovers)
{
	struct rdb_leftover *leftover;
	bool any = false;

	pthread_mutex_lock(&leftovers->lock);
	LIST_FOREACH(leftover, &leftovers->list, link)
	{
		if (leftover->state == DROPPING)
			leftover->state = TO_DROP;
		any |= leftover->state == TO_DROP;
	}
	leftovers->running = any;
	pthread_mutex_unlock(&leftovers->lock);
	return any;
}

static void drop_round(struct rdb_leftovers *leftovers)
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
			rdb_leftover_remove(leftover);
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
		drop_round(leftovers);
		if (!begin_round(leftovers))
			break;
		wait = rdb_wait_for(&leftovers->cancel, PAUSE);
		rdb_wait_poll(&wait, &none, 0);
	}
	return NULL;
}

static void start(struct rdb_leftovers *leftovers)
{
	pthread_mutex_lock(&leftovers->lock);
	if (!leftovers->running) {
		if (leftovers->thread)
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

/* ---- records of dead processes ---- */

/* Adds the record's table to the leftovers. Returns true if the leftovers now own the record's
 * locked file *entry. Otherwise the caller must close *entry. */
static bool adopt_record(void *arg, const struct rdb_staging_record *record,
	const struct rdb_staging_entry *entry, time_t changed)
{
	struct rdb_leftovers *leftovers = arg;
	struct rdb_leftover *leftover;

	if (strcmp(record->cluster, rdb_cluster_name(leftovers->cluster)) != 0)
		return false;
	leftover = new_one(leftovers, record->db, record->table, record->before, record->id);
	if (!leftover)
		return false;
	leftover->entry = *entry;
	leftover->since = changed;
	leftover->made_db = record->made_db;
	leftover->report_only = rdb_staging_record_is_doubtful(
		record, rdb_staging_journal_boot(leftovers->journal));
	leftover->state = TO_DROP;
	rdb_log_info("%s.%s was left behind by a restore that did not finish%s", leftover->db,
		leftover->table, leftover->report_only ? "" : ", and will be dropped");
	enlist(leftover);
	return true;
}

void rdb_leftovers_sweep(struct rdb_leftovers *leftovers)
{
	if (!leftovers->journal)
		return;
	rdb_staging_journal_each_dead(leftovers->journal, adopt_record, leftovers);
	start(leftovers);
}

/* ---- creation and end ---- */

int rdb_leftovers_create(struct rdb_cluster *cluster, const char *dir, struct rdb_leftovers **out,
	struct rdb_err *err)
{
	struct rdb_leftovers *leftovers = calloc(1, sizeof(*leftovers));
	int ret;

	if (!leftovers)
		return rdb_err_sys(err, ENOMEM, "leftovers");
	leftovers->cluster = cluster;
	ret = dir ? rdb_staging_journal_open(dir, &leftovers->journal) : 0;
	if (ret == 0)
		ret = rdb_cancel_init(&leftovers->cancel);
	if (ret != 0) {
		rdb_staging_journal_close(leftovers->journal);
		free(leftovers);
		return rdb_err_sys(err, -ret, "%s", dir ? dir : "leftovers");
	}
	rdb_made_databases_init(&leftovers->databases);
	pthread_mutex_init(&leftovers->lock, NULL);
	*out = leftovers;
	return 0;
}

void rdb_leftovers_destroy(struct rdb_leftovers *leftovers)
{
	struct rdb_leftover *one;

	if (!leftovers)
		return;
	rdb_cancel_fire(&leftovers->cancel);
	if (leftovers->thread)
		pthread_join(leftovers->thread, NULL);
	while ((one = LIST_FIRST(&leftovers->list))) {
		LIST_REMOVE(one, link);
		free_one(one);
	}
	rdb_staging_journal_close(leftovers->journal);
	rdb_made_databases_free(&leftovers->databases);
	pthread_mutex_destroy(&leftovers->lock);
	rdb_cancel_destroy(&leftovers->cancel);
	free(leftovers);
}

/* ---- queries ---- */

struct rdb_made_databases *rdb_leftovers_databases(struct rdb_leftovers *leftovers)
{
	return &leftovers->databases;
}

size_t rdb_leftovers_count(struct rdb_leftovers *leftovers)
{
	struct rdb_leftover *one;
	size_t count = 0;

	pthread_mutex_lock(&leftovers->lock);
	LIST_FOREACH(one, &leftovers->list, link)
	count += one->state != FILLING;
	pthread_mutex_unlock(&leftovers->lock);
	return count;
}

int rdb_leftovers_check(struct rdb_leftovers *leftovers, const char *id, struct rdb_err *err)
{
	struct rdb_leftover *one;
	bool doomed = false;

	if (!leftovers)
		return 0;
	pthread_mutex_lock(&leftovers->lock);
	LIST_FOREACH(one, &leftovers->list, link)
	doomed |= one->state != FILLING && !one->report_only && strcmp(one->id, id) == 0;
	pthread_mutex_unlock(&leftovers->lock);
	return !doomed ? 0
		       : rdb_err_set(err, EBUSY,
				 "a restore that did not finish left it behind, and it is being "
				 "dropped: try again in a moment");
}

static bool has_name(const struct rdb_leftover *one, const char *db, const char *table)
{
	return strcmp(one->db, db) == 0 &&
	       (strcmp(one->table, table) == 0 || (one->before && strcmp(one->before, table) == 0));
}

bool rdb_leftovers_has(struct rdb_leftovers *leftovers, const char *db, const char *table)
{
	struct rdb_leftover *one;
	bool has = false;

	if (!leftovers)
		return false;
	pthread_mutex_lock(&leftovers->lock);
	LIST_FOREACH(one, &leftovers->list, link)
	has |= one->state != FILLING && has_name(one, db, table);
	pthread_mutex_unlock(&leftovers->lock);
	return has;
}
