/* Tables that are created in advance, in the project's test server. */
#include "staging/spare.h"

#include "base/log.h"
#include "unit/server.h"

#include <dirent.h>
#include <stdatomic.h>
#include <time.h>

#define SERIES 8 /* sequential tables before one is created in advance */
#define LATER 20 /* seconds after which a series ends */

static struct rdb_cluster *cluster;
static struct rdb_leftovers *leftovers;
static char records[64]; /* folder of restore records */

/* ---- the clock ---- */

static atomic_long passed; /* simulated seconds */

time_t __real_time(time_t *out);
time_t __wrap_time(time_t *out);

time_t __wrap_time(time_t *out)
{
	time_t now = __real_time(NULL) + atomic_load(&passed);

	if (out)
		*out = now;
	return now;
}

/* ---- remaining tables ---- */

static size_t count_records(void)
{
	DIR *dir = opendir(records);
	struct dirent *entry;
	size_t count = 0;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static bool has_tables(const char *db)
{
	char out[65536], start[64];

	server_control(out, sizeof(out), "tables");
	snprintf(start, sizeof(start), "\"%s.", db);
	return strstr(out, start);
}

/* ---- series ---- */

static bool exists(const struct rdb_staging *table)
{
	struct rdb_client client = {.cluster = cluster};
	struct rdb_table_state state;

	REQUIRE(rdb_table_look(&client, table->db, table->name, &state, NULL) == 0);
	rdb_client_close(&client);
	return state.exists && strcmp(state.id, table->id) == 0;
}

static void check_key(const struct rdb_staging *table, const char *key)
{
	struct rdb_client client = {.cluster = cluster};
	struct rdb_table_state state;

	REQUIRE(rdb_table_look(&client, table->db, table->name, &state, NULL) == 0);
	rdb_client_close(&client);
	CHECK_STR(state.primary_key, key);
}

static void drop(struct rdb_staging *table)
{
	struct rdb_client client = {.cluster = cluster};

	CHECK_INT(rdb_staging_drop(table, &client, NULL), 0);
	rdb_client_close(&client);
	rdb_staging_free(table);
}

/* Requests tables of one database until one that was created in advance is returned: it is in this
 * database. */
static void take_first(struct rdb_spares *spares, const char *db)
{
	struct rdb_staging table = {0};

	for (int i = 1; i < SERIES; i++)
		CHECK(!rdb_spares_request(spares, db, "id", &table));
	CHECK(rdb_spares_request(spares, db, "id", &table));
	CHECK_STR(table.db, db);
	CHECK(table.name && exists(&table));
	if (table.name)
		drop(&table);
}

/* Tables created in advance for one series are dropped when another begins, and never used
 * for it. */
static void test_tables_of_an_earlier_series_are_dropped(void)
{
	struct rdb_spares *spares;

	REQUIRE(rdb_spares_create(cluster, leftovers, &spares) == 0);
	take_first(spares, "first");
	atomic_fetch_add(&passed, LATER);
	take_first(spares, "second");
	while (has_tables("first"))
		usleep(10000);
	rdb_spares_destroy(spares);
	CHECK(!has_tables("second"));
	CHECK_INT(count_records(), 0);
}

/* Tables of one database with different primary keys, in turns, are series of their own. */
static void test_series_by_key(void)
{
	static const char *const keys[] = {"id", "code", "name"};
	struct rdb_staging table = {0};
	struct rdb_spares *spares;

	atomic_fetch_add(&passed, LATER);
	REQUIRE(rdb_spares_create(cluster, leftovers, &spares) == 0);
	for (int i = 1; i < SERIES; i++)
		for (size_t k = 0; k < 3; k++)
			CHECK(!rdb_spares_request(spares, "third", keys[k], &table));
	for (size_t k = 0; k < 3; k++) {
		CHECK(rdb_spares_request(spares, "third", keys[k], &table));
		CHECK(table.name && exists(&table));
		check_key(&table, keys[k]);
		if (table.name)
			drop(&table);
	}
	CHECK(!rdb_spares_request(spares, "third", "fourth", &table));
	rdb_spares_destroy(spares);
	CHECK(!has_tables("third"));
	CHECK_INT(count_records(), 0);
}

int main(void)
{
	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_ERROR);
	server_start();
	snprintf(records, sizeof(records), "%s/records", server_folder);
	const struct rdb_cluster_options options = {.connect = server_address};
	REQUIRE(rdb_cluster_create(&options, &cluster, NULL) == 0);
	REQUIRE(rdb_leftovers_create(cluster, records, &leftovers, NULL) == 0);
	RUN(test_tables_of_an_earlier_series_are_dropped);
	RUN(test_series_by_key);
	rdb_leftovers_destroy(leftovers);
	rdb_cluster_free(cluster);
	server_stop();
	CHECK_EXIT();
}
