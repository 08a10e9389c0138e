#include "mount/stop.h"

#include "base/log.h"
#include "mount/readahead.h"
#include "mount/tree.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define NUDGE SIGUSR1
#define READAHEAD_KIB 1024 /* KiB of the largest read */

static void no_op(int number)
{
	(void)number;
}

static void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/* Waits for a stop signal, and then ends the mount. Sends NUDGE until libfuse's loop ends, because
 * the loop may miss a signal that arrives just before the loop waits for a request. */
static void *wait_for_signals(void *arg)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	struct rdb_stop *stop = arg;
	sigset_t set;
	int number;

	stop_signals(&set);
	while (sigwait(&set, &number) != 0)
		;
	if (!atomic_load(&stop->ended))
		rdb_log_info("stopping on signal %d (%s)", number, strsignal(number));
	/* Stop the trees and the notifier before libfuse's loop ends. Both may be sending a
	 * notification to the kernel, and this notification may wait for a request that only the
	 * loop can answer. */
	rdb_tree_stop_children(stop->mount);
	rdb_notifier_end(&stop->mount->notifier);
	fuse_session_exit(stop->mount->session);
	while (!atomic_load(&stop->ended)) {
		pthread_kill(stop->loop, NUDGE);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void *wait_until_ready(void *arg)
{
	struct rdb_stop *stop = arg;
	struct rdb_mount *mount = stop->mount;
	struct stat st;

	/* Call stat() to wait until the mount works: stat() returns only after the mount has
	 * answered the kernel's first request. */
	if (stat(mount->mountpoint, &st) != 0 || st.st_ino != RDB_INO_ROOT ||
		atomic_load(&stop->ended))
		return NULL;
	rdb_readahead_raise(RDB_READAHEAD_BDI, st.st_dev, READAHEAD_KIB);
	if (mount->config.ready)
		mount->config.ready(mount->config.ready_arg);
	return NULL;
}

void rdb_stop_block(struct rdb_stop *stop)
{
	sigset_t set;

	stop_signals(&set);
	stop->blocked = pthread_sigmask(SIG_BLOCK, &set, &stop->before) == 0;
}

int rdb_stop_start(struct rdb_stop *stop, struct rdb_mount *mount, struct rdb_err *err)
{
	struct sigaction action = {.sa_handler = no_op};
	int ret;

	stop->mount = mount;
	stop->loop = pthread_self();
	atomic_init(&stop->ended, false);
	sigaction(NUDGE, &action, NULL);
	ret = pthread_create(&stop->signals, NULL, wait_for_signals, stop);
	if (ret != 0)
		return rdb_err_set(err, EIO, "no thread could be started: %s", strerror(ret));
	stop->readying = pthread_create(&stop->ready, NULL, wait_until_ready, stop) == 0;
	return 0;
}

void rdb_stop_end(struct rdb_stop *stop)
{
	atomic_store(&stop->ended, true);
	pthread_kill(stop->signals, SIGTERM);
	pthread_join(stop->signals, NULL);
}

/* Discards the stop signals that arrived while the mount was being ended. These signals are
 * blocked, and would kill the process when rdb_stop_join() unblocks them. */
static void discard_signals(void)
{
	const struct timespec none = {.tv_nsec = 0};
	sigset_t set;

	stop_signals(&set);
	while (sigtimedwait(&set, NULL, &none) > 0)
		;
}

void rdb_stop_join(struct rdb_stop *stop)
{
	if (stop->readying)
		pthread_join(stop->ready, NULL);
	stop->readying = false;
	if (stop->blocked) {
		discard_signals();
		pthread_sigmask(SIG_SETMASK, &stop->before, NULL);
	}
	stop->blocked = false;
}
