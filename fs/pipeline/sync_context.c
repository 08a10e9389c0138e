#include "pipeline/sync_context.h"

#include "base/printable.h"

#include <errno.h>
#include <string.h>

#define KEY_SHOWN 80 /* longest part of a key in a message, in bytes */

/* ---- messages ---- */

static const char *show_key(struct rdb_json_span key, char out[KEY_SHOWN + 4])
{
	size_t len = key.len < KEY_SHOWN ? key.len : KEY_SHOWN;

	while (len > 0 && len < key.len && ((unsigned char)key.data[len] & 0xc0) == 0x80)
		len--; /* do not cut a UTF-8 character */
	memcpy(out, key.data, len);
	rdb_printable(out, len);
	strcpy(out + len, len < key.len ? "..." : "");
	return out;
}

void rdb_sync_warn(struct rdb_sync_context *context, struct rdb_json_span key, const char *words)
{
	char shown[KEY_SHOWN + 4];

	rdb_job_warn(context->options->job, "%s: document %s %s", context->options->name,
		show_key(key, shown), words);
}

int rdb_sync_refuse(const struct rdb_sync_context *context, struct rdb_json_span key,
	const struct rdb_err *why, struct rdb_err *err)
{
	char shown[KEY_SHOWN + 4];

	return rdb_err_set(err, EINVAL, "%s: the server refuses document %s: %s",
		context->options->name, show_key(key, shown), why->text);
}

void rdb_sync_leave(struct rdb_sync_context *context, struct rdb_json_span key, const char *words)
{
	context->written->left++;
	rdb_sync_warn(context, key, words);
}

int rdb_sync_not_understood(const struct rdb_sync_context *context, struct rdb_err *err)
{
	return rdb_err_set(err, EPROTO, "%s: the server's answer to a write can't be understood",
		context->options->name);
}

/* ---- counts ---- */

void rdb_sync_count_found(
	struct rdb_sync_context *context, const struct rdb_sync_batch *batch, size_t item)
{
	const struct rdb_sync_change change = rdb_sync_batch_get(batch, item);

	/* The table already has the result of the change. If the batch was sent before, an earlier
	 * attempt has probably made the change, so count the change as written. Otherwise, another
	 * client has made the change, so count the change as overtaken. */
	if (batch->write.again)
		rdb_sync_count_written(context, &change);
	else
		context->written->overtaken++;
}

void rdb_sync_count_written(struct rdb_sync_context *context, const struct rdb_sync_change *change)
{
	if (!change->new.data)
		context->written->deleted++;
	else if (!change->old.data)
		context->written->inserted++;
	else
		context->written->replaced++;
}
