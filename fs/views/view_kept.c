#include "views/view_kept.h"

/* Limit in bytes for all cached texts together. If a text is longer than this limit, the text is
 * cached, but all other texts are removed from the cache. */
#define BYTES ((size_t)4 * 1024 * 1024)

/* Removes and returns the cached document at the index "place", or returns NULL if no document is
 * cached at "place". The caller holds the views' lock. */
static struct rdb_view_document *take(struct rdb_view_kept *kept, size_t place)
{
	struct rdb_view_document *document = kept->documents[place];

	kept->documents[place] = NULL;
	if (document)
		kept->bytes -= document->text.cap;
	return document;
}

void rdb_view_kept_add(struct rdb_views *views, struct rdb_view_document *document)
{
	struct rdb_view_document *removed[RDB_VIEW_KEPT];
	struct rdb_view_kept *kept = &views->kept;
	size_t count = 0;

	pthread_mutex_lock(&views->lock);
	if (!views->stopped) {
		do { /* begin at the place "next", because it has the oldest document */
			removed[count] = take(kept, (kept->next + count) % RDB_VIEW_KEPT);
			count++;
		} while (count < RDB_VIEW_KEPT && kept->bytes + document->text.cap > BYTES);
		kept->documents[kept->next] = rdb_view_document_ref(document);
		kept->next = (kept->next + 1) % RDB_VIEW_KEPT;
		kept->bytes += document->text.cap;
	}
	pthread_mutex_unlock(&views->lock);
	for (size_t i = 0; i < count; i++)
		rdb_view_document_unref(removed[i]);
}

struct rdb_view_document *rdb_view_kept_get(struct rdb_views *views, fuse_ino_t ino)
{
	struct rdb_view_document *found = NULL;

	pthread_mutex_lock(&views->lock);
	for (size_t i = 0; !found && i < RDB_VIEW_KEPT; i++)
		if (views->kept.documents[i] && views->kept.documents[i]->ino == ino)
			found = rdb_view_document_ref(views->kept.documents[i]);
	pthread_mutex_unlock(&views->lock);
	return found;
}

void rdb_view_kept_drop(struct rdb_views *views)
{
	struct rdb_view_kept kept;

	pthread_mutex_lock(&views->lock);
	kept = views->kept;
	views->kept = (struct rdb_view_kept){0};
	pthread_mutex_unlock(&views->lock);
	for (size_t i = 0; i < RDB_VIEW_KEPT; i++)
		rdb_view_document_unref(kept.documents[i]);
}
