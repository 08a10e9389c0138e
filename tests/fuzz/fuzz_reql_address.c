/* Fuzzes addresses as users write them. */
#include "reql/address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_address address;
	struct rdb_err err = {0};
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (rdb_address_parse(text, &address, &err) != 0) {
		if (!err.text[0])
			abort();
	} else if (!address.host[0] || address.port == 0) {
		abort();
	}
	free(text);
	return 0;
}
