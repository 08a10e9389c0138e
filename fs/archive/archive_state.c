/* Functions about the state of an archive. They return the state's name, fill in the facts about an
 * archive that could not be opened, and write the error text for an archive that cannot be read. */
#include "archive/archive_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

const char *rdb_archive_state_name(enum rdb_archive_state state)
{
	static const char *const names[RDB_ARCHIVE_STATES] = {
		[RDB_ARCHIVE_UNVERIFIED] = "unverified",
		[RDB_ARCHIVE_SCANNING] = "indexing",
		[RDB_ARCHIVE_OK] = "ok",
		[RDB_ARCHIVE_DAMAGED] = "damaged",
		[RDB_ARCHIVE_UNREADABLE] = "damaged",
		[RDB_ARCHIVE_UNREACHABLE] = "unreachable",
	};

	return names[state];
}

bool rdb_archive_state_is_damaged(enum rdb_archive_state state)
{
	return state == RDB_ARCHIVE_DAMAGED || state == RDB_ARCHIVE_UNREADABLE;
}

bool rdb_archive_state_is_final(enum rdb_archive_state state)
{
	return state != RDB_ARCHIVE_UNVERIFIED && state != RDB_ARCHIVE_SCANNING;
}

void rdb_archive_state_text(const struct rdb_archive_facts *facts, char out[RDB_ARCHIVE_STATE_TEXT])
{
	const char *name = rdb_archive_state_name(facts->state);

	if (facts->state == RDB_ARCHIVE_DAMAGED && facts->damaged > 0)
		snprintf(out, RDB_ARCHIVE_STATE_TEXT, "%s: %" PRIu64 " of %" PRIu64 " tables", name,
			facts->damaged, facts->tables);
	else
		snprintf(out, RDB_ARCHIVE_STATE_TEXT, "%s", name);
}

void rdb_archive_advise(struct rdb_err *err)
{
	const struct rdb_err reason = *err;

	rdb_err_set(err, reason.code,
		"%s; check the credentials, the connection and the disk, then retry", reason.text);
}

void rdb_archive_facts_unopened(
	struct rdb_archive_facts *facts, uint64_t size, const struct rdb_err *err)
{
	*facts = (struct rdb_archive_facts){.size = size, .error = *err};
	if (err->code == ENOMEM || err->code == EMFILE || err->code == ENFILE)
		return;
	facts->state = RDB_ARCHIVE_UNREACHABLE;
	rdb_archive_advise(&facts->error);
}

int rdb_archive_err_unreachable(
	const struct rdb_archive_facts *facts, const char *name, struct rdb_err *err)
{
	return rdb_err_set(err, EIO, "%s can't be read: %s", name, facts->error.text);
}
