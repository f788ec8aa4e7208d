/** The public API: an application imports from "fata" and nowhere else (and its keys from "fata/keys"). */

// Results
export {
  E_ALREADY,
  E_INVALID,
  E_IO,
  E_NOT_FOUND,
  E_NO_SPACE,
  E_RANGE,
  E_READ_ONLY,
  E_TOO_LATE,
  E_UNSUPPORTED,
} from "./abi/tender";
export {
  E_AGAIN,
  E_CANCELLED,
  E_CLOSED,
  E_IN_USE,
  E_NO_MEMORY,
  E_REFUSED,
  E_RESET,
  E_TIMEOUT,
  E_TOO_LONG,
  E_UNREACHABLE,
  OK,
  resultName,
} from "./base/result";

// Checksums and encodings
export { base64Size, decodeBase64, encodeBase64 } from "./base/base64";
export { crc32 } from "./base/crc32";
export { Sha256 } from "./crypto/sha256";

// Fibers, timers and events
export { Fn0, Fn1, Task, joinAll, race, spawn, timeout } from "./sched/combine";
export { Condition } from "./sched/condition";
export { atExit } from "./sched/exit";
export { Fiber, WaitQueue, self, sleep, yieldNow } from "./sched/fiber";
export { boot, event, step } from "./sched/loop";
export { Mutex } from "./sched/mutex";
export { BoundedQueue } from "./sched/queue";
export { Semaphore } from "./sched/semaphore";
export { EventHandler, addEventHandler } from "./sched/source";
export { Timer } from "./sched/timer";

// Flows
export { DatagramFlow, DatagramResponder } from "./flow/datagram";
export { Names } from "./flow/names";
export { Flow, Listener, Transport } from "./flow/stream";

// HTTP
export { AccessLog } from "./http/accesslog";
export { Context } from "./http/context";
export { Form, FormReader } from "./http/form";
export { Handler } from "./http/handler";
export { HttpClient } from "./http/client";
export { HttpRequest } from "./http/httprequest";
export { HttpResponse } from "./http/httpresponse";
export { Method } from "./http/method";
export { Middleware } from "./http/middleware";
export { Request } from "./http/request";
export { Response } from "./http/response";
export { Router } from "./http/router";
export { HttpServer } from "./http/server";
export { StaticFiles } from "./http/staticfiles";

// Devices
export { DhcpOptions } from "./dhcp/options";
export { DhcpPool } from "./dhcp/pool";
export { DhcpServer } from "./dhcp/server";
export { Resolver } from "./dns/resolver";
export { DnsServer } from "./dns/server/server";
export { DiskZones } from "./dns/zone/disk";
export { CompiledZones, Zones } from "./dns/zone/zones";
export { BlockDevice } from "./block/device";
export { MemoryDisk } from "./block/memory";
export { Partition, readPartitions } from "./block/partition";
export { PartitionEntry } from "./block/partitionentry";
export { BlockStore } from "./block/store";
export { Crunch } from "./kv/crunch";
export { Fat } from "./kv/fat";
export { KEY_MAX, KV_DICTIONARY, KV_VALUE, KvEntry, KvRo, KvValue } from "./kv/kvro";
export { KvBatch } from "./kv/rw/batch";
export { KvSnapshot } from "./kv/rw/snapshot";
export { KvRw } from "./kv/rw/store";
export { Tar } from "./kv/tar";
export { FrameHandler, NetworkDevice } from "./net/device";
export { OffloadDevice } from "./net/offload";
export { DhcpStack } from "./net/dhcpstack";
export { Arp } from "./net/arp";
export { Ethernet, PayloadHandler } from "./net/ethernet";
export { Icmp } from "./net/icmp";
export { IcmpErrors } from "./net/icmperrors";
export { Ipv4 } from "./net/ipv4";
export { ProtocolHandler } from "./net/protocol";
export { Stack } from "./net/stack";
export { CongestionAlgorithm, CubicAlgorithm, NewRenoAlgorithm } from "./net/tcp/algorithm";
export { Congestion } from "./net/tcp/congestion";
export { TcpSocket } from "./net/tcp/socket";
export { logStatistics } from "./net/statistics";
export { Tcp } from "./net/tcp/tcp";
export { Udp } from "./net/udp";
export { UdpSocket } from "./net/udpsocket";
export { Ipv4Address, Ipv4Prefix, formatIpv4, parseIpv4 } from "./wire/ipv4address";
export { formatMac, loadMac, storeMac } from "./wire/macaddress";
export { Ipv6Address, Ipv6Prefix } from "./wire/ipv6address";

// Telemetry
export { setLogSink, LogSink } from "./sys/log";
export { Counter, Gauge, Histogram, Series } from "./telemetry/metric";
export { Metrics, MetricsHandler } from "./telemetry/metrics";
export { Syslog } from "./telemetry/syslog";

// Options of DHCP
export {
  OPTION_DNS_SERVERS,
  OPTION_DOMAIN_NAME,
  OPTION_MTU,
  OPTION_NTP_SERVERS,
  OPTION_ROUTER,
} from "./wire/dhcp";

// The system
export { measure, now, wallNow } from "./sys/clock";
export { consoleWrite } from "./sys/console";
export { EVENT_LINK, EVENT_RESTORED, EVENT_STOP, EVENT_USER } from "./sys/events";
export { exit } from "./sys/exit";
export {
  LEVEL_DEBUG,
  LEVEL_ERROR,
  LEVEL_INFO,
  LEVEL_QUIET,
  LEVEL_WARNING,
  LogSource,
  log,
  setLevels,
} from "./sys/log";
export { panic } from "./sys/panic";
export { randomBelow, randomFill, randomU32 } from "./sys/random";
