/* Reports the program's state to systemd (Type=notify). */
#ifndef RDB_CMD_READINESS_H
#define RDB_CMD_READINESS_H

/* Sends a state such as "READY=1" or "STOPPING=1" (sd_notify(3)). Returns 0, also without systemd,
 * or a negative errno. */
int rdb_notify(const char *state);

#endif
