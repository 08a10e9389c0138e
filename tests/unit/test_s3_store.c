/* The store of a bucket, its sources and its outputs, on Ceph's gateway (tests/s3/gateway). */
#include "compose/store_kind.h"
#include "download/object_source.h"
#include "remote/s3.h"
#include "store/store.h"

#include "index/embed.h"
#include "s3/s3_client_private.h"
#include "unit/check.h"
#include "writer/output.h"
#include "writer/writer.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define SIZE (23 * MIB + 12345)

static char bucket[64], where[128];
static char *text; /* SIZE bytes that do not repeat */
static struct rdb_store *store;
static struct rdb_err err;

static void make_text(void)
{
	uint64_t x = 88172645463325252u;

	text = malloc(SIZE);
	REQUIRE(text);
	for (size_t i = 0; i < SIZE; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		text[i] = (char)x;
	}
}

static void make_bucket(void)
{
	struct rdb_s3_options options = {.bucket = bucket};
	struct rdb_s3_call call = {.method = RDB_HTTP_PUT};
	struct rdb_http_response response = {0};
	struct rdb_s3 *s3;

	snprintf(bucket, sizeof(bucket), "store-%d-%ld", getpid(), (long)time(NULL));
	snprintf(where, sizeof(where), "s3://%s/a/b", bucket);
	REQUIRE(rdb_s3_create(&options, &s3, &err) == 0);
	REQUIRE(rdb_s3_request(s3, &call, &response, &err) == 0);
	rdb_http_response_free(&response);
	rdb_s3_unref(s3);
}

static void open_store(void)
{
	const struct rdb_store_options options = {
		.part_size = 5 * MIB, .upload_memory = 25 * MIB, .remote_cache = 6 * MIB};

	REQUIRE(rdb_store_open(where, &options, &store, &err) == 0);
}

static struct rdb_output *create(const char *file, bool overwrite, int expected)
{
	const struct rdb_new_backup backup = {
		.file = file, .type = "daily", .overwrite = overwrite};
	struct rdb_output *out = NULL;

	CHECK_INT(rdb_store_create(store, &backup, &out, &err), expected);
	return out;
}

static const struct rdb_listing *list_again(void)
{
	const struct rdb_listing *listing;

	rdb_store_close(store);
	open_store();
	REQUIRE(rdb_store_list(store, &listing, &err) == 0);
	return listing;
}

static void append(struct rdb_output *out, size_t from, size_t to)
{
	while (from < to) {
		size_t n = to - from < 700001 ? to - from : 700001;
		CHECK_INT(rdb_output_append(out, text + from, n, &err), 0);
		from += n;
	}
}

/* ---- outputs ---- */

/* Headers are filled in later and tables are withdrawn, like a writer does, across the boundaries
 * of parts. */
static void upload(void)
{
	struct rdb_output *out = create("x.tar.gz", false, 0);
	char zeros[2048] = {0};
	size_t mark = 10 * MIB - 1000;

	REQUIRE(out);
	CHECK(rdb_output_can_patch(out) && out->home != 0);
	CHECK_INT(rdb_output_append(out, zeros, 512, &err), 0);
	append(out, 512, mark);
	/* a table that is withdrawn after some of its parts were sent */
	rdb_output_hold(out, mark, UINT64_MAX);
	CHECK_INT(rdb_output_append(out, zeros, sizeof(zeros), &err), 0);
	rdb_output_hold(out, mark, mark + sizeof(zeros));
	append(out, 0, 11 * MIB);
	CHECK_INT(rdb_output_rewind(out, mark, &err), 0);
	CHECK_INT(out->at, mark);
	/* a table whose header is filled in later */
	rdb_output_hold(out, mark, UINT64_MAX);
	CHECK_INT(rdb_output_append(out, zeros, sizeof(zeros), &err), 0);
	rdb_output_hold(out, mark, mark + sizeof(zeros));
	append(out, mark + sizeof(zeros), SIZE);
	CHECK_INT(rdb_output_patch(out, text + mark, sizeof(zeros), mark, &err), 0);
	rdb_output_hold(out, 0, 0);
	CHECK_INT(rdb_output_patch(out, text, 512, 0, &err), 0);
	CHECK_INT(rdb_output_commit(out, &err), 0);
	rdb_output_close(out);
	CHECK(!create("x.tar.gz", false, -EEXIST));
	CHECK(!create("x/y.tar.gz", false, -EINVAL));
	CHECK(!create("x.txt", false, -EINVAL));
}

static void empty_and_given_up(void)
{
	const struct rdb_listing *listing;
	struct rdb_output *out = create("given-up.tar.gz", false, 0);

	append(out, 0, 12 * MIB);
	rdb_output_close(out);
	out = create("cancelled.tar.gz", false, 0);
	append(out, 0, 6 * MIB);
	rdb_output_cancel(out);
	CHECK_INT(rdb_output_append(out, text, 10, &err), -ECANCELED);
	CHECK_INT(rdb_output_commit(out, &err), -ECANCELED);
	rdb_output_close(out);
	listing = list_again();
	CHECK_INT(listing->count, 1);
	rdb_listing_unref(listing);
}

/* ---- an archive ---- */

#define TABLES 3

/* Text that hardly compresses, different for each table. */
static void write_table(struct rdb_wtable *table, unsigned number, size_t from, size_t to)
{
	static char line[MIB / 4];

	for (; from < to; from += sizeof(line)) {
		for (size_t i = 0; i < sizeof(line); i++)
			line[i] = (char)(' ' + (text[(from + i * (number + 1)) % SIZE] & 0x3f));
		CHECK_INT(rdb_wtable_write(table, line, sizeof(line), &err), 0);
	}
}

static struct rdb_wtable *begin_table(struct rdb_writer *writer, unsigned number)
{
	struct rdb_wtable *table;
	char name[16];

	snprintf(name, sizeof(name), "table%u", number);
	REQUIRE(rdb_writer_table(writer, "db", name, "{}", 1000, &table, &err) == 0);
	return table;
}

/* The whole text matches the index. */
static void check_archive(const char *name, size_t tables)
{
	const struct rdb_listing *listing = list_again();
	const struct rdb_entry *entry = rdb_listing_find(listing, name);
	struct rdb_source *source;
	struct rdb_embed embed;

	REQUIRE(entry && rdb_store_open_entry(store, entry, &source, &err) == 0);
	REQUIRE(rdb_embed_read(source, &embed, &err) == 0);
	CHECK_INT(embed.member_count, 2 * tables);
	for (size_t i = 0; i < embed.member_count; i++)
		CHECK_INT(rdb_embed_check_member(source, &embed, i, &err), 0);
	for (size_t i = 0; i < embed.checkpoint_count; i++)
		CHECK_INT(rdb_embed_check_span(source, &embed, i, &err), 0);
	rdb_embed_free(&embed);
	rdb_source_close(source);
	CHECK_INT(rdb_store_remove(store, entry, &err), 0);
	rdb_listing_unref(listing);
}

/* Tables are uploaded concurrently, and none waits in a file: there is no folder for one. */
static void several_tables_at_once(void)
{
	const struct rdb_store_options roomy = {.part_size = 5 * MIB, .upload_memory = 100 * MIB};
	struct rdb_writer_options options = {
		.top = "many", .type = "daily", .level = 1, .spool = "/nowhere"};
	struct rdb_wtable *tables[TABLES], *gone;
	struct rdb_writer *writer;

	rdb_store_close(store);
	REQUIRE(rdb_store_open(where, &roomy, &store, &err) == 0);
	options.output = create("many.tar.gz", false, 0);
	REQUIRE(rdb_writer_create(&options, &writer, &err) == 0);
	for (unsigned i = 0; i < TABLES; i++)
		tables[i] = begin_table(writer, i);
	gone = begin_table(writer, TABLES);
	for (size_t at = 0; at < 10; at += 2)
		for (unsigned i = 0; i < TABLES; i++)
			write_table(tables[i], i, at * MIB, (at + 2) * MIB);
	write_table(gone, TABLES, 0, 8 * MIB);
	rdb_wtable_abort(gone);
	write_table(tables[1], 1, 10 * MIB, 15 * MIB);
	for (unsigned i = 0; i < TABLES; i++)
		CHECK_INT(rdb_wtable_end(tables[i], 1, &err), 0);
	CHECK_INT(rdb_writer_commit(writer, NULL, &err), 0);
	check_archive("many", TABLES);
}

static int count_upload(void *arg, const char *key, const char *id)
{
	(void)key, (void)id;
	++*(int *)arg;
	return 0;
}

static void nothing_unfinished(void)
{
	struct rdb_s3_options options = {.bucket = bucket};
	struct rdb_s3 *s3;
	int count = 0;

	REQUIRE(rdb_s3_create(&options, &s3, &err) == 0);
	CHECK_INT(rdb_s3_upload_list(s3, "", NULL, count_upload, &count, &err), 0);
	CHECK_INT(count, 0);
	rdb_s3_unref(s3);
}

static void check_stale(struct rdb_store *of, const struct rdb_entry *entry, const char *file)
{
	char expected[512];

	snprintf(expected, sizeof(expected),
		"%s/%s has been replaced or removed; rdbfs list %s/ shows what is there now", where,
		file, where);
	CHECK_INT(rdb_store_remove(of, entry, &err), -ESTALE);
	CHECK_STR(err.text, expected);
}

/* Two programs write the same name: the later one is rejected, and the first stays. */
static void later_writer_of_a_name_is_refused(void)
{
	struct rdb_output *first = create("two.tar.gz", false, 0);
	struct rdb_output *second = create("two.tar.gz", false, 0);
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;

	append(first, 0, 100);
	append(second, 100, 300);
	CHECK_INT(rdb_output_commit(first, &err), 0);
	CHECK_INT(rdb_output_commit(second, &err), -EEXIST);
	rdb_output_close(first);
	rdb_output_close(second);
	listing = list_again();
	entry = rdb_listing_find(listing, "two");
	CHECK(entry && entry->size == 100);
	CHECK_INT(rdb_store_remove(store, entry, &err), 0);
	check_stale(store, entry, "two.tar.gz");
	rdb_listing_unref(listing);
}

static void write_object(const char *file, size_t len)
{
	struct rdb_output *out = create(file, true, 0);

	append(out, 0, len);
	CHECK_INT(rdb_output_commit(out, &err), 0);
	rdb_output_close(out);
}

static void replaced_object_is_not_removed(void)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;

	write_object("own.tar.gz", 100);
	listing = list_again();
	entry = rdb_listing_find(listing, "own");
	REQUIRE(entry);
	write_object("own.tar.gz", 200);
	check_stale(store, entry, "own.tar.gz");
	rdb_listing_unref(listing);
}

/* The error contains the whole address also if the object is the store's only object. */
static void only_object_is_removed_once(void)
{
	const struct rdb_listing *listing;
	struct rdb_store *own;
	char source[192];

	write_object("own.tar.gz", 100);
	snprintf(source, sizeof(source), "%s/own.tar.gz", where);
	REQUIRE(rdb_store_open(source, NULL, &own, &err) == 0);
	REQUIRE(rdb_store_list(own, &listing, &err) == 0);
	REQUIRE(listing->count == 1);
	CHECK_INT(rdb_store_remove(own, listing->entries[0], &err), 0);
	check_stale(own, listing->entries[0], "own.tar.gz");
	rdb_listing_unref(listing);
	rdb_store_close(own);
}

/* ---- sources ---- */

static struct rdb_source *open_source(void)
{
	const struct rdb_listing *listing = list_again();
	const struct rdb_entry *entry = rdb_listing_find(listing, "x");
	struct rdb_source *source = NULL;

	REQUIRE(entry && entry->size == SIZE && entry->version != 0);
	CHECK_INT(rdb_store_open_entry(store, entry, &source, &err), 0);
	REQUIRE(source && source->remote && source->identity.version == entry->version);
	rdb_listing_unref(listing);
	return source;
}

static void check_read(struct rdb_source *source, uint64_t off, size_t len)
{
	char *buf = malloc(len);
	size_t expected = off >= SIZE ? 0 : SIZE - off < len ? SIZE - (size_t)off : len;

	REQUIRE(buf);
	CHECK_INT(rdb_source_pread(source, buf, len, off, &err), expected);
	CHECK(expected == 0 || memcmp(buf, text + off, expected) == 0);
	free(buf);
}

static void reads(void)
{
	struct rdb_source *source = open_source();
	uint64_t x = 7;

	for (uint64_t off = 0; off < SIZE; off += 130001)
		check_read(source, off, 130001);
	for (int i = 0; i < 40; i++) {
		x = x * 6364136223846793005u + 1;
		check_read(source, (x >> 20) % SIZE, (x >> 50) * 100 + 1);
	}
	check_read(source, SIZE - 1, 10);
	check_read(source, SIZE, 10);
	check_read(source, SIZE + 1000, 10);
	check_read(source, 0, SIZE);
	rdb_source_close(source);
}

struct reader {
	struct rdb_source *source;
	uint64_t from;
};

static void *read_some(void *arg)
{
	struct reader *reader = arg;

	for (uint64_t off = reader->from; off < reader->from + 8 * MIB; off += 262144)
		check_read(reader->source, off, 262144);
	return NULL;
}

/* Readers of the same position share fetched data. */
static void many_readers(void)
{
	struct rdb_source *source = open_source();
	struct reader readers[12];
	pthread_t threads[12];

	for (int i = 0; i < 12; i++) {
		readers[i] = (struct reader){source, (uint64_t)(i % 3) * 7 * MIB};
		REQUIRE(pthread_create(&threads[i], NULL, read_some, &readers[i]) == 0);
	}
	for (int i = 0; i < 12; i++)
		pthread_join(threads[i], NULL);
	rdb_source_close(source);
}

/* Number of requests for a whole object, for both its ends, and for many readers of one
 * position. */
static void requests(void)
{
	struct rdb_s3_options options = {.bucket = bucket};
	struct rdb_object_cache *cache;
	struct rdb_budget budget;
	struct rdb_s3_facts facts;
	struct rdb_source *source;
	struct rdb_identity identity = {.size = SIZE, .version = 1};
	struct rdb_s3 *s3;
	uint64_t before;

	REQUIRE(rdb_s3_create(&options, &s3, &err) == 0);
	rdb_budget_init(&budget, 8 * MIB);
	REQUIRE(rdb_object_cache_create(0, &budget, &cache) == 0);
	REQUIRE(rdb_s3_head(s3, "a/b/x.tar.gz", NULL, &facts, &err) == 0);
	REQUIRE(rdb_s3_source(cache, s3, "a/b/x.tar.gz", facts.etag, &identity, &source, &err) ==
		0);
	before = rdb_s3_requests(s3);
	check_read(source, 0, 192);
	check_read(source, SIZE - 1600, 1600);
	check_read(source, SIZE - 900000, 890000);
	CHECK_INT(rdb_s3_requests(s3) - before, 2);
	CHECK(budget.used[RDB_BUDGET_RECEIVED] <= 8 * MIB);
	for (uint64_t off = 0; off < SIZE; off += 100000)
		check_read(source, off, 100000);
	CHECK_INT(rdb_s3_requests(s3) - before, 3);
	CHECK(budget.used[RDB_BUDGET_RECEIVED] <= 8 * MIB);
	rdb_source_close(source);
	CHECK_INT(budget.used[RDB_BUDGET_RECEIVED], 0);
	rdb_object_cache_unref(cache);
	rdb_s3_unref(s3);
}

static void replaced_object_fails_to_read(void)
{
	struct rdb_source *source = open_source();
	struct rdb_output *out = create("x.tar.gz", true, 0);
	char byte;

	check_read(source, 0, 10);
	append(out, 0, 5000);
	CHECK_INT(rdb_output_commit(out, &err), 0);
	rdb_output_close(out);
	CHECK_INT(rdb_source_pread(source, &byte, 1, 9 * MIB, &err), -EIO);
	CHECK(strstr(err.text, "was replaced or removed"));
	rdb_source_close(source);
}

static void removed_object_fails_to_read(void)
{
	const struct rdb_listing *listing = list_again();
	const struct rdb_entry *entry = rdb_listing_find(listing, "x");
	struct rdb_source *source;
	char byte;

	REQUIRE(entry && rdb_store_open_entry(store, entry, &source, &err) == 0);
	CHECK_INT(rdb_store_remove(store, entry, &err), 0);
	CHECK_INT(rdb_source_pread(source, &byte, 1, 0, &err), -EIO);
	rdb_source_close(source);
	rdb_listing_unref(listing);
}

int main(int argc, char **argv)
{
	const char *data = getenv("RDBFS_TEST_DATA"), *address = getenv("RDBFS_TEST_S3");
	char gateway[4096];

	(void)argc;
	if (!address) {
		snprintf(gateway, sizeof(gateway), "%s/../s3/gateway", data ? data : "tests/data");
		execl(gateway, gateway, "run", argv[0], (char *)NULL);
		perror(gateway);
		return 1;
	}
	setenv("AWS_ENDPOINT_URL_S3", address, 1);
	make_text();
	make_bucket();
	open_store();
	RUN(upload);
	RUN(empty_and_given_up);
	RUN(several_tables_at_once);
	RUN(nothing_unfinished);
	RUN(later_writer_of_a_name_is_refused);
	RUN(replaced_object_is_not_removed);
	RUN(only_object_is_removed_once);
	RUN(reads);
	RUN(many_readers);
	RUN(requests);
	RUN(replaced_object_fails_to_read);
	RUN(removed_object_fails_to_read);
	RUN(nothing_unfinished);
	rdb_store_close(store);
	free(text);
	CHECK_EXIT();
}
