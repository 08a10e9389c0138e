#include "archive/known_keys.h"

#include "archive/archive_private.h"
#include "archive/folder.h"
#include "archive/key_builder.h"
#include "base/log.h"
#include "format/info.h"
#include "json/key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IDLE_MAX 4 /* states kept of tables that are not open, per archive */
#define LOOK 100   /* ms between looks at the cancel */

/* ---- users ---- */

static void state_free(struct rdb_known_keys *state)
{
	rdb_key_index_free(&state->index);
	if (state->fd >= 0)
		close(state->fd);
	free(state);
}

/* Adds a state. Returns NULL when out of memory. The caller holds the lock. */
static struct rdb_known_keys *add(struct rdb_archive *archive, const struct rdb_member *member)
{
	struct rdb_known_keys *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->archive = archive;
	state->member = *member;
	state->fd = state->index.hashes.fd = -1;
	return state;
}

int rdb_known_keys_get(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_known_keys **out)
{
	struct rdb_known_keys **link, *state;

	pthread_mutex_lock(&archive->keys_lock);
	for (link = &archive->tables; *link && (*link)->member.number != member->number;)
		link = &(*link)->next;
	state = *link;
	if (state)
		*link = state->next;
	else
		state = add(archive, member);
	if (state) { /* the most recently used one is the first */
		state->next = archive->tables;
		archive->tables = state;
		state->users++;
	}
	pthread_mutex_unlock(&archive->keys_lock);
	*out = state;
	return state ? 0 : -ENOMEM;
}

/* Removes unused states, except the newest few. The caller holds the lock. */
static struct rdb_known_keys *remove_idle(struct rdb_archive *archive, unsigned keep)
{
	struct rdb_known_keys **link = &archive->tables, *state, *removed = NULL;

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

static void free_all(struct rdb_known_keys *state)
{
	struct rdb_known_keys *next;

	for (; state; state = next) {
		next = state->next;
		state_free(state);
	}
}

void rdb_known_keys_put(struct rdb_known_keys *state)
{
	struct rdb_archive *archive = state->archive;
	struct rdb_known_keys *removed;

	pthread_mutex_lock(&archive->keys_lock);
	state->users--;
	removed = remove_idle(archive, IDLE_MAX);
	pthread_mutex_unlock(&archive->keys_lock);
	free_all(removed);
}

void rdb_known_keys_free_all(struct rdb_archive *archive)
{
	free_all(archive->tables);
	archive->tables = NULL;
}

/* ---- one thread learns ---- */

static void wait_a_little(struct rdb_archive *archive)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&archive->keys_changed, &archive->keys_lock, &until);
}

/* As claim(), for the phase RDB_KEYS_KNOWN, without waiting. */
static bool try_claim(struct rdb_known_keys *state)
{
	bool claimed;

	pthread_mutex_lock(&state->archive->keys_lock);
	claimed = state->phase == RDB_KEYS_NAMED && !state->busy && !state->unsorted;
	state->busy |= claimed;
	pthread_mutex_unlock(&state->archive->keys_lock);
	return claimed;
}

/* Waits while another thread reads the table's keys. Returns 1: the caller must read them; 0: the
 * state is at the phase already; or an error. */
static int claim(
	struct rdb_known_keys *state, enum rdb_keys_phase phase, const struct rdb_cancel *cancel)
{
	struct rdb_archive *archive = state->archive;
	int ret = 0;

	pthread_mutex_lock(&archive->keys_lock);
	while (state->phase < phase && state->busy && !rdb_cancel_fired(cancel))
		wait_a_little(archive);
	if (state->phase < phase)
		ret = rdb_cancel_fired(cancel) ? -ECANCELED : 1;
	if (ret == 1)
		state->busy = true;
	pthread_mutex_unlock(&archive->keys_lock);
	return ret;
}

static void release(struct rdb_known_keys *state, enum rdb_keys_phase phase)
{
	pthread_mutex_lock(&state->archive->keys_lock);
	state->busy = false;
	state->phase = phase;
	pthread_cond_broadcast(&state->archive->keys_changed);
	pthread_mutex_unlock(&state->archive->keys_lock);
}

enum rdb_table_order rdb_known_keys_order(struct rdb_known_keys *state)
{
	enum rdb_table_order order = RDB_TABLE_ORDER_UNKNOWN;

	pthread_mutex_lock(&state->archive->keys_lock);
	if (state->phase == RDB_KEYS_KNOWN)
		order = state->index.sorted ? RDB_TABLE_IN_ORDER : RDB_TABLE_OUT_OF_ORDER;
	else if (state->unsorted)
		order = RDB_TABLE_OUT_OF_ORDER;
	pthread_mutex_unlock(&state->archive->keys_lock);
	return order;
}

const struct rdb_key_index *rdb_known_keys_index(struct rdb_known_keys *state)
{
	enum rdb_keys_phase phase;

	pthread_mutex_lock(&state->archive->keys_lock);
	phase = state->phase;
	pthread_mutex_unlock(&state->archive->keys_lock);
	return phase >= RDB_KEYS_KNOWN ? &state->index : NULL;
}

bool rdb_known_keys_mixed(struct rdb_known_keys *state)
{
	const struct rdb_key_index *index = rdb_known_keys_index(state);

	return index ? index->mixed : state->mixed;
}

/* ---- documents ---- */

static int explain(const struct rdb_known_keys *state, const struct rdb_json_piece *document,
	int ret, struct rdb_err *err)
{
	if (ret == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "document %" PRIu64, document->number);
	if (state->guessed)
		return rdb_err_set(err, EINVAL,
			"the backup has no .info of this table, which would name its primary key, "
			"and document %" PRIu64 " has no usable \"id\"",
			document->number);
	return rdb_err_set(err, EINVAL, "document %" PRIu64 " has no usable primary key \"%s\"",
		document->number, state->id.name);
}

int rdb_known_keys_next(const struct rdb_known_keys *state, struct rdb_table_walk *walk,
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

/* ---- the name of the primary key ---- */

static int append_read(const struct rdb_read *read, struct rdb_buf *out)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < read->count; i++)
		ret = rdb_buf_add(out, read->iov[i].iov_base, read->iov[i].iov_len);
	return ret;
}

static int read_member(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_buf *out)
{
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	int ret = rdb_reader_open(archive, member->number, &reader);

	if (ret != 0)
		return ret;
	while (ret == 0 && out->len < member->size) {
		ret = rdb_reader_read(
			reader, out->len, (size_t)(member->size - out->len), &read, NULL);
		if (ret == 0)
			ret = read.len ? append_read(&read, out) : -EIO;
		rdb_read_done(&read);
	}
	rdb_reader_close(reader);
	return ret;
}

/* Finds the name of the primary key. For a folder reads the .info itself: its files are counted in
 * the background, perhaps later. */
static void read_name(struct rdb_known_keys *state, char name[128])
{
	struct rdb_member info;
	struct rdb_buf file = {0}, text = {0};
	int64_t indexes;
	size_t len = strcspn(state->member.file, "."); /* names of tables have no dots */

	if (rdb_buf_printf(&file, "%.*s.info", (int)len, state->member.file) == 0 &&
		rdb_buf_cstr(&file) &&
		rdb_archive_find(state->archive, state->member.db, file.data, &info) == 0 &&
		info.size <= RDB_INFO_MAX && read_member(state->archive, &info, &text) == 0)
		(void)rdb_info_parse(text.data, text.len, &indexes, name);
	rdb_buf_free(&file);
	rdb_buf_free(&text);
}

static void find_name(struct rdb_known_keys *state)
{
	struct rdb_table_facts facts;

	rdb_archive_table_facts(state->archive, state->member.number, &facts);
	if (!facts.primary_key[0])
		read_name(state, facts.primary_key);
	state->guessed = !facts.primary_key[0];
	snprintf(state->id.name, sizeof(state->id.name), "%s",
		state->guessed ? "id" : facts.primary_key);
}

/* Sets the identity that binds a file to the table. An archive without an identity has no file. */
static void find_id(struct rdb_known_keys *state)
{
	struct rdb_archive *archive = state->archive;
	struct rdb_source *file;

	state->id.size = state->member.size;
	state->has_id = true;
	if (archive->dirfd < 0) {
		state->id.member = state->member.number;
		memcpy(state->id.archive, archive->key, sizeof(archive->key));
		return;
	}
	state->has_id =
		rdb_folder_open(archive->dirfd, archive->name, &state->member, &file, NULL) == 0;
	if (!state->has_id)
		return;
	state->has_id = rdb_index_key(file, state->id.archive, NULL) == 0;
	rdb_source_close(file);
}

/* Returns the folder for the table's key file; -1: none. */
static int folder_of(const struct rdb_known_keys *state)
{
	return state->has_id && state->member.size > RDB_KEY_REGION ? state->archive->env->index_dir
								    : -1;
}

static int look_at_first(
	struct rdb_known_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	struct rdb_json_piece document;
	struct rdb_json_span json;
	struct rdb_primary_key key;
	struct rdb_table_walk *walk;
	int ret = rdb_table_walk_open(state->archive, &state->member, NULL, cancel, &walk);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s", state->member.file);
	ret = rdb_known_keys_next(state, walk, &document, &json, &key, err);
	state->mixed = ret == 1 && !rdb_primary_key_is_string(&key);
	rdb_table_walk_close(walk);
	return ret < 0 ? ret : 0;
}

/* Loads the key file. A file that only says that the table is out of order is not an index yet. */
static bool load(struct rdb_known_keys *state)
{
	struct rdb_key_index *index = &state->index;

	if (rdb_key_file_load(folder_of(state), &state->id, index, &state->fd) != 0)
		return false;
	if (index->sorted || index->hashed || index->layout == RDB_LAYOUT_PACKED)
		return true;
	state->mixed = index->mixed;
	state->unsorted = true;
	rdb_key_index_free(index);
	return true;
}

int rdb_known_keys_name(
	struct rdb_known_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	int ret = claim(state, RDB_KEYS_NAMED, cancel);

	if (ret != 1)
		return ret ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
	find_name(state);
	find_id(state);
	if (load(state)) {
		release(state, state->unsorted ? RDB_KEYS_NAMED : RDB_KEYS_KNOWN);
		return 0;
	}
	ret = look_at_first(state, cancel, err);
	release(state, ret == 0 ? RDB_KEYS_NAMED : RDB_KEYS_NEW);
	return ret;
}

/* ---- the whole table ---- */

/* Adds every document to the builder. -EDOM: out of order, which requires a file. */
static int feed(struct rdb_known_keys *state, struct rdb_table_walk *walk,
	struct rdb_key_builder *builder, bool in_order, struct rdb_err *err)
{
	struct rdb_json_piece document;
	struct rdb_json_span json;
	struct rdb_primary_key key;
	int ret;

	while ((ret = rdb_known_keys_next(state, walk, &document, &json, &key, err)) == 1) {
		if (document.number == 1 && rdb_table_walk_layout(walk) == RDB_LAYOUT_PACKED)
			rdb_key_builder_one_region(builder); /* can only be read from its start */
		ret = rdb_key_builder_add(builder, &document, &key);
		if (ret != 0)
			return rdb_err_sys(err, -ret, "the index of keys");
		if (in_order && !builder->index.sorted)
			return -EDOM;
	}
	return ret;
}

/* Returns whether a failure is permanent. */
static bool is_lasting(struct rdb_known_keys *state, int ret)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(state->archive, &facts);
	return ret == -EINVAL || (ret == -EIO && facts.state == RDB_ARCHIVE_DAMAGED);
}

/* Reads the table to its end. fd: a file for its hashes, or -1. -EINVAL, or -EIO in the phase
 * RDB_KEYS_PARTIAL: out has the readable documents. */
static int pass(struct rdb_known_keys *state, int fd, bool in_order,
	const struct rdb_cancel *cancel, struct rdb_key_index *out, enum rdb_keys_phase *phase,
	struct rdb_err *err)
{
	struct rdb_key_builder builder;
	struct rdb_table_walk *walk = NULL;
	int ret = rdb_key_builder_init(&builder, state->member.size, fd, RDB_KEY_FILE_PAGES), end;

	if (ret == 0)
		ret = rdb_table_walk_open(state->archive, &state->member, NULL, cancel, &walk);
	if (ret != 0)
		rdb_err_sys(err, -ret, "the index of keys");
	else
		ret = feed(state, walk, &builder, in_order, err);
	if (ret == 0 || is_lasting(state, ret)) {
		*phase = ret == 0 ? RDB_KEYS_KNOWN : RDB_KEYS_PARTIAL;
		end = rdb_key_builder_finish(&builder, rdb_table_walk_layout(walk), out);
		if (end != 0) {
			*phase = RDB_KEYS_NAMED;
			ret = rdb_err_sys(err, -end, "the index of keys");
		}
	}
	rdb_table_walk_close(walk);
	rdb_key_builder_free(&builder);
	return ret;
}

/* Saves the index. A table in order can be used without a file, so errors are ignored. */
static void save(struct rdb_known_keys *state, int fd, const struct rdb_key_index *index)
{
	int ret;

	if (folder_of(state) < 0)
		return;
	ret = rdb_key_file_save(fd, &state->id, index);
	if (ret != 0)
		rdb_log_warning("the index of keys of %s/%s/%s cannot be written: %s",
			state->archive->name, state->member.db, state->member.file, strerror(-ret));
}

static void save_alone(struct rdb_known_keys *state, const struct rdb_key_index *index)
{
	int fd =
		folder_of(state) < 0 ? -1 : rdb_key_file_create(folder_of(state), &state->id, NULL);

	if (fd < 0)
		return;
	save(state, fd, index);
	close(fd);
}

static void set_unsorted(struct rdb_known_keys *state)
{
	pthread_mutex_lock(&state->archive->keys_lock);
	state->unsorted = true;
	pthread_mutex_unlock(&state->archive->keys_lock);
}

static int learn_unsorted(struct rdb_known_keys *state, const struct rdb_cancel *cancel,
	enum rdb_keys_phase *phase, struct rdb_err *err)
{
	int fd = rdb_key_file_create(folder_of(state), &state->id, err), ret;

	if (fd < 0)
		return fd;
	ret = pass(state, fd, false, cancel, &state->index, phase, err);
	if (*phase == RDB_KEYS_KNOWN)
		save(state, fd, &state->index);
	if (*phase != RDB_KEYS_NAMED && state->index.hashed)
		state->fd = fd;
	else
		close(fd);
	return ret;
}

/* Stores the index. A table out of order is RDB_KEYS_KNOWN only with its documents' offsets;
 * without them only its order is stored. */
static enum rdb_keys_phase keep(struct rdb_known_keys *state, struct rdb_key_index *index)
{
	if (state->member.size > RDB_KEY_REGION)
		save_alone(state, index);
	if (index->sorted || index->layout == RDB_LAYOUT_PACKED ||
		state->member.size <= RDB_KEY_REGION) {
		state->index = *index;
		return RDB_KEYS_KNOWN;
	}
	set_unsorted(state);
	rdb_key_index_free(index);
	return RDB_KEYS_NAMED;
}

void rdb_known_keys_learnt(
	struct rdb_known_keys *state, struct rdb_key_builder *builder, enum rdb_table_layout layout)
{
	enum rdb_keys_phase phase = RDB_KEYS_NAMED;
	struct rdb_key_index index;

	if (!try_claim(state))
		return;
	if (rdb_key_builder_finish(builder, layout, &index) == 0)
		phase = keep(state, &index);
	release(state, phase);
}

static int learn(struct rdb_known_keys *state, const struct rdb_cancel *cancel,
	enum rdb_keys_phase *phase, struct rdb_err *err)
{
	bool small = state->member.size <= RDB_KEY_REGION;
	int ret = -EDOM;

	if (!state->unsorted)
		ret = pass(state, -1, !small, cancel, &state->index, phase, err);
	if (ret == 0 && !small)
		save_alone(state, &state->index);
	if (ret == -EDOM) {
		set_unsorted(state);
		ret = learn_unsorted(state, cancel, phase, err);
	}
	return ret;
}

int rdb_known_keys_learn(
	struct rdb_known_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	enum rdb_keys_phase phase = RDB_KEYS_NAMED;
	int ret = claim(state, RDB_KEYS_KNOWN, cancel);

	if (ret != 1)
		return ret ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
	ret = learn(state, cancel, &phase, &state->err);
	if (phase == RDB_KEYS_PARTIAL)
		ret = 0;
	if (ret != 0 && err)
		*err = state->err;
	release(state, phase);
	return ret;
}
