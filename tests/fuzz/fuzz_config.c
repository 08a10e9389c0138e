/* Fuzzes the options after -o (inputs that begin with "o") and the configuration file (all
 * others). */
#include "cmd/config.h"
#include "cmd/options.h"
#include "cmd/settings.h"
#include "cmd/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_settings settings;
	struct rdb_err err;
	char *text;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		abort();
	rdb_settings_init(&settings);
	if (data[0] == 'o')
		rdb_words_parse(text, &settings, &err);
	else
		rdb_config_parse((const char *)data + 1, size - 1, "config.json", &settings, &err);
	rdb_settings_free(&settings);
	free(text);
	return 0;
}
