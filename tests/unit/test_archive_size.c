/* The estimated size of an archive. */
#include "dump/archive_size.h"
#include "unit/check.h"

static void test_in_proportion_with_a_margin(void)
{
	CHECK_INT(rdb_archive_size_of(1000, 100, 2000), 25000);
	CHECK_INT(rdb_archive_size_of(0, 100, 2000), 0);
	CHECK_INT(rdb_archive_size_of(UINT64_C(1) << 36, 1000, 100000),
		((UINT64_C(1) << 36) * 100 / 4) * 5);
}

static void test_nothing_is_known_without_rows(void)
{
	CHECK_INT(rdb_archive_size_of(1000, 0, 0), 0);
	CHECK_INT(rdb_archive_size_of(1000, 0, 100), 0);
}

static void test_no_overflow(void)
{
	CHECK_INT(rdb_archive_size_of(INT64_MAX, 1, INT64_MAX), INT64_MAX);
	CHECK_INT(rdb_archive_size_of(UINT64_MAX, 1, 1), INT64_MAX);
}

int main(void)
{
	RUN(test_in_proportion_with_a_margin);
	RUN(test_nothing_is_known_without_rows);
	RUN(test_no_overflow);
	CHECK_EXIT();
}
