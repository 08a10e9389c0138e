/* Fuzzes a gzip file, which is read in two ways, the second through saved states: the results must
 * be equal. */
#include "base/buf.h"
#include "gz/inflate.h"
#include "unit/memory_source.h"

#include <errno.h>

#define OUTPUT_MAX (1 << 20)

static int read_plain(struct rdb_source *source, struct rdb_buf *out)
{
	struct rdb_decoder *inflate;
	ssize_t n = 0;

	if (rdb_inflate_open(source, &inflate, NULL) != 0)
		abort();
	while (out->len < OUTPUT_MAX && rdb_buf_reserve(out, 4096) == 0 &&
		(n = inflate->ops->read(inflate, out->data + out->len, 4096, NULL)) > 0)
		out->len += (size_t)n;
	rdb_decoder_close(inflate);
	return (int)n;
}

static int read_by_states(struct rdb_source *source, struct rdb_buf *out)
{
	struct rdb_decoder *inflate;
	struct rdb_buf state = {0};
	ssize_t n = 0;

	if (rdb_inflate_open(source, &inflate, NULL) != 0)
		abort();
	while (out->len < OUTPUT_MAX && rdb_buf_reserve(out, 4096) == 0 &&
		(n = inflate->ops->read(inflate, out->data + out->len, 4096, NULL)) > 0) {
		out->len += (size_t)n;
		rdb_buf_clear(&state);
		if (out->len % 3 == 0 && inflate->ops->save(inflate, &state, NULL) == 0 &&
			inflate->ops->load(inflate, state.data, state.len, NULL) != 0)
			abort();
	}
	rdb_buf_free(&state);
	rdb_decoder_close(inflate);
	return (int)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_source *source = memory_source(data, size);
	struct rdb_buf plain = {0}, by_states = {0};
	int a = read_plain(source, &plain);
	int b = read_by_states(source, &by_states);

	if (a != b || plain.len != by_states.len)
		abort();
	/* Before damage the last bytes may be wrong (gz/inflate.h): a match that reaches back
	 * beyond the beginning reads what the library's state holds there. */
	if (a != -EILSEQ && plain.len && memcmp(plain.data, by_states.data, plain.len) != 0)
		abort();
	rdb_buf_free(&plain);
	rdb_buf_free(&by_states);
	rdb_source_close(source);
	return 0;
}
