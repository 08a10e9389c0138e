#include "cluster/session.h"

#include <errno.h>
#include <string.h>

#define FIRST_PAUSE 100 /* ms; doubles with each try */
#define LONGEST_PAUSE (5 * 1000)

int rdb_session_conn(struct rdb_session *session, struct rdb_conn **out, struct rdb_err *err)
{
	int rc = 0;

	if (!session->conn)
		rc = rdb_cluster_connect(session->cluster, session->cancel, &session->conn, err);
	*out = session->conn;
	return rc;
}

void rdb_session_close(struct rdb_session *session)
{
	rdb_conn_close(session->conn);
	session->conn = NULL;
}

void rdb_session_progress(struct rdb_session *session)
{
	session->tries = 0;
}

static int pause_before(unsigned try)
{
	int ms = FIRST_PAUSE;

	while (try-- > 1 && ms < LONGEST_PAUSE)
		ms *= 2;
	return ms < LONGEST_PAUSE ? ms : LONGEST_PAUSE;
}

/* Until the next try; -1 when there is to be none. */
static int next_pause(struct rdb_session *session, int rc)
{
	/* A server that did not answer has been waited for already. */
	const int waited = rc == -ETIMEDOUT ? RDB_CONN_SILENCE : 0;
	int64_t now = rdb_wait_now(), limit = (int64_t)session->patience * 1000;
	int ms;

	if (session->tries++ == 0)
		session->failing_since = now - waited;
	ms = pause_before(session->tries);
	return now + ms - session->failing_since > limit ? -1 : ms;
}

static bool give_up(struct rdb_session *session, struct rdb_err *err)
{
	if (session->tries > 1)
		rdb_err_prefix(err, "given up after %u tries: ", session->tries);
	return false;
}

/* The first failure, the second, the fourth…; many name their table already. */
static void tell(struct rdb_session *session, const char *what, const struct rdb_err *err)
{
	bool named = strstr(err->text, what) != NULL;

	if (!session->job || session->tries & (session->tries - 1))
		return;
	rdb_job_warn(session->job, "%s%s%s; trying again", named ? "" : what, named ? "" : ": ",
		err->text);
}

bool rdb_session_again(struct rdb_session *session, const char *what, struct rdb_err *err)
{
	struct rdb_wait wait;
	struct pollfd none;
	int ms;

	rdb_session_close(session);
	if (rdb_cancel_fired(session->cancel)) {
		rdb_err_set(err, ECANCELED, "cancelled");
		return false;
	}
	if (rdb_retry_of(-err->code) == RDB_RETRY_NEVER)
		return false;
	ms = next_pause(session, -err->code);
	if (ms < 0)
		return give_up(session, err);
	tell(session, what, err);
	wait = rdb_wait_for(session->cancel, ms);
	if (rdb_wait_poll(&wait, &none, 0) != -EINTR)
		return true;
	rdb_err_set(err, ECANCELED, "cancelled");
	return false;
}
