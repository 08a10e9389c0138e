#include "views/view_tree.h"

#define PLACE_BIT (RDB_INO_PLACE + 1) /* bit that no inode number of a backup has */

fuse_ino_t rdb_view_ino(uint32_t object, uint64_t place)
{
	if (place >= PLACE_BIT)
		return RDB_VIEW_NO_INO;
	return RDB_INO_CHILD_BIT | (fuse_ino_t)object << 32 | PLACE_BIT | place;
}

fuse_ino_t rdb_view_root_ino(struct rdb_mount *mount, const char *name)
{
	return rdb_tree_fixed_find(mount, RDB_INO_ROOT, name)->node.ino;
}

struct rdb_views *rdb_views_of(struct rdb_mount *mount)
{
	return rdb_tree_fixed_find(mount, RDB_INO_ROOT, RDB_DOCUMENTS_NAME)->node.own;
}
