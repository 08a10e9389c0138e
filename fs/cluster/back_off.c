#include "cluster/back_off.h"

#include "base/wait.h"
#include "reql/conn.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DELAY_FIRST 50  /* ms */
#define DELAY_MOST 2000 /* ms */
#define SLICE 50        /* ms between two checks of "stop" */

int rdb_back_off_ms(int seconds)
{
	int given = seconds ? seconds : RDB_BACK_OFF_SECONDS;

	return given < 0 ? 0 : given > INT_MAX / 1000 ? INT_MAX : given * 1000;
}

void rdb_back_off_reset(struct rdb_back_off *back_off)
{
	back_off->until = 0;
	back_off->delay = 0;
	back_off->tries = 0;
}

static bool is_stopped(const struct rdb_back_off *back_off)
{
	return rdb_cancel_fired(back_off->cancel) ||
	       (back_off->stop && atomic_load(back_off->stop));
}

static int give_up(const struct rdb_back_off *back_off, int ret, struct rdb_err *err)
{
	size_t len;

	if (!err || back_off->ms <= 0)
		return ret;
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len,
		" (retried for %d seconds, gave up after %u attempts)", back_off->ms / 1000,
		back_off->tries);
	return ret;
}

static void rest(const struct rdb_back_off *back_off)
{
	int64_t until = rdb_wait_now() + back_off->delay;
	struct pollfd none;

	while (rdb_wait_now() < until && !is_stopped(back_off)) {
		struct rdb_wait wait = rdb_wait_for(back_off->cancel, SLICE);
		rdb_wait_poll(&wait, &none, 0);
	}
}

/* Returns the time at which retries end. Subtracts RDB_CONN_SILENCE if the first failure is
 * -ETIMEDOUT, because the request has already waited that long. */
static int64_t end_of(const struct rdb_back_off *back_off, int ret, int64_t now)
{
	if (back_off->until)
		return back_off->until;
	return now + back_off->ms - (ret == -ETIMEDOUT ? RDB_CONN_SILENCE : 0);
}

bool rdb_back_off_remains(const struct rdb_back_off *back_off, int ret)
{
	const int64_t now = rdb_wait_now();

	return !is_stopped(back_off) && now < end_of(back_off, ret, now);
}

int rdb_back_off_wait(struct rdb_back_off *back_off, int ret, struct rdb_err *err)
{
	int64_t now = rdb_wait_now();

	back_off->tries++;
	back_off->until = end_of(back_off, ret, now);
	if (!is_stopped(back_off) && now >= back_off->until)
		return give_up(back_off, ret, err);
	back_off->delay = back_off->delay ? back_off->delay * 2 : DELAY_FIRST;
	if (back_off->delay > DELAY_MOST)
		back_off->delay = DELAY_MOST;
	rest(back_off);
	return is_stopped(back_off) ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
}
