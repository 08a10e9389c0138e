#include "io/remote.h"

#include <linux/magic.h>
#include <stddef.h>
#include <sys/vfs.h>

/* linux/magic.h does not define these numbers. */
#define MAGIC_LUSTRE 0x0bd00bd0
#define MAGIC_VBOXSF 0x786f4256
#define MAGIC_GPFS 0x47504653
#define MAGIC_GFS2 0x01161970

bool rdb_remote(int fd)
{
	static const unsigned remote[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
		SMB2_SUPER_MAGIC, FUSE_SUPER_MAGIC, CEPH_SUPER_MAGIC, V9FS_MAGIC, AFS_SUPER_MAGIC,
		AFS_FS_MAGIC, CODA_SUPER_MAGIC, OCFS2_SUPER_MAGIC, MAGIC_LUSTRE, MAGIC_VBOXSF,
		MAGIC_GPFS, MAGIC_GFS2};
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return true;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((unsigned)fs.f_type == remote[i])
			return true;
	return false;
}
