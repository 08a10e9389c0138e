#include "job/types.h"

#include "archive/embed.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(RDB_TYPE_MAX == RDB_EMBED_TYPE_MAX, "a type fits");

struct known {
	char made[RDB_TYPE_MAX]; /* the label's text; "": unknown */
	bool home;               /* the archive was made in this place */
	const struct rdb_lineage *lineage;
	int lineage_error; /* why lineage is NULL: -ENOENT, -EBADMSG; 0: not read yet */
};

struct rdb_types {
	struct rdb_store *store;
	pthread_mutex_t lock; /* guards the two fields below */
	struct known *known;  /* by the entry's id */
	size_t room;
	struct rdb_lineages lineages;
};

int rdb_types_create(struct rdb_store *store, struct rdb_types **out)
{
	struct rdb_types *types = calloc(1, sizeof(*types));

	if (!types)
		return -ENOMEM;
	types->store = store;
	pthread_mutex_init(&types->lock, NULL);
	rdb_lineages_init(&types->lineages);
	*out = types;
	return 0;
}

void rdb_types_destroy(struct rdb_types *types)
{
	if (!types)
		return;
	pthread_mutex_destroy(&types->lock);
	rdb_lineages_destroy(&types->lineages);
	free(types->known);
	free(types);
}

static void recall_all(struct rdb_types *types, uint64_t id, struct known *out)
{
	*out = (struct known){.home = false};
	pthread_mutex_lock(&types->lock);
	if (id < types->room)
		*out = types->known[id];
	pthread_mutex_unlock(&types->lock);
}

static bool recall(struct rdb_types *types, uint64_t id, struct known *out)
{
	recall_all(types, id, out);
	return out->made[0] != '\0';
}

/* An array by id: ids are assigned in sequence. */
static bool make_room(struct rdb_types *types, uint64_t id)
{
	size_t room = types->room ? types->room : 64;
	struct known *known;

	while (room <= id)
		room *= 2;
	if (room == types->room)
		return true;
	known = reallocarray(types->known, room, sizeof(*known));
	if (!known)
		return false;
	memset(known + types->room, 0, (room - types->room) * sizeof(*known));
	types->known = known;
	types->room = room;
	return true;
}

/* Without memory the archive is read again the next time. */
static void remember(struct rdb_types *types, uint64_t id, const struct known *known)
{
	pthread_mutex_lock(&types->lock);
	if (make_room(types, id)) {
		memcpy(types->known[id].made, known->made, RDB_TYPE_MAX);
		types->known[id].home = known->home;
	}
	pthread_mutex_unlock(&types->lock);
}

/* 0, -ENOENT if rdbfs did not write it, or a read error. */
static int read_label(struct rdb_store *store, const struct rdb_entry *entry, struct known *out)
{
	struct rdb_embed_label label;
	struct rdb_source *source;
	int ret;

	if (entry->kind != RDB_ENTRY_ARCHIVE)
		return -ENOENT;
	ret = rdb_store_open_entry(store, entry, &source, NULL);
	if (ret != 0)
		return ret;
	ret = rdb_embed_read_label(source, &label, NULL);
	if (ret == 0) {
		memcpy(out->made, label.type, RDB_TYPE_MAX);
		out->home = label.home != 0 && label.home == source->home;
	}
	rdb_source_close(source);
	return ret;
}

static void look(struct rdb_types *types, const struct rdb_entry *entry, struct known *out)
{
	int ret;

	*out = (struct known){.home = false};
	ret = read_label(types->store, entry, out);
	if (ret != 0)
		strcpy(out->made, RDB_TYPE_IMPORTED);
	if (ret == 0 || ret == -ENOENT)
		remember(types, entry->id, out);
}

static void type_of(const struct known *known, char type[RDB_TYPE_MAX])
{
	if (known->home)
		memcpy(type, known->made, RDB_TYPE_MAX);
	else
		strcpy(type, RDB_TYPE_IMPORTED);
}

void rdb_types_look(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX])
{
	struct known known;

	look(types, entry, &known);
	type_of(&known, type);
}

void rdb_types_get(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX])
{
	struct known known;

	if (!recall(types, entry->id, &known))
		look(types, entry, &known);
	type_of(&known, type);
}

bool rdb_types_known(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX])
{
	struct known known;
	bool is_known = recall(types, entry->id, &known);

	if (is_known)
		type_of(&known, type);
	return is_known;
}

bool rdb_types_made(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX])
{
	struct known known;

	if (!recall(types, entry->id, &known))
		look(types, entry, &known);
	memcpy(type, known.made, RDB_TYPE_MAX);
	return known.home;
}

/* ---- lineages ---- */

static void remember_lineage(
	struct rdb_types *types, uint64_t id, const struct rdb_lineage *lineage, int error)
{
	pthread_mutex_lock(&types->lock);
	if (make_room(types, id)) {
		types->known[id].lineage = lineage;
		types->known[id].lineage_error = error;
	}
	pthread_mutex_unlock(&types->lock);
}

static int read_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	const struct rdb_lineage **out, struct rdb_err *err)
{
	struct rdb_lineage *lineage;
	struct rdb_source *source;
	int ret;

	if (entry->kind != RDB_ENTRY_ARCHIVE)
		return rdb_err_set(err, ENOENT, "%s is a folder", entry->name);
	ret = rdb_store_open_entry(types->store, entry, &source, err);
	if (ret != 0)
		return ret;
	ret = rdb_lineage_read(source, &lineage, err);
	rdb_source_close(source);
	if (ret == 0 && rdb_lineages_add(&types->lineages, lineage, out) != 0)
		ret = rdb_err_sys(err, ENOMEM, "a backup's scope");
	return ret;
}

static void hand_out(
	struct rdb_types *types, const struct rdb_lineage *lineage, struct rdb_types_lineage *out)
{
	out->scope = &lineage->scope;
	out->cluster = rdb_lineages_cluster(&types->lineages, lineage);
}

int rdb_types_lineage_known(
	struct rdb_types *types, const struct rdb_entry *entry, struct rdb_types_lineage *out)
{
	struct known known;

	recall_all(types, entry->id, &known);
	if (known.lineage)
		hand_out(types, known.lineage, out);
	return known.lineage ? 0 : known.lineage_error ? known.lineage_error : -EAGAIN;
}

int rdb_types_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_types_lineage *out, struct rdb_err *err)
{
	const struct rdb_lineage *lineage = NULL;
	int ret = rdb_types_lineage_known(types, entry, out);

	if (ret != -EAGAIN)
		return ret;
	ret = read_lineage(types, entry, &lineage, err);
	if (ret == 0 || ret == -ENOENT || ret == -EBADMSG)
		remember_lineage(types, entry->id, lineage, ret);
	if (ret == 0)
		hand_out(types, lineage, out);
	return ret;
}

int rdb_types_lineage_of(
	struct rdb_types *types, struct rdb_lineage *lineage, struct rdb_types_lineage *out)
{
	const struct rdb_lineage *kept;
	int ret = rdb_lineages_add(&types->lineages, lineage, &kept);

	if (ret == 0)
		hand_out(types, kept, out);
	return ret;
}
