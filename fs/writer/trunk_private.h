/* Internals of the trunk, shared by trunk.c (the text) and trunk_branch.c (trunks that are written
 * at the same time). */
#ifndef RDB_WRITER_TRUNK_PRIVATE_H
#define RDB_WRITER_TRUNK_PRIVATE_H

#include "writer/trunk.h"

#include <stdatomic.h>

struct rdb_trunk {
	struct rdb_output *head;   /* output of this trunk: the archive, or a branch */
	struct rdb_output *output; /* output that text is appended to */
	uint64_t base;             /* offset in the archive where "output" begins */
	struct rdb_deflater *deflater;
	char *top;
	char type[RDB_EMBED_TYPE_MAX];
	int64_t created;
	struct rdb_ledger ledger;
	uint64_t held;               /* length of "output" at the last mark */
	struct rdb_ledger_mark open; /* mark before the open member's header */
	struct rdb_buf pack;         /* small members that are recorded but not yet written */
	_Atomic uint64_t length;
};

/* Writes to the archive the small members that rdb_trunk_pack_member() has collected. Returns 0,
 * -ENOMEM, or an error of the output. */
int rdb_trunk_flush_pack(struct rdb_trunk *trunk, struct rdb_err *err);

#endif
