/* Client of a hosting service's API: addresses, answers, calls to the stand-in
 * (tests/service/stand-in), and downloads. */
#include "service/api.h"

#include "base/wait.h"
#include "download/download.h"
#include "unit/check.h"
#include "unit/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/rdbfs-service-XXXXXX";
static char api[128]; /* the deployment's address */
static unsigned ports[2];
static pid_t stand_in;
static struct rdb_err err;

/* ---- addresses ---- */

static void address(const char *text, const char *base, const char *deployment)
{
	struct rdb_service_address address;

	CHECK_INT(rdb_service_address_parse(text, &address, &err), base ? 0 : -EINVAL);
	if (base) {
		CHECK_STR(address.base, base);
		CHECK_STR(address.deployment, deployment);
	}
	rdb_service_address_free(&address);
}

static void addresses(void)
{
	address("compose+https://api.compose.io/2016-07/deployments/5a0",
		"https://api.compose.io/2016-07", "5a0");
	address("compose+https://h:8443/api/2016-07/instances/i-1/deployments/d_2.x/",
		"https://h:8443/api/2016-07/instances/i-1", "d_2.x");
	address("compose+http://127.0.0.1:80/deployments/a", "http://127.0.0.1:80", "a");
	address("compose+http://[::1]:80/deployments/a", "http://[::1]:80", "a");
	address("compose+http://localhost/x/deployments/a", "http://localhost/x", "a");
	address("compose+http://api.compose.io/2016-07/deployments/a", NULL, NULL);
	address("compose+http://127.0.0.1.example.com/deployments/a", NULL, NULL);
	address("compose+http://localhost.example.com/deployments/a", NULL, NULL);
	address("compose+https://user:token@h/deployments/a", NULL, NULL);
	address("compose+https://h/2016-07/deployments", NULL, NULL);
	address("compose+https://h/2016-07/deployments/", NULL, NULL);
	address("compose+https://h/2016-07/deployments/..", NULL, NULL);
	address("compose+https://h/2016-07/deployments/a/backups", NULL, NULL);
	address("compose+https://h/2016-07/deployments/a?x=1", NULL, NULL);
	address("compose+https://h/2016-07/deployments/a b", NULL, NULL);
	address("compose+https:///deployments/a", NULL, NULL);
	address("compose+https://h", NULL, NULL);
	address("compose+ftp://h/deployments/a", NULL, NULL);
}

/* ---- answers ---- */

static void times(void)
{
	CHECK_INT(rdb_service_time("2018-05-01T12:25:38.123Z"), 1525177538);
	CHECK_INT(rdb_service_time("2018-05-01T12:25:38"), 1525177538);
	CHECK_INT(rdb_service_time("2018-05-01 14:25:38+02:00"), 1525177538);
	CHECK_INT(rdb_service_time("2018-05-01T05:25:38.5-0700"), 1525177538);
	CHECK_INT(rdb_service_time("yesterday"), 0);
	CHECK_INT(rdb_service_time("2018-13-01T12:25:38Z"), 0);
	CHECK_INT(rdb_service_time(""), 0);
}

static void error_words(const char *answer, const char *words)
{
	char out[RDB_SERVICE_NAME];

	rdb_service_read_error(answer, strlen(answer), out);
	CHECK_STR(out, words);
}

static void errors(void)
{
	char long_error[2048], out[RDB_SERVICE_NAME];

	error_words("{\"errors\":\"invalid token\"}", "invalid token");
	error_words("{\"errors\":{\"name\":[\"is taken\",\"is bad\"],\"size\":[\"is big\"]}}",
		"name: is taken; name: is bad; size: is big");
	error_words("{\"errors\":{\"name\":\"a\\nb\"}}", "name: a?b");
	error_words("{\"errors\":[\"one\",2,\"three\"]}", "one; three");
	error_words("{\"errors\":7}", "");
	error_words("<html>", "");
	error_words("", "");
	memset(long_error, 'x', sizeof(long_error));
	memcpy(long_error, "{\"errors\":\"", 11);
	memcpy(long_error + sizeof(long_error) - 3, "\"}", 3);
	rdb_service_read_error(long_error, sizeof(long_error) - 1, out);
	CHECK_INT(strlen(out), RDB_SERVICE_NAME - 1);
}

static void recipe(
	const char *answer, int ret, enum rdb_service_recipe_state state, const char *words)
{
	struct rdb_service_recipe recipe;

	CHECK_INT(rdb_service_read_recipe(answer, strlen(answer), &recipe, &err), ret);
	if (ret != 0)
		return;
	CHECK_INT(recipe.state, state);
	CHECK_STR(recipe.words, words);
}

static void recipe_answers(void)
{
	recipe("{\"id\":\"r\",\"status\":\"waiting\",\"name\":\"Backup\"}", 0, RDB_SERVICE_RUNNING,
		"Backup: waiting");
	recipe("{\"id\":\"r\",\"status\":\"complete\",\"status_details\":\"all done\"}", 0,
		RDB_SERVICE_DONE, "all done");
	recipe("{\"id\":\"r\",\"status\":\"failed\",\"status_detail\":\"disk full\"}", 0,
		RDB_SERVICE_FAILED, "disk full");
	recipe("{\"id\":\"r\"}", -EBADMSG, 0, NULL);
	recipe("{\"status\":\"running\"}", -EBADMSG, 0, NULL);
	recipe("[]", -EBADMSG, 0, NULL);
	recipe("{\"id\":\"r\",", -EBADMSG, 0, NULL);
}

/* A saved list is equal to the original after reading. */
static void saved_lists(void)
{
	static const struct rdb_service_backup before[] = {{.id = "b1",
								   .name = "a \"b\"/c",
								   .type = "on_demand",
								   .status = "complete",
								   .downloadable = true,
								   .created = 1525177538},
		{.id = "b2"}};
	struct rdb_service_backup *after;
	struct rdb_buf text = {0};
	size_t count;

	REQUIRE(rdb_service_write_backups(before, 2, &text) == 0);
	REQUIRE(rdb_service_read_backups(text.data, text.len, &after, &count, &err) == 0);
	CHECK_INT(count, 2);
	CHECK(memcmp(before, after, sizeof(before)) == 0);
	free(after);
	rdb_buf_free(&text);
}

static void deployment_answers(void)
{
	static const char answer[] =
		"{\"id\":\"blog\",\"name\":\"blog\",\"type\":\"rethinkdb\","
		"\"ca_certificate_base64\":\"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==\","
		"\"connection_strings\":{\"direct\":[\"rethinkdb://admin:pw@h:28015\",\"x\"]}}";
	static const char other[] = "{\"ca_certificate_base64\":\"AAA!\","
				    "\"connection_strings\":{\"direct\":[\"a b\"]}}";
	struct rdb_service_deployment deployment;

	CHECK_INT(rdb_service_read_deployment(answer, strlen(answer), &deployment, &err), 0);
	CHECK_STR(deployment.type, "rethinkdb");
	CHECK_STR(deployment.connect, "rethinkdb://admin:pw@h:28015");
	CHECK_STR(deployment.certificate, "-----BEGIN CERTIFICATE-----\n");
	rdb_service_deployment_free(&deployment);
	CHECK_INT(rdb_service_read_deployment(other, strlen(other), &deployment, &err), 0);
	CHECK(!deployment.connect && !deployment.certificate);
	rdb_service_deployment_free(&deployment);
}

/* ---- calls ---- */

static void put(const char *name, const char *text)
{
	char path[128], new[136];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(new, sizeof(new), "%s.put", path);
	file = fopen(new, "w");
	REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
	REQUIRE(rename(new, path) == 0);
}

static bool logged(const char *words)
{
	char command[512];

	snprintf(command, sizeof(command), "grep -qF '%s' %s/log", words, folder);
	return system(command) == 0;
}

/* Number of lines of the log that match. */
static int lines(const char *regex)
{
	char command[512];
	int count = -1;
	FILE *pipe;

	snprintf(command, sizeof(command), "grep -c '%s' %s/log", regex, folder);
	pipe = popen(command, "r");
	REQUIRE(pipe && fscanf(pipe, "%d", &count) == 1);
	pclose(pipe);
	return count;
}

static void start_stand_in(void)
{
	const char *data = getenv("RDBFS_TEST_DATA");
	char program[4096], path[128];
	FILE *file = NULL;

	snprintf(program, sizeof(program), "%s/../service/stand-in", data ? data : "tests/data");
	REQUIRE(mkdtemp(folder));
	stand_in = fork();
	REQUIRE(stand_in >= 0);
	if (stand_in == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, folder, (char *)NULL);
		_exit(127);
	}
	snprintf(path, sizeof(path), "%s/ports", folder);
	while (!file) {
		REQUIRE(waitpid(stand_in, NULL, WNOHANG) == 0);
		usleep(20000);
		file = fopen(path, "r");
	}
	REQUIRE(fscanf(file, "%u %u", &ports[0], &ports[1]) == 2);
	fclose(file);
	snprintf(
		api, sizeof(api), "compose+http://127.0.0.1:%u/2016-07/deployments/blog", ports[0]);
	put("token", "secret");
	put("backups.json",
		"[{\"id\":\"b1\",\"name\":\"one\",\"type\":\"daily\",\"status\":\"complete\","
		"\"is_downloadable\":true,\"created_at\":\"2018-05-01T12:25:38Z\"},"
		"{\"id\":\"b2\",\"name\":\"two\",\"type\":\"on_demand\",\"status\":\"running\","
		"\"is_downloadable\":false}]");
}

static struct rdb_service *client(const char *address, const char *token)
{
	const struct rdb_service_options options = {.address = address, .token = token};
	struct rdb_service *service;

	REQUIRE(rdb_service_create(&options, &service, &err) == 0);
	return service;
}

static int list(struct rdb_service *service, size_t *count)
{
	static const struct rdb_service_wait wait = {.patience = 20000};
	struct rdb_service_backup *backups;
	int ret = rdb_service_list(service, &wait, &backups, count, &err);

	free(backups);
	return ret;
}

static void calls(void)
{
	struct rdb_service *service = client(api, "secret");
	struct rdb_service_backup *backups, one;
	struct rdb_service_recipe recipe;
	char *link;
	size_t count;

	REQUIRE(rdb_service_list(service, NULL, &backups, &count, &err) == 0);
	REQUIRE(count == 2);
	CHECK_STR(backups[0].id, "b1");
	CHECK_STR(backups[0].type, "daily");
	CHECK(backups[0].downloadable && !backups[1].downloadable);
	CHECK_INT(backups[0].created, 1525177538);
	CHECK_STR(backups[1].status, "running");
	free(backups);
	REQUIRE(rdb_service_backup(service, "b1", NULL, &one, &link, &err) == 0);
	CHECK(link && strstr(link, "/d/b1?"));
	free(link);
	REQUIRE(rdb_service_backup(service, "b2", NULL, &one, &link, &err) == 0);
	CHECK(!link);
	CHECK_INT(rdb_service_backup(service, "b3", NULL, &one, &link, &err), -ENOENT);
	CHECK(strstr(err.text, "no such backup") && strstr(err.text, "backup: not found"));
	REQUIRE(rdb_service_start_backup(service, NULL, &recipe, &err) == 0);
	CHECK_INT(recipe.state, RDB_SERVICE_RUNNING);
	REQUIRE(rdb_service_recipe(service, recipe.id, NULL, &recipe, &err) == 0);
	CHECK_STR(recipe.words, "dumping tables");
	CHECK(recipe.done == 2 && recipe.total == 4);
	rdb_service_unref(service);
}

static void refused_tokens(void)
{
	const struct rdb_service_options bad = {.address = api, .token = "a\r\nHost: x"};
	struct rdb_service *service = client(api, "wrong");
	size_t count;

	CHECK_INT(list(service, &count), -EACCES);
	CHECK(strstr(err.text, "refuses the token") && strstr(err.text, "invalid token"));
	CHECK(!strstr(err.text, "wrong"));
	rdb_service_unref(service);
	service = client(api, NULL);
	CHECK_INT(list(service, &count), -EACCES);
	CHECK(strstr(err.text, "--token-file"));
	rdb_service_unref(service);
	CHECK_INT(rdb_service_create(&bad, &service, &err), -EINVAL);
	CHECK(!strstr(err.text, "Host: x"));
}

static void unknown_deployment(void)
{
	struct rdb_service *service;
	char other[128];
	size_t count;

	snprintf(other, sizeof(other), "compose+http://127.0.0.1:%u/2016-07/deployments/x",
		ports[0]);
	service = client(other, "secret");
	CHECK_INT(list(service, &count), -ENOENT);
	CHECK(strstr(err.text, "no such deployment"));
	rdb_service_unref(service);
}

/* Lists the backups under a fault and checks the error; then lists them without it. */
static void fault(struct rdb_service *service, const char *action, int ret, const char *words)
{
	char rule[128];
	size_t count;

	snprintf(rule, sizeof(rule), "1 %s ^api GET .*/backups$\n", action);
	put("rules", rule);
	CHECK_INT(list(service, &count), ret);
	if (words && !strstr(err.text, words))
		fprintf(stderr, "%s: %s\n", action, err.text);
	CHECK(!words || strstr(err.text, words));
	put("rules", "");
	CHECK_INT(list(service, &count), 0);
	CHECK_INT(count, 2);
}

static void faults(void)
{
	struct rdb_service *service = client(api, "secret");

	fault(service, "redirect", -EIO, "redirect");
	CHECK(!logged("download GET x") && !logged("LEAK"));
	fault(service, "truncated", -EBADMSG, "can't be understood");
	fault(service, "shape", -EBADMSG, "can't be understood");
	fault(service, "plain", -EBADMSG, "can't be understood");
	fault(service, "huge", -EIO, "larger");
	fault(service, "422", -EIO, "the rules say so");
	fault(service, "slow", 0, NULL);
	fault(service, "limited", 0, NULL);
	fault(service, "502", 0, NULL);
	rdb_service_unref(service);
}

/* A trigger is never repeated if the service may have received it. */
static void trigger_is_never_repeated(void)
{
	struct rdb_service *service = client(api, "secret");
	struct rdb_service_recipe recipe;

	put("rules", "9 502 ^api POST\n");
	CHECK_INT(rdb_service_start_backup(service, NULL, &recipe, &err), -EIO);
	CHECK_INT(lines("api POST .* 502"), 1);
	put("rules", "");
	rdb_service_unref(service);
}

static void *fire(void *arg)
{
	while (!logged("hang"))
		usleep(10000);
	rdb_cancel_fire(arg);
	return NULL;
}

static void cancelled(void)
{
	struct rdb_service *service = client(api, "secret");
	struct rdb_cancel cancel;
	const struct rdb_service_wait wait = {.cancel = &cancel};
	struct rdb_service_backup *backups;
	pthread_t thread;
	size_t count;

	REQUIRE(rdb_cancel_init(&cancel) == 0);
	put("rules", "1 hang ^api GET\n");
	REQUIRE(pthread_create(&thread, NULL, fire, &cancel) == 0);
	CHECK_INT(rdb_service_list(service, &wait, &backups, &count, &err), -ECANCELED);
	pthread_join(thread, NULL);
	put("rules", "");
	rdb_service_unref(service);
	rdb_cancel_destroy(&cancel);
}

/* ---- downloads ---- */

#define ARCHIVE "the bytes of an archive"

static struct rdb_downloads *downloads(struct rdb_service *service)
{
	struct rdb_downloads_options options = {.service = service};
	struct rdb_downloads *out;
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/cache", folder);
	options.dir = dir;
	REQUIRE(rdb_object_cache_create(0, NULL, &options.memory) == 0);
	REQUIRE(rdb_downloads_create(&options, &out, &err) == 0);
	rdb_object_cache_unref(options.memory);
	return out;
}

static void read_download(struct rdb_source *source)
{
	char bytes[sizeof(ARCHIVE)] = "";

	CHECK_INT(rdb_source_pread(source, bytes, sizeof(bytes), 0, &err), strlen(ARCHIVE));
	CHECK_STR(bytes, ARCHIVE);
	rdb_source_close(source);
}

/* Whichever descriptor is the first that opening lacks: the error says so, because the caller tries
 * again, and what the cache has is not downloaded again. */
static void few_descriptors(void)
{
	struct rdb_service *service = client(api, "secret");
	struct rdb_downloads *all = downloads(service);
	struct rdb_service_backup backup;
	struct rdb_source *source = NULL;
	int ret, failed = 0;
	char *link, list[512];
	struct descriptors descriptors;

	put("archive", ARCHIVE);
	put("options.json", "{\"ranges\": false}");
	snprintf(list, sizeof(list),
		"[{\"id\":\"b1\",\"name\":\"one\",\"type\":\"daily\",\"status\":\"complete\","
		"\"is_downloadable\":true,\"file\":\"%s/archive\"}]",
		folder);
	put("backups.json", list);
	REQUIRE(rdb_service_backup(service, "b1", NULL, &backup, &link, &err) == 0);
	free(link);
	REQUIRE(rdb_downloads_open(all, &backup, &source, &err) == 0);
	read_download(source);
	CHECK_INT(lines("^download GET"), 1);
	descriptors_limit(&descriptors, DESCRIPTORS);
	descriptors_use_up(&descriptors);
	while ((ret = rdb_downloads_open(all, &backup, &source, &err)) == -EMFILE) {
		CHECK(strstr(err.text, strerror(EMFILE)));
		failed++;
		if (!descriptors_give_back(&descriptors))
			break;
	}
	descriptors_restore(&descriptors);
	CHECK_INT(ret, 0);
	CHECK(failed > 1);
	if (ret == 0)
		read_download(source);
	CHECK_INT(lines("^download GET"), 1);
	rdb_downloads_unref(all);
	rdb_service_unref(service);
}

int main(void)
{
	char command[128];

	RUN(addresses);
	RUN(times);
	RUN(errors);
	RUN(recipe_answers);
	RUN(saved_lists);
	RUN(deployment_answers);
	start_stand_in();
	RUN(calls);
	RUN(refused_tokens);
	RUN(unknown_deployment);
	RUN(faults);
	RUN(trigger_is_never_repeated);
	RUN(cancelled);
	RUN(few_descriptors);
	kill(stand_in, SIGTERM);
	waitpid(stand_in, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	REQUIRE(system(command) == 0);
	CHECK_EXIT();
}
