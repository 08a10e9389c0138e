#include "archive/archive_private.h"

#include "archive/folder.h"
#include "stream/block.h"

#include <errno.h>
#include <stdlib.h>

struct rdb_reader {
	struct rdb_archive *archive;
	bool awaits; /* counted in archive->awaited */
	bool parts;  /* rdb_reader_accept_parts() was called */
	struct rdb_member member;
	uint64_t offset;         /* offset of the member's data in the content */
	struct rdb_source *file; /* source of uncompressed data; NULL if compressed */
	bool owns_file;
	atomic_bool unopened; /* the file of a table in a folder could not be opened */
	unsigned failures;    /* failures of the source before the reader was opened */

	pthread_mutex_t lock; /* guards the fields below */
	unsigned run;         /* number of sequential reads up to the last read */
	uint64_t begin;       /* offset where the sequential reads began */
	uint64_t end;         /* offset where the sequential reads end */
	uint64_t decoded;     /* content offset up to which decoded bytes are in memory */
};

/* Returns true if the table's last bytes must wait for the verification of the archive. */
static bool is_held_back(const struct rdb_reader *reader)
{
	const struct rdb_archive *archive = reader->archive;

	return archive->env->verify == RDB_VERIFY_STRICT && !archive->env->allow_damaged &&
	       archive->content.index && !reader->file && !archive->checked;
}

int rdb_reader_open(struct rdb_archive *archive, uint32_t number, struct rdb_reader **out)
{
	struct rdb_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	if (rdb_catalog_get(archive->catalog, number, &reader->member, &reader->offset) != 0) {
		free(reader);
		return -ENOMEM;
	}
	reader->archive = rdb_archive_ref(archive);
	pthread_mutex_init(&reader->lock, NULL);
	if (archive->content.source && archive->content.format == RDB_FORMAT_PLAIN)
		reader->file = archive->content.source;
	if (archive->content.source)
		reader->failures = atomic_load(&archive->content.source->failures);
	reader->awaits = is_held_back(reader);
	if (reader->awaits)
		rdb_archive_await(archive);
	*out = reader;
	return 0;
}

void rdb_reader_accept_parts(struct rdb_reader *reader)
{
	reader->parts = true;
}

bool rdb_reader_source_failed(const struct rdb_reader *reader)
{
	struct rdb_source *source = reader->archive->content.source;

	if (atomic_load(&reader->unopened))
		return true;
	if (!source)
		source = reader->file;
	return source && atomic_load(&source->failures) != reader->failures;
}

static uint64_t content_end(const struct rdb_reader *reader)
{
	return reader->offset + reader->member.size;
}

void rdb_reader_close(struct rdb_reader *reader)
{
	if (!reader)
		return;
	if (reader->owns_file)
		rdb_source_close(reader->file);
	else if (!reader->file && reader->archive->content.source)
		rdb_stream_abandon(&reader->archive->content, reader->offset, content_end(reader));
	if (reader->awaits)
		rdb_archive_end_await(reader->archive);
	rdb_archive_unref(reader->archive);
	pthread_mutex_destroy(&reader->lock);
	free(reader);
}

static int check_verified(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_err *err)
{
	struct rdb_archive *archive = reader->archive;
	enum rdb_archive_state state;
	bool failed;

	if (off + len < reader->member.size || !is_held_back(reader))
		return 0;
	pthread_mutex_lock(&archive->lock);
	state = archive->state;
	failed = state == RDB_ARCHIVE_UNREADABLE || state == RDB_ARCHIVE_UNREACHABLE;
	if (failed && err)
		*err = archive->outcome.error;
	pthread_mutex_unlock(&archive->lock);
	if (failed)
		return -EIO;
	return state == RDB_ARCHIVE_UNVERIFIED || state == RDB_ARCHIVE_SCANNING ? -EAGAIN : 0;
}

static int check_checksum(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_err *err)
{
	struct rdb_archive *archive = reader->archive;
	uint64_t end = reader->offset + reader->member.size;

	if (archive->env->allow_damaged || (reader->parts && archive->checked) ||
		off + len < reader->member.size || !archive->content.index ||
		!rdb_index_is_damaged(archive->content.index, reader->offset, end))
		return 0;
	return rdb_err_set(err, EIO,
		"%s/%s/%s: some of its bytes may be wrong, because the archive is damaged; mount "
		"with -o allow-damaged to read the table to its end nevertheless",
		archive->name, reader->member.db, reader->member.file);
}

static int open_file(struct rdb_reader *reader, struct rdb_err *err)
{
	int ret;

	if (reader->file)
		return 0;
	ret = rdb_folder_open(
		reader->archive->dirfd, reader->archive->name, &reader->member, &reader->file, err);
	reader->owns_file = ret == 0;
	if (ret == -EIO)
		atomic_store(&reader->unopened, true);
	return ret;
}

static int read_file(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out,
	struct rdb_err *err)
{
	struct rdb_block *block;
	int ret = open_file(reader, err);
	ssize_t n;

	if (ret != 0)
		return ret;
	block = rdb_block_create(len);
	if (!block)
		return rdb_err_sys(err, ENOMEM, "%s", reader->archive->name);
	n = rdb_source_pread(reader->file, block->data, len, reader->offset + off, err);
	if (n < 0) {
		rdb_block_unref(block);
		return n == -ENOMEM ? -ENOMEM : -EIO;
	}
	rdb_read_block(out, block, (size_t)n);
	return 0;
}

/* ---- archives ---- */

/* Returns true if two offsets may belong to one sequential read. Tolerates a few MiB, because the
 * kernel's read-ahead requests can arrive out of order. */
static bool is_near(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) <= 2 * RDB_READ_MAX;
}

static void record_read(struct rdb_reader *reader, uint64_t off, size_t len)
{
	uint64_t end = reader->offset + off + len;

	pthread_mutex_lock(&reader->lock);
	if (!is_near(reader->end, end - len))
		reader->run = 0;
	if (reader->run == 0)
		reader->begin = end - len;
	if (reader->run == 0 || end > reader->end)
		reader->end = end;
	reader->run++;
	pthread_mutex_unlock(&reader->lock);
}

static void record_decoded(struct rdb_reader *reader, uint64_t decoded)
{
	pthread_mutex_lock(&reader->lock);
	reader->decoded = decoded;
	pthread_mutex_unlock(&reader->lock);
}

static int confirm(struct rdb_reader *reader, struct rdb_stream *stream, struct rdb_read *read,
	struct rdb_err *err)
{
	int ret;

	if (reader->archive->env->allow_damaged)
		return 0;
	ret = rdb_stream_confirm(stream, reader->offset + reader->member.size, err);
	if (ret != 0)
		rdb_read_done(read);
	return ret;
}

/* Waits for the bytes that a running scan will decode, and stores the bytes in *out. Returns false
 * if the reader must decode the bytes itself. */
static bool follow_scan(struct rdb_reader *reader, uint64_t place, size_t len, struct rdb_read *out)
{
	struct rdb_archive *archive = reader->archive;
	bool followed;

	if (!rdb_stream_has_leader(&archive->content, place))
		return false;
	rdb_archive_await(archive);
	followed = rdb_stream_follow(&archive->content, place, len, out);
	rdb_archive_end_await(archive);
	return followed;
}

static int read_stream(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out,
	struct rdb_err *err)
{
	struct rdb_archive *archive = reader->archive;
	uint64_t place = reader->offset + off;
	bool at_end = off + len == reader->member.size;
	struct rdb_stream *stream;
	int ret;

	if (!at_end && rdb_stream_ready(&archive->content, place, len, out)) {
		record_read(reader, off, len);
		return 0;
	}
	if (follow_scan(reader, place, len, out)) {
		record_read(reader, off, len);
		record_decoded(reader, UINT64_MAX); /* the scan decodes ahead for the reader */
		return 0;
	}
	ret = rdb_stream_acquire(&archive->content, place, len, &stream, err);
	if (ret == 0) {
		ret = rdb_stream_read(stream, place, len, out, err);
		if (ret == 0 && at_end)
			ret = confirm(reader, stream, out, err);
		rdb_stream_release(stream);
	}
	if (ret == 0) {
		record_read(reader, off, len);
		record_decoded(reader, rdb_stream_reach(&archive->content, place));
	}
	if (ret != 0 && ret != -ENOMEM && archive->checked)
		rdb_archive_scan(archive, false); /* let the scan find all damage */
	return ret == 0 || ret == -ENOMEM ? ret : -EIO;
}

bool rdb_reader_ready(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out)
{
	struct rdb_archive *archive = reader->archive;
	uint64_t size = reader->member.size;

	*out = (struct rdb_read){0};
	if (archive->dirfd >= 0 || reader->file || len > RDB_READ_MAX || off >= size ||
		len >= size - off)
		return false;
	if (!rdb_stream_ready(&archive->content, reader->offset + off, len, out))
		return false;
	record_read(reader, off, len);
	return true;
}

/* ---- ahead ---- */

#define RUN 3                      /* sequential reads after which read-ahead starts */
#define LONG_RUN (4 * 1024 * 1024) /* sequential bytes that count as a long range */
#define LONG_START (1024 * 1024)   /* bytes from a table's start that count as a long range */

size_t rdb_reader_lead(struct rdb_reader *reader)
{
	size_t lead = SIZE_MAX;

	pthread_mutex_lock(&reader->lock);
	if (reader->run >= RUN && reader->decoded < content_end(reader))
		lead = reader->decoded > reader->end ? (size_t)(reader->decoded - reader->end) : 0;
	pthread_mutex_unlock(&reader->lock);
	return lead;
}

void rdb_reader_ahead(struct rdb_reader *reader)
{
	struct rdb_archive *archive = reader->archive;
	uint64_t end, decoded;

	pthread_mutex_lock(&reader->lock);
	end = reader->end;
	pthread_mutex_unlock(&reader->lock);
	decoded = rdb_stream_ahead(&archive->content, end, content_end(reader));
	pthread_mutex_lock(&reader->lock);
	reader->decoded = decoded;
	if (decoded == 0)
		reader->run = 0; /* the reader's stream was evicted or has reached its end */
	pthread_mutex_unlock(&reader->lock);
}

/* ---- beside that ---- */

/* Returns true if the reader's sequential reads have covered so many bytes that further sequential
 * reads are probable. Sets *end to the content offset where the sequential reads end. */
static bool is_long(struct rdb_reader *reader, uint64_t *end)
{
	bool is;

	pthread_mutex_lock(&reader->lock);
	is = reader->run >= RUN &&
	     reader->end - reader->begin >=
		     (reader->begin == reader->offset ? LONG_START : LONG_RUN);
	*end = reader->end;
	pthread_mutex_unlock(&reader->lock);
	return is;
}

bool rdb_reader_can_help(struct rdb_reader *reader)
{
	struct rdb_archive *archive = reader->archive;
	uint64_t end;

	return archive->content.index && !reader->file && is_long(reader, &end) &&
	       rdb_stream_can_help(&archive->content, end, content_end(reader));
}

bool rdb_reader_help(struct rdb_reader *reader)
{
	struct rdb_archive *archive = reader->archive;
	uint64_t end;

	return archive->content.index && !reader->file && is_long(reader, &end) &&
	       rdb_stream_help(&archive->content, end, content_end(reader));
}

/* ---- reading ---- */

int rdb_reader_read(struct rdb_reader *reader, uint64_t off, size_t len, struct rdb_read *out,
	struct rdb_err *err)
{
	uint64_t size = reader->member.size;
	int ret;

	*out = (struct rdb_read){0};
	if (off >= size || len == 0)
		return 0;
	if (len > RDB_READ_MAX)
		len = RDB_READ_MAX;
	if (len > size - off)
		len = (size_t)(size - off);
	ret = check_verified(reader, off, len, err);
	if (ret == 0)
		ret = check_checksum(reader, off, len, err);
	if (ret == 0 && (reader->archive->dirfd >= 0 || reader->file))
		ret = read_file(reader, off, len, out, err);
	else if (ret == 0)
		ret = read_stream(reader, off, len, out, err);
	if (ret != 0 || out->len == len)
		return ret;
	rdb_read_done(out);
	return rdb_err_set(err, EIO, "%s/%s/%s: the archive ends within this table",
		reader->archive->name, reader->member.db, reader->member.file);
}
