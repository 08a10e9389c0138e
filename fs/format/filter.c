#include "format/filter.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#define INPUT_SIZE (128 * 1024)

struct filter {
	struct rdb_decoder decoder;
	struct rdb_source *source;
	enum rdb_format format;
	struct archive *archive; /* NULL until the first read */
	uint64_t offset;
	uint64_t source_offset;
	bool at_end;          /* the source was read to its end */
	struct rdb_err error; /* the first error; returned by all later reads */
	char input[INPUT_SIZE];
};

static int support(struct archive *archive, enum rdb_format format)
{
	switch (format) {
	case RDB_FORMAT_ZSTD:
		return archive_read_support_filter_zstd(archive);
	case RDB_FORMAT_XZ:
		return archive_read_support_filter_xz(archive);
	case RDB_FORMAT_BZIP2:
		return archive_read_support_filter_bzip2(archive);
	case RDB_FORMAT_LZ4:
		return archive_read_support_filter_lz4(archive);
	default:
		return ARCHIVE_FATAL;
	}
}

static struct filter *filter_of(const struct rdb_decoder *decoder)
{
	return (struct filter *)(uintptr_t)decoder;
}

static void filter_close(struct rdb_decoder *decoder)
{
	struct filter *filter = filter_of(decoder);

	if (filter->archive)
		archive_read_free(filter->archive);
	free(filter);
}

static int filter_rewind(struct rdb_decoder *decoder, struct rdb_err *err)
{
	struct filter *filter = filter_of(decoder);

	if (filter->archive)
		archive_read_free(filter->archive);
	rdb_err_clear(&filter->error);
	filter->offset = 0;
	filter->source_offset = 0;
	filter->at_end = false;
	filter->archive = archive_read_new();
	if (!filter->archive)
		return rdb_err_sys(err, ENOMEM, "decoder");
	/* Accept only ARCHIVE_OK, because ARCHIVE_WARN means that libarchive would run an external
	 * program. */
	if (support(filter->archive, filter->format) != ARCHIVE_OK)
		return rdb_err_set(err, ENOTSUP, "this libarchive can't read that compression");
	archive_read_support_format_raw(filter->archive);
	return 0;
}

static uint64_t filter_offset(const struct rdb_decoder *decoder)
{
	return filter_of(decoder)->offset;
}

static uint64_t filter_source_offset(const struct rdb_decoder *decoder)
{
	return filter_of(decoder)->source_offset;
}

static la_ssize_t feed(struct archive *archive, void *arg, const void **data)
{
	struct filter *filter = arg;
	ssize_t n = rdb_source_pread(
		filter->source, filter->input, INPUT_SIZE, filter->source_offset, &filter->error);

	if (n < 0) {
		archive_set_error(archive, EIO, "read error");
		return ARCHIVE_FATAL;
	}
	filter->source_offset += (uint64_t)n;
	filter->at_end = n == 0;
	*data = filter->input;
	return n;
}

static int fail(struct filter *filter)
{
	const char *words = archive_error_string(filter->archive);

	if (filter->error.code)
		return -filter->error.code; /* the source has set the text of filter->error */
	if (filter->at_end)
		return rdb_err_set(&filter->error, ENODATA, "the archive is cut short: %s",
			words ? words : "unknown error");
	return rdb_err_set(&filter->error, EBADMSG,
		"the compressed data is damaged before byte %llu: %s",
		(unsigned long long)filter->source_offset, words ? words : "unknown error");
}

/* Opens libarchive's reader at the first frame that is not skippable, because libarchive does not
 * recognise lz4 data after skippable frames. */
static int begin(struct filter *filter)
{
	struct archive_entry *entry;
	int ret;

	if (filter->source_offset > 0)
		return 0;
	ret = rdb_format_begin(filter->source, &filter->source_offset, &filter->error);
	if (ret != 0)
		return ret;
	if (archive_read_open(filter->archive, filter, NULL, feed, NULL) != ARCHIVE_OK ||
		archive_read_next_header(filter->archive, &entry) != ARCHIVE_OK)
		return fail(filter);
	return 0;
}

static ssize_t filter_read(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err)
{
	struct filter *filter = filter_of(decoder);
	size_t done = 0;

	if (!filter->error.code)
		begin(filter);
	while (done < len && !filter->error.code) {
		la_ssize_t n = archive_read_data(filter->archive, (char *)buf + done, len - done);
		if (n == 0)
			break;
		if (n < 0)
			fail(filter);
		else
			done += (size_t)n;
	}
	filter->offset += done;
	if (done > 0 || !filter->error.code)
		return (ssize_t)done;
	if (err)
		*err = filter->error;
	return -filter->error.code;
}

static const struct rdb_decoder_ops filter_ops = {
	.read = filter_read,
	.offset = filter_offset,
	.source_offset = filter_source_offset,
	.rewind = filter_rewind,
	.member = rdb_decoder_no_member,
	.crc = rdb_decoder_no_crc,
	.garbage = rdb_decoder_no_garbage,
	.close = filter_close,
};

int rdb_filter_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	int ret;

	if (!filter)
		return rdb_err_sys(err, ENOMEM, "decoder");
	filter->decoder.ops = &filter_ops;
	filter->source = source;
	filter->format = format;
	ret = filter_rewind(&filter->decoder, err);
	if (ret != 0) {
		filter_close(&filter->decoder);
		return ret;
	}
	*out = &filter->decoder;
	return 0;
}
