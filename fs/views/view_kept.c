#include "views/view_kept.h"

/* Limit in bytes for all cached texts together. A text that is longer than this limit is cached
 * only while no other text is cached. */
#define BYTES ((size_t)4 * 1024 * 1024)

static size_t bytes_of(const struct rdb_view_document *document)
{
	return document ? document->text.cap : 0;
}

/* If "more" bytes do not fit into the cache, removes and returns the oldest cached document.
 * Otherwise returns NULL. The caller holds the views' lock. */
static struct rdb_view_document *remove_oldest(struct rdb_views *views, size_t more)
{
	struct rdb_view_kept *kept = &views->kept;
	struct rdb_view_document *oldest = NULL;

	while (!oldest && kept->count > 0 &&
		(kept->count == RDB_VIEW_KEPT || kept->bytes + more > BYTES)) {
		size_t at = (kept->next + RDB_VIEW_KEPT - kept->count) % RDB_VIEW_KEPT;

		oldest = kept->documents[at];
		kept->documents[at] = NULL;
		kept->count--;
		kept->bytes -= bytes_of(oldest);
	}
	return oldest;
}

/* Tries to add a document to the cache. Returns NULL if the document was added. If the cache is
 * full, removes and returns the oldest document, which the caller releases before it calls again.
 * Returns "document" itself if it cannot be added at all. */
static struct rdb_view_document *add(struct rdb_views *views, struct rdb_view_document *document)
{
	struct rdb_view_kept *kept = &views->kept;
	struct rdb_view_document *oldest = document;

	pthread_mutex_lock(&views->lock);
	if (!views->stopped)
		oldest = remove_oldest(views, bytes_of(document));
	if (!oldest) {
		kept->documents[kept->next] = document;
		kept->next = (kept->next + 1) % RDB_VIEW_KEPT;
		kept->count++;
		kept->bytes += bytes_of(document);
	}
	pthread_mutex_unlock(&views->lock);
	return oldest;
}

void rdb_view_kept_add(struct rdb_views *views, struct rdb_view_document *document)
{
	struct rdb_view_document *oldest;

	rdb_view_document_ref(document);
	do {
		oldest = add(views, document);
		rdb_view_document_unref(oldest);
	} while (oldest && oldest != document);
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
