#include "mount/inode.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define BUCKETS_MIN 256

struct inode {
	struct rdb_node node;
	uint64_t lookups;
	struct inode *next;
};

struct rdb_inodes {
	pthread_mutex_t lock; /* guards everything below */
	struct inode **buckets;
	size_t size; /* number of buckets, a power of two */
	size_t count;
};

int rdb_inodes_create(struct rdb_inodes **out)
{
	struct rdb_inodes *inodes = calloc(1, sizeof(*inodes));

	if (!inodes)
		return -ENOMEM;
	inodes->size = BUCKETS_MIN;
	inodes->buckets = calloc(inodes->size, sizeof(*inodes->buckets));
	if (!inodes->buckets) {
		free(inodes);
		return -ENOMEM;
	}
	pthread_mutex_init(&inodes->lock, NULL);
	*out = inodes;
	return 0;
}

static size_t bucket(const struct rdb_inodes *inodes, fuse_ino_t ino)
{
	return (size_t)(((ino ^ ino >> 31) * 0x9e3779b97f4a7c15u) >> 32) & (inodes->size - 1);
}

static struct inode **find(struct rdb_inodes *inodes, fuse_ino_t ino)
{
	struct inode **place = &inodes->buckets[bucket(inodes, ino)];

	while (*place && (*place)->node.ino != ino)
		place = &(*place)->next;
	return place;
}

/* Doubles the number of buckets. If memory is exhausted, the table keeps its size and the chains
 * grow. */
static void grow(struct rdb_inodes *inodes)
{
	struct inode **old = inodes->buckets, *inode, *next;
	size_t i, size = inodes->size;
	struct inode **buckets = calloc(size * 2, sizeof(*buckets));

	if (!buckets)
		return;
	inodes->buckets = buckets;
	inodes->size = size * 2;
	for (i = 0; i < size; i++) {
		for (inode = old[i]; inode; inode = next) {
			size_t to = bucket(inodes, inode->node.ino);
			next = inode->next;
			inode->next = buckets[to];
			buckets[to] = inode;
		}
	}
	free(old);
}

/* Returns the inode number under which the table of nodes stores the node. The nodes of a family
 * (node.h) share one entry of the table. */
static fuse_ino_t number_of(const struct rdb_node *node)
{
	return node->ops->family ? node->ino & ~RDB_INO_PLACE : node->ino;
}

/* Finds the entry for "ino" or, if none exists, the entry for the family (node.h) of "ino". Returns
 * the address of the pointer to the entry. If neither entry exists, the pointer is NULL. */
static struct inode **find_any(struct rdb_inodes *inodes, fuse_ino_t ino)
{
	struct inode **place = find(inodes, ino), **family;

	if (*place)
		return place;
	family = find(inodes, ino & ~RDB_INO_PLACE);
	return *family && (*family)->node.ops->family ? family : place;
}

static int insert(struct rdb_inodes *inodes, const struct rdb_node *node)
{
	struct inode *inode = malloc(sizeof(*inode));
	struct inode **place;

	if (!inode)
		return -ENOMEM;
	if (inodes->count >= inodes->size)
		grow(inodes);
	*inode = (struct inode){.node = *node, .lookups = 1};
	inode->node.ino = number_of(node);
	place = find(inodes, inode->node.ino);
	*place = inode;
	inodes->count++;
	rdb_node_hold(node);
	return 0;
}

int rdb_inodes_enter(struct rdb_inodes *inodes, const struct rdb_node *node)
{
	struct inode *inode;
	int ret = 0;

	pthread_mutex_lock(&inodes->lock);
	inode = *find(inodes, number_of(node));
	if (inode)
		inode->lookups++;
	else
		ret = insert(inodes, node);
	pthread_mutex_unlock(&inodes->lock);
	return ret;
}

void rdb_inodes_forget(struct rdb_inodes *inodes, fuse_ino_t ino, uint64_t lookups)
{
	struct inode **place, *gone = NULL;

	pthread_mutex_lock(&inodes->lock);
	place = find_any(inodes, ino);
	if (*place && (*place)->lookups > lookups) {
		(*place)->lookups -= lookups;
	} else if (*place) {
		gone = *place;
		*place = gone->next;
		inodes->count--;
	}
	pthread_mutex_unlock(&inodes->lock);
	if (gone)
		rdb_node_release(&gone->node);
	free(gone);
}

bool rdb_inodes_get(struct rdb_inodes *inodes, fuse_ino_t ino, struct rdb_node *out)
{
	struct inode *inode;

	pthread_mutex_lock(&inodes->lock);
	inode = *find_any(inodes, ino);
	if (inode) {
		*out = inode->node;
		out->ino = ino;
	}
	pthread_mutex_unlock(&inodes->lock);
	return inode != NULL;
}

void rdb_inodes_destroy(struct rdb_inodes *inodes)
{
	struct inode *inode, *next;

	if (!inodes)
		return;
	for (size_t i = 0; i < inodes->size; i++) {
		for (inode = inodes->buckets[i]; inode; inode = next) {
			next = inode->next;
			rdb_node_release(&inode->node);
			free(inode);
		}
	}
	pthread_mutex_destroy(&inodes->lock);
	free(inodes->buckets);
	free(inodes);
}
