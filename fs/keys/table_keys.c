#include "keys/table_keys.h"

#include "keys/known_keys.h"

#include <errno.h>
#include <stdlib.h>

struct rdb_table_cursor {
	struct rdb_table_keys *keys;
	struct rdb_table_walk *walk;
	uint64_t from; /* ordinal of the first wanted document */
	int ret;       /* the first error, whose text is in err */
	struct rdb_err err;
};

/* Puts the table's name before the text of *err if ret is an error other than -ENOENT, and returns
 * ret. Returns -EIO instead of -EINVAL, because a malformed document means a damaged backup. */
static int report(const struct rdb_table_keys *keys, int ret, struct rdb_err *err)
{
	const struct rdb_member *member = &keys->member;

	if (ret < 0 && ret != -ENOENT)
		rdb_err_prefix(err, "%s/%s: ", member->db, member->file);
	if (ret != -EINVAL)
		return ret;
	if (err)
		err->code = EIO;
	return -EIO;
}

int rdb_table_keys_open(struct rdb_archive *archive, const struct rdb_member *member,
	const struct rdb_cancel *cancel, struct rdb_table_keys **out, struct rdb_err *err)
{
	struct rdb_table_keys *keys;
	int ret = rdb_archive_list_complete(archive, cancel);

	if (ret == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "%s/%s", member->db, member->file);
	if (ret != 0)
		return rdb_err_set(err, ECANCELED, "cancelled");
	if (rdb_known_keys_get(archive, member, &keys) != 0)
		return rdb_err_sys(err, ENOMEM, "%s/%s", member->db, member->file);
	rdb_archive_ref(archive);
	ret = report(keys, rdb_known_keys_name(keys, cancel, err), err);
	if (ret != 0) {
		rdb_table_keys_close(keys);
		return ret;
	}
	*out = keys;
	return 0;
}

void rdb_table_keys_close(struct rdb_table_keys *keys)
{
	struct rdb_archive *archive;

	if (!keys)
		return;
	archive = keys->archive;
	rdb_known_keys_put(keys);
	rdb_archive_unref(archive);
}

const char *rdb_table_keys_name(const struct rdb_table_keys *keys)
{
	return keys->id.name;
}

/* ---- looking up ---- */

/* Searches for the key from *place on. Appends the document to "text" and stores its number in
 * *ordinal. Returns 1 if found, 0 if not. */
static int walk_to(struct rdb_table_keys *keys, const struct rdb_table_place *place,
	uint64_t offset, const struct rdb_primary_key *key, const struct rdb_cancel *cancel,
	struct rdb_buf *text, uint64_t *ordinal, struct rdb_err *err)
{
	const struct rdb_key_index *index = &keys->index;
	struct rdb_json_piece document;
	struct rdb_json_span json;
	struct rdb_primary_key found;
	struct rdb_table_walk *walk;
	int order = -1;
	int ret = rdb_table_walk_open(keys->archive, &keys->member, place, cancel, &walk);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "documents");
	while ((ret = rdb_known_keys_next(keys, walk, &document, &json, &found, err)) == 1) {
		order = rdb_primary_key_compare(&found, key);
		/* If the index has hashes, skip the documents before the offset "offset". The
		 * document at this offset has the key's hash. */
		if (index->hashed ? document.offset >= offset
				  : order == 0 || (index->sorted && order > 0))
			break;
	}
	if (ret == 1 && order == 0 && rdb_buf_add(text, document.data, document.len) != 0)
		ret = rdb_err_sys(err, ENOMEM, "documents");
	if (ret == 1)
		*ordinal = document.number - 1;
	rdb_table_walk_close(walk);
	return ret == 1 ? order == 0 : ret;
}

static int index_failed(struct rdb_err *err, const char *what)
{
	return rdb_err_set(err, EIO,
		"the index of keys %s: delete the folder of indexes (index-dir), and it is made "
		"again",
		what);
}

static int find_hashed(struct rdb_table_keys *keys, const struct rdb_primary_key *key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err)
{
	struct rdb_table_place place;
	uint64_t offset = 0;
	int ret, found;

	for (;; offset++) {
		found = rdb_key_hashes_find(&keys->index.hashes, key, offset, &offset);
		if (found < 0)
			return index_failed(err, "can't be read");
		if (found == 0)
			return 0;
		if (!rdb_key_index_at(&keys->index, offset, &place))
			return index_failed(err, "is damaged");
		ret = walk_to(keys, &place, offset, key, cancel, text, ordinal, err);
		if (ret != 0)
			return ret;
	}
}

static int find(struct rdb_table_keys *keys, const struct rdb_primary_key *key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err)
{
	const struct rdb_key_index *index = &keys->index;
	struct rdb_table_place place;

	if (index->hashed)
		return find_hashed(keys, key, cancel, text, ordinal, err);
	if (!index->sorted)
		return walk_to(keys, NULL, 0, key, cancel, text, ordinal, err);
	if (!rdb_key_index_find(index, key, &place))
		return 0;
	return walk_to(keys, &place, 0, key, cancel, text, ordinal, err);
}

/* Returns true if a damaged document may have the key that was not found. */
static bool may_be_lost(const struct rdb_table_keys *keys, const struct rdb_primary_key *key)
{
	const struct rdb_key_index *index = &keys->index;
	struct rdb_table_place place;

	if (keys->phase != RDB_KEYS_PARTIAL)
		return false;
	if (!index->sorted || index->count == 0)
		return true;
	/* Test whether the table's first documents are damaged, and whether the key would be among
	 * these documents. Later damage needs no test, because find() fails when its search meets
	 * the damage. */
	return index->regions[0].ordinal > 0 && !rdb_key_index_find(index, key, &place);
}

int rdb_table_keys_find(struct rdb_table_keys *keys, const struct rdb_primary_key *key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err)
{
	uint64_t place = 0;
	int ret = rdb_known_keys_learn(keys, cancel, err);

	if (ret == 0)
		ret = find(keys, key, cancel, text, &place, err);
	else
		return report(keys, ret, err);
	if (ret == 1 && ordinal)
		*ordinal = place;
	if (ret == 1)
		return 0;
	if (ret == 0 && may_be_lost(keys, key)) {
		ret = -keys->err.code;
		if (err)
			*err = keys->err;
	}
	return ret ? report(keys, ret, err) : rdb_err_set(err, ENOENT, "no document has this key");
}

/* ---- in the order of the table ---- */

int rdb_table_cursor_open(struct rdb_table_keys *keys, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_table_cursor **out)
{
	const struct rdb_key_index *index = rdb_known_keys_index(keys);
	struct rdb_table_cursor *cursor = calloc(1, sizeof(*cursor));
	struct rdb_table_place place;
	bool near = index && rdb_key_index_place(index, ordinal, &place);

	if (!cursor)
		return -ENOMEM;
	if (rdb_table_walk_open(keys->archive, &keys->member, near ? &place : NULL, cancel,
		    &cursor->walk) != 0) {
		free(cursor);
		return -ENOMEM;
	}
	cursor->keys = keys;
	cursor->from = ordinal;
	*out = cursor;
	return 0;
}

void rdb_table_cursor_close(struct rdb_table_cursor *cursor)
{
	if (!cursor)
		return;
	rdb_table_walk_close(cursor->walk);
	free(cursor);
}

static int next(
	struct rdb_table_cursor *cursor, struct rdb_table_document *out, struct rdb_err *err)
{
	struct rdb_json_piece document;
	struct rdb_primary_key key;
	int ret;

	do
		ret = rdb_known_keys_next(
			cursor->keys, cursor->walk, &document, &out->key, &key, err);
	while (ret == 1 && document.number <= cursor->from);
	if (ret == 1) {
		out->text = (struct rdb_json_span){document.data, document.len};
		out->ordinal = document.number - 1;
	}
	return ret;
}

int rdb_table_cursor_next(
	struct rdb_table_cursor *cursor, struct rdb_table_document *out, struct rdb_err *err)
{
	if (cursor->ret == 0) {
		int ret = report(cursor->keys, next(cursor, out, &cursor->err), &cursor->err);
		if (ret >= 0)
			return ret;
		cursor->ret = ret;
	}
	if (err)
		*err = cursor->err;
	return cursor->ret;
}
