#include "backup/backup_node.h"
#include "mount/inode.h"
#include "unit/check.h"

#include <errno.h>

static int held; /* nodes that tables hold */

static void hold(const struct rdb_node *node)
{
	(void)node;
	held++;
}

static void release(const struct rdb_node *node)
{
	(void)node;
	held--;
}

static const struct rdb_node_ops plain_ops = {.type = S_IFREG, .hold = hold, .release = release};

static struct rdb_inodes *new_inodes(void)
{
	struct rdb_inodes *inodes;

	REQUIRE(rdb_inodes_create(&inodes) == 0);
	return inodes;
}

static void test_a_node_stays_until_its_lookups_are_forgotten(void)
{
	struct rdb_inodes *inodes = new_inodes();
	struct rdb_node node = {.ino = 1000, .ops = &plain_ops}, out;

	CHECK(!rdb_inodes_get(inodes, 1000, &out));
	for (int i = 0; i < 3; i++)
		CHECK_INT(rdb_inodes_enter(inodes, &node), 0);
	CHECK_INT(held, 1);
	rdb_inodes_forget(inodes, 1000, 2);
	CHECK(rdb_inodes_get(inodes, 1000, &out));
	CHECK_INT(out.ino, 1000);
	rdb_inodes_forget(inodes, 1000, 1);
	CHECK(!rdb_inodes_get(inodes, 1000, &out));
	CHECK_INT(held, 0);
	rdb_inodes_destroy(inodes);
}

static void test_forgetting_what_is_not_there_does_nothing(void)
{
	struct rdb_inodes *inodes = new_inodes();
	struct rdb_node node = {.ino = 1000, .ops = &plain_ops};

	rdb_inodes_forget(inodes, 7, 1);
	CHECK_INT(rdb_inodes_enter(inodes, &node), 0);
	rdb_inodes_forget(inodes, 1000, 99);
	CHECK_INT(held, 0);
	rdb_inodes_forget(inodes, 1000, 1);
	rdb_inodes_destroy(inodes);
}

/* A million documents of a table are kept as one node, with the lookups of all. */
static void test_a_million_documents_of_a_table_are_one_node(void)
{
	static const struct rdb_node_ops family_ops = {
		.type = S_IFREG, .family = true, .hold = hold, .release = release};
	const fuse_ino_t first = RDB_INO_CHILD_BIT | (fuse_ino_t)7 << 32 | (RDB_INO_PLACE + 1);
	struct rdb_inodes *inodes = new_inodes();
	struct rdb_node node = {.ops = &family_ops, .own = &node}, out;

	for (node.ino = first + 10; node.ino < first + 10 + 1000000; node.ino++)
		REQUIRE(rdb_inodes_enter(inodes, &node) == 0);
	CHECK_INT(held, 1);
	CHECK(rdb_inodes_get(inodes, first + 500, &out));
	CHECK(out.ino == first + 500 && out.own == &node);
	CHECK(!rdb_inodes_get(inodes, (first + 500) ^ (fuse_ino_t)1 << 40, &out));
	rdb_inodes_forget(inodes, first + 10, 1);
	rdb_inodes_forget(inodes, first + 11, 999998);
	CHECK(rdb_inodes_get(inodes, first + 500, &out));
	rdb_inodes_forget(inodes, first + 500, 1);
	CHECK(!rdb_inodes_get(inodes, first + 500, &out));
	CHECK_INT(held, 0);
	rdb_inodes_destroy(inodes);
}

static void test_many_nodes_are_all_found(void)
{
	struct rdb_inodes *inodes = new_inodes();
	struct rdb_node node = {.ops = &plain_ops}, out;
	size_t missing = 0;

	for (uint64_t id = 1; id <= 100; id++) {
		for (uint64_t place = 0; place < 1000; place++) {
			node.ino = id << 32 | place;
			REQUIRE(rdb_inodes_enter(inodes, &node) == 0);
		}
	}
	CHECK_INT(held, 100000);
	for (uint64_t id = 1; id <= 100; id++)
		for (uint64_t place = 0; place < 1000; place++)
			missing += !rdb_inodes_get(inodes, id << 32 | place, &out) ||
				   out.ino != (id << 32 | place);
	CHECK_INT(missing, 0);
	for (uint64_t id = 1; id <= 100; id += 2)
		for (uint64_t place = 0; place < 1000; place++)
			rdb_inodes_forget(inodes, id << 32 | place, 1);
	CHECK_INT(held, 50000);
	CHECK(!rdb_inodes_get(inodes, (uint64_t)1 << 32, &out));
	CHECK(rdb_inodes_get(inodes, (uint64_t)2 << 32, &out));
	rdb_inodes_destroy(inodes);
}

/* ---- inode numbers and references ---- */

static struct rdb_backups *new_backups(void)
{
	const struct rdb_backups_config config = {.pool = NULL};
	struct rdb_backups *backups;

	REQUIRE(rdb_backups_create(&config, &backups) == 0);
	return backups;
}

static struct rdb_backup *get_backup(struct rdb_backups *backups, uint64_t id)
{
	const struct rdb_entry entry = {.id = id, .name = "a", .file = "a.tar.gz"};
	struct rdb_backup *backup;

	REQUIRE(rdb_backups_get(backups, &entry, &backup) == 0);
	return backup;
}

static void test_no_two_nodes_have_one_number(void)
{
	struct rdb_backups *backups = new_backups();
	struct rdb_backup *one = get_backup(backups, 1), *two = get_backup(backups, 2);
	struct rdb_database db = {.name = "blog", .number = 0};
	struct rdb_member member = {.db = "blog", .file = "a.json", .number = 0};
	fuse_ino_t inos[8] = {
		rdb_node_backup(one).ino,
		rdb_node_archive(one).ino,
		rdb_node_database(one, &db).ino,
		rdb_node_member(one, &member).ino,
	};

	member.number = db.number = UINT32_MAX / 2 - 2;
	inos[4] = rdb_node_database(one, &db).ino;
	inos[5] = rdb_node_member(one, &member).ino;
	inos[6] = rdb_node_backup(two).ino;
	inos[7] = rdb_node_archive(two).ino;
	for (int i = 0; i < 8; i++) {
		CHECK(inos[i] >= RDB_INO_FIRST);
		for (int j = 0; j < i; j++)
			CHECK(inos[i] != inos[j]);
	}
	CHECK_INT(inos[0], rdb_ino_backup(1));
	CHECK_INT(inos[1], rdb_ino_archive(1));
	rdb_backup_unref(one);
	rdb_backup_unref(two);
	rdb_backups_destroy(backups);
}

static void test_nodes_hold_their_backup(void)
{
	struct rdb_backups *backups = new_backups();
	struct rdb_inodes *inodes = new_inodes();
	struct rdb_backup *backup = get_backup(backups, 1);
	struct rdb_member member = {.db = "blog", .file = "a.json", .number = 3};
	struct rdb_node directory = rdb_node_backup(backup);
	struct rdb_node table = rdb_node_member(backup, &member);

	CHECK_INT(rdb_inodes_enter(inodes, &directory), 0);
	CHECK_INT(rdb_inodes_enter(inodes, &directory), 0);
	CHECK_INT(backup->refs, 2);
	CHECK_INT(backup->users, 0);
	CHECK_INT(rdb_inodes_enter(inodes, &table), 0);
	CHECK_INT(backup->refs, 3);
	CHECK_INT(backup->users, 1);
	rdb_inodes_forget(inodes, table.ino, 1);
	CHECK_INT(backup->users, 0);
	CHECK_INT(backup->refs, 2);
	rdb_inodes_destroy(inodes);
	CHECK_INT(backup->refs, 1);
	CHECK(rdb_backups_find(backups, 1) == backup);
	rdb_backup_unref(backup);
	rdb_backup_unref(backup);
	CHECK(rdb_backups_find(backups, 1) == NULL);
	rdb_backups_destroy(backups);
}

int main(void)
{
	RUN(test_a_node_stays_until_its_lookups_are_forgotten);
	RUN(test_forgetting_what_is_not_there_does_nothing);
	RUN(test_a_million_documents_of_a_table_are_one_node);
	RUN(test_many_nodes_are_all_found);
	RUN(test_no_two_nodes_have_one_number);
	RUN(test_nodes_hold_their_backup);
	CHECK_EXIT();
}
