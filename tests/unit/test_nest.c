#include "archive/archive.h"
#include "format/nest.h"
#include "unit/archive.h"

#include <errno.h>

/* Counts reads of the wrapped source. */
static unsigned count_reads(struct faulty_source *faulty)
{
	return atomic_load(&faulty->reads);
}

static struct backup wrap(const char *filter, const struct backup *inner)
{
	struct backup outer;

	backup_begin(&outer, filter);
	backup_add(&outer, "backup/rethinkdb.tar.gz", inner->bytes.data, inner->bytes.len);
	backup_end(&outer);
	return outer;
}

/* Reads at random positions, after a scan and after reopening by the index, which contains both
 * decoders' states. */
static void check_within(const char *around, const char *within, unsigned reads)
{
	struct rdb_buf posts, users;
	struct backup inner = make_backup(within, 300000, &posts, &users);
	struct backup outer = wrap(around, &inner);
	char *folder = make_folder();
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive = open_bytes(env, outer.bytes.data, outer.bytes.len);
	struct faulty_source *faulty;
	struct rdb_archive_facts facts;

	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	check_content(archive, "blog", "posts.json", &posts, reads);
	check_content(archive, "blog", "users.json", &users, 3);
	rdb_archive_unref(archive);
	faulty = faulty_source(memory_source(outer.bytes.data, outer.bytes.len));
	REQUIRE(rdb_archive_open(env, &faulty->source, "again", &archive, NULL) == 0);
	CHECK_INT(state_of(archive), RDB_ARCHIVE_OK);
	CHECK(!around || count_reads(faulty) <= 3);
	rdb_archive_facts(archive, &facts);
	CHECK_INT(facts.documents, 300100);
	check_content(archive, "blog", "posts.json", &posts, reads);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&inner.bytes);
	rdb_buf_free(&outer.bytes);
}

static void test_one_level_is_read_through(void)
{
	check_within(NULL, "gzip", 20);
	check_within("gzip", "gzip", 20);
	check_within("lz4", "gzip", 4);
	check_within("gzip", NULL, 20);
	check_within("gzip", "zstd", 2);
}

/* A read in the middle of an indexed archive reads no more of the file than the distance of two
 * checkpoints. */
static void test_checkpoints_are_entered(void)
{
	struct rdb_buf posts, users;
	struct backup inner = make_backup("gzip", 900000, &posts, &users);
	struct backup outer = wrap("gzip", &inner);
	char *folder = make_folder(), *buf = malloc(RDB_READ_MAX);
	struct rdb_archive_env *env = make_env(folder);
	struct rdb_archive *archive = open_bytes(env, outer.bytes.data, outer.bytes.len);
	struct faulty_source *faulty;
	unsigned before;

	REQUIRE(buf);
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	rdb_archive_unref(archive);
	faulty = faulty_source(memory_source(outer.bytes.data, outer.bytes.len));
	REQUIRE(rdb_archive_open(env, &faulty->source, "again", &archive, NULL) == 0);
	struct rdb_reader *reader = open_member(archive, "blog", "posts.json");
	before = count_reads(faulty);
	CHECK_INT(read_at(reader, posts.len - 5000, 1000, buf, NULL), 1000);
	CHECK(memcmp(buf, posts.data + posts.len - 5000, 1000) == 0);
	CHECK((count_reads(faulty) - before) * UINT64_C(131072) < outer.bytes.len / 2);
	rdb_reader_close(reader);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	remove_folder(folder);
	free(buf);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&inner.bytes);
	rdb_buf_free(&outer.bytes);
}

/* An invalid or cut state is rejected. */
static void test_states_are_checked(void)
{
	struct rdb_buf posts, users, state = {0};
	struct backup inner = make_backup("gzip", 1000, &posts, &users);
	struct backup outer = wrap("gzip", &inner);
	struct rdb_source *source = memory_source(outer.bytes.data, outer.bytes.len);
	struct rdb_decoder *decoder;
	struct rdb_nest nest;
	char text[4096];

	REQUIRE(rdb_nest_detect(source, RDB_FORMAT_GZIP, &nest, NULL) == 1);
	CHECK_INT(nest.inner, RDB_FORMAT_GZIP);
	CHECK_INT(nest.size, inner.bytes.len);
	REQUIRE(rdb_nest_open(source, &nest, &decoder, NULL) == 0);
	CHECK_INT(decoder->ops->read(decoder, text, sizeof(text), NULL), sizeof(text));
	REQUIRE(decoder->ops->save(decoder, &state, NULL) == 0);
	CHECK_INT(decoder->ops->load(decoder, state.data, 10, NULL), -EBADMSG);
	CHECK_INT(decoder->ops->load(decoder, state.data, state.len - 1, NULL), -EBADMSG);
	CHECK_INT(decoder->ops->load(decoder, state.data, state.len, NULL), 0);
	CHECK_INT(decoder->ops->offset(decoder), sizeof(text));
	rdb_decoder_close(decoder);
	rdb_source_close(source);
	rdb_buf_free(&state);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&inner.bytes);
	rdb_buf_free(&outer.bytes);
}

/* A decoder that has loaded a state reads on without returning to the archive's start, also after
 * it has used up the saved bytes of the inner archive. */
static void test_a_loaded_state_leads_to_the_end(void)
{
	struct rdb_buf posts, users, state = {0};
	struct backup inner = make_backup("gzip", 300000, &posts, &users);
	struct backup outer = wrap("gzip", &inner);
	struct rdb_source *source = memory_source(outer.bytes.data, outer.bytes.len);
	struct rdb_decoder *decoder;
	struct rdb_nest nest;
	char *text = malloc(RDB_READ_MAX);
	uint64_t size = 0;
	unsigned states = 0;

	REQUIRE(text && rdb_nest_detect(source, RDB_FORMAT_GZIP, &nest, NULL) == 1);
	REQUIRE(rdb_nest_open(source, &nest, &decoder, NULL) == 0);
	while (decoder->ops->read(decoder, text, RDB_READ_MAX, NULL) > 0)
		size = decoder->ops->offset(decoder);
	REQUIRE(decoder->ops->rewind(decoder, NULL) == 0);
	while (decoder->ops->read(decoder, text, RDB_READ_MAX, NULL) > 0 &&
		decoder->ops->offset(decoder) < size) {
		struct faulty_source *counted =
			faulty_source(memory_source(outer.bytes.data, outer.bytes.len));
		uint64_t rest = outer.bytes.len - decoder->ops->source_offset(decoder);
		struct rdb_decoder *loaded;

		rdb_buf_clear(&state);
		REQUIRE(decoder->ops->save(decoder, &state, NULL) == 0);
		REQUIRE(rdb_nest_open(&counted->source, &nest, &loaded, NULL) == 0);
		REQUIRE(loaded->ops->load(loaded, state.data, state.len, NULL) == 0);
		while (loaded->ops->read(loaded, text, RDB_READ_MAX, NULL) > 0)
			;
		CHECK_INT(loaded->ops->offset(loaded), size);
		CHECK(count_reads(counted) <= rest / (128 << 10) + 3);
		rdb_decoder_close(loaded);
		rdb_source_close(&counted->source);
		states++;
	}
	CHECK(states > 5);
	rdb_decoder_close(decoder);
	rdb_source_close(source);
	free(text);
	rdb_buf_free(&state);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&inner.bytes);
	rdb_buf_free(&outer.bytes);
}

int main(void)
{
	RUN(test_states_are_checked);
	RUN(test_a_loaded_state_leads_to_the_end);
	RUN(test_one_level_is_read_through);
	RUN(test_checkpoints_are_entered);
	CHECK_EXIT();
}
