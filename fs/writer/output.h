/*
 * Where an archive's bytes go: appended one after the other, to a file whose earlier bytes can
 * be filled in and taken back, or to a pipe where nothing can. A store that takes an archive in
 * parts that can't be changed afterwards is of the second kind.
 *
 * Threads: one at a time, but for cancel, which any thread may call.
 */
#ifndef RDB_WRITER_OUTPUT_H
#define RDB_WRITER_OUTPUT_H

#include "base/cancel.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_output;

/*
 * file: an empty regular file; its descriptor is the caller's and must outlive the output.
 * stream: anything that can be written to; it is left open. name is for messages and is copied.
 *   -ENOMEM -EMFILE
 */
int rdb_output_file(int fd, const char *name, struct rdb_output **out, struct rdb_err *err);
int rdb_output_stream(int fd, const char *name, struct rdb_output **out, struct rdb_err *err);

/* Whether patch and rewind can be used. */
bool rdb_output_can_patch(const struct rdb_output *output);

/* Bytes appended so far. */
uint64_t rdb_output_at(const struct rdb_output *output);

/*
 * Everything below returns 0 or the errno of the write (-ENOSPC, -EDQUOT, -EFBIG, -EIO, -EPIPE,
 * …), or -ECANCELED. After a failure what is there is undefined.
 */
int rdb_output_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);

/* Appends a piece of another file, inside the kernel where it can. */
int rdb_output_copy(
	struct rdb_output *output, int fd, uint64_t off, uint64_t len, struct rdb_err *err);

/* Replaces bytes that were appended. */
int rdb_output_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err);

/* Takes back all that was appended behind at. */
int rdb_output_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err);

/* Once it is fired, it is as if rdb_output_cancel() had been called. It outlives the output. To
 * be said before the first byte is appended. */
void rdb_output_obey(struct rdb_output *output, const struct rdb_cancel *cancel);

/*
 * From now on everything returns -ECANCELED, also a write that waits for a pipe's reader (but
 * not one that waits for a socket's or a terminal's).
 */
void rdb_output_cancel(struct rdb_output *output);

void rdb_output_close(struct rdb_output *output);

#endif
