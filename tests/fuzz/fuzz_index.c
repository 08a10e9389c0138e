/*
 * Fuzzes the records of an index file, each with its valid CRC: records that pass this check must
 * be harmless. An input is a sequence of records: type, length of the body (2 bytes), length of the
 * data after it (1), the body.
 */
#include "base/log.h"
#include "index/index.h"
#include "unit/memory_source.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

struct head {
	uint32_t type, len, extra, crc;
};

static const unsigned char key[RDB_INDEX_KEY] = {1};
static int folder = -1;
static char name[80];
static off_t head_size;

static void prepare(void)
{
	char path[] = "/tmp/rdbfs-fuzz-XXXXXX";
	struct rdb_scan_outcome outcome;
	struct rdb_catalog *catalog;
	struct rdb_resume resume;
	struct rdb_index *index;
	struct stat st;

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_ERROR);
	if (!mkdtemp(path) || rdb_index_folder(path, &folder, NULL) != 0 ||
		rdb_catalog_create(&catalog) != 0 ||
		rdb_index_open(folder, key, catalog, &index, &resume, &outcome) != 0)
		abort();
	for (int i = 0; i < RDB_INDEX_KEY; i++)
		sprintf(name + 2 * i, "%02x", key[i]);
	strcat(name, ".index");
	if (fstatat(folder, name, &st, 0) != 0)
		abort();
	head_size = st.st_size;
	rdb_index_free(index);
	rdb_catalog_free(catalog);
}

static void put(int fd, const void *data, size_t len)
{
	if (write(fd, data, len) != (ssize_t)len)
		abort();
}

static void write_records(const uint8_t *data, size_t size)
{
	int fd = openat(folder, name, O_WRONLY);
	char behind[256] = {0};

	if (fd < 0 || ftruncate(fd, head_size) != 0 || lseek(fd, 0, SEEK_END) < 0)
		abort();
	while (size >= 4) {
		size_t len = (size_t)data[1] | (size_t)data[2] << 8;
		struct head head = {.type = data[0], .extra = data[3]};
		data += 4;
		size -= 4;
		head.len = (uint32_t)(len < size ? len : size);
		head.crc = (uint32_t)crc32(crc32(0, (void *)&head, 12), data, head.len);
		put(fd, &head, sizeof(head));
		put(fd, data, head.len);
		put(fd, behind, head.extra);
		data += head.len;
		size -= head.len;
	}
	close(fd);
}

static bool see(void *arg, const struct rdb_member *member, size_t position)
{
	*(size_t *)arg += strlen(member->file) + position;
	return true;
}

static bool see_db(void *arg, const struct rdb_database *db, size_t position)
{
	(void)position;
	return rdb_catalog_each_member(arg, db->name, 0, see, &(size_t){0}) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_scan_outcome outcome;
	struct rdb_checkpoint checkpoint;
	struct rdb_catalog *catalog;
	struct rdb_resume resume;
	struct rdb_index *index;
	struct rdb_buf state = {0};

	if (folder < 0)
		prepare();
	write_records(data, size);
	if (rdb_catalog_create(&catalog) != 0)
		abort();
	if (rdb_index_open(folder, key, catalog, &index, &resume, &outcome) == 0) {
		if (rdb_index_find(index, INT64_MAX, &checkpoint))
			rdb_index_state(index, &checkpoint, &state);
		rdb_index_free(index);
	}
	if (rdb_catalog_complete(catalog) != 0)
		abort();
	rdb_catalog_each_db(catalog, 0, see_db, catalog);
	rdb_catalog_free(catalog);
	rdb_buf_free(&state);
	return 0;
}
