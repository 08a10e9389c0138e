/* Objects that higher layers keep with an archive (rdb_archive_attach()). */
#include "archive/archive_private.h"
#include "archive/folder.h"

#include <string.h>

void *rdb_archive_attach(
	struct rdb_archive *archive, void *(*create)(void), void (*destroy)(void *object))
{
	void *object;

	pthread_mutex_lock(&archive->lock);
	if (!archive->attached) {
		archive->attached = create();
		archive->detach = destroy;
	}
	object = archive->attached;
	pthread_mutex_unlock(&archive->lock);
	return object;
}

const char *rdb_archive_name(const struct rdb_archive *archive)
{
	return archive->name;
}

int rdb_archive_index_dir(const struct rdb_archive *archive)
{
	return archive->env->index_dir;
}

int rdb_archive_identify(struct rdb_archive *archive, const struct rdb_member *member,
	struct rdb_member_identity *out)
{
	struct rdb_source *file;
	int ret;

	*out = (struct rdb_member_identity){0};
	if (archive->dirfd < 0) {
		out->number = member->number;
		memcpy(out->key, archive->key, sizeof(out->key));
		return 0;
	}
	ret = rdb_folder_open(archive->dirfd, archive->name, member, &file, NULL);
	if (ret != 0)
		return ret;
	ret = rdb_index_key(file, out->key, NULL);
	rdb_source_close(file);
	return ret;
}
