#include "gz/gzip_frame.h"
#include "writer/trunk_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PADDING_STEP ((size_t)64 * 1024)

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the archive");
}

int rdb_trunk_branch(struct rdb_trunk *trunk, struct rdb_trunk **out, struct rdb_err *err)
{
	struct rdb_trunk *branch = calloc(1, sizeof(*branch));
	int ret;

	if (!branch || !(branch->top = strdup(trunk->top))) {
		free(branch);
		return out_of_memory(err);
	}
	ret = rdb_output_branch(trunk->head, &branch->head, err);
	if (ret != 0) {
		rdb_trunk_destroy(branch);
		return ret;
	}
	branch->output = branch->head;
	branch->deflater = trunk->deflater;
	branch->created = trunk->created;
	*out = branch;
	return 0;
}

unsigned rdb_trunk_order(const struct rdb_trunk *trunk)
{
	return trunk->head->order;
}

static int append_padding(struct rdb_trunk *trunk, size_t len, struct rdb_err *err)
{
	struct rdb_buf padding = {0};
	int ret = rdb_deflate_padding(&padding, len)
			  ? out_of_memory(err)
			  : rdb_output_append(trunk->output, padding.data, padding.len, err);

	rdb_buf_free(&padding);
	return ret;
}

static int fill_gap(struct rdb_trunk *trunk, struct rdb_err *err)
{
	uint64_t gap = trunk->output->ops->gap(trunk->output);
	size_t step = PADDING_STEP;
	int ret = 0;

	while (gap && ret == 0) {
		/* Fill the whole gap now if a step would leave less than RDB_DEFLATE_PADDING_MIN
		 * bytes, because no padding is that short. */
		if (gap < PADDING_STEP + RDB_DEFLATE_PADDING_MIN)
			step = gap;
		ret = append_padding(trunk, step, err);
		gap -= step;
	}
	return ret;
}

/* If the gap before a branch is shorter than the shortest padding, appends padding that extends
 * beyond the gap. The gap up to the next possible offset for a branch is then long enough for
 * padding. */
static int fill_short_gap(struct rdb_trunk *trunk, struct rdb_err *err)
{
	uint64_t gap = trunk->output->ops->gap(trunk->output);

	if (gap == 0 || gap >= RDB_DEFLATE_PADDING_MIN)
		return 0;
	return append_padding(trunk, 2 * RDB_DEFLATE_PADDING_MIN, err);
}

static int place(
	struct rdb_trunk *trunk, struct rdb_trunk *branch, uint64_t *base, struct rdb_err *err)
{
	int ret;

	*base = trunk->base + trunk->output->at;
	ret = trunk->output->ops->absorb(trunk->output, branch->output, err);
	if (ret != 0)
		return ret < 0 ? ret : 0;
	ret = fill_short_gap(trunk, err);
	ret = ret ? ret : fill_gap(trunk, err);
	*base = trunk->base = trunk->base + trunk->output->at;
	trunk->output = branch->output;
	return ret;
}

int rdb_trunk_join(struct rdb_trunk *trunk, struct rdb_trunk *branch, struct rdb_err *err)
{
	uint64_t base;
	int ret = rdb_trunk_flush_pack(branch, err);

	ret = ret ? ret : rdb_trunk_flush_pack(trunk, err);
	ret = ret ? ret : place(trunk, branch, &base, err);
	if (ret == 0 && rdb_ledger_join(&trunk->ledger, &branch->ledger, base) != 0)
		ret = out_of_memory(err);
	atomic_store(&branch->length, 0);
	atomic_store(&trunk->length, trunk->base + trunk->output->at);
	return ret;
}
