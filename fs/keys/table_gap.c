#include "keys/table_gap.h"

#include <errno.h>
#include <string.h>

#define STEP ((size_t)64 * 1024) /* bytes that are read at once */

static size_t find_line(const struct rdb_read *read)
{
	size_t before = 0;

	for (int i = 0; i < read->count; i++) {
		const char *data = read->iov[i].iov_base;
		const char *end = memchr(data, '\n', read->iov[i].iov_len);
		if (end)
			return before + (size_t)(end - data) + 1;
		before += read->iov[i].iov_len;
	}
	return 0;
}

/* Moves *offset to the start of the next line, and returns 1. If no line ends before the offset
 * "to", moves *offset to "to", and returns 0. Returns a negative errno after a failure. */
static int search(
	struct rdb_reader *reader, uint64_t to, const struct rdb_cancel *cancel, uint64_t *offset)
{
	struct rdb_read read = {0};
	size_t line;
	int ret;

	while (*offset < to) {
		uint64_t left = to - *offset;
		if (rdb_cancel_fired(cancel))
			return -ECANCELED;
		ret = rdb_reader_read(
			reader, *offset, left < STEP ? (size_t)left : STEP, &read, NULL);
		if (ret != 0)
			return ret;
		line = find_line(&read);
		*offset += line ? line : read.len;
		ret = line ? 1 : read.len ? 0 : -EIO;
		rdb_read_done(&read);
		if (ret != 0)
			return ret;
	}
	return 0;
}

int rdb_table_gap_end(struct rdb_archive *archive, const struct rdb_member *member, uint64_t offset,
	const struct rdb_cancel *cancel, uint64_t *line)
{
	struct rdb_archive_facts facts;
	struct rdb_damaged_part part;
	struct rdb_reader *reader;
	int ret = rdb_archive_complete(archive, cancel, &facts);

	if (ret != 0 || !facts.checked)
		return ret;
	ret = rdb_reader_open(archive, member->number, &reader);
	if (ret != 0)
		return ret;
	rdb_reader_accept_parts(reader);
	while (ret == 0 && rdb_archive_member_damage(archive, member->number, offset, &part)) {
		struct rdb_damaged_part next = {.from = member->size};

		offset = part.to;
		(void)rdb_archive_member_damage(archive, member->number, offset, &next);
		ret = search(reader, next.from < member->size ? next.from : member->size, cancel,
			&offset);
		if (ret == 0 && next.from == member->size)
			break;
	}
	rdb_reader_close(reader);
	*line = offset;
	return ret == -EIO ? 0 : ret;
}
