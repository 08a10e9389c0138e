#include "reql/address.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define SCHEME "rethinkdb://"
#define DEFAULT_PORT 28015

struct text {
	const char *at, *end;
};

static int invalid(struct rdb_err *err, const char *what)
{
	return rdb_err_set(err, EINVAL,
		"%s: an address is HOST, HOST:PORT, [IPV6]:PORT or "
		"rethinkdb://USER:PASSWORD@HOST:PORT",
		what);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int next_byte(struct text *text)
{
	int high, low;

	if (*text->at != '%')
		return (unsigned char)*text->at++;
	if (text->end - text->at < 3)
		return -1;
	high = hex(text->at[1]);
	low = hex(text->at[2]);
	text->at += 3;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static int decode(struct text text, char *out, size_t size, const char *what, struct rdb_err *err)
{
	size_t len = 0;
	int c;

	while (text.at < text.end) {
		c = next_byte(&text);
		if (c <= 0)
			return rdb_err_set(err, EINVAL,
				"the %s in the address has a %% that is not followed by two "
				"hexadecimal digits (a %% itself is %%25), or a NUL",
				what);
		if (len + 1 >= size)
			return rdb_err_set(err, EINVAL,
				"the %s in the address has more than %zu bytes", what, size - 1);
		out[len++] = (char)c;
	}
	out[len] = '\0';
	return 0;
}

static const char *find_last(struct text text, char c)
{
	return memrchr(text.at, c, (size_t)(text.end - text.at));
}

static const char *find_first(struct text text, char c)
{
	return memchr(text.at, c, (size_t)(text.end - text.at));
}

static int parse_user(struct text *text, struct rdb_address *out, struct rdb_err *err)
{
	const char *at = find_last(*text, '@'), *colon;
	struct text user = {text->at, at};
	int ret;

	if (!at)
		return 0;
	text->at = at + 1;
	colon = find_first(user, ':');
	if (colon) {
		struct text password = {colon + 1, at};
		user.end = colon;
		out->has_password = true;
		ret = decode(password, out->password, sizeof(out->password), "password", err);
		if (ret != 0)
			return ret;
	}
	return decode(user, out->user, sizeof(out->user), "user name", err);
}

static int parse_port(struct text text, struct rdb_address *out, struct rdb_err *err)
{
	unsigned port = 0;

	for (; text.at < text.end; text.at++) {
		if (*text.at < '0' || *text.at > '9')
			return invalid(err, "the port is not a number");
		port = port * 10 + (unsigned)(*text.at - '0');
		if (port > UINT16_MAX)
			return invalid(err, "the port is above 65535");
	}
	if (port == 0)
		return invalid(err, "the port is missing or 0");
	out->port = (uint16_t)port;
	out->has_port = true;
	return 0;
}

static bool host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._:%", c));
}

static int put_host(struct text host, struct rdb_address *out, struct rdb_err *err)
{
	size_t len = (size_t)(host.end - host.at);

	if (len == 0)
		return invalid(err, "the host is missing");
	if (len >= sizeof(out->host))
		return invalid(err, "the host name is too long");
	for (size_t i = 0; i < len; i++)
		if (!host_char(host.at[i]))
			return invalid(err, "the host has a character that no host name has");
	memcpy(out->host, host.at, len);
	out->host[len] = '\0';
	return 0;
}

/* Parses HOST[:PORT], and stores the host and the port in *out. An IPv6 address with a port must be
 * in brackets. */
static int parse_host(struct text text, struct rdb_address *out, struct rdb_err *err)
{
	struct text host = text;
	const char *colon;
	int ret;

	if (text.at < text.end && *text.at == '[') {
		host = (struct text){text.at + 1, find_first(text, ']')};
		if (!host.end)
			return invalid(err, "the ] is missing");
		colon = host.end + 1;
		if (colon < text.end && *colon != ':')
			return invalid(err, "only :PORT may follow the ]");
	} else {
		colon = find_first(text, ':');
		if (!colon || find_last(text, ':') != colon)
			colon = text.end;
		host.end = colon;
	}
	ret = put_host(host, out, err);
	if (ret != 0 || colon >= text.end)
		return ret;
	return parse_port((struct text){colon + 1, text.end}, out, err);
}

int rdb_address_parse(const char *text, struct rdb_address *out, struct rdb_err *err)
{
	struct text rest = {text, text + strlen(text)};
	int ret = 0;

	*out = (struct rdb_address){.port = DEFAULT_PORT};
	if (strncmp(text, SCHEME, strlen(SCHEME)) == 0) {
		rest.at += strlen(SCHEME);
		if (rest.end > rest.at && rest.end[-1] == '/')
			rest.end--;
		ret = parse_user(&rest, out, err);
	}
	if (ret == 0)
		ret = parse_host(rest, out, err);
	return ret;
}

int rdb_address_parse_host(const char *text, struct rdb_address *out, struct rdb_err *err)
{
	struct text host = {text, text + strlen(text)};

	if (host.end - host.at > 2 && *host.at == '[' && host.end[-1] == ']')
		host = (struct text){host.at + 1, host.end - 1};
	return put_host(host, out, err);
}
