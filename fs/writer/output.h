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

/* Operations of one kind of output. Unless stated otherwise, each operation returns 0 or a negative
 * errno. After a failed write, only rdb_output_cancel() and rdb_output_close() are allowed. */
struct rdb_output_ops {
	/* Writes len bytes at the offset output->at, the present end of the output. After success,
	 * the caller increases output->at. */
	int (*append)(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);
	/*
	 * Lets the kernel append up to len bytes of the file fd, from the offset "off" on. The
	 * pointer is NULL if the kernel cannot copy to this kind of output.
	 * Returns:
	 *   positive  number of appended bytes
	 *   0         the caller must use append() instead
	 *   negative  an errno
	 */
	ssize_t (*copy)(struct rdb_output *output, int fd, uint64_t off, size_t len);
	/* Replaces len bytes from the offset "at" on. "patch" and "rewind" are NULL if an output
	 * cannot change its bytes. */
	int (*patch)(struct rdb_output *output, const void *data, size_t len, uint64_t at,
		struct rdb_err *err);
	/* Shortens the output to its first "at" bytes. After a success, the caller sets output->at
	 * to "at". */
	int (*rewind)(struct rdb_output *output, uint64_t at, struct rdb_err *err);
	/* Declares all bytes final, except the bytes from "from" to "to" and the first 4 KiB.
	 * Replaces the previous declaration. An upload sends only final bytes. The pointer is NULL
	 * if no declaration is needed. */
	void (*hold)(struct rdb_output *output, uint64_t from, uint64_t to);
	/* Opens a branch: an output for another thread. In the archive, the branches follow the
	 * bytes of this output, sorted by the branches' field "order". Close all branches before
	 * this output. Returns 0, -EBUSY if no further branch is possible, or another negative
	 * errno. The function pointer is NULL if this kind of output has no branches. */
	int (*branch)(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
	/* Appends the bytes of "branch" to the output if all these bytes are still in memory.
	 * Returns 1 if the bytes were appended, 0 if some bytes are no longer in memory, or a
	 * negative errno. */
	int (*absorb)(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
	/* Returns how many more bytes must be appended before the bytes of a branch may follow. A
	 * branch is a further output for another thread (see branch()). In an S3 upload, each
	 * branch begins with a new part. */
	uint64_t (*gap)(struct rdb_output *output);
	/* Makes the output durable, and visible under its final name. The function pointer is NULL
	 * if an output of this kind needs no such step. */
	int (*commit)(struct rdb_output *output, struct rdb_err *err);
	/* Frees the output. Removes the file or object, unless the output was committed. */
	void (*close)(struct rdb_output *output);
};

/* Base of all outputs: the first member of the struct of each kind of output. Each kind sets the
 * fields ops, name, home and folder itself. */
struct rdb_output {
	const struct rdb_output_ops *ops;
	char *name;     /* name for messages; freed by rdb_output_close() */
	uint64_t home;  /* home of the archive (home.h); 0 if unknown */
	int folder;     /* descriptor of a folder for a temporary file, or -1 */
	unsigned order; /* sorts the branches in the archive; 0 if not a branch */
	/* The fields below are changed only by output.c. */
	uint64_t at; /* number of bytes appended so far */
	char *piece;
	atomic_bool cancelled;
	const struct rdb_cancel *cancel;
};

/* Creates an output that writes to a new file. The file has a hidden name until rdb_output_commit()
 * renames the file to "path". Returns 0 or an error of rdb_partial_create(). */
int rdb_output_file(const char *path, bool overwrite, struct rdb_output **out, struct rdb_err *err);

/*
 * Creates an output that writes to the descriptor fd, and never closes fd. name is used in
 * messages, and is copied. Returns 0, -ENOMEM or -EMFILE.
 */
int rdb_output_stream(int fd, const char *name, struct rdb_output **out, struct rdb_err *err);

/* Returns true if the output supports changing earlier bytes, so that bytes that were already
 * appended can be replaced or removed. */
bool rdb_output_can_patch(const struct rdb_output *output);

/* Unless stated otherwise, the functions below return 0 or a negative errno. Some functions return
 * -ECANCELED after a cancel: see rdb_output_cancel(). */

/* Appends len bytes to the output. */
int rdb_output_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);

/* Appends len bytes of the file fd, beginning at the offset off in this file. Copies inside the
 * kernel if this is possible. */
int rdb_output_copy(
	struct rdb_output *output, int fd, uint64_t off, uint64_t len, struct rdb_err *err);

/* Replaces len bytes that were appended earlier. "at" is the offset of the first byte to be
 * replaced. */
int rdb_output_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err);

/* Declares that the caller may still replace the bytes from the offset "from" to the offset "to".
 * All other bytes written so far are final. */
void rdb_output_hold(struct rdb_output *output, uint64_t from, uint64_t to);

/* Removes all bytes from the offset "at" to the end of the output. */
int rdb_output_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err);

/* Opens a branch of the output. See branch() in struct rdb_output_ops. Returns 0, -ENOMEM, or
 * -EBUSY if the output cannot have a further branch. */
int rdb_output_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);

/* Makes the output durable, and visible under its final name. Afterwards only rdb_output_close()
 * may be called. */
int rdb_output_commit(struct rdb_output *output, struct rdb_err *err);

/* Cancels the output when "cancel" is fired, with the effect of rdb_output_cancel(). "cancel" must
 * outlive the output, or be NULL. Called before the first byte is appended. */
void rdb_output_obey(struct rdb_output *output, const struct rdb_cancel *cancel);

/* Cancels the output. Later calls of rdb_output_append(), rdb_output_copy(), rdb_output_patch() and
 * rdb_output_commit() return -ECANCELED. A call that is waiting for the reader of a pipe or of a
 * socket is interrupted. A call that is waiting for a terminal is not interrupted. */
void rdb_output_cancel(struct rdb_output *output);

/* Returns true if the output was cancelled. Implementations of outputs call this function while
 * they wait. */
bool rdb_output_is_cancelled(const struct rdb_output *output);

/* Frees the output. Removes the file or object, unless the output was committed. output may be
 * NULL. */
void rdb_output_close(struct rdb_output *output);

#endif
