#include "archive/archive_system.h"

#include "archive/archive_private.h"
#include "index/embed.h"
#include "json/key.h"

#include <errno.h>
#include <string.h>

static int copy_system(
	struct rdb_archive *archive, const char *facts, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_json_span system;
	int found = rdb_json_key(facts, strlen(facts), "system", &system);

	if (found == -ENOENT || (found == 0 && system.data[0] == 'n'))
		return rdb_err_set(err, ENOENT,
			"%s has no users, permissions or table configuration: only a backup of "
			"everything, made by a user who may read them, contains them",
			archive->name);
	if (found != 0 || system.data[0] != '{' || system.len > RDB_SYSTEM_MAX)
		return rdb_err_set(err, EBADMSG,
			"%s: its users, permissions and table configuration can't be read",
			archive->name);
	return rdb_buf_add(out, system.data, system.len)
		       ? rdb_err_sys(err, ENOMEM, "%s", archive->name)
		       : 0;
}

int rdb_archive_system(struct rdb_archive *archive, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_embed embed;
	int ret = -ENOENT;

	rdb_buf_clear(out);
	if (archive->content.source)
		ret = rdb_embed_read(archive->content.source, &embed, err);
	if (ret == -ENOENT)
		return rdb_err_set(err, ENOENT,
			"%s has no users, permissions or table configuration: rdbfs did not write "
			"it",
			archive->name);
	if (ret != 0)
		return ret;
	ret = copy_system(archive, embed.facts, out, err);
	rdb_embed_free(&embed);
	return ret;
}
