/* The store interface apart from listing and reading: SOURCE strings, and creation of backups. */
#include "compose/store_kind.h"
#include "store/store.h"
#include "unit/check.h"
#include "writer/output.h"
#include "writer/partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct rdb_err err;

static void begin(void)
{
	strcpy(folder, "/tmp/rdbfs-store-XXXXXX");
	REQUIRE(mkdtemp(folder));
}

static void end(void)
{
	char command[192];

	snprintf(command, sizeof(command), "chmod -R u+rwx '%s'; rm -rf '%s'", folder, folder);
	REQUIRE(system(command) == 0);
}

static size_t files(void)
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	REQUIRE(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static struct rdb_store *open_store(bool create_only)
{
	const struct rdb_store_options options = {.create_only = create_only};
	struct rdb_store *store;

	REQUIRE(rdb_store_open(folder, &options, &store, &err) == 0);
	return store;
}

static int create(struct rdb_store *store, const char *file, struct rdb_output **out)
{
	const struct rdb_new_backup backup = {.file = file, .type = "daily"};

	return rdb_store_create(store, &backup, out, &err);
}

/* ---- SOURCE strings ---- */

static void check_split(const char *target, const char *source, const char *file)
{
	const char *name;
	char *store;

	REQUIRE(rdb_store_split(target, &store, &name, &err) == 0);
	CHECK_STR(store, source);
	CHECK_STR(name, file);
	free(store);
}

static void check_no_file(const char *target)
{
	const char *name;
	char *store;

	CHECK_INT(rdb_store_split(target, &store, &name, &err), -EINVAL);
}

static void test_split(void)
{
	check_split("a.tar.gz", ".", "a.tar.gz");
	check_split("/a.tar.gz", "/", "a.tar.gz");
	check_split("b/c/a.tar.gz", "b/c", "a.tar.gz");
	check_split("s3://bucket/a.tar.gz", "s3://bucket/", "a.tar.gz");
	check_split("s3://bucket/some/where/a.tar.gz", "s3://bucket/some/where/", "a.tar.gz");
	check_split("s3://bucket/x//a.tar.gz", "s3://bucket/x//", "a.tar.gz");
	check_no_file("");
	check_no_file("/");
	check_no_file("b/");
	check_no_file("b/..");
	check_no_file(".");
	check_no_file("s3://");
	check_no_file("s3://bucket");
	check_no_file("s3://bucket/");
}

static void test_schemes(void)
{
	CHECK(rdb_store_is_remote("s3://bucket/prefix"));
	CHECK(rdb_store_is_remote("compose+https://host/2016-07/deployments/1"));
	CHECK(!rdb_store_is_remote("/var/backups"));
	CHECK(!rdb_store_is_remote("s3:/bucket"));
	CHECK(!rdb_store_is_remote("./s3://bucket"));
}

static void test_no_such_source(void)
{
	struct rdb_store *store;

	CHECK_INT(rdb_store_open("/nonexistent/backups", NULL, &store, &err), -ENOENT);
	CHECK(strstr(err.text, "/nonexistent/backups"));
	CHECK_INT(rdb_store_open("/etc/passwd/x", NULL, &store, &err), -ENOTDIR);
}

/* ---- creating ---- */

static void test_create(void)
{
	const struct rdb_listing *listing;
	struct rdb_output *output;
	struct rdb_store *store;
	char path[128];

	begin();
	store = open_store(false);
	CHECK_INT(rdb_store_can_create(store, &err), 0);
	REQUIRE(create(store, "a.tar.gz", &output) == 0);
	CHECK(output->home != 0);
	CHECK(output->folder >= 0);
	CHECK(rdb_output_can_patch(output));
	CHECK_INT(rdb_output_append(output, "hellO", 5, &err), 0);
	CHECK_INT(rdb_output_append(output, " there", 6, &err), 0);
	CHECK_INT(rdb_output_patch(output, "o", 1, 4, &err), 0);
	CHECK_INT(rdb_output_rewind(output, 5, &err), 0);
	CHECK_INT(output->at, 5);
	CHECK_INT(create(store, "a.tar.gz", &(struct rdb_output *){NULL}), -EBUSY);
	snprintf(path, sizeof(path), "%s/a.tar.gz", folder);
	CHECK(access(path, F_OK) != 0);
	CHECK_INT(rdb_output_commit(output, &err), 0);
	rdb_output_close(output);
	CHECK(access(path, F_OK) == 0);
	CHECK_INT(files(), 1);
	rdb_store_close(store);
	store = open_store(false);
	REQUIRE(rdb_store_list(store, &listing, &err) == 0);
	REQUIRE(listing->count == 1);
	CHECK_INT(listing->entries[0]->size, 5);
	rdb_listing_unref(listing);
	rdb_store_close(store);
	end();
}

static void test_closed_without_commit(void)
{
	struct rdb_output *output;
	struct rdb_store *store;

	begin();
	store = open_store(false);
	REQUIRE(create(store, "a.tar.gz", &output) == 0);
	CHECK_INT(rdb_output_append(output, "hello", 5, &err), 0);
	rdb_output_close(output);
	CHECK_INT(files(), 0);
	rdb_store_close(store);
	end();
}

static void test_cancelled(void)
{
	struct rdb_output *output;
	struct rdb_store *store;

	begin();
	store = open_store(false);
	REQUIRE(create(store, "a.tar.gz", &output) == 0);
	rdb_output_cancel(output);
	CHECK_INT(rdb_output_append(output, "hello", 5, &err), -ECANCELED);
	CHECK_INT(rdb_output_commit(output, &err), -ECANCELED);
	rdb_output_close(output);
	CHECK_INT(files(), 0);
	rdb_store_close(store);
	end();
}

static void test_create_refused(void)
{
	const struct rdb_new_backup again = {.file = "a.tar.gz", .overwrite = true};
	char name[300] = "";
	struct rdb_output *output;
	struct rdb_store *store;

	begin();
	store = open_store(false);
	REQUIRE(create(store, "a.tar.gz", &output) == 0);
	CHECK_INT(rdb_output_commit(output, &err), 0);
	rdb_output_close(output);
	CHECK_INT(create(store, "a.tar.gz", &output), -EEXIST);
	CHECK_INT(create(store, "b/a.tar.gz", &output), -EINVAL);
	CHECK_INT(create(store, "", &output), -EINVAL);
	memset(name, 'x', sizeof(name) - 1);
	CHECK_INT(create(store, name, &output), -ENAMETOOLONG);
	CHECK_INT(rdb_store_create(store, &again, &output, &err), 0);
	rdb_output_close(output);
	if (geteuid() != 0) {
		chmod(folder, 0500);
		CHECK_INT(create(store, "b.tar.gz", &output), -EACCES);
		CHECK_INT(rdb_store_can_create(store, &err), -EACCES);
	}
	rdb_store_close(store);
	end();
}

static void test_clean(void)
{
	struct rdb_output *output;
	struct rdb_store *store;
	char path[128];
	int fd;

	begin();
	store = open_store(false);
	REQUIRE(create(store, "alive.tar.gz", &output) == 0);
	snprintf(path, sizeof(path), "%s/.dead.tar.gz" RDB_PARTIAL_SUFFIX, folder);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0);
	close(fd);
	CHECK_INT(rdb_store_clean(store, &err), 1);
	CHECK_INT(rdb_store_clean(store, &err), 0);
	CHECK_INT(rdb_output_commit(output, &err), 0);
	rdb_output_close(output);
	CHECK_INT(files(), 1);
	rdb_store_close(store);
	end();
}

static void test_create_only(void)
{
	const struct rdb_listing *listing;
	struct rdb_output *output;
	struct rdb_store *store;

	begin();
	store = open_store(true);
	CHECK_INT(rdb_store_list(store, &listing, &err), -EIO);
	REQUIRE(create(store, "a.tar.gz", &output) == 0);
	CHECK_INT(rdb_output_commit(output, &err), 0);
	rdb_output_close(output);
	CHECK_INT(files(), 1);
	rdb_store_close(store);
	end();
}

/* ---- a store without optional functions ---- */

static void test_missing_operations_have_defaults(void)
{
	static const struct rdb_store_ops none;
	struct rdb_store store = {.ops = &none, .where = "somewhere"};
	struct rdb_store_state state = {.listed = 1};
	uint64_t total, free_bytes;
	int fd;

	CHECK_INT(rdb_store_can_create(&store, &err), -EROFS);
	CHECK(strstr(err.text, "somewhere"));
	CHECK_INT(create(&store, "a.tar.gz", &(struct rdb_output *){NULL}), -EROFS);
	CHECK_INT(rdb_store_clean(&store, &err), -EROFS);
	CHECK_INT(rdb_store_remove(&store, NULL, &err), -EROFS);
	CHECK_INT(rdb_store_open_folder(&store, NULL, &fd, &err), -ENOTSUP);
	CHECK_INT(rdb_store_space(&store, &total, &free_bytes), -ENOSYS);
	CHECK(!rdb_store_can_remove(&store));
	rdb_store_state(&store, &state);
	CHECK_INT(state.listed, 0);
	CHECK_INT(state.error.code, 0);
}

int main(void)
{
	RUN(test_split);
	RUN(test_schemes);
	RUN(test_no_such_source);
	RUN(test_create);
	RUN(test_closed_without_commit);
	RUN(test_cancelled);
	RUN(test_create_refused);
	RUN(test_clean);
	RUN(test_create_only);
	RUN(test_missing_operations_have_defaults);
	CHECK_EXIT();
}
