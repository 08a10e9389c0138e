/*
 * Memory for passwords: left out of core dumps, and overwritten before it is given back. Each
 * piece takes pages of its own, so this is for few and small ones. Any thread may call.
 */
#ifndef RDB_BASE_VAULT_H
#define RDB_BASE_VAULT_H

#include <stddef.h>

/* Zeroed, aligned as malloc's; NULL without memory. */
void *rdb_vault_alloc(size_t size);

/* A copy of text. NULL without memory. */
char *rdb_vault_dup(const char *text);

/* NULL is nothing. */
void rdb_vault_free(void *memory);

#endif
