/*
 * Ethernet frames over a stream socket, as QEMU (`-netdev stream`) and passt speak: the length of each frame stands before
 * it, 4 bytes, big-endian, not counting themselves; the frame has no virtio_net_hdr. A side that breaks this, or closes its
 * end, ends the connection: the link goes down for good.
 */
#ifndef FATA_STREAM_H
#define FATA_STREAM_H

#include "tap.h"

/*
 * Connects to the socket that listens at `path`, without waiting.
 * Returns the descriptor, or -1 with the failure told.
 */
int stream_connect(const char *path, struct failure *failure);

/* Makes a connected stream socket, tap->fd, a network device's. `target` names it. Returns 0, or -1 with the failure told. */
int stream_use(struct tap *tap, const char *target, struct failure *failure);

/* As those of tap.h, for a tap with a stream. */
ssize_t stream_read(struct tap *tap, const struct iovec *pieces, int count);
ssize_t stream_write(struct tap *tap, const struct iovec *pieces, int count);
bool stream_flush(struct tap *tap);
bool stream_ahead(const struct tap *tap);
void stream_failed(struct tap *tap);

#endif
