/* Creates, serves and ends a mount. */
#include "mount/tree.h"

#include "base/log.h"
#include "mount/mountpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUSE_THREADS 10

/* ---- creating ---- */

static int add_option(struct fuse_args *args, const char *option)
{
	return fuse_opt_add_arg(args, "-o") || fuse_opt_add_arg(args, option) ? -ENOMEM : 0;
}

static int add_options(struct fuse_args *args, const struct rdb_mount_config *config)
{
	const char *const *word;
	int ret = fuse_opt_add_arg(args, "rdbfs");

	ret |= add_option(args, "fsname=rdbfs,subtype=rdbfs,max_read=1048576");
	/* Let the kernel check permissions only if other users have access. The kernel answers a
	 * write to a read-only file with a misleading EACCES. If the kernel does not check, rdbfs
	 * itself answers EROFS. */
	if (config->allow_other || config->allow_root)
		ret |= add_option(args, "default_permissions");
	if (config->allow_other)
		ret |= add_option(args, "allow_other");
	if (config->allow_root)
		ret |= add_option(args, "allow_root");
	if (config->auto_unmount)
		ret |= add_option(args, "auto_unmount");
	if (config->debug)
		ret |= fuse_opt_add_arg(args, "-d");
	for (word = config->fuse_options; word && *word; word++)
		ret |= add_option(args, *word);
	return ret ? -ENOMEM : 0;
}

__attribute__((format(printf, 2, 0))) static void log_fuse(
	enum fuse_log_level level, const char *fmt, va_list args)
{
	char text[512];
	size_t len;

	vsnprintf(text, sizeof(text), fmt, args);
	len = strlen(text);
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	rdb_log(level <= FUSE_LOG_ERR       ? RDB_LOG_ERROR
		: level == FUSE_LOG_WARNING ? RDB_LOG_WARNING
		: level <= FUSE_LOG_INFO    ? RDB_LOG_INFO
					    : RDB_LOG_DEBUG,
		"%s", text);
}

static int new_session(struct rdb_mount *mount, struct rdb_err *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int ret = add_options(&args, &mount->config);

	if (ret != 0) {
		ret = rdb_err_sys(err, ENOMEM, "mounting");
	} else {
		fuse_set_log_func(log_fuse);
		mount->session =
			fuse_session_new(&args, &rdb_mount_ops, sizeof(rdb_mount_ops), mount);
		if (!mount->session)
			ret = rdb_err_set(
				err, EINVAL, "libfuse rejected an option: see its message above");
	}
	fuse_opt_free_args(&args);
	return ret;
}

static int mount_session(struct rdb_mount *mount, struct rdb_err *err)
{
	errno = 0;
	if (fuse_session_mount(mount->session, mount->mountpoint) == 0)
		return 0;
	if (errno == EPERM || errno == EACCES)
		return rdb_err_set(err, EACCES, "mounting on %s was refused: permission denied",
			mount->mountpoint);
	if (errno == EBUSY || errno == EINVAL || errno == ENODEV)
		return rdb_err_sys(err, errno, "mounting on %s", mount->mountpoint);
	return rdb_err_set(
		err, EIO, "mounting on %s failed: see the message above", mount->mountpoint);
}

static int new_parts(struct rdb_mount *mount, struct rdb_err *err)
{
	bool remote = mount->config.remote;
	int ret = 0;

	ret |= rdb_pool_create(remote ? RDB_WORKERS_REMOTE : RDB_WORKERS, false, &mount->workers);
	ret |= rdb_pool_create(remote ? RDB_READERS_REMOTE : RDB_READERS, false, &mount->readers);
	ret |= rdb_timer_create(&mount->timer);
	ret |= rdb_inodes_create(&mount->inodes);
	return ret ? rdb_err_sys(err, ENOMEM, "mounting") : 0;
}

int rdb_mount_create(
	const struct rdb_mount_config *config, struct rdb_mount **out, struct rdb_err *err)
{
	struct rdb_mount *mount = calloc(1, sizeof(*mount));
	int ret;

	if (!mount)
		return rdb_err_sys(err, ENOMEM, "mounting");
	mount->config = *config;
	mount->started = time(NULL);
	rdb_handles_init(&mount->handles);
	ret = rdb_notifier_init(&mount->notifier);
	if (ret != 0)
		rdb_err_sys(err, ENOMEM, "mounting");
	if (ret == 0)
		ret = rdb_mountpoint_resolve(config->mountpoint, &mount->mountpoint, err);
	if (ret == 0)
		ret = rdb_mountpoint_check(mount->mountpoint, err);
	if (ret == 0)
		ret = rdb_mountpoint_fuse(RDB_MOUNTPOINT_FUSE, err);
	if (ret == 0)
		ret = new_parts(mount, err);
	if (ret != 0) {
		rdb_mount_end(mount);
		rdb_mount_destroy(mount);
		return ret;
	}
	*out = mount;
	return 0;
}

int rdb_mount_begin(struct rdb_mount *mount, struct rdb_err *err)
{
	int ret = new_session(mount, err);

	if (ret != 0)
		return ret;
	rdb_tree_add_children(mount);
	rdb_stop_block(&mount->stop);
	return mount_session(mount, err);
}

/* ---- serving ---- */

static int loop(struct rdb_mount *mount, struct rdb_err *err)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int ret;

	if (!config)
		return rdb_err_sys(err, ENOMEM, "serving");
	fuse_loop_cfg_set_clone_fd(config, 0);
	fuse_loop_cfg_set_max_threads(config, FUSE_THREADS);
	ret = fuse_session_loop_mt(mount->session, config);
	fuse_loop_cfg_destroy(config);
	if (ret < 0)
		return rdb_err_set(err, EIO, "%s: the kernel ended the connection: %s",
			mount->mountpoint, strerror(-ret));
	return 0;
}

int rdb_mount_start(struct rdb_mount *mount, struct rdb_err *err)
{
	int ret = rdb_pool_start(mount->workers);

	if (ret == 0)
		ret = rdb_notifier_start(&mount->notifier);
	if (ret != 0)
		return rdb_err_set(err, EIO, "no thread could be started: %s", strerror(-ret));
	return rdb_stop_start(&mount->stop, mount, err);
}

int rdb_mount_serve(struct rdb_mount *mount, struct rdb_err *err)
{
	int ret = loop(mount, err);

	rdb_stop_end(&mount->stop);
	return ret;
}

/* ---- ending ---- */

void rdb_mount_end(struct rdb_mount *mount)
{
	rdb_pool_destroy(mount->readers);
	rdb_pool_destroy(mount->workers);
	rdb_timer_destroy(mount->timer);
	mount->timer = NULL;
	rdb_notifier_destroy(&mount->notifier);
	if (mount->session)
		fuse_session_unmount(mount->session);
	rdb_stop_join(&mount->stop);
	rdb_handles_destroy(&mount->handles);
	rdb_inodes_destroy(mount->inodes);
}

void rdb_mount_destroy(struct rdb_mount *mount)
{
	if (!mount)
		return;
	if (mount->session)
		fuse_session_destroy(mount->session);
	free(mount->mountpoint);
	free(mount);
}
