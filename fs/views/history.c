#include "views/history.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY_SECONDS 1.0 /* seconds for which the kernel may cache names and attributes */

/* ---- names ---- */

static bool is_name(const struct rdb_history_name *name, const char *db, const char *table)
{
	if (strcmp(name->db, db) != 0 || !name->table != !table)
		return false;
	return !table || strcmp(name->table, table) == 0;
}

static struct rdb_history_name *new_name(const char *db, const char *table)
{
	size_t db_len = strlen(db) + 1, table_len = table ? strlen(table) + 1 : 0;
	struct rdb_history_name *name = malloc(sizeof(*name) + db_len + table_len);

	if (!name)
		return NULL;
	memcpy(name->db, db, db_len);
	name->table = table ? memcpy(name->db + db_len, table, table_len) : NULL;
	return name;
}

struct rdb_history_name *rdb_history_name(
	struct rdb_views *views, const char *db, const char *table)
{
	struct rdb_history_name *name;

	pthread_mutex_lock(&views->lock);
	name = views->names;
	while (name && !is_name(name, db, table))
		name = name->next;
	if (!name && (name = new_name(db, table))) {
		name->number = ++views->numbers;
		name->next = views->names;
		views->names = name;
	}
	pthread_mutex_unlock(&views->lock);
	return name;
}

/* ---- nodes ---- */

void rdb_history_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	(void)node;
	out->st.st_mtim.tv_sec = atomic_load(&rdb_backup_tree_of(mount)->changed);
	out->attr_timeout = out->entry_timeout = ENTRY_SECONDS;
}
