#define _GNU_SOURCE
#include "stream.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "abi.h"
#include "sandbox.h"

/* What stands before a frame. */
#define PREFIX 4u

/* Longest frame: what a guest can take or send, without the header that this kind of connection does not have. */
#define LONGEST (FATA_NET_FRAME_MAX - FATA_VNET_HDR_SIZE)

/*
 * Bytes on their way in one direction: those from `begin` to `end`. Most bursts fit, so that one system call moves many
 * frames; a frame that came, or went, in part waits here for its rest. Pages that are never reached cost nothing.
 */
struct bytes {
  uint32_t begin, end;
  uint8_t at[PREFIX + LONGEST];
};

struct stream {
  struct bytes in, out;
  /* The last read has emptied the socket: the next one would only say so. */
  bool drained;
};

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

int stream_connect(const char *path, struct failure *failure) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct stat status;
  size_t length = strlen(path);
  if (length == 0) return FAIL(failure, "no socket is named; expected such as unix:/tmp/passt.socket");
  if (length >= sizeof address.sun_path)
    return FAIL(failure, "the path of a socket has at most %zu bytes, this one %zu; name it from its folder: cd FOLDER",
                sizeof address.sun_path - 1, length);
  memcpy(address.sun_path, path, length);
  /* A file that is no socket is refused here, for passt would delete it to make its own. */
  bool known = stat(path, &status) == 0;
  if (!known && (errno == ENOENT || errno == ENOTDIR))
    return FAIL(failure, "there is no socket %s; let passt listen there: passt --socket %s", path, path);
  if (known && !S_ISSOCK(status.st_mode))
    return FAIL(failure, "%s is not a socket; name one on which passt listens: passt --socket PATH", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return FAIL(failure, "cannot make a socket: %s", strerror(errno));
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  int error = errno;
  close(fd);
  switch (error) {
    case ECONNREFUSED:
      return FAIL(failure, "nobody listens on %s; let passt do so: passt --socket %s", path, path);
    case EACCES:
    case EPERM:
      return FAIL(failure, "you may not connect to %s; start passt as the same user: passt --socket PATH", path);
    case EPROTOTYPE:
      return FAIL(failure, "%s is not a stream socket; name one on which passt listens: passt --socket PATH", path);
    case EAGAIN:
      return FAIL(failure, "who listens on %s takes no connection now; start another: passt --socket PATH", path);
    default:
      return FAIL(failure, "cannot connect to %s: %s", path, strerror(error));
  }
}

int stream_use(struct tap *tap, const char *target, struct failure *failure) {
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  if (getpeername(tap->fd, (struct sockaddr *)&peer, &size) < 0)
    return FAIL(failure, "stream socket %s is not connected; the parent process must connect it", target);
  tap->stream = calloc(1, sizeof *tap->stream);
  if (!tap->stream) return FAIL(failure, "no memory for the frames of %s", target);
  tap->socket = SOCK_STREAM;
  return 0;
}

/* ---- Receiving --------------------------------------------------------------------------------------------------- */

static ssize_t over(struct tap *tap) {
  tap->gone = true;
  tap->up = false;
  tap->stream->in.begin = tap->stream->in.end = 0;
  tap->stream->out.begin = tap->stream->out.end = 0;
  return TAP_DROPPED;
}

/* The length that stands before the next frame; only where its bytes are there. */
static uint32_t announced(const struct bytes *in) {
  uint32_t length;
  memcpy(&length, in->at + in->begin, PREFIX);
  return be32toh(length);
}

bool stream_ahead(const struct tap *tap) {
  const struct bytes *in = &tap->stream->in;
  uint32_t have = in->end - in->begin;
  return have >= PREFIX && announced(in) <= have - PREFIX;
}

/* Takes out the next frame, which is there as a whole. */
static ssize_t take(struct bytes *in, const struct iovec *pieces, int count) {
  uint32_t length = announced(in), done = 0;
  const uint8_t *frame = in->at + in->begin + PREFIX;
  for (int i = 0; i < count && done < length; i++) {
    uint32_t part = length - done < pieces[i].iov_len ? length - done : (uint32_t)pieces[i].iov_len;
    memcpy(pieces[i].iov_base, frame + done, part);
    done += part;
  }
  in->begin += PREFIX + length;
  return (ssize_t)length;
}

/* Reads as much as there is room for. Returns the number of bytes, TAP_AGAIN or TAP_DROPPED: the connection is over. */
static ssize_t fill(struct tap *tap) {
  struct stream *s = tap->stream;
  struct bytes *in = &s->in;
  uint32_t have = in->end - in->begin;
  /* At most one frame in part lies there, unless the guest has no buffers. */
  if (in->begin > 0) memmove(in->at, in->at + in->begin, have);
  in->begin = 0;
  in->end = have;
  size_t room = sizeof in->at - have;
  ssize_t bytes = read(tap->fd, in->at + have, room);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return TAP_AGAIN;
  /* Also where there is no room: only a connection that has failed is read then. */
  if (bytes <= 0) return over(tap);
  in->end += (uint32_t)bytes;
  s->drained = (size_t)bytes < room;
  return bytes;
}

ssize_t stream_read(struct tap *tap, const struct iovec *pieces, int count) {
  struct stream *s = tap->stream;
  for (;;) {
    if (stream_ahead(tap)) return take(&s->in, pieces, count);
    /* Longer than any frame: the other side speaks something else. It would never fit, nor what comes after it. */
    if (s->in.end - s->in.begin >= PREFIX && announced(&s->in) > LONGEST) return over(tap);
    if (s->drained) {
      s->drained = false;
      return TAP_AGAIN;
    }
    ssize_t result = fill(tap);
    if (result < 0) return result;
  }
}

void stream_failed(struct tap *tap) {
  /* The other side may have closed, and what it had sent before still be there. */
  if (fill(tap) == TAP_AGAIN) over(tap);
}

/* ---- Sending ----------------------------------------------------------------------------------------------------- */

bool stream_flush(struct tap *tap) {
  struct bytes *out = &tap->stream->out;
  while (out->begin < out->end) {
    ssize_t bytes = write(tap->fd, out->at + out->begin, out->end - out->begin);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && errno == EAGAIN) return false;
    if (bytes < 0) {
      over(tap);
      return true;
    }
    out->begin += (uint32_t)bytes;
  }
  out->begin = out->end = 0;
  return true;
}

ssize_t stream_write(struct tap *tap, const struct iovec *pieces, int count) {
  struct bytes *out = &tap->stream->out;
  uint32_t length = 0;
  for (int i = 0; i < count; i++) length += (uint32_t)pieces[i].iov_len;
  if (length > LONGEST) return TAP_DROPPED;
  if (PREFIX + length > sizeof out->at - out->end) {
    if (!stream_flush(tap)) return TAP_AGAIN;
    if (tap->gone) return TAP_DROPPED;
  }
  uint32_t prefix = htobe32(length);
  memcpy(out->at + out->end, &prefix, PREFIX);
  out->end += PREFIX;
  for (int i = 0; i < count; i++) {
    memcpy(out->at + out->end, pieces[i].iov_base, pieces[i].iov_len);
    out->end += (uint32_t)pieces[i].iov_len;
  }
  return (ssize_t)length;
}
