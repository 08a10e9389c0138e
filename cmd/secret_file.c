#include "cmd/secret.h"

#include "base/byte_order_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the file to its end into "text". Reserves the buffer's full size before the first read,
 * because a buffer that grows would move the secret and leave copies of the secret in memory. */
int rdb_secret_read(int fd, struct rdb_buf *text, struct rdb_err *err)
{
	ssize_t n = 1;

	if (rdb_buf_reserve(text, RDB_SECRET_FILE_MAX + 1) != 0)
		return rdb_err_sys(err, ENOMEM, "secrets");
	while (n > 0 && text->len <= RDB_SECRET_FILE_MAX) {
		n = read(fd, text->data + text->len, RDB_SECRET_FILE_MAX + 1 - text->len);
		text->len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		return rdb_err_sys(err, errno, "reading");
	return text->len <= RDB_SECRET_FILE_MAX
		       ? 0
		       : rdb_err_set(err, EINVAL, "it is longer than 1 MiB");
}

void rdb_secret_wipe(struct rdb_buf *text)
{
	if (text->data)
		explicit_bzero(text->data, text->cap);
	rdb_buf_free(text);
}

void rdb_secret_free_memory(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static int check(const json_t *users, const json_error_t *where, struct rdb_err *err)
{
	const char *name;
	json_t *password;

	if (!users)
		return rdb_err_set(err, EINVAL, "line %d, column %d: %s", where->line,
			where->column, where->text);
	if (!json_is_object(users))
		return rdb_err_set(err, EINVAL, "it is not a JSON object");
	json_object_foreach((json_t *)users, name, password)
	{
		if (!json_is_string(password) || json_string_length(password) == 0)
			return rdb_err_set(
				err, EINVAL, "the password of \"%s\" is not a text", name);
	}
	return 0;
}

static int parse(const struct rdb_buf *text, json_t **out, struct rdb_err *err)
{
	const size_t mark = rdb_byte_order_mark(text->data, text->len);
	json_error_t where;
	int ret;

	json_set_alloc_funcs(malloc, rdb_secret_free_memory);
	*out = json_loadb(text->data + mark, text->len - mark, JSON_REJECT_DUPLICATES, &where);
	ret = check(*out, &where, err);
	if (ret == 0)
		return 0;
	json_decref(*out);
	*out = NULL;
	return ret;
}

int rdb_secret_users(const char *path, json_t **out, struct rdb_err *err)
{
	struct rdb_buf text = {0};
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return rdb_err_sys(err, errno, "%s", path);
	rdb_secret_warn(fd, path);
	ret = rdb_secret_read(fd, &text, err);
	close(fd);
	if (ret == 0)
		ret = parse(&text, out, err);
	rdb_secret_wipe(&text);
	if (ret != 0)
		rdb_err_prefix(err, "%s: ", path);
	return ret;
}
