#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi.h"
#include "moment.h"
#include "offload.h"
#include "sandbox.h"
#include "stream.h"

#define ETHERNET_MTU 1500
#define TUN_DEVICE "/dev/net/tun"
#define UNIX "unix:"

/* What to type for a tap that the caller may use without being root. */
#define MAKE_TAP "ip tuntap add dev %s mode tap && ip addr add 10.0.0.1/24 dev %s && ip link set dev %s up"

static int choose_mac(struct tap *tap, const uint8_t *mac, struct failure *failure) {
  if (mac) {
    memcpy(tap->mac, mac, sizeof tap->mac);
    return 0;
  }
  if (getrandom(tap->mac, sizeof tap->mac, 0) != sizeof tap->mac)
    return FAIL(failure, "no randomness for a MAC address: %s; give one with --net-mac=", strerror(errno));
  tap->mac[0] = (tap->mac[0] & 0xfc) | 2; /* unicast, locally administered */
  return 0;
}

/* Flags and MTU of a network interface. Returns -1 when there is none of this name. */
static int query_interface(const char *name, short *flags, uint16_t *mtu) {
  struct ifreq request = {0};
  int result = -1, control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) return -1;
  memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
  if (ioctl(control, SIOCGIFFLAGS, &request) == 0) {
    *flags = request.ifr_flags;
    if (ioctl(control, SIOCGIFMTU, &request) == 0) {
      *mtu = request.ifr_mtu < 65500 ? (uint16_t)request.ifr_mtu : 65500;
      result = 0;
    }
  }
  close(control);
  return result;
}

/* Headers, if there are any, of the ABI's size, and what offloads they may tell of. */
static int set_up(struct tap *tap, const char *name, uint32_t offload, struct failure *failure) {
  int size = FATA_VNET_HDR_SIZE;
  int64_t features = tap->vnet && ioctl(tap->fd, TUNSETVNETHDRSZ, &size) < 0
                         ? -1 : offload_tell(tap->fd, tap->vnet ? offload : 0);
  if (features < 0) return FAIL(failure, "cannot set up tap %s: %s", name, strerror(errno));
  tap->features = (uint32_t)features;
  return 0;
}

/*
 * Attaches to a tap, or to one more queue of a tap that has several. Returns -1 with errno.
 * Headers say nothing while no offload is agreed on, and cost the kernel 0.3 us a frame. A tap with several queues has them
 * as whoever attached the first one wanted it.
 */
static int attach(struct tap *tap, const char *name, bool headers) {
  struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (headers ? IFF_VNET_HDR : 0))};
  memcpy(request.ifr_name, name, strlen(name));
  unsigned waits = 0;
  int result;
  do result = ioctl(tap->fd, TUNSETIFF, &request);
  while (result < 0 && errno == EBUSY && moment_passes(&waits));
  if (result < 0 && errno == EINVAL) {
    request.ifr_flags |= IFF_MULTI_QUEUE;
    result = ioctl(tap->fd, TUNSETIFF, &request);
  }
  if (result == 0) result = ioctl(tap->fd, TUNGETIFF, &request);
  tap->vnet = (request.ifr_flags & IFF_VNET_HDR) != 0;
  return result;
}

static int open_name(struct tap *tap, const char *name, uint32_t offload, struct failure *failure) {
  short flags = 0;
  size_t length = strlen(name);
  if (length == 0 || length >= IFNAMSIZ || strpbrk(name, "/ :"))
    return FAIL(failure, "\"%s\" is not the name of a tap; expected such as tap0, unix:PATH or @FD", name);
  if (query_interface(name, &flags, &tap->mtu) < 0)
    return FAIL(failure, "there is no tap %s; make it (as root): " MAKE_TAP, name, name, name, name);
  tap->fd = open(TUN_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap->fd < 0 && errno == EACCES)
    return FAIL(failure, "you may not open " TUN_DEVICE "; allow it (as root): chmod 666 " TUN_DEVICE);
  if (tap->fd < 0)
    return FAIL(failure, "cannot open " TUN_DEVICE ": %s; load it (as root): modprobe tun", strerror(errno));
  if (attach(tap, name, offload != 0) < 0) {
    int error = errno;
    close(tap->fd);
    if (error == EBUSY)
      return FAIL(failure, "tap %s is busy: another process serves it; end that one, or take another tap", name);
    if (error == EPERM)
      return FAIL(failure, "tap %s is not yours; give it away (as root): ip link del dev %s && "
                  "ip tuntap add dev %s mode tap user $USER && ip link set dev %s up", name, name, name, name);
    if (error == EINVAL)
      return FAIL(failure, "%s is not a tap; make one (as root): ip tuntap add dev NAME mode tap", name);
    return FAIL(failure, "cannot attach to tap %s: %s", name, strerror(error));
  }
  if (set_up(tap, name, offload, failure) < 0) return -1;
  tap->up = (flags & IFF_UP) != 0;
  return tap->up ? 0 : WARN(failure, "tap %s is down; bring it up (as root): ip link set dev %s up", name, name);
}

static int use_tap(struct tap *tap, const char *target, const struct ifreq *request, uint32_t offload,
                   struct failure *failure) {
  short flags = 0;
  if ((request->ifr_flags & (IFF_TAP | IFF_NO_PI)) != (IFF_TAP | IFF_NO_PI))
    return FAIL(failure, "%s is a tun, or has packet information; expected a tap (IFF_TAP | IFF_NO_PI)", target);
  /* The tap may live in another network namespace, where its name means nothing to us. */
  tap->up = query_interface(request->ifr_name, &flags, &tap->mtu) < 0 || (flags & IFF_UP) != 0;
  tap->vnet = (request->ifr_flags & IFF_VNET_HDR) != 0;
  return set_up(tap, target, offload, failure);
}

static int use_descriptor(struct tap *tap, const char *target, uint32_t offload, struct failure *failure) {
  const char *end = target + 1;
  uint64_t fd;
  if (!text_number(&end, 1 << 20, &fd) || *end || fd < 3)
    return FAIL(failure, "\"%s\" is not a descriptor; expected @3 or above, opened by the parent process", target);
  tap->fd = (int)fd;
  int flags = fcntl(tap->fd, F_GETFL);
  if (flags < 0) return FAIL(failure, "descriptor %s is not open; the parent process must pass it on", target);
  struct ifreq request = {0};
  if (ioctl(tap->fd, TUNGETIFF, &request) == 0) {
    if (use_tap(tap, target, &request, offload, failure) < 0) return -1;
  } else {
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(tap->fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
      return FAIL(failure, "descriptor %s is neither a tap nor a socket", target);
    if (type == SOCK_STREAM && stream_use(tap, target, failure) < 0) return -1;
    tap->socket = type;
  }
  if (fcntl(tap->fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(tap->fd, F_SETFD, FD_CLOEXEC) < 0)
    return FAIL(failure, "cannot set up descriptor %s: %s", target, strerror(errno));
  return 0;
}

int tap_open(struct tap *tap, const char *target, const uint8_t *mac, uint32_t offload, struct failure *failure) {
  *tap = (struct tap){.fd = -1, .file = -1, .mtu = ETHERNET_MTU, .up = true};
  if (choose_mac(tap, mac, failure) < 0) return -1;
  if (target[0] == '@') return use_descriptor(tap, target, offload, failure);
  if (strncmp(target, UNIX, strlen(UNIX)) != 0) return open_name(tap, target, offload, failure);
  tap->fd = stream_connect(target + strlen(UNIX), failure);
  return tap->fd < 0 ? -1 : stream_use(tap, target, failure);
}

/* What an error of read or write means for the frame and the link. */
static ssize_t failed(struct tap *tap, int error) {
  switch (error) {
    case EAGAIN:
      return TAP_AGAIN;
    case EBADFD: /* the tap was deleted */
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
      tap->gone = true;
      tap->up = false;
      return TAP_DROPPED;
    case EIO: /* the interface is down */
    case ENETDOWN:
      tap->up = false;
      return TAP_DROPPED;
    default: /* a frame that the kernel does not take, no memory, a datagram's peer that is not there yet */
      return TAP_DROPPED;
  }
}

ssize_t tap_outcome(struct tap *tap, bool write, ssize_t result) {
  if (result == -EINTR) return TAP_AGAIN;
  if (result < 0) return failed(tap, (int)-result);
  if (write) tap->up = true;
  /* No bytes read: an empty datagram, or the end of the connection. */
  else if (result == 0) return tap->socket == SOCK_DGRAM ? TAP_DROPPED : failed(tap, EPIPE);
  return result;
}

ssize_t tap_read(struct tap *tap, const struct iovec *pieces, int count) {
  if (tap->stream) return stream_read(tap, pieces, count);
  ssize_t bytes = count == 1 ? read(tap->fd, pieces->iov_base, pieces->iov_len) : readv(tap->fd, pieces, count);
  return tap_outcome(tap, false, bytes < 0 ? -errno : bytes);
}

ssize_t tap_write(struct tap *tap, const struct iovec *pieces, int count) {
  if (tap->stream) return stream_write(tap, pieces, count);
  ssize_t bytes = count == 1 ? write(tap->fd, pieces->iov_base, pieces->iov_len) : writev(tap->fd, pieces, count);
  return tap_outcome(tap, true, bytes < 0 ? -errno : bytes);
}

bool tap_flush(struct tap *tap) {
  return !tap->stream || stream_flush(tap);
}

bool tap_ahead(const struct tap *tap) {
  return tap->stream && stream_ahead(tap);
}

void tap_failed(struct tap *tap) {
  if (tap->stream) {
    stream_failed(tap);
    return;
  }
  /* Reading takes a socket's pending error away. What has none, and nothing to read, is over. */
  char byte;
  struct iovec piece = {&byte, sizeof byte};
  ssize_t result = tap_read(tap, &piece, 1);
  if (result == TAP_AGAIN) tap->gone = true;
  if (tap->gone) tap->up = false;
}

void tap_pin(struct sandbox *s, const struct tap *tap) {
  static const struct sandbox_call calls[] = {CALL(read), CALL(write), CALL(readv), CALL(writev)};
  /* A stream socket's frames pass through one buffer. */
  size_t count = tap->stream ? 2 : sizeof calls / sizeof *calls;
  for (size_t i = 0; i < count; i++) sandbox_pin(s, calls[i], (uint32_t)tap->fd);
}
