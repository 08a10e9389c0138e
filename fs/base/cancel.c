#include "base/cancel.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int rdb_cancel_init(struct rdb_cancel *cancel)
{
	cancel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&cancel->fired, false);
	return cancel->fd < 0 ? -errno : 0;
}

void rdb_cancel_fire(struct rdb_cancel *cancel)
{
	int saved = errno;

	if (!atomic_exchange(&cancel->fired, true))
		(void)!eventfd_write(cancel->fd, 1);
	errno = saved;
}

bool rdb_cancel_fired(const struct rdb_cancel *cancel)
{
	return cancel && atomic_load(&cancel->fired);
}

void rdb_cancel_destroy(struct rdb_cancel *cancel)
{
	close(cancel->fd);
	cancel->fd = -1;
}
