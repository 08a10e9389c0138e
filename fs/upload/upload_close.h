/* Close of a file in restore/, which the kernel sends for each descriptor of the file. */
#ifndef RDB_UPLOAD_UPLOAD_CLOSE_H
#define RDB_UPLOAD_UPLOAD_CLOSE_H

#include "upload/uploads.h"

/*
 * Called when one descriptor of the file is closed. Cancels the upload if the writing program was
 * interrupted or killed, or exits before its transfer is finished. If the file is probably still
 * open in another descriptor, only answers the request. Otherwise finishes the upload, and then
 * answers the request.
 */
void rdb_upload_close(struct rdb_upload *upload, fuse_req_t req);

#endif
