#include "writer/home.h"

#include "base/siphash.h"

#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

struct place {
	uint64_t inode;
	uint64_t seconds;
	uint32_t nanoseconds;
} __attribute__((packed));

struct home {
	struct place folder, file;
	char name[NAME_MAX + 1];
};

#ifdef STATX_BTIME
static bool find(int fd, struct place *out)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) != 0 ||
		!(st.stx_mask & STATX_INO))
		return false;
	*out = (struct place){.inode = htole64(st.stx_ino)};
	if (st.stx_mask & STATX_BTIME) {
		out->seconds = htole64((uint64_t)st.stx_btime.tv_sec);
		out->nanoseconds = htole32(st.stx_btime.tv_nsec);
	}
	return true;
}
#else /* musl before 1.2.5 has no statx(2), so the time of birth is unknown */
static bool find(int fd, struct place *out)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	*out = (struct place){.inode = htole64((uint64_t)st.st_ino)};
	return true;
}
#endif

uint64_t rdb_home(int folder, int file, const char *name)
{
	static const struct rdb_siphash_key key = {{0x72646266732d686f, 0x6d65}};
	struct home home;
	size_t len = strlen(name);
	uint64_t hash;

	if (len > NAME_MAX || !find(folder, &home.folder) || !find(file, &home.file))
		return 0;
	memcpy(home.name, name, len);
	hash = rdb_siphash(&key, &home, offsetof(struct home, name) + len);
	return hash ? hash : 1;
}
