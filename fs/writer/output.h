/*
 * Where an archive's bytes are written, one after the other. Three kinds exist: a new file under a
 * hidden name and a store's new backup (store/store.h), where earlier bytes can be replaced and
 * taken back, and a stream (a pipe), where they cannot.
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
 * soon after rdb_output_is_cancelled() became true; the text says what was written. After a failure
 * only cancel and close are called.
 */
struct rdb_output_ops {
	/* Writes at output->at, which the caller advances afterwards. */
	int (*append)(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);
	/* Appends up to len bytes of another file without copying them through memory. Returns how
	 * many; 0: not possible, append them instead. NULL: never possible. */
	ssize_t (*copy)(struct rdb_output *output, int fd, uint64_t off, size_t len);
	/* Replaces appended bytes. NULL: neither this nor rewind is possible. */
	int (*patch)(struct rdb_output *output, const void *data, size_t len, uint64_t at,
		struct rdb_err *err);
	/* Removes all bytes behind at; the caller sets output->at. */
	int (*rewind)(struct rdb_output *output, uint64_t at, struct rdb_err *err);
	/* Until the next call, bytes from from up to to may be replaced, and all bytes behind from
	 * be removed; from == to: none. The first 4 KiB may always be replaced. NULL: any byte may.
	 */
	void (*hold)(struct rdb_output *output, uint64_t from, uint64_t to);
	/*
	 * Opens a branch: a run of bytes of its own, which may be appended to, filled in and
	 * rewound while this output is. The whole is this output, then its branches by their order.
	 * NULL: never. A branch is closed before this output is.
	 *   -EBUSY   as many are open as there can be
	 */
	int (*branch)(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
	/* Appends a branch's bytes to another run, and empties it, if that is cheap. 1: done; 0:
	 * the branch stays a run of its own. */
	int (*absorb)(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
	/* How many bytes a run lacks before a branch may follow it. */
	uint64_t (*gap)(struct rdb_output *output);
	/* Makes the output durable and gives it its name. NULL: nothing to do. */
	int (*commit)(struct rdb_output *output, struct rdb_err *err);
	/* Removes the output unless it was committed. Frees what the kind owns, including output.
	 */
	void (*close)(struct rdb_output *output);
};

/* First member of every kind's own struct; the kind sets ops, name, home and folder. */
struct rdb_output {
	const struct rdb_output_ops *ops;
	char *name;    /* for messages; freed by rdb_output_close() */
	uint64_t home; /* where the archive will be at home (home.h); 0: unknown */
	int folder;    /* descriptor of a folder where tables may wait in a file without a name; -1:
			  none */
	unsigned order; /* among branches; 0: none of them */
	/* The rest belongs to output.c. */
	uint64_t at;
	char *piece;
	atomic_bool cancelled;
	const struct rdb_cancel *cancel;
};

/*
 * A new file under a hidden name beside path (partial.h), mode 0600. Errors as for
 * rdb_partial_create(); on commit as for rdb_partial_commit().
 */
int rdb_output_file(const char *path, bool overwrite, struct rdb_output **out, struct rdb_err *err);

/*
 * Any writable descriptor; it stays open. name is for messages and is copied.
 *   -ENOMEM -EMFILE
 */
int rdb_output_stream(int fd, const char *name, struct rdb_output **out, struct rdb_err *err);

/* Whether patch and rewind are possible. */
bool rdb_output_can_patch(const struct rdb_output *output);

/* Bytes appended so far. */
uint64_t rdb_output_at(const struct rdb_output *output);

/* These return the errors of the kind's operations, -ECANCELED and -ENOMEM. */
int rdb_output_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err);

/* Appends a part of another file, inside the kernel where the kind can. */
int rdb_output_copy(
	struct rdb_output *output, int fd, uint64_t off, uint64_t len, struct rdb_err *err);

/* Replaces appended bytes. */
int rdb_output_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err);

/* Declares which bytes patch and rewind may concern from now on (see struct rdb_output_ops). */
void rdb_output_hold(struct rdb_output *output, uint64_t from, uint64_t to);

/* Removes everything that was appended behind at. */
int rdb_output_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err);

/* Branches, where the kind has them (see struct rdb_output_ops); -EBUSY where it has not. */
int rdb_output_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err);
int rdb_output_absorb(struct rdb_output *output, struct rdb_output *branch, struct rdb_err *err);
uint64_t rdb_output_gap(struct rdb_output *output);

/* Completes the output: afterwards it is complete and durable under its name. Only close may
 * follow. */
int rdb_output_commit(struct rdb_output *output, struct rdb_err *err);

/* Firing the cancel object has the effect of rdb_output_cancel(). It must outlive the output. Call
 * this before the first byte is appended; NULL: nothing changes. */
void rdb_output_obey(struct rdb_output *output, const struct rdb_cancel *cancel);

/*
 * Makes every call return -ECANCELED, also a write that waits for a pipe's reader (but not one that
 * waits for a socket or a terminal).
 */
void rdb_output_cancel(struct rdb_output *output);

/* For the kinds, while they wait. */
bool rdb_output_is_cancelled(const struct rdb_output *output);

/* Removes the output unless it was committed. Accepts NULL. */
void rdb_output_close(struct rdb_output *output);

#endif
