#include "staging/staging_journal.h"

#include "base/formatted.h"
#include "cluster/staging_name.h"
#include "cluster/table.h"
#include "io/open_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_MAX 4096   /* bytes of the longest record */
#define NEW ".rdbfs_new_" /* prefix of the file name of a record that is being created */
#define NEW_FOR 3600      /* seconds after which a file with this prefix counts as abandoned */
#define BOOT_ID 40        /* bytes of the buffer for a UUID as text */

struct rdb_staging_journal {
	int dirfd;
	char boot[BOOT_ID];
};

/* ---- one record ---- */

int rdb_staging_record_format(const struct rdb_staging_record *record, struct rdb_buf *out)
{
	json_t *root = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:s*}", "cluster", record->cluster, "db",
		record->db, "table", record->table, "id", record->id, "boot", record->boot,
		"made_db", record->made_db, "before", record->before);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	int ret = text ? rdb_buf_puts(out, text) : -ENOMEM;

	free(text);
	json_decref(root);
	return ret;
}

static const char *text_of(const struct rdb_staging_record *record, const char *name)
{
	return json_string_value(json_object_get(record->root, name));
}

/* Returns true if the record has all required members, and identifies a table reliably. */
static bool is_valid(const struct rdb_staging_record *record)
{
	if (!record->cluster || !record->db || !record->table || !record->id ||
		strlen(record->id) >= RDB_TABLE_ID)
		return false;
	/* Without an id, accept only temporary names: another table may have the final name. */
	return record->id[0] || (rdb_staging_is(record->table) &&
					(!record->before || rdb_staging_is(record->before)));
}

int rdb_staging_record_parse(const char *text, size_t len, struct rdb_staging_record *out)
{
	/* Accept text after the JSON object, because a record is written over the previous record
	 * in the same file. The end of a longer previous record may remain after the JSON object.
	 */
	*out = (struct rdb_staging_record){
		.root = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL),
	};
	out->cluster = text_of(out, "cluster");
	out->db = text_of(out, "db");
	out->table = text_of(out, "table");
	out->before = text_of(out, "before");
	out->id = text_of(out, "id");
	out->boot = text_of(out, "boot");
	out->boot = out->boot ? out->boot : "";
	out->made_db = json_is_true(json_object_get(out->root, "made_db"));
	if (is_valid(out))
		return 0;
	rdb_staging_record_free(out);
	return -EINVAL;
}

void rdb_staging_record_free(struct rdb_staging_record *record)
{
	json_decref(record->root);
	*record = (struct rdb_staging_record){0};
}

bool rdb_staging_record_is_doubtful(const struct rdb_staging_record *record, const char *boot)
{
	/* Return true for a record from an earlier or unknown boot, because a crash of the machine
	 * can bring back a complete table's deleted record. Return false for a temporary name,
	 * because a table with a temporary name is never complete. */
	return !rdb_staging_is(record->table) &&
	       (!record->boot[0] || strcmp(record->boot, boot) != 0);
}

/* ---- the folder ---- */

static int open_folder(const char *path)
{
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void read_boot(char boot[BOOT_ID])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, boot, BOOT_ID - 1);

	boot[len > 0 ? len : 0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

int rdb_staging_journal_open(const char *dir, struct rdb_staging_journal **out)
{
	struct rdb_staging_journal *journal = calloc(1, sizeof(*journal));
	int ret;

	if (!journal)
		return -ENOMEM;
	journal->dirfd = open_folder(dir);
	if (journal->dirfd < 0) {
		ret = journal->dirfd;
		free(journal);
		return ret;
	}
	read_boot(journal->boot);
	*out = journal;
	return 0;
}

void rdb_staging_journal_close(struct rdb_staging_journal *journal)
{
	if (!journal)
		return;
	close(journal->dirfd);
	free(journal);
}

const char *rdb_staging_journal_boot(const struct rdb_staging_journal *journal)
{
	return journal->boot;
}

/* ---- entries ---- */

int rdb_staging_entry_write(
	const struct rdb_staging_entry *entry, const struct rdb_staging_record *record)
{
	struct rdb_buf text = {0};
	int ret = rdb_staging_record_format(record, &text);

	if (ret == 0 && pwrite(entry->fd, text.data, text.len, 0) != (ssize_t)text.len)
		ret = -EIO;
	rdb_buf_free(&text);
	return ret;
}

static int write_new(const struct rdb_staging_journal *journal, const char *name,
	const struct rdb_staging_record *record, struct rdb_staging_entry *entry)
{
	entry->fd = openat(
		journal->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (entry->fd < 0)
		return -errno;
	if (flock(entry->fd, LOCK_EX | LOCK_NB) != 0)
		return -errno;
	return rdb_staging_entry_write(entry, record);
}

static int name_entry(struct rdb_staging_entry *entry, const char *table, uint64_t number)
{
	const char *before = rdb_staging_is(table) ? "" : RDB_STAGING_PREFIX "inplace_";

	entry->file = rdb_formatted("%s%.100s.%016" PRIx64, before, table, number);
	return entry->file ? 0 : -ENOMEM;
}

/* Creates a record's file under the temporary name in "fresh". Locks the file before the rename to
 * entry->file, because other processes treat an unlocked record as orphaned. */
static int add_new(struct rdb_staging_journal *journal, const struct rdb_staging_record *record,
	const char *fresh, struct rdb_staging_entry *entry)
{
	int ret = write_new(journal, fresh, record, entry);

	if (ret == 0 && renameat(journal->dirfd, fresh, journal->dirfd, entry->file) != 0)
		ret = -errno;
	if (ret != 0 && entry->fd >= 0)
		unlinkat(journal->dirfd, fresh, 0);
	return ret;
}

int rdb_staging_journal_add(struct rdb_staging_journal *journal,
	const struct rdb_staging_record *record, struct rdb_staging_entry *out)
{
	struct rdb_staging_entry entry = {.journal = journal, .fd = -1};
	char fresh[64];
	uint64_t number;
	int ret;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -EIO;
	snprintf(fresh, sizeof(fresh), NEW "%016" PRIx64, number);
	ret = name_entry(&entry, record->table, number);
	if (ret == 0)
		ret = add_new(journal, record, fresh, &entry);
	if (ret == 0)
		*out = entry;
	else
		rdb_staging_entry_close(&entry);
	return ret;
}

int rdb_staging_entry_remove(const struct rdb_staging_entry *entry)
{
	bool voided, removed;

	if (!entry->journal)
		return 0;
	/* Empty the file before removing it, so that a process that has already opened the file
	 * reads no record. */
	voided = ftruncate(entry->fd, 0) == 0;
	removed = unlinkat(entry->journal->dirfd, entry->file, 0) == 0;
	return voided || removed ? 0 : -errno;
}

void rdb_staging_entry_close(struct rdb_staging_entry *entry)
{
	if (entry->journal && entry->fd >= 0)
		close(entry->fd);
	free(entry->file);
	*entry = (struct rdb_staging_entry){0};
}

/* ---- records of dead processes ---- */

/* Locks and reads the record file of a process that has ended. Returns -EBUSY if another process
 * has locked the file or removed the file. */
static int read_dead(int fd, struct rdb_staging_record *record, time_t *changed)
{
	char text[RECORD_MAX];
	struct stat st;
	ssize_t len;

	/* A running process keeps its record files locked. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &st) != 0 || st.st_nlink == 0)
		return -EBUSY;
	len = pread(fd, text, sizeof(text), 0);
	if (len <= 0)
		return -EINVAL;
	*changed = st.st_mtime;
	return rdb_staging_record_parse(text, (size_t)len, record);
}

static void look_at(
	struct rdb_staging_journal *journal, const char *name, rdb_staging_take *take, void *arg)
{
	struct rdb_staging_entry entry = {.journal = journal};
	struct rdb_staging_record record;
	bool taken = false;
	time_t changed;

	entry.fd = openat(journal->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (entry.fd < 0)
		return;
	entry.file = strdup(name);
	if (entry.file && read_dead(entry.fd, &record, &changed) == 0) {
		taken = take(arg, &record, &entry, changed);
		rdb_staging_record_free(&record);
	}
	if (!taken)
		rdb_staging_entry_close(&entry);
}

/* Removes an unfinished record that is older than NEW_FOR seconds. Writing a record needs far less
 * time, so the process that began this record has ended. */
static void clear_new(const struct rdb_staging_journal *journal, const char *name)
{
	struct stat st;

	if (fstatat(journal->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		st.st_mtime < time(NULL) - NEW_FOR)
		unlinkat(journal->dirfd, name, 0);
}

void rdb_staging_journal_each_dead(
	struct rdb_staging_journal *journal, rdb_staging_take *take, void *arg)
{
	DIR *dir = rdb_open_dir(journal->dirfd, ".");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (rdb_staging_is(entry->d_name))
			look_at(journal, entry->d_name, take, arg);
		else if (strncmp(entry->d_name, NEW, strlen(NEW)) == 0)
			clear_new(journal, entry->d_name);
	closedir(dir);
}
