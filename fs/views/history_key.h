/* history/DATABASE/TABLE/KEY/: a file for each version of a document. */
#ifndef RDB_VIEWS_HISTORY_KEY_H
#define RDB_VIEWS_HISTORY_KEY_H

#include "views/versions.h"

struct rdb_node rdb_node_history_key(struct rdb_versions *versions);

#endif
