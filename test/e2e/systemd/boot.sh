# Boots systemd as the first process of namespaces of its own, on a copy-on-write view of this machine: what it changes is
# in memory and goes with it. Called by machine.ts, below unshare.
#
#   $1   an empty folder
#   $2   the repository, to be /opt/fata there
#   $3   the folder of Node
set -euo pipefail

mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
root=$1/root

mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root/opt/fata"
mount --bind "$2" "$root/opt/fata"
# Other file systems than / are not in the view.
[ -x "$root$3/node" ] || { mkdir -p "$root$3" && mount --bind "$3" "$root$3"; }

mount -t proc proc "$root/proc"
# The kernel's settings are not this machine's, but for those of its network.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"

mount -t tmpfs -o mode=755 tmpfs "$root/dev"
while read -r name major minor; do
  mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done <<'NODES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
NODES
mkdir "$root"/dev/{net,shm,pts}
mknod -m 666 "$root/dev/net/tun" c 10 200
# As udev makes it; the group is given to it when it is there.
[ ! -e /dev/kvm ] || mknod -m 660 "$root/dev/kvm" c 10 232
mknod -m 600 "$root/dev/console" c 1 3
# Where this file is missing, systemd takes it that there is no udev, and never looks at devices.
mkdir "$root/run/udev"
touch "$root/run/udev/control"

# Nothing but what a unikernel's service needs.
units=$root/lib/systemd/system
rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/systemd/network/*
find "$units/sysinit.target.wants/" ! -name 'systemd-udevd.service' ! -name 'systemd-journald.service' -type l -delete
: >"$root/etc/machine-id"

cd "$root"
mkdir before
pivot_root . before
umount --lazy /before
# systemd is told that the hardware is not its own.
exec env -i container=fata PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=basic.target
