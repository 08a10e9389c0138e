/* Scopes, and grouping of backups by cluster. */
#include "job/lineage.h"
#include "unit/check.h"

#include <errno.h>

#define LIST(...)                                                                                  \
	(const char *const[]){__VA_ARGS__},                                                        \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)
#define ONLY(...) ((struct rdb_scope){LIST(__VA_ARGS__), NULL, 0})
#define EXCEPT(...) ((struct rdb_scope){NULL, 0, LIST(__VA_ARGS__)})

static const struct rdb_scope everything;

static void check_covers(struct rdb_scope wide, struct rdb_scope narrow, bool there, bool back)
{
	CHECK(rdb_scope_covers(&wide, &narrow) == there);
	CHECK(rdb_scope_covers(&narrow, &wide) == back);
}

static void test_wider_scope_covers_narrower(void)
{
	struct rdb_scope shop_but_log = {LIST("shop"), LIST("shop.log")};
	struct rdb_scope shop_but_blog = {LIST("shop"), LIST("blog", "blog.posts")};

	check_covers(everything, everything, true, true);
	check_covers(everything, ONLY("shop"), true, false);
	check_covers(ONLY("shop"), ONLY("shop.orders"), true, false);
	check_covers(ONLY("shop"), ONLY("shop-2"), false, false);
	check_covers(ONLY("shop"), ONLY("shop", "shop.orders"), true, true);
	check_covers(ONLY("shop", "blog"), ONLY("blog", "shop"), true, true);
	check_covers(ONLY("shop", "blog"), ONLY("blog.posts"), true, false);
	check_covers(ONLY("shop.a", "shop.b"), ONLY("shop.b", "shop.c"), false, false);
	check_covers(everything, EXCEPT("shop"), true, false);
	check_covers(EXCEPT("shop.log"), EXCEPT("shop"), true, false);
	check_covers(EXCEPT("shop"), ONLY("blog"), true, false);
	check_covers(EXCEPT("shop"), ONLY("shop.orders"), false, false);
	check_covers(EXCEPT("shop.log"), ONLY("shop.orders"), true, false);
	check_covers(EXCEPT("shop.log"), ONLY("shop"), false, false);
	check_covers(EXCEPT("shop.log"), shop_but_log, true, false);
	check_covers(ONLY("shop"), shop_but_log, true, false);
	check_covers(ONLY("shop"), shop_but_blog, true, true);
	check_covers(shop_but_log, ONLY("shop.orders"), true, false);
}

/* Every scope of a small set of tables, compared table by table. */
static void test_covers_as_its_tables_do(void)
{
	static const char *const names[] = {"a", "a.x", "a.y", "b", "b.x"};
	static const char *const tables[][2] = {
		{"a", "x"}, {"a", "y"}, {"a", "other"}, {"b", "x"}, {"b", "other"}, {"c", "x"}};
	enum { NAMES = 5, SCOPES = 1 << (2 * NAMES) };
	static const char *lists[SCOPES][2 * NAMES];
	static struct rdb_scope scopes[SCOPES];
	static unsigned has[SCOPES];

	for (unsigned s = 0; s < SCOPES; s++) {
		size_t count = 0;
		for (unsigned i = 0; i < NAMES; i++)
			if (s >> i & 1)
				lists[s][count++] = names[i];
		scopes[s] = (struct rdb_scope){.only = lists[s], .only_count = count};
		scopes[s].except = lists[s] + count;
		for (unsigned i = 0; i < NAMES; i++)
			if (s >> (NAMES + i) & 1)
				lists[s][count++] = names[i];
		scopes[s].except_count = count - scopes[s].only_count;
		for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
			if (rdb_scope_has_table(&scopes[s], tables[t][0], tables[t][1]))
				has[s] |= 1u << t;
	}
	/* A database of which only named tables exist lacks "other": coverage within this set
	 * equals coverage in general. */
	for (unsigned a = 0; a < SCOPES; a++)
		for (unsigned b = 0; b < SCOPES; b++)
			if (rdb_scope_covers(&scopes[a], &scopes[b]) != ((has[b] & ~has[a]) == 0)) {
				fprintf(stderr, "scopes %u and %u\n", a, b);
				check_failed++;
				return;
			}
}

static void test_asked_for_and_excluded(void)
{
	struct rdb_scope scope = {LIST("shop.orders"), LIST("shop")};
	struct rdb_err err = {0};

	CHECK_INT(rdb_scope_check(&scope, &err), -EINVAL);
	CHECK(strstr(err.text, "shop.orders"));
	scope = (struct rdb_scope){LIST("shop"), LIST("shop.orders")};
	CHECK_INT(rdb_scope_check(&scope, &err), 0);
	CHECK(rdb_scope_has_database(&scope, "shop"));
	CHECK(!rdb_scope_has_database(&scope, "blog"));
	CHECK(!rdb_scope_excludes_database(&scope, "shop"));
	CHECK(!rdb_scope_has_table(&scope, "shop", "orders"));
	CHECK(!rdb_scope_covers(&scope, &everything));
	CHECK(rdb_scope_covers(&everything, &everything));
}

static void test_scope_as_text(void)
{
	struct rdb_scope scope = {LIST("shop", "blog.posts"), LIST("shop.log")};
	struct rdb_buf out = {0};

	CHECK_INT(rdb_scope_words(&everything, &out), 0);
	CHECK_STR(rdb_buf_cstr(&out), "everything");
	rdb_buf_clear(&out);
	CHECK_INT(rdb_scope_words(&scope, &out), 0);
	CHECK_STR(rdb_buf_cstr(&out), "shop, blog.posts but shop.log");
	rdb_buf_clear(&out);
	CHECK_INT(rdb_scope_format(&scope, &out), 0);
	CHECK_STR(rdb_buf_cstr(&out),
		"{\"only\":[\"shop\",\"blog.posts\"],\"except\":[\"shop.log\"]}");
	rdb_buf_free(&out);
}

/* ---- facts ---- */

static struct rdb_lineage *parse(const char *facts)
{
	struct rdb_lineage *lineage = NULL;
	struct rdb_err err = {0};

	CHECK_INT(rdb_lineage_parse(facts, &lineage, &err), 0);
	REQUIRE(lineage);
	return lineage;
}

static void test_parse(void)
{
	struct rdb_lineage *lineage =
		parse("{\"server\":\"2.4.4\",\"scope\":{\"only\":[\"shop\",\"blog.posts\"],"
		      "\"except\":[\"sh\\u006fp.log\"]},\"cluster\":[\"2\",\"1\"],\"tables\":[]}");

	CHECK_INT(lineage->scope.only_count, 2);
	CHECK_STR(lineage->scope.only[0], "blog.posts");
	CHECK_STR(lineage->scope.only[1], "shop");
	CHECK_INT(lineage->scope.except_count, 1);
	CHECK_STR(lineage->scope.except[0], "shop.log");
	CHECK_INT(lineage->database_count, 2);
	CHECK_STR(lineage->databases[0], "1");
	rdb_lineage_free(lineage);
}

static void test_parse_older_facts(void)
{
	static const char *const older[] = {"", "{}", "{\"tables\":[],\"databases\":[\"shop\"]}"};

	for (size_t i = 0; i < 3; i++) {
		struct rdb_lineage *lineage = parse(older[i]);
		CHECK(rdb_scope_covers(&lineage->scope, &everything));
		CHECK_INT(lineage->database_count, 0);
		rdb_lineage_free(lineage);
	}
}

/* Ignoring a malformed name would change the scope. */
static void test_parse_damaged_facts(void)
{
	static const char *const damaged[] = {"[]", "{", "{\"scope\":[]}", "{\"scope\":null}",
		"{\"scope\":{\"only\":[1]}}", "{\"scope\":{\"only\":\"shop\"}}",
		"{\"scope\":{\"only\":[\"\"]}}", "{\"scope\":{\"except\":[\"a\\u0000b\"]}}",
		"{\"scope\":{\"only\":[\"a\",]}}", "{\"cluster\":{}}", "{\"cluster\":[null]}",
		"{\"cluster\":[],\"cluster\":[]}"};

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct rdb_lineage *lineage = NULL;
		struct rdb_err err = {0};

		if (rdb_lineage_parse(damaged[i], &lineage, &err) != -EBADMSG) {
			fprintf(stderr, "%s\n", damaged[i]);
			check_failed++;
		}
		CHECK(!lineage && err.code == EBADMSG);
	}
}

static const struct rdb_lineage *add(struct rdb_lineages *all, const char *facts)
{
	const struct rdb_lineage *lineage;

	REQUIRE(rdb_lineages_add(all, parse(facts), &lineage) == 0);
	return lineage;
}

static void test_clusters(void)
{
	const struct rdb_lineage *a, *b, *c, *unknown;
	struct rdb_lineages all;

	rdb_lineages_init(&all);
	unknown = add(&all, "{}");
	a = add(&all, "{\"cluster\":[\"1\",\"2\"]}");
	b = add(&all, "{\"cluster\":[\"3\"],\"scope\":{\"only\":[\"x\"]}}");
	c = add(&all, "{\"cluster\":[\"4\",\"5\"]}");
	CHECK(add(&all, "{\"cluster\":[\"2\",\"1\"]}") == a);
	CHECK(add(&all, "{\"cluster\":[\"3\"]}") != b);
	CHECK_INT(rdb_lineages_cluster(&all, unknown), 0);
	CHECK(rdb_lineages_cluster(&all, a) != 0);
	CHECK(rdb_lineages_cluster(&all, a) != rdb_lineages_cluster(&all, b));
	CHECK(rdb_lineages_cluster(&all, b) != rdb_lineages_cluster(&all, c));
	/* A lineage with a database of both connects them: all three are one cluster. */
	add(&all, "{\"cluster\":[\"2\",\"3\"]}");
	CHECK_INT(rdb_lineages_cluster(&all, a), rdb_lineages_cluster(&all, b));
	CHECK(rdb_lineages_cluster(&all, a) != rdb_lineages_cluster(&all, c));
	rdb_lineages_destroy(&all);
}

int main(void)
{
	RUN(test_wider_scope_covers_narrower);
	RUN(test_covers_as_its_tables_do);
	RUN(test_asked_for_and_excluded);
	RUN(test_scope_as_text);
	RUN(test_parse);
	RUN(test_parse_older_facts);
	RUN(test_parse_damaged_facts);
	RUN(test_clusters);
	CHECK_EXIT();
}
