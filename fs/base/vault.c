#include "base/vault.h"

#include "base/log.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

struct head {
	size_t size; /* number of mapped bytes, including the header */
} __attribute__((aligned(16)));

void *rdb_vault_alloc(size_t size)
{
	struct head *head;

	if (size > SIZE_MAX - sizeof(*head))
		return NULL;
	size += sizeof(*head);
	head = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (head == MAP_FAILED)
		return NULL;
	/* Only log a failure, because sandboxes may refuse the call. */
	if (madvise(head, size, MADV_DONTDUMP) != 0)
		rdb_log_debug("core dumps would include passwords: %s", strerror(errno));
	head->size = size;
	return head + 1;
}

char *rdb_vault_dup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = rdb_vault_alloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

void rdb_vault_free(void *memory)
{
	struct head *head;
	size_t size;

	if (!memory)
		return;
	head = (struct head *)memory - 1;
	size = head->size;
	explicit_bzero(head, size);
	munmap(head, size);
}
