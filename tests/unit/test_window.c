#include "format/window.h"

#include "unit/check.h"
#include "unit/memory_source.h"

#define MIB ((uint64_t)1024 * 1024)

/* Headers as the programs write them. */
static const uint8_t xz_9[] = "\xfd"
			      "7zXZ\0\0\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x1c\0\0\0";
static const uint8_t xz_threads[] = "\xfd"
				    "7zXZ\0\0\x04\xe6\xd6\xb4\x46\x03\xc0\xb7\x80\x40\x80\x80\x40"
				    "\x21\x01\x16\0";
static const uint8_t xz_bcj[] = "\xfd"
				"7zXZ\0\0\x04\xe6\xd6\xb4\x46\x02\x01\x04\x00\x21\x01\x10\0\0";
static const uint8_t zstd_3[] = "\x28\xb5\x2f\xfd\x84\x58\xc0\xc6\x2d\0\0\0";
static const uint8_t zstd_long[] = "\x28\xb5\x2f\xfd\x04\x88\0\0";
static const uint8_t zstd_single[] = "\x28\xb5\x2f\xfd\x60\x00\x01\0";

static void test_xz(void)
{
	CHECK_INT(rdb_window_xz(xz_9, sizeof(xz_9)), 64 * MIB);
	CHECK_INT(rdb_window_xz(xz_threads, sizeof(xz_threads)), 8 * MIB);
	CHECK_INT(rdb_window_xz(xz_bcj, sizeof(xz_bcj)), MIB);
	for (size_t len = 0; len < 17; len++)
		CHECK(rdb_window_xz(xz_9, len) == UINT64_MAX);
}

static void test_zstd(void)
{
	CHECK_INT(rdb_window_zstd(zstd_3, sizeof(zstd_3)), 2 * MIB);
	CHECK_INT(rdb_window_zstd(zstd_long, sizeof(zstd_long)), 128 * MIB);
	CHECK_INT(rdb_window_zstd(zstd_single, sizeof(zstd_single)), 512);
	for (size_t len = 0; len < 6; len++)
		CHECK(rdb_window_zstd(zstd_3, len) == UINT64_MAX);
	CHECK(rdb_window_zstd(zstd_single, 6) == UINT64_MAX);
}

/* Detected format of these bytes, and the memory that its decoder needs. */
static enum rdb_format detect(const uint8_t *bytes, size_t len, uint64_t *window)
{
	struct rdb_source *source = memory_source(bytes, len);
	enum rdb_format format;

	REQUIRE(rdb_format_detect(source, &format, NULL) == 0);
	*window = rdb_window_size(source, format);
	rdb_source_close(source);
	return format;
}

static void test_frames_to_be_skipped(void)
{
	static const uint8_t skipped[] = "\x5f\x2a\x4d\x18\x03\0\0\0abc";
	uint8_t bytes[2 * (sizeof(skipped) - 1) + sizeof(zstd_long)];
	const size_t len = sizeof(skipped) - 1;
	uint64_t window;

	for (size_t i = 0; i < 2; i++)
		memcpy(bytes + i * len, skipped, len);
	memcpy(bytes + 2 * len, zstd_3, sizeof(zstd_long));
	CHECK_INT(detect(bytes, sizeof(bytes), &window), RDB_FORMAT_ZSTD);
	CHECK(window >= 2 * MIB && window < 3 * MIB); /* of the frame after them */
	for (size_t cut = 0; cut < 2 * len + 4; cut++)
		CHECK_INT(detect(bytes, cut, &window), RDB_FORMAT_PLAIN);
	memcpy(bytes + 2 * len, xz_9, 6);
	CHECK_INT(detect(bytes, sizeof(bytes), &window), RDB_FORMAT_PLAIN);
	memcpy(bytes + 2 * len, "\x04\x22\x4d\x18", 4);
	CHECK_INT(detect(bytes, sizeof(bytes), &window), RDB_FORMAT_LZ4);
}

/* For any bytes, nothing after them is read. */
static void test_any_bytes_are_read_within_bounds(void)
{
	unsigned seed = 1;

	for (int i = 0; i < 100000; i++) {
		size_t len = (size_t)i % (RDB_WINDOW_HEAD + 1);
		uint8_t *head = malloc(len + 1);
		for (size_t at = 0; at < len; at++) {
			seed = seed * 1103515245 + 12345;
			head[at + 1] = (uint8_t)(seed >> 16);
		}
		rdb_window_xz(head + 1, len);
		rdb_window_zstd(head + 1, len);
		free(head);
	}
}

static void test_window_of_each_format(void)
{
	struct rdb_source *source = memory_source(xz_9, sizeof(xz_9));

	CHECK(rdb_window_size(source, RDB_FORMAT_XZ) >= 64 * MIB);
	CHECK(rdb_window_size(source, RDB_FORMAT_XZ) < 66 * MIB);
	CHECK(rdb_window_size(source, RDB_FORMAT_BZIP2) >= MIB);
	CHECK(rdb_window_size(source, RDB_FORMAT_LZ4) >= MIB);
	CHECK(rdb_window_size(source, RDB_FORMAT_GZIP) < MIB);
	CHECK_INT(rdb_window_size(source, RDB_FORMAT_PLAIN), 0);
	rdb_source_close(source);
	source = memory_source("", 0);
	CHECK(rdb_window_size(source, RDB_FORMAT_XZ) >= 128 * MIB);
	CHECK(rdb_window_size(source, RDB_FORMAT_ZSTD) >= 128 * MIB);
	rdb_source_close(source);
}

int main(void)
{
	RUN(test_xz);
	RUN(test_zstd);
	RUN(test_frames_to_be_skipped);
	RUN(test_any_bytes_are_read_within_bounds);
	RUN(test_window_of_each_format);
	CHECK_EXIT();
}
