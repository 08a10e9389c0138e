/* Requests a backup from the hosting service. Waits until the service's task has ended, and then
 * finds the new backup in the service's list. The service calls a task a recipe. */
#include "remote/service_private.h"

#include "base/wait.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_PATIENCE 10000 /* ms; short, because a user waits for the answer */
#define POLL_FIRST 500     /* ms of the first pause between polls */
#define POLL_MOST 15000    /* ms of the longest pause between polls */
#define POLL_FAILURES 10   /* in a row; each poll retries for a minute */
#define LIST_TRIES 60
#define LIST_PAUSE 1000 /* ms between two requests for the list */
#define ON_DEMAND "on-demand"

/* ---- listed backups ---- */

static bool is_on_demand(const struct rdb_service_item *item)
{
	return item->entry && item->entry->type && strcmp(item->entry->type, ON_DEMAND) == 0;
}

static char (*list_ids(struct rdb_service_store *s, size_t *count))[RDB_SERVICE_ID]
{
	char(*ids)[RDB_SERVICE_ID];

	*count = 0;
	pthread_mutex_lock(&s->lock);
	ids = calloc(s->items.count + 1, sizeof(*ids));
	for (size_t i = 0; i < s->items.count && ids; i++)
		if (is_on_demand(&s->items.items[i]))
			memcpy(ids[(*count)++], s->items.items[i].backup.id, RDB_SERVICE_ID);
	pthread_mutex_unlock(&s->lock);
	return ids;
}

static bool has_id(char (*ids)[RDB_SERVICE_ID], size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

static bool find_new(
	struct rdb_service_store *s, char (*before)[RDB_SERVICE_ID], size_t count, char file[256])
{
	bool found = false;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->items.count && !found; i++) {
		const struct rdb_service_item *item = &s->items.items[i];
		found = is_on_demand(item) && !has_id(before, count, item->backup.id);
		if (found)
			snprintf(file, 256, "%s", item->entry->file);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

static void warn_of_replaced(struct rdb_service_store *s, struct rdb_store_trigger *trigger)
{
	char words[600] = "";

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->items.count && !words[0]; i++)
		if (is_on_demand(&s->items.items[i]))
			snprintf(words, sizeof(words),
				"the service keeps only the newest on-demand backup: %s will be "
				"removed; copy archives/%s to keep it",
				s->items.items[i].entry->name, s->items.items[i].entry->file);
	pthread_mutex_unlock(&s->lock);
	if (words[0])
		trigger->warn(trigger->arg, words);
}

/* ---- waiting ---- */

static int pause_for(struct rdb_store_trigger *trigger, int ms, struct rdb_err *err)
{
	const struct rdb_wait wait = rdb_wait_for(trigger->cancel, ms);
	struct pollfd none;

	if (rdb_wait_poll(&wait, &none, 0) == -EINTR)
		return rdb_err_set(
			err, ECANCELED, "no longer waiting; the service continues its backup");
	return 0;
}

static void report(struct rdb_store_trigger *trigger, const struct rdb_service_recipe *recipe)
{
	char words[RDB_SERVICE_NAME + 64];

	if (recipe->total)
		snprintf(words, sizeof(words), "%s (%u of %u)", recipe->words, recipe->done,
			recipe->total);
	else
		snprintf(words, sizeof(words), "%s", recipe->words);
	trigger->progress(trigger->arg, words);
}

static bool may_pass(int ret)
{
	return ret != -ECANCELED && ret != -EACCES && ret != -ENOENT && ret != -ENOMEM;
}

static int follow(struct rdb_service_store *s, struct rdb_store_trigger *trigger,
	struct rdb_service_recipe *recipe, struct rdb_err *err)
{
	const struct rdb_service_wait wait = {.cancel = trigger->cancel};
	int delay = POLL_FIRST, failures = 0, ret = 0;
	char id[RDB_SERVICE_ID];

	memcpy(id, recipe->id, sizeof(id));
	while (recipe->state == RDB_SERVICE_RUNNING) {
		report(trigger, recipe);
		ret = pause_for(trigger, delay, err);
		if (ret != 0)
			return ret;
		delay = delay * 3 / 2 < POLL_MOST ? delay * 3 / 2 : POLL_MOST;
		ret = rdb_service_recipe(s->service, id, &wait, recipe, err);
		failures = ret ? failures + 1 : 0;
		if (ret != 0 && (!may_pass(ret) || failures == POLL_FAILURES))
			return ret;
		if (ret != 0)
			recipe->state = RDB_SERVICE_RUNNING;
	}
	if (recipe->state == RDB_SERVICE_FAILED)
		return rdb_err_set(err, EIO, "the service's backup failed: %s", recipe->words);
	return 0;
}

static int find(struct rdb_service_store *s, struct rdb_store_trigger *trigger,
	char (*before)[RDB_SERVICE_ID], size_t count, struct rdb_err *err)
{
	int ret = 0;

	trigger->progress(trigger->arg, "complete; waiting until the service lists it");
	for (int tries = 0; tries < LIST_TRIES * 10 && ret == 0; tries++) {
		if (tries % 10 == 0)
			rdb_refresher_soon(&s->refresher);
		if (find_new(s, before, count, trigger->file))
			return 0;
		ret = pause_for(trigger, LIST_PAUSE / 10, err);
	}
	if (ret != 0)
		return ret;
	return rdb_err_set(
		err, EIO, "the service says that the backup is complete, but does not list it");
}

int rdb_service_trigger(
	struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err)
{
	struct rdb_service_store *s = (struct rdb_service_store *)store;
	const struct rdb_service_wait wait = {.cancel = trigger->cancel, .patience = ASK_PATIENCE};
	struct rdb_service_recipe recipe;
	size_t count;
	char(*before)[RDB_SERVICE_ID] = list_ids(s, &count);
	int ret;

	if (!before)
		return rdb_err_sys(err, ENOMEM, "a backup");
	warn_of_replaced(s, trigger);
	ret = rdb_service_start_backup(s->service, &wait, &recipe, err);
	if (ret == 0) {
		trigger->began(trigger->arg);
		ret = follow(s, trigger, &recipe, err);
	}
	if (ret == 0)
		ret = find(s, trigger, before, count, err);
	free(before);
	return ret == -EBADMSG ? -EIO : ret;
}
