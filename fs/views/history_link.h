/* Links in history/DATABASE/TABLE/ to the table in each backup that has it. */
#ifndef RDB_VIEWS_HISTORY_LINK_H
#define RDB_VIEWS_HISTORY_LINK_H

#include "views/history.h"

struct rdb_history_link;

/* Returns a symbolic link of history/ that points to a table's file in a backup. The caller owns
 * one reference. Returns NULL if memory is short. */
struct rdb_history_link *rdb_history_link_new(const struct rdb_history_name *table,
	struct rdb_backup *backup, const struct rdb_member *member);
void rdb_history_link_unref(struct rdb_history_link *link); /* accepts NULL */

struct rdb_node rdb_node_history_link(struct rdb_history_link *link);

/* Returns the extension of a link's name in history/. The name is the backup's name followed by the
 * extension of the table's file, for example ".json". */
const char *rdb_history_link_extension(const struct rdb_member *member);

#endif
