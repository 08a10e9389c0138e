#include "mount/pending.h"

#include "mount/caller.h"
#include "mount/tree.h"

#include <errno.h>
#include <stddef.h>

#define CHECK_AGAIN 500 /* ms */

/* If the request is in its owner's list, removes the request from the list, and returns true. If a
 * thread has already taken the request from the list, marks the request as interrupted, and returns
 * false. */
static bool dequeue(struct rdb_pending *pending)
{
	bool queued;

	pthread_mutex_lock(pending->lock);
	queued = pending->link != NULL;
	if (queued)
		rdb_pending_remove(pending);
	else
		pending->interrupted = true;
	pthread_mutex_unlock(pending->lock);
	return queued;
}

static int schedule_check(struct rdb_pending *pending)
{
	struct rdb_mount *mount = fuse_req_userdata(pending->req);

	return rdb_timer_set(mount->timer, &pending->alarm, CHECK_AGAIN);
}

/* Answers the request with EINTR if a signal is ending the requesting process. Otherwise, schedules
 * another check, because the kernel reports only the first signal. */
static void check_again(struct rdb_alarm *alarm)
{
	struct rdb_pending *pending = (void *)((char *)alarm - offsetof(struct rdb_pending, alarm));
	fuse_req_t req;

	if (rdb_caller_is_ending(fuse_req_ctx(pending->req)->pid) == RDB_CALLER_NO) {
		schedule_check(pending);
		return;
	}
	if (!dequeue(pending))
		return;
	req = rdb_pending_claim(pending);
	pending->drop(pending);
	fuse_reply_err(req, EINTR);
}

/* Returns true if the signal that interrupted the request does not end the requesting process. In
 * this case, schedules check_again(), because the kernel does not report later signals. */
static bool goes_on(struct rdb_pending *pending)
{
	if (pending->watched)
		return true;
	if (rdb_caller_is_ending(fuse_req_ctx(pending->req)->pid) != RDB_CALLER_NO)
		return false;
	pending->alarm.call = check_again;
	pending->watched = schedule_check(pending) == 0;
	return pending->watched;
}

/* Answers an interrupted request with EINTR, unless the requesting process survives the signal or a
 * thread works on the request. Must not call rdb_pending_claim(), because libfuse already holds the
 * lock that rdb_pending_claim() acquires. */
static void on_interrupt(fuse_req_t req, void *arg)
{
	struct rdb_pending *pending = arg;

	if (goes_on(pending) || !dequeue(pending))
		return;
	/* Call drop() before answering the request, because drop() records that the request was
	 * interrupted. After the answer, the calling process may close its file, and the close must
	 * find this record. */
	pending->drop(pending);
	fuse_reply_err(req, EINTR);
}

void rdb_pending_init(struct rdb_pending *pending, fuse_req_t req, pthread_mutex_t *lock,
	void (*drop)(struct rdb_pending *pending))
{
	*pending = (struct rdb_pending){.req = req, .lock = lock, .drop = drop};
	fuse_req_interrupt_func(req, on_interrupt, pending);
}

bool rdb_pending_insert(struct rdb_pending *pending, struct rdb_pending **place)
{
	if (pending->interrupted)
		return false;
	pending->next = *place;
	pending->link = place;
	if (pending->next)
		pending->next->link = &pending->next;
	*place = pending;
	return true;
}

void rdb_pending_remove(struct rdb_pending *pending)
{
	*pending->link = pending->next;
	if (pending->next)
		pending->next->link = pending->link;
	pending->next = NULL;
	pending->link = NULL;
}

fuse_req_t rdb_pending_claim(struct rdb_pending *pending)
{
	struct rdb_mount *mount;

	/* This call acquires libfuse's lock. The caller must not hold the list's lock, because
	 * on_interrupt() acquires the list's lock after libfuse's lock. */
	fuse_req_interrupt_func(pending->req, NULL, NULL);
	if (pending->watched) {
		mount = fuse_req_userdata(pending->req);
		rdb_timer_unset(mount->timer, &pending->alarm);
	}
	return pending->req;
}
