/*
 * Destination of an archive's bytes, which are appended in order. Three kinds exist: a new file
 * under a hidden name and a store's new backup (store/store.h), where earlier bytes can be replaced
 * and removed, and a stream (a pipe), where they cannot.
 *
 * Threads: one at a time, except rdb_output_cancel(), which any thread may call.
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
 * Operations of each kind. Each returns 0 or the errno of the write (-ENOSPC -EDQUOT -EFBIG -EIO
 * -EPIPE …; a remote store's also -ECONNREFUSED -EHOSTUNREACH -ETIMEDOUT -EACCES), and -ECANCELED
 * soon after rdb_output_is_cancelled() became true; the error's text names the output. After a
 * failure only cancel and close are called.
 */
struct rdb_output_ops {
	/* Writes at output->at; the caller advances that offset afterwards. */
	int (*append)(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);
	/* Appends up to len bytes of another file without copying them through memory. Returns how
	 * many; 0: not possible, append them instead. NULL: never possible. */
	ssize_t (*copy)(struct rdb_output *output, int fd, uint64_t off, size_t len);
	/* Replaces appended bytes at the given offset. NULL: neither this nor rewind is possible.
	 */
	int (*patch)(struct rdb_output *output, const void *data, size_t len, uint64_t at,
		struct rdb_err *err);
	/* Removes all bytes behind the offset `at`; the caller sets output->at. */
	int (*rewind)(struct rdb_output *output, uint64_t at, struct rdb_err *err);
	/* Declares that until the next call only the bytes between the offsets `from` and `to` may
	 * be replaced, and all bytes behind `from` be removed; equal offsets: none. The first 4 KiB
	 * may always be replaced. NULL: any byte may. */
	void (*hold)(struct rdb_output *output, uint64_t from, uint64_t to);
	/*
	 * Opens a branch: a separate sequence of bytes, which may be appended to, filled in and
	 * rewound at the same time as this output. The archive is this output, then its branches by
	 * their order. NULL: never possible. A branch is closed before this output is.
	 *   -EBUSY   no more branches can be open
	 */
	int (*branch)(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
	/* Moves a branch's bytes to the end of another output and empties the branch, if that is
	 * cheap. Returns 1 if it did; 0: the branch stays separate. */
	int (*absorb)(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
	/* Returns the number of bytes that must be appended before a branch may follow. */
	uint64_t (*gap)(struct rdb_output *output);
	/* Makes the output durable and visible under its name. NULL: nothing to do. */
	int (*commit)(struct rdb_output *output, struct rdb_err *err);
	/* Removes the output unless it was committed. Frees what the kind owns, including output.
	 */
	void (*close)(struct rdb_output *output);
};

/* First member of every kind's own struct; the kind sets ops, name, home and folder. */
struct rdb_output {
	const struct rdb_output_ops *ops;
	char *name;     /* for messages; freed by rdb_output_close() */
	uint64_t home;  /* number of the place where the archive is made (home.h); 0: unknown */
	int folder;     /* descriptor of a folder for a temporary file without a name; -1: none */
	unsigned order; /* position among branches; 0: not a branch */
	/* The fields below belong to output.c. */
	uint64_t at;
	char *piece;
	atomic_bool cancelled;
	const struct rdb_cancel *cancel;
};

/*
 * Creates an output to a new file under a hidden name beside path (partial.h), mode 0600. Errors as
 * for rdb_partial_create(); on commit as for rdb_partial_commit().
 */
int rdb_output_file(const char *path, bool overwrite, struct rdb_output **out, struct rdb_err *err);

/*
 * Creates an output to any writable descriptor, which stays open. name is for messages and is
 * copied.
 *   -ENOMEM -EMFILE
 */
int rdb_output_stream(int fd, const char *name, struct rdb_output **out, struct rdb_err *err);

/* Returns whether patch and rewind are possible. */
bool rdb_output_can_patch(const struct rdb_output *output);

/* Bytes appended so far. */
uint64_t rdb_output_at(const struct rdb_output *output);

/* These return the errors of the kind's operations, -ECANCELED and -ENOMEM. */
int rdb_output_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);

/* Appends a byte range of another file, inside the kernel if the kind can. */
int rdb_output_copy(
	struct rdb_output *output, int fd, uint64_t off, uint64_t len, struct rdb_err *err);

/* Replaces appended bytes. */
int rdb_output_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err);

/* Declares the bytes that patch and rewind may change from now on (see struct rdb_output_ops). */
void rdb_output_hold(struct rdb_output *output, uint64_t from, uint64_t to);

/* Removes everything that was appended behind the offset `at`. */
int rdb_output_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err);

/* Opens a branch, if the kind has them (see struct rdb_output_ops). -EBUSY: no more, or it has
 * none. */
int rdb_output_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
int rdb_output_absorb(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
uint64_t rdb_output_gap(struct rdb_output *output);

/* Completes the output: afterwards it is durable and visible under its name. Only close may follow.
 */
int rdb_output_commit(struct rdb_output *output, struct rdb_err *err);

/* Makes firing the cancel object have the effect of rdb_output_cancel(). It must outlive the
 * output. Call this before the first byte is appended; NULL: nothing changes. */
void rdb_output_obey(struct rdb_output *output, const struct rdb_cancel *cancel);

/*
 * Makes every call return -ECANCELED, also a write that waits for a pipe's reader (but not one that
 * waits for a socket or a terminal).
 */
void rdb_output_cancel(struct rdb_output *output);

/* Returns whether the output was cancelled, for the kinds while they wait. */
bool rdb_output_is_cancelled(const struct rdb_output *output);

/* Removes the output unless it was committed. Accepts NULL. */
void rdb_output_close(struct rdb_output *output);

#endif
