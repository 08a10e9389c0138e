#include "views/view_recent.h"

#include "views/view_table.h"

#include <stdlib.h>
#include <string.h>

#define NEAR 1024      /* distance in documents up to which two look-ups count as close together */
#define DOCUMENTS 2048 /* largest number of documents in a window of read-ahead */
#define BYTES ((size_t)512 * 1024) /* bytes of text at which a window of read-ahead ends */

struct recent_document {
	struct rdb_primary_key key;
	uint64_t ordinal;
	size_t offset, len; /* offset in rdb_view_recent.text, and length */
};

struct rdb_view_recent {
	struct rdb_table_cursor *cursor;
	uint64_t next; /* ordinal of the document that the cursor reads next */
	struct rdb_buf text;
	size_t count;
	struct recent_document documents[DOCUMENTS];
};

/* A document that a look-up has read from the archive. */
struct found {
	const struct rdb_primary_key *key;
	uint64_t ordinal;
	size_t len; /* bytes of the document's text */
};

static void recent_free(struct rdb_view_recent *recent)
{
	if (!recent)
		return;
	rdb_table_cursor_close(recent->cursor);
	rdb_buf_free(&recent->text);
	free(recent);
}

/* ---- one window for a few tables ---- */

/* Puts the table at the front of the list table->views->recent. If the list is full and lacks the
 * table, removes the list's last table, and frees the removed table's documents in memory. */
static void move_to_front(struct rdb_view_table *table)
{
	struct rdb_view_table **turns = table->views->recent, *last;
	size_t at = 0;

	pthread_mutex_lock(&table->views->lock);
	while (at < RDB_RECENT_TABLES - 1 && turns[at] != table)
		at++;
	last = turns[at] == table ? NULL : turns[at];
	memmove(turns + 1, turns, at * sizeof(*turns));
	turns[0] = table;
	if (last)
		last->refs++;
	pthread_mutex_unlock(&table->views->lock);
	if (!last)
		return;
	rdb_view_recent_drop(last);
	rdb_view_table_unref(last);
}

static struct rdb_view_recent *detach_window(struct rdb_view_table *table)
{
	struct rdb_view_recent *recent;

	pthread_mutex_lock(&table->lock);
	recent = table->recent;
	table->recent = NULL;
	pthread_mutex_unlock(&table->lock);
	return recent;
}

static void put_window(struct rdb_view_table *table, struct rdb_view_recent *recent)
{
	struct rdb_view_recent *other;

	pthread_mutex_lock(&table->lock);
	other = table->recent;
	table->recent = recent;
	pthread_mutex_unlock(&table->lock);
	recent_free(other);
}

void rdb_view_recent_drop(struct rdb_view_table *table)
{
	recent_free(detach_window(table));
}

/* ---- moving on ---- */

/* Adds a document to the read-ahead window if its key is greater than *last. Returns true if the
 * document was added and more documents fit. */
static bool add(struct rdb_view_recent *recent, const struct rdb_table_document *document,
	const struct rdb_primary_key *last)
{
	struct recent_document *to = &recent->documents[recent->count];

	if (document->text.len > BYTES || rdb_primary_key_encode(document->key, &to->key) != 0 ||
		rdb_primary_key_compare(last, &to->key) >= 0)
		return false;
	to->ordinal = document->ordinal;
	to->offset = recent->text.len;
	to->len = document->text.len;
	if (rdb_buf_add(&recent->text, document->text.data, document->text.len) != 0)
		return false;
	recent->count++;
	return recent->count < DOCUMENTS && recent->text.len < BYTES;
}

/* Refills the read-ahead window with documents after *found. If "backwards" is true, also adds
 * *found and the documents before it. */
static void fill(struct rdb_view_recent *recent, const struct found *found, bool backwards)
{
	struct rdb_primary_key last = *found->key;
	struct rdb_table_document document;
	bool more = true, first = backwards && recent->next > 0;

	recent->count = 0;
	rdb_buf_clear(&recent->text);
	if (backwards)
		last.len = 0;
	while (more && rdb_table_cursor_next(recent->cursor, &document, NULL) == 1) {
		recent->next = document.ordinal + 1;
		if (!backwards && document.ordinal <= found->ordinal)
			continue;
		/* Do not add the first document, because add() needs the key of the preceding
		 * document. */
		if (first)
			more = rdb_primary_key_encode(document.key, &last) == 0;
		else
			more = add(recent, &document, &last);
		if (recent->count > 0)
			last = recent->documents[recent->count - 1].key;
		first = false;
	}
}

static uint64_t start_around(const struct found *found)
{
	uint64_t before = BYTES / 2 / (found->len + 1);

	if (before > DOCUMENTS / 2)
		before = DOCUMENTS / 2;
	return found->ordinal > before ? found->ordinal - before : 0;
}

static struct rdb_view_recent *window_for(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct found *found, bool backwards)
{
	struct rdb_view_recent *recent = detach_window(table);
	uint64_t next = found->ordinal + 1;

	if (recent && !backwards && recent->next <= next && next - recent->next <= NEAR)
		return recent;
	recent_free(recent);
	recent = calloc(1, sizeof(*recent));
	if (!recent)
		return NULL;
	recent->next = backwards ? start_around(found) : next;
	if (rdb_table_cursor_open(keys, recent->next, NULL, &recent->cursor) == 0)
		return recent;
	free(recent);
	return NULL;
}

static void move_on(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct found *found, bool backwards)
{
	struct rdb_view_recent *recent = window_for(table, keys, found, backwards);

	if (!recent)
		return;
	fill(recent, found, backwards);
	put_window(table, recent);
	move_to_front(table);
}

/* ---- look-ups ---- */

/* Searches "recent", the documents that were read ahead, for the primary key "key". Returns the
 * document, or NULL if no document in "recent" has the key. The caller holds the table's lock. */
static const struct recent_document *search(
	const struct rdb_view_recent *recent, const struct rdb_primary_key *key)
{
	size_t from = 0, to = recent ? recent->count : 0;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = rdb_primary_key_compare(&recent->documents[middle].key, key);

		if (order == 0)
			return &recent->documents[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

bool rdb_view_recent_find(struct rdb_view_table *table, const struct rdb_primary_key *key,
	struct rdb_buf *text, uint64_t *ordinal)
{
	const struct recent_document *found;
	bool copied = false;

	pthread_mutex_lock(&table->lock);
	found = search(table->recent, key);
	if (found)
		copied = rdb_buf_add(text, table->recent->text.data + found->offset, found->len) ==
			 0;
	if (copied) {
		table->last_found = found->ordinal + 1;
		*ordinal = found->ordinal;
	}
	pthread_mutex_unlock(&table->lock);
	return copied;
}

void rdb_view_recent_found(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct rdb_primary_key *key, uint64_t ordinal, size_t len)
{
	const struct found found = {key, ordinal, len};
	uint64_t next, distance;

	pthread_mutex_lock(&table->lock);
	next = table->last_found;
	table->last_found = ordinal + 1;
	pthread_mutex_unlock(&table->lock);
	distance = ordinal >= next ? ordinal - next : next - ordinal;
	if (next > 0 && ordinal + 1 != next && distance < NEAR)
		move_on(table, keys, &found, ordinal < next);
}
