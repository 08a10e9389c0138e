#include "restore/restore_table_private.h"

#include "reql/term.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 4

static int copy_text(const char **text)
{
	if (!*text)
		return 0;
	*text = strdup(*text);
	return *text ? 0 : -ENOMEM;
}

int rdb_restore_table_copy_options(
	struct rdb_restore_table_options *to, const struct rdb_restore_table_options *from)
{
	const char **texts[] = {&to->db, &to->table, &to->policy.spool_dir};
	int ret = 0;

	*to = *from;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (ret != 0)
			*texts[i] = NULL;
		else
			ret = copy_text(texts[i]);
	}
	if (!to->connections)
		to->connections = to->policy.clients ? to->policy.clients : CONNECTIONS;
	if (!to->policy.delimiter)
		to->policy.delimiter = ',';
	return ret;
}

void rdb_restore_table_free_options(struct rdb_restore_table_options *options)
{
	free((char *)options->db);
	free((char *)options->table);
	free((char *)options->policy.spool_dir);
}

int rdb_restore_table_check_names(
	const struct rdb_restore_table_options *options, struct rdb_err *err)
{
	const char *names[] = {options->db, options->table};

	for (size_t i = 0; i < 2; i++)
		if (!rdb_term_is_name(names[i]))
			return rdb_err_set(err, EINVAL,
				"\"%s\" can't be the name of a %s: A-Z, a-z, 0-9, _ and - are "
				"allowed",
				names[i], i ? "table" : "database");
	if (strcmp(options->db, "rethinkdb") == 0)
		return rdb_err_set(err, EPERM,
			"the database \"rethinkdb\" is the server's own: nothing can be restored "
			"into it");
	return 0;
}
