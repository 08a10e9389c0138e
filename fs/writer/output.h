/*
 * The destination of an archive's bytes, which are appended in order. There are three kinds of
 * output: a new file under a hidden name, a new backup of a store (store/store.h), and a stream
 * such as a pipe. In a file and in a store's backup, earlier bytes can be replaced and removed; in
 * a stream they cannot.
 *
 * An output is used by one thread at a time, but any thread may call rdb_output_cancel().
 */
#ifndef RDB_WRITER_OUTPUT_H
#define RDB_WRITER_OUTPUT_H

#include "base/cancel.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct rdb_output;

/*
 * Operations of a kind of output. Each operation returns 0 or the negative errno of writing, for
 * example -ENOSPC, -EDQUOT, -EFBIG, -EIO or -EPIPE. A remote store also returns -ECONNREFUSED,
 * -EHOSTUNREACH, -ETIMEDOUT or -EACCES. A cancelled output returns -ECANCELED soon. The error's
 * text names the output. After a failure only rdb_output_cancel() and rdb_output_close() may be
 * called.
 */
struct rdb_output_ops {
	/* Writes bytes at the offset output->at. The caller advances this offset afterwards. */
	int (*append)(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);
	/* Appends up to len bytes of the file fd without copying the bytes through memory. off is
	 * the offset in this file. Returns the number of appended bytes, 0 if append() must be used
	 * instead, or a negative errno. The function pointer copy may be NULL. */
	ssize_t (*copy)(struct rdb_output *output, int fd, uint64_t off, size_t len);
	/* Replaces len appended bytes. The offset at is the position of the first replaced byte.
	 * The function pointers patch and rewind are both NULL if appended bytes cannot be changed.
	 */
	int (*patch)(struct rdb_output *output, const void *data, size_t len, uint64_t at,
		struct rdb_err *err);
	/* Shortens the output to a new length, which is the parameter at. The caller sets
	 * output->at to the new length afterwards. */
	int (*rewind)(struct rdb_output *output, uint64_t at, struct rdb_err *err);
	/* Declares which bytes may change until the next call of hold(). The parameters from and to
	 * are the start and the end of a range. The bytes in the range may be replaced, and all
	 * bytes behind its start may be removed. The first 4 KiB may always be replaced. If the
	 * range is empty, no other byte may change. The function pointer hold is NULL if every byte
	 * may change at any time. */
	void (*hold)(struct rdb_output *output, uint64_t from, uint64_t to);
	/*
	 * Opens a branch of the output. A branch is a separate sequence of bytes that can be
	 * written at the same time as the output. The complete archive is the output and then the
	 * branches in their order. Returns -EBUSY if no more branches can be open. The function
	 * pointer branch is NULL if branches are not possible. The caller closes a branch before
	 * the output.
	 */
	int (*branch)(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
	/* Moves the bytes of a branch (see the function pointer branch) to the end of the output if
	 * this is cheap, for example because the bytes are still in memory. The branch is then
	 * empty. Returns 1 if the bytes were moved, 0 if the branch stays separate, or a negative
	 * errno. */
	int (*absorb)(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
	/* Returns the number of bytes that must be appended to the output before a branch can
	 * begin. A branch is a sequence of bytes that is written at the same time as the output
	 * (see the function pointer branch). An S3 upload, for example, has branches that begin
	 * only at multiples of the part size. */
	uint64_t (*gap)(struct rdb_output *output);
	/* Makes the output durable and visible under its name. May be NULL. */
	int (*commit)(struct rdb_output *output, struct rdb_err *err);
	/* Removes the output unless the output was committed. Frees the output and all resources
	 * that belong to the output. */
	void (*close)(struct rdb_output *output);
};

/* The first member of the struct of each kind of output. The kind of output sets ops, name, home
 * and folder. */
struct rdb_output {
	const struct rdb_output_ops *ops;
	char *name;     /* name for messages; freed by rdb_output_close() */
	uint64_t home;  /* home of the archive (home.h); 0 if unknown */
	int folder;     /* descriptor of a folder for a temporary file, or -1 */
	unsigned order; /* position among the branches; 0 if not a branch */
	/* Only output.c changes the following fields. */
	uint64_t at;
	char *piece;
	atomic_bool cancelled;
	const struct rdb_cancel *cancel;
};

/*
 * Creates an output to a new file under a hidden name beside path (partial.h), with mode 0600.
 * Returns 0 or an error of rdb_partial_create(). rdb_output_commit() returns the errors of
 * rdb_partial_commit().
 */
int rdb_output_file(const char *path, bool overwrite, struct rdb_output **out, struct rdb_err *err);

/*
 * Creates an output to a writable descriptor, which stays open. name is used in messages and is
 * copied. Returns 0, -ENOMEM or -EMFILE.
 */
int rdb_output_stream(int fd, const char *name, struct rdb_output **out, struct rdb_err *err);

/* Returns whether rdb_output_patch() and rdb_output_rewind() are possible. */
bool rdb_output_can_patch(const struct rdb_output *output);

/* Returns the number of bytes appended so far. */
uint64_t rdb_output_at(const struct rdb_output *output);

/* Appends bytes. rdb_output_append() and the functions below return 0, an error of an operation in
 * struct rdb_output_ops, -ECANCELED or -ENOMEM. */
int rdb_output_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);

/* Appends len bytes of the file fd, beginning at the offset off in this file. Copies inside the
 * kernel if this is possible. */
int rdb_output_copy(
	struct rdb_output *output, int fd, uint64_t off, uint64_t len, struct rdb_err *err);

/* Replaces len appended bytes. The offset at is the position of the first replaced byte. */
int rdb_output_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err);

/* Declares which bytes rdb_output_patch() and rdb_output_rewind() may change from now on. The
 * parameters from and to are the start and the end of a range (see hold in struct rdb_output_ops).
 */
void rdb_output_hold(struct rdb_output *output, uint64_t from, uint64_t to);

/* Shortens the output to a new length, which is the parameter at. */
int rdb_output_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err);

/* Opens a branch of the output (see branch in struct rdb_output_ops). Returns 0, or -EBUSY if no
 * more branches can be open or branches are not possible. */
int rdb_output_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
int rdb_output_absorb(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
uint64_t rdb_output_gap(struct rdb_output *output);

/* Completes the output, which becomes durable and visible under its name. Only rdb_output_close()
 * may follow. */
int rdb_output_commit(struct rdb_output *output, struct rdb_err *err);

/* Cancels the output when the cancel request is fired. Must be called before the first byte is
 * appended. The parameter cancel may be NULL. Otherwise the cancel request must outlive the output.
 */
void rdb_output_obey(struct rdb_output *output, const struct rdb_cancel *cancel);

/*
 * Makes every call return -ECANCELED. This includes a write that waits for the reader of a pipe,
 * but not a write that waits for a socket or a terminal.
 */
void rdb_output_cancel(struct rdb_output *output);

/* Returns whether the output was cancelled. Called by the operations while they wait. */
bool rdb_output_is_cancelled(const struct rdb_output *output);

/* Closes the output, and removes the output unless it was committed. output may be NULL. */
void rdb_output_close(struct rdb_output *output);

#endif
