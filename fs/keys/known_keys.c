#include "keys/known_keys.h"

#include "base/condition.h"
#include "json/key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define IDLE_MAX 4 /* states of closed tables that are kept per archive */
#define LOOK 100   /* ms between checks of the cancel object */

/* ---- users ---- */

static void state_free(struct rdb_table_keys *state)
{
	rdb_key_index_free(&state->index);
	if (state->fd >= 0)
		close(state->fd);
	free(state);
}

static void free_all(struct rdb_table_keys *state)
{
	struct rdb_table_keys *next;

	for (; state; state = next) {
		next = state->next;
		state_free(state);
	}
}

static void *create_list(void)
{
	struct rdb_known_keys_list *list = calloc(1, sizeof(*list));

	if (!list)
		return NULL;
	pthread_mutex_init(&list->lock, NULL);
	rdb_condition_init(&list->changed);
	return list;
}

static void destroy_list(void *object)
{
	struct rdb_known_keys_list *list = object;

	free_all(list->tables);
	pthread_mutex_destroy(&list->lock);
	pthread_cond_destroy(&list->changed);
	free(list);
}

static struct rdb_table_keys *add(struct rdb_known_keys_list *list, struct rdb_archive *archive,
	const struct rdb_member *member)
{
	struct rdb_table_keys *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->list = list;
	state->archive = archive;
	state->member = *member;
	state->fd = state->index.hashes.fd = -1;
	return state;
}

int rdb_known_keys_get(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_table_keys **out)
{
	struct rdb_known_keys_list *list = rdb_archive_attach(archive, create_list, destroy_list);
	struct rdb_table_keys **link, *state;

	if (!list)
		return -ENOMEM;
	pthread_mutex_lock(&list->lock);
	for (link = &list->tables; *link && (*link)->member.number != member->number;)
		link = &(*link)->next;
	state = *link;
	if (state)
		*link = state->next;
	else
		state = add(list, archive, member);
	if (state) {
		state->next = list->tables;
		list->tables = state;
		state->users++;
	}
	pthread_mutex_unlock(&list->lock);
	*out = state;
	return state ? 0 : -ENOMEM;
}

/* Removes tables without users from the list, and returns the removed tables. The list keeps up to
 * "keep" tables without users: the most recently requested. The caller holds list->lock. */
static struct rdb_table_keys *remove_idle(struct rdb_known_keys_list *list, unsigned keep)
{
	struct rdb_table_keys **link = &list->tables, *state, *removed = NULL;

	while ((state = *link)) {
		if (state->users == 0 && keep == 0) {
			*link = state->next;
			state->next = removed;
			removed = state;
			continue;
		}
		keep -= state->users == 0;
		link = &state->next;
	}
	return removed;
}

void rdb_known_keys_put(struct rdb_table_keys *state)
{
	struct rdb_known_keys_list *list = state->list;
	struct rdb_table_keys *removed;

	pthread_mutex_lock(&list->lock);
	state->users--;
	removed = remove_idle(list, IDLE_MAX);
	pthread_mutex_unlock(&list->lock);
	free_all(removed);
}

/* ---- one thread reads the keys ---- */

bool rdb_known_keys_try_claim(struct rdb_table_keys *state)
{
	bool claimed;

	pthread_mutex_lock(&state->list->lock);
	claimed = state->phase == RDB_KEYS_NAMED && !state->busy && !state->unsorted;
	state->busy |= claimed;
	pthread_mutex_unlock(&state->list->lock);
	return claimed;
}

int rdb_known_keys_claim(
	struct rdb_table_keys *state, enum rdb_keys_phase phase, const struct rdb_cancel *cancel)
{
	struct rdb_known_keys_list *list = state->list;
	int ret = 0;

	pthread_mutex_lock(&list->lock);
	while (state->phase < phase && state->busy && !rdb_cancel_fired(cancel))
		rdb_condition_wait(&list->changed, &list->lock, rdb_wait_now() + LOOK);
	if (state->phase < phase)
		ret = rdb_cancel_fired(cancel) ? -ECANCELED : 1;
	if (ret == 1)
		state->busy = true;
	pthread_mutex_unlock(&list->lock);
	return ret;
}

void rdb_known_keys_release(struct rdb_table_keys *state, enum rdb_keys_phase phase)
{
	pthread_mutex_lock(&state->list->lock);
	state->busy = false;
	state->phase = phase;
	pthread_cond_broadcast(&state->list->changed);
	pthread_mutex_unlock(&state->list->lock);
}

void rdb_known_keys_set_unsorted(struct rdb_table_keys *state)
{
	pthread_mutex_lock(&state->list->lock);
	state->unsorted = true;
	pthread_mutex_unlock(&state->list->lock);
}

enum rdb_table_order rdb_table_keys_order(struct rdb_table_keys *state)
{
	enum rdb_table_order order = RDB_TABLE_ORDER_UNKNOWN;

	pthread_mutex_lock(&state->list->lock);
	if (state->phase == RDB_KEYS_KNOWN)
		order = state->index.sorted ? RDB_TABLE_IN_ORDER : RDB_TABLE_OUT_OF_ORDER;
	else if (state->unsorted)
		order = RDB_TABLE_OUT_OF_ORDER;
	pthread_mutex_unlock(&state->list->lock);
	return order;
}

const struct rdb_key_index *rdb_known_keys_index(const struct rdb_table_keys *state)
{
	enum rdb_keys_phase phase;

	pthread_mutex_lock(&state->list->lock);
	phase = state->phase;
	pthread_mutex_unlock(&state->list->lock);
	return phase >= RDB_KEYS_KNOWN ? &state->index : NULL;
}

bool rdb_table_keys_mixed(const struct rdb_table_keys *state)
{
	const struct rdb_key_index *index = rdb_known_keys_index(state);

	return index ? index->mixed : state->mixed;
}

int rdb_known_keys_folder(const struct rdb_table_keys *state)
{
	return state->has_id && state->member.size > RDB_KEY_REGION
		       ? rdb_archive_index_dir(state->archive)
		       : -1;
}

/* ---- documents ---- */

static int explain(const struct rdb_table_keys *state, const struct rdb_json_piece *document,
	int ret, struct rdb_err *err)
{
	if (ret == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "document %" PRIu64, document->number);
	if (state->guessed)
		return rdb_err_set(err, EINVAL,
			"the backup has no .info of this table to name its primary key, and "
			"document %" PRIu64 " has no usable \"id\"",
			document->number);
	return rdb_err_set(err, EINVAL, "document %" PRIu64 " has no usable primary key \"%s\"",
		document->number, state->id.name);
}

int rdb_known_keys_next(const struct rdb_table_keys *state, struct rdb_table_walk *walk,
	struct rdb_json_piece *document, struct rdb_json_span *json, struct rdb_primary_key *key,
	struct rdb_err *err)
{
	int ret = rdb_table_walk_next(walk, document, err), found;

	if (ret != 1)
		return ret;
	found = rdb_json_key_first(document->data, document->len, state->id.name, json);
	if (found == 0)
		found = rdb_primary_key_encode(*json, key);
	return found == 0 ? 1 : explain(state, document, found, err);
}
