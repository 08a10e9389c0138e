/* Finds the name of a table's primary key, and reads the value of this key in the table's first
 * document. */
#include "format/info.h"
#include "format/member_name.h"
#include "keys/known_keys.h"
#include "keys/table_gap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* Stores in "name" the name of the primary key from the table's .info file. Leaves "name" unchanged
 * if the file cannot be read, for example because the scan has not reached the file yet. */
static void read_name(struct rdb_table_keys *state, char name[128])
{
	struct rdb_member info;
	struct rdb_buf file = {0}, text = {0};
	int64_t indexes;
	size_t len = rdb_name_table(state->member.file);

	if (rdb_buf_printf(&file, "%.*s.info", (int)len, state->member.file) == 0 &&
		rdb_buf_cstr(&file) &&
		rdb_archive_find(state->archive, state->member.db, file.data, &info) == 0 &&
		info.size <= RDB_INFO_MAX && read_member(state->archive, &info, &text) == 0)
		(void)rdb_info_parse(text.data, text.len, &indexes, name);
	rdb_buf_free(&file);
	rdb_buf_free(&text);
}

static void find_name(struct rdb_table_keys *state)
{
	struct rdb_table_facts facts;

	rdb_archive_table_facts(state->archive, state->member.number, &facts);
	if (!facts.primary_key[0])
		read_name(state, facts.primary_key);
	state->guessed = !facts.primary_key[0];
	snprintf(state->id.name, sizeof(state->id.name), "%s",
		state->guessed ? "id" : facts.primary_key);
}

/* Sets the fields of state->id that identify the table's key file. If the archive cannot be
 * identified, sets state->has_id to false, so that no key file is used. */
static void find_id(struct rdb_table_keys *state)
{
	struct rdb_member_identity identity;

	state->id.size = state->member.size;
	state->has_id = rdb_archive_identify(state->archive, &state->member, &identity) == 0;
	state->id.member = identity.number;
	memcpy(state->id.archive, identity.key, sizeof(identity.key));
}

static int read_first(
	struct rdb_table_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err)
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

/* Loads the table's index from the key file. Returns true if the key file is valid. */
static bool load(struct rdb_table_keys *state)
{
	struct rdb_key_index *index = &state->index;

	if (rdb_key_file_load(rdb_known_keys_folder(state), &state->id, index, &state->fd) != 0)
		return false;
	if (index->sorted || index->hashed || index->layout == RDB_LAYOUT_PACKED)
		return true;
	/* Free the index, because the index cannot help a search: the table is not in key order,
	 * and the index has no hashes. Keep the fact "mixed" (not all keys are strings). */
	state->mixed = index->mixed;
	state->unsorted = true;
	rdb_key_index_free(index);
	return true;
}

int rdb_known_keys_name(
	struct rdb_table_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	int ret = rdb_known_keys_claim(state, RDB_KEYS_NAMED, cancel);
	uint64_t line;

	if (ret != 1)
		return ret ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
	find_name(state);
	find_id(state);
	if (load(state)) {
		rdb_known_keys_release(state, state->unsorted ? RDB_KEYS_NAMED : RDB_KEYS_KNOWN);
		return 0;
	}
	ret = read_first(state, cancel, err);
	if (ret == -EIO &&
		rdb_table_gap_end(state->archive, &state->member, 0, cancel, &line) == 1) {
		/* If the beginning of the table is damaged, ignore the error of read_first(),
		 * because documents after the damage can be read. */
		rdb_err_clear(err);
		ret = 0;
	}
	rdb_known_keys_release(state, ret == 0 ? RDB_KEYS_NAMED : RDB_KEYS_NEW);
	return ret;
}
