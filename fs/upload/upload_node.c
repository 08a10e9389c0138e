#include "upload/upload_node.h"

#include "mount/node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct timespec now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts;
}

static void entry_free(struct rdb_upload_node *entry)
{
	free(entry->name);
	free(entry->target);
	free(entry);
}

static struct rdb_upload_node *entry_new(
	struct rdb_upload_nodes *all, const char *name, mode_t mode, const char *target)
{
	struct rdb_upload_node *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->all = all;
	entry->ino = RDB_INO_UPLOAD_BIT + atomic_fetch_add(&all->next_ino, 1);
	entry->type = mode & S_IFMT;
	entry->mode = mode & 07777;
	entry->uid = all->uid;
	entry->gid = all->gid;
	entry->mtime = now();
	atomic_init(&entry->refs, 1);
	TAILQ_INIT(&entry->children);
	entry->name = strdup(name);
	entry->target = target ? strdup(target) : NULL;
	if (entry->name && (entry->target || !target)) {
		entry->size = target ? strlen(target) : 0;
		return entry;
	}
	entry_free(entry);
	return NULL;
}

int rdb_upload_nodes_init(struct rdb_upload_nodes *all, uid_t uid, gid_t gid,
	void (*freed)(struct rdb_upload_node *entry))
{
	*all = (struct rdb_upload_nodes){.uid = uid, .gid = gid, .freed = freed};
	all->root = entry_new(all, "", S_IFDIR | 0755, NULL);
	if (!all->root)
		return -ENOMEM;
	pthread_mutex_init(&all->lock, NULL);
	return 0;
}

struct rdb_upload_node *rdb_upload_node_ref(struct rdb_upload_node *entry)
{
	if (entry)
		atomic_fetch_add(&entry->refs, 1);
	return entry;
}

void rdb_upload_node_unref(struct rdb_upload_node *entry)
{
	if (!entry || atomic_fetch_sub(&entry->refs, 1) != 1)
		return;
	if (entry->all->freed)
		entry->all->freed(entry);
	entry_free(entry);
}

/* Removes "entry" from its directory, and stores the directory in *parent. The caller receives the
 * tree's references to "entry" and to *parent. The caller holds the tree's lock. */
static void detach(struct rdb_upload_node *entry, struct rdb_upload_node **parent)
{
	*parent = entry->parent;
	TAILQ_REMOVE(&entry->parent->children, entry, link);
	entry->parent->mtime = now();
	entry->parent = NULL;
}

/* Appends "entry" to the directory "dir", and takes over the caller's reference to "entry". The
 * caller holds the tree's lock. */
static void put_in(struct rdb_upload_node *entry, struct rdb_upload_node *dir)
{
	entry->parent = rdb_upload_node_ref(dir);
	entry->place = dir->next_place++;
	dir->mtime = now();
	TAILQ_INSERT_TAIL(&dir->children, entry, link);
}

void rdb_upload_nodes_destroy(struct rdb_upload_nodes *all)
{
	struct rdb_upload_node *at = all->root, *parent;

	while (at) {
		struct rdb_upload_node *child = TAILQ_FIRST(&at->children);

		if (child) {
			at = child;
		} else if (at == all->root) {
			rdb_upload_node_unref(at);
			break;
		} else {
			detach(at, &parent);
			rdb_upload_node_unref(at);
			rdb_upload_node_unref(parent);
			at = parent;
		}
	}
	pthread_mutex_destroy(&all->lock);
}

/* Returns the child "name" of the directory without adding a reference, or NULL if the directory
 * has no such child. The caller holds the tree's lock. */
static struct rdb_upload_node *find(struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_node *child;

	TAILQ_FOREACH(child, &dir->children, link)
	if (strcmp(child->name, name) == 0)
		return child;
	return NULL;
}

/* Returns true unless the entry was removed from the tree. The caller holds the tree's lock. */
static bool is_in_tree(const struct rdb_upload_node *entry)
{
	return entry->parent || entry == entry->all->root;
}

struct rdb_upload_node *rdb_upload_node_find(struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_node *found;

	pthread_mutex_lock(&dir->all->lock);
	found = rdb_upload_node_ref(find(dir, name));
	pthread_mutex_unlock(&dir->all->lock);
	return found;
}

int rdb_upload_node_add(struct rdb_upload_node *dir, const char *name, mode_t mode,
	const char *target, struct rdb_upload_node **out)
{
	struct rdb_upload_node *entry = entry_new(dir->all, name, mode, target);
	int ret = 0;

	if (!entry)
		return -ENOMEM;
	pthread_mutex_lock(&dir->all->lock);
	if (!is_in_tree(dir))
		ret = -ENOENT;
	else if (find(dir, name))
		ret = -EEXIST;
	if (ret == 0) {
		put_in(entry, dir);
		*out = rdb_upload_node_ref(entry);
	}
	pthread_mutex_unlock(&dir->all->lock);
	if (ret != 0)
		entry_free(entry);
	return ret;
}

int rdb_upload_node_remove(struct rdb_upload_node *entry)
{
	struct rdb_upload_node *parent = NULL;
	int ret = 0;

	pthread_mutex_lock(&entry->all->lock);
	if (!entry->parent)
		ret = -ENOENT;
	else if (!TAILQ_EMPTY(&entry->children))
		ret = -ENOTEMPTY;
	else
		detach(entry, &parent);
	pthread_mutex_unlock(&entry->all->lock);
	if (ret == 0) {
		rdb_upload_node_unref(entry);
		rdb_upload_node_unref(parent);
	}
	return ret;
}

int rdb_upload_node_move(struct rdb_upload_node *entry, struct rdb_upload_node *dir,
	const char *name, bool replace, struct rdb_upload_node **replaced)
{
	struct rdb_upload_node *parent = NULL, *other_parent = NULL, *other = NULL;
	char *copy = strdup(name);
	int ret = copy ? 0 : -ENOMEM;

	*replaced = NULL;
	pthread_mutex_lock(&entry->all->lock);
	if (ret == 0 && (!entry->parent || !is_in_tree(dir)))
		ret = -ENOENT;
	if (ret == 0)
		other = find(dir, name);
	if (other && other != entry && !replace)
		ret = -EEXIST;
	if (ret == 0) {
		if (other && other != entry)
			detach(other, &other_parent);
		detach(entry, &parent);
		put_in(entry, dir);
		free(entry->name);
		entry->name = copy;
		copy = NULL;
	}
	pthread_mutex_unlock(&entry->all->lock);
	free(copy);
	rdb_upload_node_unref(parent);
	if (other_parent) {
		rdb_upload_node_unref(other_parent);
		*replaced = other;
	}
	return ret;
}

bool rdb_upload_node_is_empty(struct rdb_upload_node *dir)
{
	bool empty;

	pthread_mutex_lock(&dir->all->lock);
	empty = TAILQ_EMPTY(&dir->children);
	pthread_mutex_unlock(&dir->all->lock);
	return empty;
}

/* Returns the first child whose place is at least "from", with a reference. The caller frees *name.
 * If memory is exhausted, *name is NULL. */
static struct rdb_upload_node *next_child(
	struct rdb_upload_node *dir, uint64_t from, char **name, uint64_t *place)
{
	struct rdb_upload_node *child;

	*name = NULL;
	pthread_mutex_lock(&dir->all->lock);
	TAILQ_FOREACH(child, &dir->children, link)
	if (child->place >= from)
		break;
	if (child) {
		rdb_upload_node_ref(child);
		*name = strdup(child->name);
		*place = child->place;
	}
	pthread_mutex_unlock(&dir->all->lock);
	return child;
}

int rdb_upload_node_each(struct rdb_upload_node *dir, uint64_t from,
	bool (*emit)(void *arg, struct rdb_upload_node *child, const char *name, uint64_t place),
	void *arg)
{
	struct rdb_upload_node *child;
	uint64_t place = from;
	bool more = true;
	char *name;
	int ret = 0;

	while (more && (child = next_child(dir, place, &name, &place))) {
		ret = name ? 0 : -ENOMEM;
		more = name && emit(arg, child, name, place);
		place++;
		rdb_upload_node_unref(child);
		free(name);
	}
	return ret;
}

/* Appends to *out the path of "entry" relative to restore/, for example "DATABASE/TABLE.json".
 * Fills in the last name first, because each node knows only its parent. The caller holds the
 * tree's lock. */
static int add_path(struct rdb_upload_node *entry, struct rdb_buf *out)
{
	const struct rdb_upload_node *at;
	size_t len = 0, before = out->len;
	int ret;

	for (at = entry; at && at->name[0]; at = at->parent)
		len += strlen(at->name) + 1;
	ret = rdb_buf_reserve(out, len + 1);
	if (ret != 0 || len == 0)
		return ret;
	out->len = before + len - 1;
	for (at = entry; at && at->name[0]; at = at->parent) {
		size_t part = strlen(at->name);

		len -= part + 1;
		memcpy(out->data + before + len, at->name, part);
		if (len)
			out->data[before + len - 1] = '/';
	}
	return 0;
}

int rdb_upload_node_path(struct rdb_upload_node *entry, struct rdb_buf *out)
{
	int ret;

	pthread_mutex_lock(&entry->all->lock);
	ret = add_path(entry, out);
	pthread_mutex_unlock(&entry->all->lock);
	return ret;
}

char *rdb_upload_node_name(struct rdb_upload_node *entry)
{
	char *name;

	pthread_mutex_lock(&entry->all->lock);
	name = strdup(entry->name);
	pthread_mutex_unlock(&entry->all->lock);
	return name;
}

struct rdb_upload_node *rdb_upload_node_parent(struct rdb_upload_node *entry)
{
	struct rdb_upload_node *parent;

	pthread_mutex_lock(&entry->all->lock);
	parent = rdb_upload_node_ref(entry->parent);
	pthread_mutex_unlock(&entry->all->lock);
	return parent;
}

uint64_t rdb_upload_node_parent_ino(struct rdb_upload_node *entry)
{
	uint64_t ino = 0;

	pthread_mutex_lock(&entry->all->lock);
	if (entry->parent && entry->parent != entry->all->root)
		ino = entry->parent->ino;
	pthread_mutex_unlock(&entry->all->lock);
	return ino;
}

void rdb_upload_node_stat(struct rdb_upload_node *entry, struct stat *out)
{
	pthread_mutex_lock(&entry->all->lock);
	out->st_mode = entry->type | entry->mode;
	out->st_uid = entry->uid;
	out->st_gid = entry->gid;
	out->st_size = (off_t)entry->size;
	out->st_mtim = entry->mtime;
	pthread_mutex_unlock(&entry->all->lock);
}

void rdb_upload_node_chmod(struct rdb_upload_node *entry, mode_t mode)
{
	pthread_mutex_lock(&entry->all->lock);
	entry->mode = mode & 07777;
	pthread_mutex_unlock(&entry->all->lock);
}

void rdb_upload_node_chown(struct rdb_upload_node *entry, uid_t uid, gid_t gid)
{
	pthread_mutex_lock(&entry->all->lock);
	if (uid != (uid_t)-1)
		entry->uid = uid;
	if (gid != (gid_t)-1)
		entry->gid = gid;
	pthread_mutex_unlock(&entry->all->lock);
}

void rdb_upload_node_touch(struct rdb_upload_node *entry, struct timespec mtime)
{
	pthread_mutex_lock(&entry->all->lock);
	entry->mtime = mtime;
	pthread_mutex_unlock(&entry->all->lock);
}

void rdb_upload_node_resize(struct rdb_upload_node *entry, uint64_t size)
{
	pthread_mutex_lock(&entry->all->lock);
	entry->size = size;
	entry->mtime = now();
	pthread_mutex_unlock(&entry->all->lock);
}
