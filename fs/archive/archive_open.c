/* Opens archives and folders. An archive's index is loaded from the cache folder or from the
 * archive itself. */
#include "archive/archive_private.h"

#include "archive/archive_scan.h"
#include "index/damage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void rdb_archive_free(struct rdb_archive *archive)
{
	rdb_scan_free(archive->scan);
	rdb_stream_cache_forget(&archive->content);
	if (archive->attached)
		archive->detach(archive->attached);
	rdb_index_free(archive->content.index);
	rdb_catalog_free(archive->catalog);
	rdb_source_close(archive->content.source);
	if (archive->dirfd >= 0)
		close(archive->dirfd);
	pthread_mutex_destroy(&archive->lock);
	pthread_mutex_destroy(&archive->wake_lock);
	free(archive->name);
	free(archive);
}

static int archive_create(struct rdb_archive_env *env, const char *name, struct rdb_archive **out)
{
	struct rdb_archive *archive = calloc(1, sizeof(*archive));

	if (!archive)
		return -ENOMEM;
	archive->env = env;
	archive->content.cache = env->cache;
	archive->dirfd = -1;
	archive->refs = 1;
	pthread_mutex_init(&archive->lock, NULL);
	pthread_mutex_init(&archive->wake_lock, NULL);
	archive->name = strdup(name);
	if (!archive->name || rdb_catalog_create(&archive->catalog) != 0) {
		rdb_archive_free(archive);
		return -ENOMEM;
	}
	archive->content.name = archive->name;
	archive->content.lenient = env->allow_damaged;
	*out = archive;
	return 0;
}

static int open_empty(struct rdb_archive *archive, const unsigned char key[RDB_INDEX_KEY])
{
	struct rdb_scan_outcome outcome;
	int ret;

	rdb_index_free(archive->content.index);
	archive->content.index = NULL;
	rdb_catalog_free(archive->catalog);
	archive->catalog = NULL;
	rdb_index_forget(archive->env->index_dir, key);
	ret = rdb_catalog_create(&archive->catalog);
	if (ret == 0)
		ret = rdb_index_open(archive->env->index_dir, key, archive->catalog,
			&archive->content.index, &archive->resume, &outcome);
	if (ret == 0)
		rdb_archive_set_outcome(archive, &outcome);
	return ret;
}

static int open_index(struct rdb_archive *archive, const unsigned char key[RDB_INDEX_KEY])
{
	struct rdb_scan_outcome outcome;
	int ret = rdb_index_open(archive->env->index_dir, key, archive->catalog,
		&archive->content.index, &archive->resume, &outcome);

	if (ret == -EINVAL)
		return open_empty(archive, key);
	if (ret != 0)
		return ret;
	rdb_archive_set_outcome(archive, &outcome);
	if (outcome.end == RDB_OUTCOME_OPEN || rdb_index_is_embedded(archive->content.index))
		return 0;
	return rdb_catalog_complete(archive->catalog);
}

static int open_embedded(
	struct rdb_archive *archive, const unsigned char key[RDB_INDEX_KEY], struct rdb_err *err)
{
	bool is_known = rdb_index_is_embedded(archive->content.index);
	struct rdb_embed embed;
	struct rdb_err why = {0};
	int ret = rdb_embedded_read(archive, &embed, &why);

	if (ret == -ENOENT)
		return is_known ? open_empty(archive, key) : 0;
	if (ret != 0) {
		*err = why;
		return ret;
	}
	if (!is_known)
		ret = open_empty(archive, key);
	if (ret == 0) {
		rdb_index_embed(archive->content.index);
		ret = rdb_embedded_fill(archive, &embed);
	}
	archive->checked = ret == 0;
	if (ret == -EINVAL)
		ret = open_empty(archive, key);
	rdb_embed_free(&embed);
	return ret;
}

static void set_nest(struct rdb_content *content, const struct rdb_nest *nest)
{
	content->nest = *nest;
	content->format = RDB_FORMAT_NESTED;
}

/* If the uncompressed archive content->source contains another archive, replaces content->source by
 * a source of the inner archive's bytes. The new source owns the old source. If the new source
 * cannot be created, the old source is closed. */
static int enter_plain(struct rdb_content *content, struct rdb_err *err)
{
	struct rdb_nest nest;
	struct rdb_source *whole = content->source;
	int ret = rdb_nest_detect(whole, content->format, &nest, err);

	if (ret != 1)
		return ret;
	content->source = NULL;
	content->format = nest.inner;
	return rdb_source_slice(whole, nest.offset, nest.size, &content->source);
}

/* If this compressed archive contains another archive, uses the content of the inner archive. Reads
 * the outer archive to find the inner archive, unless an earlier scan has recorded whether an inner
 * archive exists. */
static int enter_compressed(struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_content *content = &archive->content;
	struct rdb_nest nest;
	int ret;

	if (archive->resume.nested)
		set_nest(content, &archive->resume.nest);
	if (archive->outcome.end != RDB_OUTCOME_OPEN || archive->resume.valid ||
		rdb_catalog_is_complete(archive->catalog))
		return 0;
	ret = rdb_nest_detect(content->source, content->format, &nest, err);
	if (ret != 1)
		return ret;
	set_nest(content, &nest);
	rdb_index_nest(content->index, &nest);
	return 0;
}

static int open_content(struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_content *content = &archive->content;
	unsigned char *key = archive->key;
	struct rdb_err why = {0};
	int ret = rdb_format_detect(content->source, &content->format, err);

	if (ret == 0 && content->format == RDB_FORMAT_PLAIN) {
		ret = enter_plain(content, err);
		if (ret == -ENOMEM)
			rdb_err_sys(err, ENOMEM, "%s", archive->name);
	}
	if (ret == 0)
		ret = rdb_index_key(content->source, key, err);
	if (ret != 0)
		return ret;
	ret = open_index(archive, key);
	if (ret == 0 && content->format == RDB_FORMAT_GZIP &&
		(archive->outcome.end == RDB_OUTCOME_OPEN || rdb_index_is_embedded(content->index)))
		ret = open_embedded(archive, key, &why);
	if (ret == 0 && content->format != RDB_FORMAT_PLAIN)
		ret = enter_compressed(archive, &why);
	if (ret == 0 && archive->state == RDB_ARCHIVE_DAMAGED)
		rdb_damage_mark(content->index, archive->catalog);
	if (ret == 0 && archive->resume.top[0])
		rdb_catalog_set_top(archive->catalog, archive->resume.top);
	if (ret != 0 && why.code)
		return rdb_err_set(err, -ret, "%s", why.text);
	return ret == 0 ? 0 : rdb_err_sys(err, -ret, "%s", archive->name);
}

int rdb_archive_open(struct rdb_archive_env *env, struct rdb_source *source, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_archive *archive;
	int ret = archive_create(env, name, &archive);

	if (ret != 0) {
		rdb_source_close(source);
		return rdb_err_sys(err, -ret, "%s", name);
	}
	archive->content.source = source;
	ret = open_content(archive, err);
	if (ret != 0) {
		rdb_archive_free(archive);
		return ret == -ENOMEM ? ret : -EIO;
	}
	*out = archive;
	return 0;
}

int rdb_archive_facts_stored(struct rdb_archive_env *env, const struct rdb_identity *identity,
	struct rdb_archive_facts *facts)
{
	struct rdb_archive *archive;
	int ret = archive_create(env, "", &archive);

	if (ret != 0)
		return ret;
	ret = rdb_index_version_key(identity, archive->key, NULL);
	ret = ret ? ret : open_index(archive, archive->key);
	if (ret == 0 && rdb_index_is_embedded(archive->content.index))
		ret = -ENOENT;
	if (ret == 0 && archive->resume.top[0])
		rdb_catalog_set_top(archive->catalog, archive->resume.top);
	if (ret == 0) {
		rdb_archive_facts(archive, facts);
		facts->size = identity->size;
		facts->scanned = archive->outcome.end == RDB_OUTCOME_OPEN ? 0 : facts->size;
	}
	rdb_archive_free(archive);
	return ret == 0 || ret == -ENOMEM || ret == -ENOENT ? ret : -EIO;
}

int rdb_archive_open_dir(struct rdb_archive_env *env, int dirfd, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_archive *archive;
	int ret = archive_create(env, name, &archive);

	if (ret != 0) {
		close(dirfd);
		return rdb_err_sys(err, -ret, "%s", name);
	}
	archive->dirfd = dirfd;
	*out = archive;
	return 0;
}

int rdb_archive_open_fd(struct rdb_archive_env *env, int fd, const char *name,
	struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_source *source;
	struct stat st;
	int ret;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return rdb_archive_open_dir(env, fd, name, out, err);
	ret = rdb_source_file(fd, name, &source, err);
	return ret ? ret : rdb_archive_open(env, source, name, out, err);
}
