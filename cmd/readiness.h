/* Reports the program's state to systemd (Type=notify). */
#ifndef RDB_CMD_READINESS_H
#define RDB_CMD_READINESS_H

/* Sends a state such as "READY=1" or "STOPPING=1" to systemd (sd_notify(3)). Returns 0 or a
 * negative errno. Without systemd, does nothing and returns 0. */
int rdb_notify(const char *state);

#endif
