/* The extended attributes user.rdbfs.*. The attributes describe backups and tables, so that a
 * program need not read the backup's files. */
#include "backup/backup_node.h"

#include <inttypes.h>

/* ---- of a backup ---- */

static bool get_type(const struct rdb_node *node, struct rdb_buf *out)
{
	char type[RDB_TYPE_MAX];

	rdb_backup_type(node->backup, type);
	return rdb_buf_puts(out, type) == 0;
}

static bool get_state(const struct rdb_node *node, struct rdb_buf *out)
{
	char text[RDB_ARCHIVE_STATE_TEXT];
	struct rdb_archive_facts facts;

	rdb_backup_facts(node->backup, &facts);
	rdb_archive_state_text(&facts, text);
	return rdb_buf_puts(out, text) == 0;
}

static bool get_error(const struct rdb_node *node, struct rdb_buf *out)
{
	struct rdb_archive_facts facts;

	rdb_backup_facts(node->backup, &facts);
	return facts.error.code && rdb_buf_puts(out, facts.error.text) == 0;
}

static bool counted(const struct rdb_archive_facts *facts)
{
	return facts->state == RDB_ARCHIVE_OK || facts->state == RDB_ARCHIVE_DAMAGED;
}

static bool get_documents(const struct rdb_node *node, struct rdb_buf *out)
{
	struct rdb_archive_facts facts;

	rdb_backup_facts(node->backup, &facts);
	return counted(&facts) && rdb_buf_printf(out, "%" PRIu64, facts.documents) == 0;
}

static bool get_tables(const struct rdb_node *node, struct rdb_buf *out)
{
	struct rdb_archive_facts facts;

	rdb_backup_facts(node->backup, &facts);
	return counted(&facts) && rdb_buf_printf(out, "%" PRIu64, facts.tables) == 0;
}

static bool get_server(const struct rdb_node *node, struct rdb_buf *out)
{
	struct rdb_archive_facts facts;

	rdb_backup_facts(node->backup, &facts);
	return facts.server[0] && rdb_buf_puts(out, facts.server) == 0;
}

const struct rdb_xattr rdb_backup_xattrs[] = {
	{"user.rdbfs.type", get_type, true},
	{"user.rdbfs.state", get_state, false},
	{"user.rdbfs.error", get_error, false},
	{"user.rdbfs.documents", get_documents, false},
	{"user.rdbfs.tables", get_tables, false},
	{"user.rdbfs.server", get_server, false},
	{NULL, NULL, false},
};

/* ---- of a table ---- */

static void table_facts(struct rdb_backup *backup, uint32_t number, struct rdb_table_facts *out)
{
	struct rdb_archive *archive = rdb_backup_archive(backup);

	*out = (struct rdb_table_facts){.documents = -1, .indexes = -1};
	if (archive)
		rdb_archive_table_facts(archive, number, out);
}

bool rdb_xattr_documents(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out)
{
	struct rdb_table_facts facts;

	table_facts(backup, number, &facts);
	return facts.documents >= 0 && rdb_buf_printf(out, "%" PRId64, facts.documents) == 0;
}

bool rdb_xattr_primary_key(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out)
{
	struct rdb_table_facts facts;

	table_facts(backup, number, &facts);
	return facts.primary_key[0] && rdb_buf_puts(out, facts.primary_key) == 0;
}

static bool get_table_documents(const struct rdb_node *node, struct rdb_buf *out)
{
	return rdb_xattr_documents(node->backup, node->member.number, out);
}

static bool get_primary_key(const struct rdb_node *node, struct rdb_buf *out)
{
	return rdb_xattr_primary_key(node->backup, node->member.number, out);
}

static bool get_indexes(const struct rdb_node *node, struct rdb_buf *out)
{
	struct rdb_table_facts facts;

	table_facts(node->backup, node->member.number, &facts);
	return facts.indexes >= 0 && rdb_buf_printf(out, "%" PRId64, facts.indexes) == 0;
}

const struct rdb_xattr rdb_table_xattrs[] = {
	{"user.rdbfs.documents", get_table_documents, false},
	{"user.rdbfs.primary-key", get_primary_key, false},
	{"user.rdbfs.indexes", get_indexes, false},
	{NULL, NULL, false},
};
