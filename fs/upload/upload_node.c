#include "upload/upload_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Greater than all inode numbers of backups (node.h). */
#define INO_FIRST ((uint64_t)1 << 63)

static struct timespec now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts;
}

static void receipt_free(struct rdb_upload_node *receipt)
{
	free(receipt->name);
	free(receipt->target);
	free(receipt);
}

static struct rdb_upload_node *receipt_new(
	struct rdb_upload_nodes *all, const char *name, mode_t mode, const char *target)
{
	struct rdb_upload_node *receipt = calloc(1, sizeof(*receipt));

	if (!receipt)
		return NULL;
	receipt->all = all;
	receipt->ino = INO_FIRST + atomic_fetch_add(&all->next_ino, 1);
	receipt->type = mode & S_IFMT;
	receipt->mode = mode & 07777;
	receipt->uid = all->uid;
	receipt->gid = all->gid;
	receipt->mtime = now();
	atomic_init(&receipt->refs, 1);
	TAILQ_INIT(&receipt->children);
	receipt->name = strdup(name);
	receipt->target = target ? strdup(target) : NULL;
	if (receipt->name && (receipt->target || !target)) {
		receipt->size = target ? strlen(target) : 0;
		return receipt;
	}
	receipt_free(receipt);
	return NULL;
}

int rdb_upload_nodes_init(struct rdb_upload_nodes *all, uid_t uid, gid_t gid,
	void (*freed)(struct rdb_upload_node *receipt))
{
	*all = (struct rdb_upload_nodes){.uid = uid, .gid = gid, .freed = freed};
	all->root = receipt_new(all, "", S_IFDIR | 0755, NULL);
	if (!all->root)
		return -ENOMEM;
	pthread_mutex_init(&all->lock, NULL);
	return 0;
}

struct rdb_upload_node *rdb_upload_node_ref(struct rdb_upload_node *receipt)
{
	atomic_fetch_add(&receipt->refs, 1);
	return receipt;
}

void rdb_upload_node_unref(struct rdb_upload_node *receipt)
{
	struct rdb_upload_nodes *all = receipt->all;

	if (atomic_fetch_sub(&receipt->refs, 1) != 1)
		return;
	if (all->freed)
		all->freed(receipt);
	receipt_free(receipt);
}

/* Unlinks the node from its directory. The tree's reference now belongs to the caller. The caller
 * holds the lock. */
static void take_out(struct rdb_upload_node *receipt, struct rdb_upload_node **parent)
{
	*parent = receipt->parent;
	TAILQ_REMOVE(&receipt->parent->children, receipt, link);
	receipt->parent->mtime = now();
	receipt->parent = NULL;
}

/* Links the node into a directory. The caller holds the lock. */
static void put_in(struct rdb_upload_node *receipt, struct rdb_upload_node *dir)
{
	receipt->parent = rdb_upload_node_ref(dir);
	receipt->place = dir->next_place++;
	dir->mtime = now();
	TAILQ_INSERT_TAIL(&dir->children, receipt, link);
}

/* Frees the tree depth-first, without recursion. */
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
			take_out(at, &parent);
			rdb_upload_node_unref(at);
			rdb_upload_node_unref(parent);
			at = parent;
		}
	}
	pthread_mutex_destroy(&all->lock);
}

/* Returns the child with this name, or NULL. The caller holds the lock. */
static struct rdb_upload_node *find(struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_node *child;

	TAILQ_FOREACH(child, &dir->children, link)
	if (strcmp(child->name, name) == 0)
		return child;
	return NULL;
}

/* Returns whether the node is linked in the tree. The caller holds the lock. */
static bool is_in_tree(const struct rdb_upload_node *receipt)
{
	return receipt->parent || receipt == receipt->all->root;
}

struct rdb_upload_node *rdb_upload_node_find(struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_node *found;

	pthread_mutex_lock(&dir->all->lock);
	found = find(dir, name);
	if (found)
		rdb_upload_node_ref(found);
	pthread_mutex_unlock(&dir->all->lock);
	return found;
}

int rdb_upload_node_add(struct rdb_upload_node *dir, const char *name, mode_t mode,
	const char *target, struct rdb_upload_node **out)
{
	struct rdb_upload_node *receipt = receipt_new(dir->all, name, mode, target);
	int ret = 0;

	if (!receipt)
		return -ENOMEM;
	pthread_mutex_lock(&dir->all->lock);
	if (!is_in_tree(dir))
		ret = -ENOENT;
	else if (find(dir, name))
		ret = -EEXIST;
	if (ret == 0) {
		put_in(receipt, dir);
		*out = rdb_upload_node_ref(receipt);
	}
	pthread_mutex_unlock(&dir->all->lock);
	if (ret != 0)
		receipt_free(receipt);
	return ret;
}

int rdb_upload_node_remove(struct rdb_upload_node *receipt)
{
	struct rdb_upload_node *parent = NULL;
	int ret = 0;

	pthread_mutex_lock(&receipt->all->lock);
	if (!receipt->parent)
		ret = -ENOENT;
	else if (!TAILQ_EMPTY(&receipt->children))
		ret = -ENOTEMPTY;
	else
		take_out(receipt, &parent);
	pthread_mutex_unlock(&receipt->all->lock);
	if (ret == 0) {
		rdb_upload_node_unref(receipt);
		rdb_upload_node_unref(parent);
	}
	return ret;
}

int rdb_upload_node_move(struct rdb_upload_node *receipt, struct rdb_upload_node *dir,
	const char *name, bool replace, struct rdb_upload_node **replaced)
{
	struct rdb_upload_node *parent = NULL, *other_parent = NULL, *other = NULL;
	char *copy = strdup(name);
	int ret = copy ? 0 : -ENOMEM;

	*replaced = NULL;
	pthread_mutex_lock(&receipt->all->lock);
	if (ret == 0 && (!receipt->parent || !is_in_tree(dir)))
		ret = -ENOENT;
	if (ret == 0)
		other = find(dir, name);
	if (other && other != receipt && !replace)
		ret = -EEXIST;
	if (ret == 0) {
		if (other && other != receipt)
			take_out(other, &other_parent);
		take_out(receipt, &parent);
		put_in(receipt, dir);
		free(receipt->name);
		receipt->name = copy;
		copy = NULL;
	}
	pthread_mutex_unlock(&receipt->all->lock);
	free(copy);
	if (parent)
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

/* Returns the first child at or after a position, with a reference, or NULL. Stores a copy of the
 * child's name in *name, to be freed by the caller. */
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

/* Appends the node's path. The path is written from its last name to its first. The caller holds
 * the lock. */
static int add_path(struct rdb_upload_node *receipt, struct rdb_buf *out)
{
	const struct rdb_upload_node *at;
	size_t len = 0, before = out->len;
	int ret;

	for (at = receipt; at && at->name[0]; at = at->parent)
		len += strlen(at->name) + 1;
	ret = rdb_buf_reserve(out, len + 1);
	if (ret != 0 || len == 0)
		return ret;
	out->len = before + len - 1;
	for (at = receipt; at && at->name[0]; at = at->parent) {
		size_t part = strlen(at->name);

		len -= part + 1;
		memcpy(out->data + before + len, at->name, part);
		if (len)
			out->data[before + len - 1] = '/';
	}
	return 0;
}

int rdb_upload_node_path(struct rdb_upload_node *receipt, struct rdb_buf *out)
{
	int ret;

	pthread_mutex_lock(&receipt->all->lock);
	ret = add_path(receipt, out);
	pthread_mutex_unlock(&receipt->all->lock);
	return ret;
}

char *rdb_upload_node_name(struct rdb_upload_node *receipt)
{
	char *name;

	pthread_mutex_lock(&receipt->all->lock);
	name = strdup(receipt->name);
	pthread_mutex_unlock(&receipt->all->lock);
	return name;
}

struct rdb_upload_node *rdb_upload_node_parent(struct rdb_upload_node *receipt)
{
	struct rdb_upload_node *parent;

	pthread_mutex_lock(&receipt->all->lock);
	parent = receipt->parent ? rdb_upload_node_ref(receipt->parent) : NULL;
	pthread_mutex_unlock(&receipt->all->lock);
	return parent;
}

uint64_t rdb_upload_node_parent_ino(struct rdb_upload_node *receipt)
{
	uint64_t ino = 0;

	pthread_mutex_lock(&receipt->all->lock);
	if (receipt->parent && receipt->parent != receipt->all->root)
		ino = receipt->parent->ino;
	pthread_mutex_unlock(&receipt->all->lock);
	return ino;
}

void rdb_upload_node_stat(struct rdb_upload_node *receipt, struct stat *out)
{
	pthread_mutex_lock(&receipt->all->lock);
	out->st_mode = receipt->type | receipt->mode;
	out->st_uid = receipt->uid;
	out->st_gid = receipt->gid;
	out->st_size = (off_t)receipt->size;
	out->st_mtim = receipt->mtime;
	pthread_mutex_unlock(&receipt->all->lock);
}

void rdb_upload_node_chmod(struct rdb_upload_node *receipt, mode_t mode)
{
	pthread_mutex_lock(&receipt->all->lock);
	receipt->mode = mode & 07777;
	pthread_mutex_unlock(&receipt->all->lock);
}

void rdb_upload_node_chown(struct rdb_upload_node *receipt, uid_t uid, gid_t gid)
{
	pthread_mutex_lock(&receipt->all->lock);
	if (uid != (uid_t)-1)
		receipt->uid = uid;
	if (gid != (gid_t)-1)
		receipt->gid = gid;
	pthread_mutex_unlock(&receipt->all->lock);
}

void rdb_upload_node_touch(struct rdb_upload_node *receipt, struct timespec mtime)
{
	pthread_mutex_lock(&receipt->all->lock);
	receipt->mtime = mtime;
	pthread_mutex_unlock(&receipt->all->lock);
}

void rdb_upload_node_resize(struct rdb_upload_node *receipt, uint64_t size)
{
	pthread_mutex_lock(&receipt->all->lock);
	receipt->size = size;
	receipt->mtime = now();
	pthread_mutex_unlock(&receipt->all->lock);
}
