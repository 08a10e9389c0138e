/*
 * Memory for passwords, excluded from core dumps where the system allows it, and overwritten before
 * it is freed. Each allocation uses whole pages. Any thread may call.
 */
#ifndef RDB_BASE_VAULT_H
#define RDB_BASE_VAULT_H

#include <stddef.h>

/* Returns zeroed memory with the alignment of malloc(), or NULL if memory is short. */
void *rdb_vault_alloc(size_t size);

/* Copies a string into memory that rdb_vault_free() overwrites before the memory is freed. Returns
 * the copy, or NULL if memory is short. */
char *rdb_vault_dup(const char *text);

/* Accepts NULL. */
void rdb_vault_free(void *memory);

#endif
