#include "mount/mountinfo.h"
#include "mount/mountpoint.h"
#include "unit/check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static struct rdb_err err;

static const char *in_root(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static void begin(void)
{
	strcpy(root, "/tmp/rdbfs-point-XXXXXX");
	REQUIRE(mkdtemp(root));
	rdb_err_clear(&err);
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	REQUIRE(system(command) == 0);
}

static void make(const char *name)
{
	REQUIRE(mkdir(in_root(name), 0755) == 0);
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(in_root(name), "w");

	REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static const char info_text[] =
	"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"30 21 0:25 / /mnt/a rw,nosuid - tmpfs tmpfs rw\n"
	"31 30 0:26 / /mnt/a rw,nosuid shared:7 master:2 - fuse.rdbfs rdbfs "
	"rw,user_id=0,group_id=0\n"
	"32 21 0:27 / /mnt/with\\040space\\134and\\011tab rw - fuse.rdbfs none rw\n"
	"33 21 0:28 / /mnt/b rw - autofs systemd-1 rw\n"
	"34 21 0:29 /";

static void test_mountinfo(void)
{
	struct rdb_mountinfo info;

	rdb_mountinfo_parse(info_text, "/mnt/a", &info);
	CHECK_STR(info.type, "fuse.rdbfs"); /* the topmost mount */
	CHECK_INT(info.owner, 0);
	CHECK(rdb_mountinfo_is_rdbfs(&info));
	rdb_mountinfo_parse(info_text, "/mnt/with space\\and\ttab", &info);
	CHECK_STR(info.type, "fuse.rdbfs");
	rdb_mountinfo_parse(info_text, "/mnt/b", &info);
	CHECK_STR(info.type, "autofs");
	CHECK_INT(info.owner, -1);
	CHECK(!rdb_mountinfo_is_rdbfs(&info));
	rdb_mountinfo_parse(info_text, "/mnt", &info);
	CHECK_STR(info.type, "");
	rdb_mountinfo_parse(info_text, "/mnt/a/b", &info);
	CHECK_STR(info.type, "");
	rdb_mountinfo_parse("", "/", &info);
	CHECK_STR(info.type, "");
	rdb_mountinfo_parse("\n \n1 2 3 4 / x\n", "/", &info);
	CHECK_STR(info.type, "");
	CHECK_INT(rdb_mountinfo_find("/proc", &info), 0);
	CHECK_STR(info.type, "proc");
}

static void test_resolve(void)
{
	char *path = NULL, *real = NULL;

	begin();
	make("a");
	REQUIRE(symlink("a", in_root("link")) == 0);
	CHECK_INT(rdb_mountpoint_resolve(in_root("link//"), &path, &err), 0);
	real = realpath(in_root("a"), NULL);
	CHECK_STR(path, real);
	free(path);
	free(real);
	CHECK_INT(rdb_mountpoint_resolve(in_root("none"), &path, &err), -ENOENT);
	CHECK(strstr(err.text, "mkdir"));
	put("file", "");
	CHECK_INT(rdb_mountpoint_resolve(in_root("file/below"), &path, &err), -ENOTDIR);
	CHECK_INT(rdb_mountpoint_resolve("/", &path, &err), 0);
	CHECK_STR(path, "/");
	free(path);
	end();
}

static void test_check(void)
{
	begin();
	make("empty");
	make("full");
	put("full/file", "");
	put("file", "");
	CHECK_INT(rdb_mountpoint_check(in_root("empty"), &err), 0);
	CHECK_INT(rdb_mountpoint_check(in_root("full"), &err), 0);
	CHECK_INT(rdb_mountpoint_empty(in_root("empty"), &err), 0);
	CHECK_INT(rdb_mountpoint_empty(in_root("full"), &err), -ENOTEMPTY);
	CHECK(strstr(err.text, "nonempty"));
	CHECK_INT(rdb_mountpoint_check(in_root("file"), &err), -ENOTDIR);
	CHECK_INT(rdb_mountpoint_check(in_root("none"), &err), -ENOENT);
	CHECK_INT(rdb_mountpoint_check("/proc", &err), -EBUSY);
	CHECK(strstr(err.text, "(proc)"));
	if (geteuid() == 0) {
		REQUIRE(chmod(root, 0755) == 0 && seteuid(65534) == 0);
		CHECK_INT(rdb_mountpoint_check(in_root("empty"), &err), -EACCES);
		CHECK(strstr(err.text, "writable"));
		REQUIRE(seteuid(0) == 0);
	}
	end();
}

static int apart(const char *mountpoint, const char *folder)
{
	return rdb_mountpoint_apart(
		in_root(mountpoint), in_root(folder), "the folder of backups", &err);
}

static void test_inside_one_another(void)
{
	begin();
	make("a");
	make("a/b");
	make("a/b/c");
	make("ab");
	REQUIRE(symlink("a/b", in_root("link")) == 0);
	CHECK_INT(apart("a", "ab"), 0);
	CHECK_INT(apart("ab", "a"), 0);
	CHECK_INT(apart("a/b", "ab"), 0);
	CHECK_INT(apart("a", "a"), -ELOOP);
	CHECK_INT(apart("a/b/c", "a"), -ELOOP);
	CHECK(strstr(err.text, "the mount point, is inside"));
	CHECK_INT(apart("a", "a/b/c"), -ELOOP);
	CHECK(strstr(err.text, "would hide it"));
	CHECK_INT(apart("a", "link/c"), -ELOOP);
	CHECK_INT(apart("link/c", "a"), -ELOOP);
	CHECK_INT(apart("a", "none"), -EIO);
	end();
}

static void test_fuse_device(void)
{
	begin();
	CHECK_INT(rdb_mountpoint_fuse(in_root("none"), &err), -ENODEV);
	CHECK(strstr(err.text, "modprobe fuse"));
	put("device", "");
	CHECK_INT(rdb_mountpoint_fuse(in_root("device"), &err), 0);
	if (geteuid() == 0) {
		REQUIRE(chmod(root, 0755) == 0 && chmod(in_root("device"), 0600) == 0);
		REQUIRE(seteuid(65534) == 0);
		CHECK_INT(rdb_mountpoint_fuse(in_root("device"), &err), -EACCES);
		REQUIRE(seteuid(0) == 0);
	}
	end();
}

static int allowed(const char *text)
{
	put("fuse.conf", text);
	return rdb_mountpoint_allowed(in_root("fuse.conf"), &err);
}

static void test_user_allow_other(void)
{
	begin();
	CHECK_INT(rdb_mountpoint_allowed(in_root("none"), &err), -EPERM);
	CHECK(strstr(err.text, "user_allow_other"));
	CHECK_INT(allowed(""), -EPERM);
	CHECK_INT(allowed("#user_allow_other\nmount_max = 100\n"), -EPERM);
	CHECK_INT(allowed("user_allow_others\n"), -EPERM);
	CHECK_INT(allowed("# comment\nuser_allow_other\n"), 0);
	CHECK_INT(allowed("  user_allow_other # yes"), 0);
	end();
}

int main(void)
{
	RUN(test_mountinfo);
	RUN(test_resolve);
	RUN(test_check);
	RUN(test_inside_one_another);
	RUN(test_fuse_device);
	RUN(test_user_allow_other);
	CHECK_EXIT();
}
