/*
 * The test framework: a program is a list of RUN(test) lines in main(), a test is a function of
 * CHECKs. A failed CHECK prints its position and values, and the program exits 1.
 */
#ifndef RDB_TESTS_CHECK_H
#define RDB_TESTS_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failed __attribute__((unused));

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: not true: %s\n", __FILE__, __LINE__, __func__, \
				#condition);                                                       \
			check_failed++;                                                            \
		}                                                                                  \
	} while (0)

#define CHECK_INT(actual, expected)                                                                \
	do {                                                                                       \
		intmax_t check_a = (intmax_t)(actual), check_e = (intmax_t)(expected);             \
		if (check_a != check_e) {                                                          \
			fprintf(stderr, "%s:%d: %s: %s is %jd, expected %jd\n", __FILE__,          \
				__LINE__, __func__, #actual, check_a, check_e);                    \
			check_failed++;                                                            \
		}                                                                                  \
	} while (0)

#define CHECK_STR(actual, expected)                                                                \
	do {                                                                                       \
		const char *check_a = (actual), *check_e = (expected);                             \
		if (!check_a || strcmp(check_a, check_e) != 0) {                                   \
			fprintf(stderr, "%s:%d: %s: %s is \"%s\", expected \"%s\"\n", __FILE__,    \
				__LINE__, __func__, #actual, check_a ? check_a : "(null)",         \
				check_e);                                                          \
			check_failed++;                                                            \
		}                                                                                  \
	} while (0)

/* Stops the program on failure: for conditions without which the test cannot continue. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: required: %s\n", __FILE__, __LINE__, __func__, \
				#condition);                                                       \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* RDBFS_TEST names a single test to run; unset: all. */
#define RUN(test)                                                                                  \
	do {                                                                                       \
		int check_before = check_failed;                                                   \
		const char *check_only = getenv("RDBFS_TEST");                                     \
		if (check_only && strcmp(check_only, #test) != 0)                                  \
			break;                                                                     \
		test();                                                                            \
		printf("%s %s\n", check_failed == check_before ? "ok  " : "FAIL", #test);          \
		fflush(stdout);                                                                    \
	} while (0)

#define CHECK_EXIT() return check_failed ? 1 : 0

#endif
