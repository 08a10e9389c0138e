/* Reads a whole table to build its key index, or loads the key index of an earlier pass. */
#include "base/log.h"
#include "keys/key_builder.h"
#include "keys/known_keys.h"
#include "keys/table_gap.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int feed(struct rdb_table_keys *state, struct rdb_table_walk *walk,
	struct rdb_key_builder *builder, bool in_order, struct rdb_err *err)
{
	struct rdb_json_piece document;
	struct rdb_json_span json;
	struct rdb_primary_key key;
	int ret;

	while ((ret = rdb_known_keys_next(state, walk, &document, &json, &key, err)) == 1) {
		if (document.number == 1 && rdb_table_walk_layout(walk) == RDB_LAYOUT_PACKED)
			/* Put all documents into one region. Reading can begin at the start of any
			 * region, but a packed table is readable only from the table's start. */
			rdb_key_builder_one_region(builder);
		ret = rdb_key_builder_add(builder, &document, &key);
		if (ret != 0)
			return rdb_err_sys(err, -ret, "the index of keys");
		if (in_order && !builder->index.sorted)
			return -EDOM;
	}
	return ret;
}

/* Returns true if reading the table again would fail with the same error. */
static bool is_lasting(struct rdb_table_keys *state, int ret)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(state->archive, &facts);
	return ret == -EINVAL || (ret == -EIO && facts.state == RDB_ARCHIVE_DAMAGED);
}

/* Moves *walk from the damage to the next readable line of the table. Returns 1 if a readable line
 * follows the damage, 0 if no readable line follows, or a negative errno. */
static int skip_damage(struct rdb_table_keys *state, struct rdb_key_builder *builder,
	const struct rdb_cancel *cancel, struct rdb_table_walk **walk)
{
	struct rdb_table_place place = {.layout = RDB_LAYOUT_ARRAY, .head = builder->index.head};
	uint64_t from = rdb_table_walk_offset(*walk);
	int ret = rdb_table_gap_end(state->archive, &state->member, from, cancel, &place.offset);

	if (ret != 1)
		return ret;
	rdb_table_walk_close(*walk);
	*walk = NULL;
	/* Count each skipped byte as a document. The number of skipped documents is unknown, but
	 * cannot be greater than the number of skipped bytes, so the ordinal is never too small. */
	place.ordinal = builder->index.documents + (place.offset - from);
	rdb_key_builder_skip(builder, place.ordinal);
	ret = rdb_table_walk_open(state->archive, &state->member, &place, cancel, walk);
	return ret ? ret : 1;
}

/* Adds all readable documents of the table to the builder, including the documents after damage. If
 * the table is damaged, returns -EIO with a message about the first damage. */
static int feed_all(struct rdb_table_keys *state, struct rdb_table_walk **walk,
	struct rdb_key_builder *builder, bool in_order, const struct rdb_cancel *cancel,
	struct rdb_err *err)
{
	struct rdb_err again = {0};
	int first = feed(state, *walk, builder, in_order, err), ret = first;

	while (ret == -EIO && (ret = skip_damage(state, builder, cancel, walk)) == 1) {
		rdb_err_clear(&again);
		ret = feed(state, *walk, builder, in_order, &again);
	}
	if (first != -EIO || ret == 0)
		return first;
	if (ret != -EDOM && again.code == 0)
		return rdb_err_sys(err, -ret, "the index of keys");
	if (ret != -EDOM && err)
		*err = again;
	return ret;
}

/* Builds the table's key index by reading the table. Writes hashes of the keys to fd, unless fd is
 * -1. If in_order is true, returns -EDOM for unsorted keys. */
static int read_table(struct rdb_table_keys *state, int fd, bool in_order,
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
		ret = feed_all(state, &walk, &builder, in_order, cancel, err);
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

/* Saves the index in the table's key file. Errors are only logged, because the index in memory is
 * also usable without the file. */
static void save(struct rdb_table_keys *state, int fd, const struct rdb_key_index *index)
{
	int ret;

	if (rdb_known_keys_folder(state) < 0)
		return;
	ret = rdb_key_file_save(fd, &state->id, index);
	if (ret != 0)
		rdb_log_warning("the index of keys of %s/%s/%s can't be written: %s",
			rdb_archive_name(state->archive), state->member.db, state->member.file,
			strerror(-ret));
}

static void save_alone(struct rdb_table_keys *state, const struct rdb_key_index *index)
{
	int fd = rdb_known_keys_folder(state) < 0
			 ? -1
			 : rdb_key_file_create(rdb_known_keys_folder(state), &state->id, NULL);

	if (fd < 0)
		return;
	save(state, fd, index);
	close(fd);
}

static int learn_unsorted(struct rdb_table_keys *state, const struct rdb_cancel *cancel,
	enum rdb_keys_phase *phase, struct rdb_err *err)
{
	int fd = rdb_key_file_create(rdb_known_keys_folder(state), &state->id, err), ret;

	if (fd < 0)
		return fd;
	ret = read_table(state, fd, false, cancel, &state->index, phase, err);
	if (*phase == RDB_KEYS_KNOWN)
		save(state, fd, &state->index);
	if (*phase != RDB_KEYS_NAMED && state->index.hashed)
		state->fd = fd;
	else
		close(fd);
	return ret;
}

/* Stores the index in "state", or frees an index that is of no use for searches. Returns the new
 * phase of "state". */
static enum rdb_keys_phase store_learnt(struct rdb_table_keys *state, struct rdb_key_index *index)
{
	if (state->member.size > RDB_KEY_REGION)
		save_alone(state, index);
	if (index->sorted || index->layout == RDB_LAYOUT_PACKED ||
		state->member.size <= RDB_KEY_REGION) {
		state->index = *index;
		return RDB_KEYS_KNOWN;
	}
	/* Keep only the fact that the table is unsorted. A search in a large unsorted table needs
	 * hashes of the keys, and this index was built without hashes. */
	rdb_known_keys_set_unsorted(state);
	rdb_key_index_free(index);
	return RDB_KEYS_NAMED;
}

void rdb_table_keys_learnt(
	struct rdb_table_keys *state, struct rdb_key_builder *builder, unsigned layout)
{
	enum rdb_keys_phase phase = RDB_KEYS_NAMED;
	struct rdb_key_index index;

	if (!rdb_known_keys_try_claim(state))
		return;
	if (rdb_key_builder_finish(builder, (enum rdb_table_layout)layout, &index) == 0)
		phase = store_learnt(state, &index);
	rdb_known_keys_release(state, phase);
}

static int learn(struct rdb_table_keys *state, const struct rdb_cancel *cancel,
	enum rdb_keys_phase *phase, struct rdb_err *err)
{
	bool small = state->member.size <= RDB_KEY_REGION;
	int ret = -EDOM;

	if (!state->unsorted)
		ret = read_table(state, -1, !small, cancel, &state->index, phase, err);
	if (ret == 0 && !small)
		save_alone(state, &state->index);
	if (ret == -EDOM) {
		rdb_known_keys_set_unsorted(state);
		ret = learn_unsorted(state, cancel, phase, err);
	}
	return ret;
}

int rdb_known_keys_learn(
	struct rdb_table_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	enum rdb_keys_phase phase = RDB_KEYS_NAMED;
	int ret = rdb_known_keys_claim(state, RDB_KEYS_KNOWN, cancel);

	if (ret != 1)
		return ret ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
	ret = learn(state, cancel, &phase, &state->err);
	if (phase == RDB_KEYS_PARTIAL)
		ret = 0;
	if (ret != 0 && err)
		*err = state->err;
	rdb_known_keys_release(state, phase);
	return ret;
}
