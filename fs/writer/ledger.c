#include "writer/ledger.h"

#include "base/array.h"
#include "gz/deflate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CHECKPOINTS_MAX ((size_t)512 * 1024)

static uint32_t join(uint32_t crc, uint32_t next, uint64_t next_len)
{
	return (uint32_t)crc32_combine(crc, next, (z_off_t)next_len);
}

/* ---- text ---- */

int rdb_ledger_checkpoint(struct rdb_ledger *ledger)
{
	size_t count = ledger->end.checkpoints;

	if (rdb_array_grow(&ledger->checkpoints, &ledger->checkpoint_cap, count,
		    sizeof(*ledger->checkpoints)) != 0)
		return -ENOMEM;
	if (count)
		ledger->checkpoints[count - 1].crc = ledger->end.span;
	ledger->checkpoints[count].in = ledger->end.in;
	ledger->checkpoints[count].out = ledger->end.out;
	ledger->end.checkpoints++;
	ledger->end.span = 0;
	return 0;
}

int rdb_ledger_enter(struct rdb_ledger *ledger, uint64_t distance)
{
	size_t count = ledger->end.checkpoints;

	if (count && ledger->end.out - ledger->checkpoints[count - 1].out < distance)
		return 0;
	return rdb_ledger_checkpoint(ledger);
}

void rdb_ledger_advance(struct rdb_ledger *ledger, uint64_t in, uint64_t text_len, uint32_t crc)
{
	ledger->end.in = in;
	ledger->end.out += text_len;
	ledger->end.crc = join(ledger->end.crc, crc, text_len);
	ledger->end.span = join(ledger->end.span, crc, text_len);
}

/* ---- unfinished headers ---- */

void rdb_ledger_leave_open(struct rdb_ledger *ledger)
{
	ledger->end.crc = 0;
	ledger->end.span = 0;
}

/* Adds a tar header to the checksum of the data after the checkpoint "number". "crc" and "len" are
 * the header's CRC-32 and length. */
static void sum_header(struct rdb_ledger *ledger, size_t number, uint32_t crc, size_t len)
{
	struct rdb_ledger_mark *end = &ledger->end;
	struct rdb_embed_checkpoint *p = &ledger->checkpoints[number];
	bool last = number + 1 == end->checkpoints;
	uint64_t behind = (last ? end->out : p[1].out) - p->out - len;
	uint32_t *sum = last ? &end->span : &p->crc;

	*sum = join(crc, *sum, behind);
}

void rdb_ledger_fill_in(
	struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark, const void *text, size_t len)
{
	struct rdb_ledger_mark *end = &ledger->end;
	uint32_t crc = (uint32_t)crc32_z(0, text, len);

	end->crc = join(join(mark->crc, crc, len), end->crc, end->out - mark->out - len);
	sum_header(ledger, mark->checkpoints, crc, len);
}

/* ---- members ---- */

int rdb_ledger_add_member(struct rdb_ledger *ledger, const struct rdb_embed_member *member)
{
	size_t count = ledger->end.members;
	char *name = strdup(member->name);

	if (!name || rdb_array_grow(&ledger->members, &ledger->member_cap, count,
			     sizeof(*ledger->members)) != 0) {
		free(name);
		return -ENOMEM;
	}
	ledger->members[count] = *member;
	ledger->members[count].name = name;
	ledger->end.members++;
	return 0;
}

static void drop_members(struct rdb_ledger *ledger, size_t keep)
{
	while (ledger->end.members > keep)
		free((char *)ledger->members[--ledger->end.members].name);
}

void rdb_ledger_rewind(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark)
{
	drop_members(ledger, mark->members);
	ledger->end = *mark;
}

/* ---- joining two ledgers ---- */

static int join_checkpoints(struct rdb_ledger *ledger, const struct rdb_ledger *behind, uint64_t in)
{
	size_t count = ledger->end.checkpoints;

	if (count)
		ledger->checkpoints[count - 1].crc = ledger->end.span;
	for (size_t i = 0; i < behind->end.checkpoints; i++) {
		struct rdb_embed_checkpoint moved = behind->checkpoints[i];
		if (rdb_array_grow(&ledger->checkpoints, &ledger->checkpoint_cap, count + i,
			    sizeof(moved)) != 0)
			return -ENOMEM;
		moved.in += in;
		moved.out += ledger->end.out;
		ledger->checkpoints[count + i] = moved;
	}
	return 0;
}

/* Appends the members of the ledger "behind", whose part of the archive begins at "in". After
 * success, "ledger" owns the members' names. */
static int join_members(struct rdb_ledger *ledger, const struct rdb_ledger *behind, uint64_t in)
{
	for (size_t i = 0; i < behind->end.members; i++) {
		struct rdb_embed_member moved = behind->members[i];
		if (rdb_array_grow(&ledger->members, &ledger->member_cap, ledger->end.members + i,
			    sizeof(moved)) != 0)
			return -ENOMEM;
		moved.in += in;
		moved.out += ledger->end.out;
		moved.data += ledger->end.out;
		ledger->members[ledger->end.members + i] = moved;
	}
	return 0;
}

int rdb_ledger_join(struct rdb_ledger *ledger, struct rdb_ledger *behind, uint64_t in)
{
	struct rdb_ledger_mark *end = &ledger->end;
	const struct rdb_ledger_mark *more = &behind->end;

	if (more->out == 0)
		return 0;
	if (join_checkpoints(ledger, behind, in) != 0 || join_members(ledger, behind, in) != 0)
		return -ENOMEM;
	end->in = in + more->in;
	end->crc = join(end->crc, more->crc, more->out);
	end->span = more->span;
	end->out += more->out;
	end->members += more->members;
	end->checkpoints += more->checkpoints;
	behind->end = (struct rdb_ledger_mark){0};
	return 0;
}

/* ---- the index ---- */

static void thin_checkpoints(struct rdb_ledger *ledger)
{
	size_t count = ledger->end.checkpoints, kept = 0;

	for (size_t i = 0; i < count; i += 2) {
		struct rdb_embed_checkpoint *p = &ledger->checkpoints[i];
		uint64_t end = i + 2 < count ? p[2].out : ledger->end.out;
		if (i + 1 < count)
			p->crc = join(p->crc, p[1].crc, end - p[1].out);
		ledger->checkpoints[kept++] = *p;
	}
	ledger->end.checkpoints = kept;
}

/* Makes each member refer to the last checkpoint at or before the member's beginning. Called after
 * checkpoints were dropped. */
static void move_members(struct rdb_ledger *ledger)
{
	size_t at = 0;

	for (size_t i = 0; i < ledger->end.members; i++) {
		struct rdb_embed_member *m = &ledger->members[i];
		while (at + 1 < ledger->end.checkpoints &&
			ledger->checkpoints[at + 1].out <= m->out)
			at++;
		m->in = ledger->checkpoints[at].in;
	}
}

int rdb_ledger_encode(
	struct rdb_ledger *ledger, const char *top, const char *facts, struct rdb_buf *out)
{
	struct rdb_embed embed = {
		.top = top,
		.facts = facts,
		.members = ledger->members,
		.member_count = ledger->end.members,
		.crc = ledger->end.crc,
	};

	if (rdb_ledger_enter(ledger, RDB_DEFLATE_CHUNK) != 0)
		return -ENOMEM;
	ledger->checkpoints[ledger->end.checkpoints - 1].crc = ledger->end.span;
	while (ledger->end.checkpoints > CHECKPOINTS_MAX) {
		thin_checkpoints(ledger);
		move_members(ledger);
	}
	embed.checkpoints = ledger->checkpoints;
	embed.checkpoint_count = ledger->end.checkpoints;
	return rdb_embed_encode(&embed, out);
}

void rdb_ledger_free(struct rdb_ledger *ledger)
{
	drop_members(ledger, 0);
	free(ledger->members);
	free(ledger->checkpoints);
}
