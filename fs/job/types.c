#include "job/types.h"

#include "index/embed.h"
#include "job/types_file.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(RDB_TYPE_MAX == RDB_EMBED_TYPE_MAX, "a type fits");
_Static_assert(RDB_TYPE_MAX == RDB_STORE_TYPE_MAX, "a store's type fits");

struct known {
	char made[RDB_TYPE_MAX]; /* type in the archive's gzip header; "" if unknown */
	bool home;               /* the archive was made under this name in this folder */
	const struct rdb_lineage *lineage;
	int lineage_error; /* reason why lineage is NULL: -ENOENT or -EBADMSG; 0 if not read yet */
	time_t started;    /* recorded start of the backup, read with the lineage; 0 if unknown */
};

struct rdb_types {
	struct rdb_store *store;
	pthread_mutex_t lock; /* guards "known" and "room" */
	struct known *known;  /* indexed by the id of the entry */
	size_t room;
	struct rdb_lineages lineages;
	struct rdb_types_file *file; /* data from earlier processes, for a remote store */
};

int rdb_types_create(struct rdb_store *store, struct rdb_types **out)
{
	struct rdb_types *types = calloc(1, sizeof(*types));

	if (!types || rdb_types_file_open(store->cache, &types->file) != 0) {
		free(types);
		return -ENOMEM;
	}
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
	rdb_types_file_close(types->file);
	free(types->known);
	free(types);
}

/* Enlarges the array types->known until "id" is a valid index. Returns false if memory is
 * exhausted. The caller holds types->lock. Ids are sequential, so the array stays small. */
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

/* Stores the type and the lineage of the backup "id" in types->known, except unknown values. If
 * memory is short, stores nothing, and the archive is read again when its type or lineage is next
 * needed. */
static void remember(struct rdb_types *types, uint64_t id, const struct known *known)
{
	pthread_mutex_lock(&types->lock);
	if (make_room(types, id)) {
		struct known *to = &types->known[id];
		if (known->made[0]) {
			memcpy(to->made, known->made, RDB_TYPE_MAX);
			to->home = known->home;
		}
		if (known->lineage || known->lineage_error) {
			to->lineage = known->lineage;
			to->lineage_error = known->lineage_error;
			to->started = known->started;
		}
	}
	pthread_mutex_unlock(&types->lock);
}

/* Looks in the types file for the backup's version (entry->version). If an earlier process has
 * recorded this version, stores the recorded type and lineage in *out and in types->known. If no
 * record exists, leaves *out unchanged. */
static void revive(struct rdb_types *types, const struct rdb_entry *entry, struct known *out)
{
	const struct rdb_types_record *record =
		entry->version ? rdb_types_file_find(types->file, entry->version) : NULL;
	struct rdb_lineage *lineage;

	if (!record)
		return;
	*out = (struct known){.home = record->home, .lineage_error = record->lineage_error};
	strcpy(out->made, record->made);
	if (record->facts && rdb_lineage_parse(record->facts, &lineage, NULL) == 0 &&
		rdb_lineages_add(&types->lineages, lineage, &out->lineage) != 0)
		out->lineage = NULL;
	out->started = record->started;
	remember(types, entry->id, out);
}

static void recall(struct rdb_types *types, const struct rdb_entry *entry, struct known *out)
{
	*out = (struct known){.home = false};
	pthread_mutex_lock(&types->lock);
	if (entry->id < types->room)
		*out = types->known[entry->id];
	pthread_mutex_unlock(&types->lock);
	if (!out->made[0] && !out->lineage && !out->lineage_error)
		revive(types, entry, out);
}

/* Appends a record of the known facts about the backup to the types file. Skips a backup in a local
 * folder, because a local backup has no version, and records are found by version. */
static void keep(struct rdb_types *types, const struct rdb_entry *entry, const struct known *known)
{
	struct rdb_types_record record = {
		.version = entry->version,
		.home = known->home,
		.started = known->started,
		.lineage_error = known->lineage_error,
	};

	if (!entry->version || !known->made[0])
		return;
	memcpy(record.made, known->made, sizeof(record.made));
	rdb_types_file_add(types->file, &record, known->lineage);
}

/* Reads a backup's type, and whether the archive still has its original name and folder. Returns
 * -ENOENT if rdbfs did not make the archive. */
static int read_label(struct rdb_store *store, const struct rdb_entry *entry, struct known *out)
{
	struct rdb_embed_label label;
	struct rdb_source *source;
	int ret;

	if (entry->kind != RDB_ENTRY_ARCHIVE)
		return -ENOENT;
	if (store->ops->made)
		return store->ops->made(store, entry, out->made, &out->home, NULL);
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

/* Returns the lineage of a backup that was copied from a hosting service. The lineage's scope is
 * all databases. The lineage identifies the cluster by copy->origin, the address of the deployment
 * at the service. */
static struct rdb_lineage *lineage_of_copy(const struct rdb_store_copy *copy)
{
	json_t *facts = json_pack("{s:[s]}", "cluster", copy->origin);
	char *text = facts ? json_dumps(facts, JSON_COMPACT) : NULL;
	struct rdb_lineage *lineage = NULL;

	if (text && rdb_lineage_parse(text, &lineage, NULL) != 0)
		lineage = NULL;
	free(text);
	json_decref(facts);
	return lineage;
}

static int read_copy(struct rdb_types *types, const struct rdb_entry *entry, struct known *out)
{
	struct rdb_store_copy copy;
	struct rdb_lineage *lineage;
	int ret = rdb_store_copied(types->store, entry, &copy);

	if (ret != 0)
		return ret;
	lineage = lineage_of_copy(&copy);
	if (!lineage || rdb_lineages_add(&types->lineages, lineage, &out->lineage) != 0)
		return -ENOMEM;
	snprintf(out->made, sizeof(out->made), "%s", *copy.type ? copy.type : RDB_TYPE_IMPORTED);
	out->home = true;
	return 0;
}

static void look(struct rdb_types *types, const struct rdb_entry *entry, struct known *out)
{
	int ret;

	*out = (struct known){.home = false};
	if (entry->type) {
		snprintf(out->made, sizeof(out->made), "%s",
			*entry->type ? entry->type : RDB_TYPE_IMPORTED);
		out->home = true;
		remember(types, entry->id, out);
		return;
	}
	ret = read_copy(types, entry, out);
	if (ret == -ENOENT)
		ret = read_label(types->store, entry, out);
	if (ret != 0)
		strcpy(out->made, RDB_TYPE_IMPORTED);
	if (ret == 0 || ret == -ENOENT) {
		remember(types, entry->id, out);
		keep(types, entry, out);
	}
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

static void recall_or_look(
	struct rdb_types *types, const struct rdb_entry *entry, struct known *out)
{
	recall(types, entry, out);
	if (!out->made[0])
		look(types, entry, out);
}

void rdb_types_get(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX])
{
	struct known known;

	recall_or_look(types, entry, &known);
	type_of(&known, type);
}

bool rdb_types_known(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX])
{
	struct known known;

	recall(types, entry, &known);
	if (known.made[0])
		type_of(&known, type);
	return known.made[0] != '\0';
}

bool rdb_types_made(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX])
{
	struct known known;

	recall_or_look(types, entry, &known);
	memcpy(type, known.made, RDB_TYPE_MAX);
	return known.home;
}

/* ---- lineages ---- */

/* Reads the lineage and the recorded start of a backup from its archive, and stores both in *out.
 * "source" is the opened archive. If "source" is NULL, opens the archive for the read, and closes
 * the archive after the read. Returns 0, or an error of rdb_types_lineage(). */
static int read_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_source *source, struct known *out, struct rdb_err *err)
{
	struct rdb_source *opened = NULL;
	struct rdb_lineage *lineage;
	int ret = 0;

	if (entry->kind != RDB_ENTRY_ARCHIVE)
		return rdb_err_set(err, ENOENT, "%s is a folder", entry->name);
	if (entry->type)
		return rdb_err_set(err, ENOENT, "%s was not made by rdbfs", entry->name);
	if (!source)
		ret = rdb_store_open_entry(types->store, entry, &opened, err);
	if (ret != 0)
		return ret;
	ret = rdb_lineage_read(source ? source : opened, &lineage, &out->started, err);
	rdb_source_close(opened);
	if (ret == 0 && rdb_lineages_add(&types->lineages, lineage, &out->lineage) != 0)
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

	recall(types, entry, &known);
	if (known.lineage)
		hand_out(types, known.lineage, out);
	return known.lineage ? 0 : known.lineage_error ? known.lineage_error : -EAGAIN;
}

int rdb_types_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_types_lineage *out, struct rdb_err *err)
{
	return rdb_types_lineage_from(types, entry, NULL, out, err);
}

int rdb_types_lineage_from(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_source *source, struct rdb_types_lineage *out, struct rdb_err *err)
{
	struct known known = {.lineage = NULL};
	int ret = rdb_types_lineage_known(types, entry, out);

	if (ret != -EAGAIN)
		return ret;
	ret = read_lineage(types, entry, source, &known, err);
	known.lineage_error = ret;
	if (ret != 0 && ret != -ENOENT && ret != -EBADMSG)
		return ret;
	if (ret == 0)
		hand_out(types, known.lineage, out);
	remember(types, entry->id, &known);
	recall(types, entry, &known);
	keep(types, entry, &known);
	return ret;
}

time_t rdb_types_taken(struct rdb_types *types, const struct rdb_entry *entry)
{
	struct known known;
	time_t own;

	recall(types, entry, &known);
	own = rdb_age_own(known.started, "", entry->taken, entry->dated);
	return own ? own : entry->taken;
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
