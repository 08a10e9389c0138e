/* Fuzzes the start of an xz or zstd archive, which contains the size of its dictionary. */
#include "format/window.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t xz = rdb_window_xz(data, size), zstd = rdb_window_zstd(data, size);

	/* A header specifies at most 4 GiB, or an unknown value. */
	if (xz > UINT32_MAX && xz != UINT64_MAX)
		__builtin_trap();
	if (size < 6 && zstd != UINT64_MAX)
		__builtin_trap();
	return 0;
}
