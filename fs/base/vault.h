/*
 * Memory for passwords: excluded from core dumps, and overwritten before it is freed. Each
 * allocation uses whole pages, so allocations should be few and small. Any thread may call.
 */
#ifndef RDB_BASE_VAULT_H
#define RDB_BASE_VAULT_H

#include <stddef.h>

/* Returns zeroed memory, aligned like malloc's; NULL when out of memory. */
void *rdb_vault_alloc(size_t size);

/* Returns a copy of text; NULL when out of memory. */
char *rdb_vault_dup(const char *text);

/* Accepts NULL. */
void rdb_vault_free(void *memory);

#endif
