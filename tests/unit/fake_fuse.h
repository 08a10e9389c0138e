/*
 * libfuse's requests without a kernel: tests link this file instead. A request stores its answer
 * and can be interrupted.
 */
#ifndef RDB_TESTS_FAKE_FUSE_H
#define RDB_TESTS_FAKE_FUSE_H

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct fuse_req {
	pthread_mutex_t lock; /* as in libfuse: held while the interrupt function runs */
	fuse_interrupt_func_t func;
	void *data;
	bool interrupted;
	atomic_bool stuck; /* answers do not reach the kernel until cleared */
	atomic_int answers;
	atomic_int error;
	char bytes[64];
	size_t len;
	struct fuse_ctx ctx; /* pid 0: the caller is unknown */
	void *userdata;
};

static inline void fake_req_init(struct fuse_req *req)
{
	memset(req, 0, sizeof(*req));
	pthread_mutex_init(&req->lock, NULL);
}

static inline void fake_answer(struct fuse_req *req, int error)
{
	atomic_store(&req->error, error);
	atomic_fetch_add(&req->answers, 1);
}

static inline void fake_interrupt(struct fuse_req *req)
{
	pthread_mutex_lock(&req->lock);
	req->interrupted = true;
	if (req->func)
		req->func(req, req->data);
	pthread_mutex_unlock(&req->lock);
}

/* Waits for the answer and returns its error, or -1 after two minutes. */
static inline int fake_wait(struct fuse_req *req)
{
	for (int i = 0; i < 120000 && !atomic_load(&req->answers); i++)
		usleep(1000);
	return atomic_load(&req->answers) ? atomic_load(&req->error) : -1;
}

void fuse_req_interrupt_func(fuse_req_t req, fuse_interrupt_func_t func, void *data)
{
	pthread_mutex_lock(&req->lock);
	req->func = func;
	req->data = data;
	if (req->interrupted && func)
		func(req, data);
	pthread_mutex_unlock(&req->lock);
}

const struct fuse_ctx *fuse_req_ctx(fuse_req_t req)
{
	return &req->ctx;
}

void *fuse_req_userdata(fuse_req_t req)
{
	return req->userdata;
}

int fuse_reply_err(fuse_req_t req, int error)
{
	fake_answer(req, error);
	return 0;
}

int fuse_reply_iov(fuse_req_t req, const struct iovec *iov, int count)
{
	while (atomic_load(&req->stuck))
		usleep(1000);
	for (int i = 0; i < count; i++) {
		size_t room = sizeof(req->bytes) - req->len;
		size_t len = iov[i].iov_len < room ? iov[i].iov_len : room;

		memcpy(req->bytes + req->len, iov[i].iov_base, len);
		req->len += len;
	}
	fake_answer(req, 0);
	return 0;
}

int fuse_reply_open(fuse_req_t req, const struct fuse_file_info *fi)
{
	memcpy(req->bytes, &fi->fh, sizeof(fi->fh));
	fake_answer(req, 0);
	return 0;
}

#endif
