#include "cluster/patience.h"

#include "base/wait.h"
#include "reql/conn.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DELAY_FIRST 50  /* ms */
#define DELAY_MOST 2000 /* ms */
#define SLICE 50        /* ms between looks at stop */
#define SECONDS 60      /* where nothing else is said */

int rdb_patience_ms(int seconds)
{
	int given = seconds ? seconds : SECONDS;

	return given < 0 ? 0 : given > INT_MAX / 1000 ? INT_MAX : given * 1000;
}

void rdb_patience_reset(struct rdb_patience *patience)
{
	patience->until = 0;
	patience->delay = 0;
}

static bool is_stopped(const struct rdb_patience *patience)
{
	return rdb_cancel_fired(patience->cancel) ||
	       (patience->stop && atomic_load(patience->stop));
}

static int give_up(const struct rdb_patience *patience, int rc, struct rdb_err *err)
{
	size_t len;

	if (!err || patience->ms <= 0)
		return rc;
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, " (tried again for %d seconds)",
		patience->ms / 1000);
	return rc;
}

static void rest(const struct rdb_patience *patience)
{
	int64_t until = rdb_wait_now() + patience->delay;
	struct pollfd none;

	while (rdb_wait_now() < until && !is_stopped(patience)) {
		struct rdb_wait wait = rdb_wait_for(patience->cancel, SLICE);
		rdb_wait_poll(&wait, &none, 0);
	}
}

/* A server that did not answer has been waited for already. */
static int waited_before(int rc)
{
	return rc == -ETIMEDOUT ? RDB_CONN_SILENCE : 0;
}

int rdb_patience_wait(struct rdb_patience *patience, int rc, struct rdb_err *err)
{
	int64_t now = rdb_wait_now();

	if (!patience->until)
		patience->until = now + patience->ms - waited_before(rc);
	if (!is_stopped(patience) && now >= patience->until)
		return give_up(patience, rc, err);
	patience->delay = patience->delay ? patience->delay * 2 : DELAY_FIRST;
	if (patience->delay > DELAY_MOST)
		patience->delay = DELAY_MOST;
	rest(patience);
	return is_stopped(patience) ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
}
