#include "restore/system.h"

#include "base/err.h"
#include "unit/check.h"
#include "writer/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct rdb_archive_env *env;

/* Writes an archive with these facts, and opens it. The archive's checksums are right. */
static struct rdb_archive *with_facts(const char *facts)
{
	char path[] = "/tmp/rdbfs-system-XXXXXX";
	const struct rdb_writer_options options = {
		.path = path, .overwrite = true, .top = "night", .type = "daily", .level = 1};
	struct rdb_archive *archive;
	struct rdb_writer *writer;
	struct rdb_wtable *table;
	int fd = mkstemp(path);

	REQUIRE(fd >= 0 && rdb_writer_create(&options, &writer, NULL) == 0);
	close(fd);
	REQUIRE(rdb_writer_table(writer, "db", "a", "{}\n", 0, &table, NULL) == 0);
	REQUIRE(rdb_wtable_write(table, "[\n]\n", 4, NULL) == 0);
	REQUIRE(rdb_wtable_end(table, 0, NULL) == 0);
	REQUIRE(rdb_writer_facts(writer, facts, NULL) == 0);
	REQUIRE(rdb_writer_commit(writer, NULL, NULL) == 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	REQUIRE(fd >= 0 && rdb_archive_open_fd(env, fd, "night", &archive, NULL) == 0);
	return archive;
}

/* Returns what rdb_system_read() returns, and checks that the message contains the words. */
static int read_facts(const char *facts, const char *words, struct rdb_system *system)
{
	struct rdb_archive *archive = with_facts(facts);
	struct rdb_err err = {0};
	int ret = rdb_system_read(system, archive, &err);

	CHECK_INT(err.code, -ret);
	if (!strstr(err.text, words)) {
		CHECK_STR(err.text, words);
	}
	rdb_archive_unref(archive);
	return ret;
}

static void test_system_tables_are_read(void)
{
	struct rdb_system system = {0};

	CHECK_INT(read_facts("{\"system\": {\"users\": [{\"id\": \"app\"}], \"permissions\": [], "
			     "\"table_config\": []}}",
			  "", &system),
		0);
	CHECK_INT(json_array_size(rdb_system_rows(&system, "users")), 1);
	CHECK(rdb_system_find(rdb_system_rows(&system, "users"), "id", "app") != NULL);
	rdb_system_free(&system);
}

/* A backup of some tables, or made by a user without administrator's rights. */
static void test_missing_system_tables_are_an_error(void)
{
	static const char *const facts[] = {"{}", "{\"system\": null}", "{\"server\": \"2.4.4\"}"};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct rdb_system system = {0};
		CHECK_INT(read_facts(facts[i], "has no users, permissions or table configuration",
				  &system),
			-ENOENT);
		rdb_system_free(&system);
	}
}

/* Texts that no rdbfs writes. The checksums of the archive are right. */
static void test_damaged(void)
{
	static const char *const facts[] = {
		"{\"system\": 5}",
		"{\"system\": [1]}",
		"{\"system\": {\"users\": [",
		"{\"system\": {\"users\": [}, \"permissions\": [], \"table_config\": []}}",
		"{\"system\": {}}",
		"{\"system\": {\"users\": {}, \"permissions\": [], \"table_config\": []}}",
		"{\"system\": {\"users\": [], \"permissions\": null, \"table_config\": []}}",
		"{\"system\": {\"users\": [], \"permissions\": []}}",
		"{\"system\": {\"users\": [\"\xff\"], \"permissions\": [], \"table_config\": []}}",
		"{\"system\": {\"users\": [], \"permissions\": [], \"table_config\": []} 7",
		"no JSON",
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct rdb_system system = {0};
		int ret = read_facts(facts[i],
			"users, permissions and table configuration can't be read", &system);

		if (ret != -EBADMSG)
			fprintf(stderr, "%s\n", facts[i]);
		CHECK_INT(ret, -EBADMSG);
		rdb_system_free(&system);
	}
}

/* Rows that are no users are passed over by their readers. */
static void test_hostile_rows(void)
{
	struct rdb_system system = {0};
	const json_t *rows;

	CHECK_INT(read_facts("{\"system\": {\"users\": [1, null, [], {\"id\": 5}, {}, {\"id\": "
			     "\"app\"}], \"permissions\": [], \"table_config\": []}}",
			  "", &system),
		0);
	rows = rdb_system_rows(&system, "users");
	CHECK_INT(json_array_size(rows), 6);
	for (size_t i = 0; i < 5; i++)
		CHECK_STR(rdb_system_text(json_array_get(rows, i), "id"), "");
	CHECK(rdb_system_find(rows, "id", "app") == json_array_get(rows, 5));
	rdb_system_free(&system);
}

int main(void)
{
	const struct rdb_archive_env_options options = {.cache_size = 1 << 20};

	REQUIRE(rdb_archive_env_create(&options, &env, NULL) == 0);
	RUN(test_system_tables_are_read);
	RUN(test_missing_system_tables_are_an_error);
	RUN(test_damaged);
	RUN(test_hostile_rows);
	rdb_archive_env_destroy(env);
	CHECK_EXIT();
}
