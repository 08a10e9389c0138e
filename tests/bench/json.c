/*
 * How fast each piece of fs/json/ is, beside memcpy and ISA-L's inflate in the same run.
 * bench_json [FILE.json]: measures on a table's text, or on one it makes up.
 */
#include "base/buf.h"
#include "json/count.h"
#include "json/csv.h"
#include "json/response_text.h"
#include "json/split.h"

#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define SIZE (64u << 20)
#define PIECE (256u << 10)
#define ROUNDS 9

struct text {
	char *data;
	size_t len;
	struct rdb_buf packed;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void *must(void *memory)
{
	if (!memory)
		exit(1);
	return memory;
}

/* One document as Python's json.dumps writes it, about 500 bytes. */
static void make_document(struct rdb_buf *out, unsigned long id, bool small)
{
	static const char *const WORDS[] = {"lorem", "ipsum", "dolor", "sit", "amet", "gr\\u00fcn",
		"consectetur", "\\ud83d\\ude00", "adipiscing", "elit", "\\\"quoted\\\"", "sed"};

	rdb_buf_printf(out, "{\"id\": \"%08lx-%04lx\", \"n\": %d", id * 2654435761ul & 0xffffffff,
		id & 0xffff, rand());
	if (!small) {
		rdb_buf_printf(out, ", \"price\": %.15g, \"tags\": [\"a%d\", \"b%d\"], ",
			rand() / 1e4, rand() % 100, rand() % 100);
		rdb_buf_puts(
			out, "\"author\": {\"name\": \"Someone\", \"mail\": null}, \"text\": \"");
		for (int i = 0; i < 45; i++)
			rdb_buf_printf(out, "%s ", WORDS[(size_t)rand() % 12]);
		rdb_buf_printf(out,
			"\", \"at\": {\"$reql_type$\": \"TIME\", \"epoch_time\": %d.125, "
			"\"timezone\": \"+00:00\"}",
			rand());
	}
	rdb_buf_puts(out, "}");
}

static void make_text(struct text *text, bool small)
{
	struct rdb_buf out = {0};

	srand(1);
	rdb_buf_puts(&out, "[");
	for (unsigned long id = 0; out.len < SIZE; id++) {
		rdb_buf_puts(&out, id ? ",\n" : "\n");
		make_document(&out, id, small);
	}
	rdb_buf_puts(&out, "\n]\n");
	text->data = must(out.data);
	text->len = out.len;
}

static void read_text(struct text *text, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t room = 1u << 30;

	if (!file) {
		perror(path);
		exit(1);
	}
	text->data = must(malloc(room));
	text->len = fread(text->data, 1, room, file);
	fclose(file);
}

static void pack(struct text *text)
{
	z_stream z = {0};

	text->packed = (struct rdb_buf){0};
	if (deflateInit2(&z, 6, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
		rdb_buf_reserve(&text->packed, deflateBound(&z, text->len)) != 0)
		exit(1);
	z.next_in = (Bytef *)text->data;
	z.avail_in = (uInt)text->len;
	z.next_out = (Bytef *)text->packed.data;
	z.avail_out = (uInt)text->packed.cap;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		exit(1);
	text->packed.len = z.total_out;
	deflateEnd(&z);
}

static uint64_t sink;

static void run_memcpy(const struct text *text)
{
	static char to[PIECE];

	for (size_t at = 0; at + PIECE <= text->len; at += PIECE) {
		memcpy(to, text->data + at, PIECE);
		sink += (uint64_t)to[at % PIECE];
	}
}

/* The first scan of an archive: what is decompressed is counted while it is in the cache. */
static void inflate_text(const struct text *text, struct rdb_json_count *count)
{
	static unsigned char out[PIECE];
	struct inflate_state state;

	isal_inflate_init(&state);
	state.crc_flag = ISAL_DEFLATE;
	state.next_in = (uint8_t *)text->packed.data;
	state.avail_in = (uint32_t)text->packed.len;
	do {
		state.next_out = out;
		state.avail_out = sizeof(out);
		if (isal_inflate(&state) != ISAL_DECOMP_OK)
			exit(1);
		if (count)
			rdb_json_count_feed(
				count, (const char *)out, (size_t)(state.next_out - out));
		sink += out[0];
	} while (state.block_state != ISAL_BLOCK_FINISH);
}

static void run_inflate(const struct text *text)
{
	inflate_text(text, NULL);
}

static void run_inflate_count(const struct text *text)
{
	struct rdb_json_count count;

	rdb_json_count_init(&count);
	inflate_text(text, &count);
	sink += rdb_json_count_documents(&count);
}

static void count_with(const struct text *text, enum rdb_json_kernel kernel)
{
	struct rdb_json_count count;

	rdb_json_count_init(&count);
	if (rdb_json_scan_init_kernel(&count.scan, kernel) != 0)
		return;
	for (size_t at = 0; at < text->len; at += PIECE)
		rdb_json_count_feed(
			&count, text->data + at, text->len - at < PIECE ? text->len - at : PIECE);
	sink += rdb_json_count_documents(&count);
}

static void run_count_bytes(const struct text *text)
{
	count_with(text, RDB_JSON_BYTES);
}

static void run_count_sse2(const struct text *text)
{
	count_with(text, RDB_JSON_SSE2);
}

static void run_count_avx2(const struct text *text)
{
	count_with(text, RDB_JSON_AVX2);
}

static void run_count_avx512(const struct text *text)
{
	count_with(text, RDB_JSON_AVX512);
}

/* What a restore does: the text in pieces, each document read in one way or another. */
static void split_with(const struct text *text, const struct rdb_json_want *want)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	struct rdb_json_found found;

	rdb_json_split_init(&split, 0);
	for (size_t at = 0; at < text->len; at += PIECE) {
		rdb_json_split_feed(
			&split, text->data + at, text->len - at < PIECE ? text->len - at : PIECE);
		while (rdb_json_split_next(&split, &piece, NULL) == 1) {
			sink += piece.len;
			if (!want)
				continue;
			if (rdb_json_document(piece.data, piece.len, want, &found, NULL) != 0)
				exit(1);
			sink += found.key.len;
			if (want->wrap && want->wrap->len > 4 * PIECE)
				rdb_buf_clear(want->wrap);
		}
	}
	rdb_json_split_free(&split);
}

static void run_split(const struct text *text)
{
	split_with(text, NULL);
}

static void run_validate(const struct text *text)
{
	split_with(text, &(struct rdb_json_want){.object = true});
}

static void run_wrap(const struct text *text)
{
	struct rdb_buf out = {0};

	split_with(text,
		&(struct rdb_json_want){.object = true, .key = "id", .key_len = 2, .wrap = &out});
	rdb_buf_free(&out);
}

static void run_csv(const struct text *text)
{
	struct rdb_json_csv csv;
	struct rdb_json_piece piece;

	rdb_json_csv_init(&csv, ',', 0);
	for (size_t at = 0; at < text->len; at += PIECE) {
		rdb_json_csv_feed(
			&csv, text->data + at, text->len - at < PIECE ? text->len - at : PIECE);
		while (rdb_json_csv_next(&csv, &piece, NULL) == 1)
			sink += piece.len;
	}
	rdb_json_csv_free(&csv);
}

/* What a dump does: a response's documents out of its text, at most 4 MiB at once. */
static void run_response(const struct text *text)
{
	static const char head[] = "{\"t\":3,\"r\":", tail[] = ",\"n\":[]}";
	struct rdb_buf frame = {0};
	struct rdb_json_response response;
	struct text results = {.len = 4 << 20};

	while (text->data[results.len] != '\n')
		results.len--;
	if (rdb_buf_add(&frame, head, sizeof(head) - 1) ||
		rdb_buf_add(&frame, text->data, results.len - 1) || rdb_buf_putc(&frame, ']') ||
		rdb_buf_add(&frame, tail, sizeof(tail) - 1))
		exit(1);
	for (size_t done = 0; done < text->len; done += frame.len) {
		if (rdb_json_response(frame.data, frame.len, &response, NULL) != 0)
			exit(1);
		results.data = (char *)response.results.data;
		split_with(&results, NULL);
	}
	rdb_buf_free(&frame);
}

/* The best of some rounds: what the machine can do when nobody disturbs it. */
static void measure(const char *name, void (*run)(const struct text *), const struct text *text)
{
	double best = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		double begin = now(), took;

		run(text);
		took = now() - begin;
		best = took < best ? took : best;
	}
	printf("%-24s %8.0f MB/s\n", name, (double)text->len / best / 1e6);
}

static void measure_all(struct text *text, const char *name)
{
	printf("%s: %.1f MB\n", name, (double)text->len / 1e6);
	pack(text);
	measure("memcpy", run_memcpy, text);
	measure("ISA-L inflate", run_inflate, text);
	measure("ISA-L inflate and count", run_inflate_count, text);
	measure("count, bytes", run_count_bytes, text);
	measure("count, SSE2", run_count_sse2, text);
	measure("count, AVX2", run_count_avx2, text);
	measure("count, AVX-512", run_count_avx512, text);
	measure("split", run_split, text);
	measure("response and split", run_response, text);
	measure("split, validate", run_validate, text);
	measure("split, validate, wrap", run_wrap, text);
	rdb_buf_free(&text->packed);
	free(text->data);
}

static void measure_csv(void)
{
	struct rdb_buf out = {0};
	struct text text;

	rdb_buf_puts(&out, "id,title,\"quoted\",empty,number\n");
	while (out.len < SIZE)
		rdb_buf_printf(&out,
			"%08x-0000,a title of some words,\"with, \"\"quotes\"\"\",,%d\n", rand(),
			rand());
	text.data = must(out.data);
	text.len = out.len;
	printf("rows of about 70 bytes: %.1f MB\n", (double)text.len / 1e6);
	measure("CSV to documents", run_csv, &text);
	rdb_buf_free(&out);
}

int main(int argc, char **argv)
{
	struct text text;

	if (argc > 1) {
		read_text(&text, argv[1]);
		measure_all(&text, argv[1]);
		return 0;
	}
	make_text(&text, false);
	measure_all(&text, "documents of about 500 bytes");
	make_text(&text, true);
	measure_all(&text, "documents of about 45 bytes");
	measure_csv();
	return sink == 42;
}
