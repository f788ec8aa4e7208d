/** A website, served by tenders with images/http and by nginx with one worker. */
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fata, type Ground } from "./ground.ts";
import { onServerCore, type Running, type Server } from "./server.ts";

/** Files that are there. */
export const SMALL = { name: "small.txt", size: 1000 };
export const LARGE = { name: "large.bin", size: 1 << 20 };
const INDEX = { name: "index.html", size: 1000 };
export type File = typeof SMALL;

/** A server is there after this time. */
const UP_WITHIN_MS = 20_000;

/** The folder that is served. */
function makeSite(ground: Ground, name = "site", files: readonly File[] = [INDEX, SMALL, LARGE]): string {
  const folder = ground.file(name);
  mkdirSync(folder, { recursive: true });
  for (const { name, size } of files) writeFileSync(`${folder}/${name}`, Buffer.alloc(size, `${name} `));
  return folder;
}

/** Builds images/http with a folder. @returns its path */
async function build(ground: Ground, folder: string): Promise<string> {
  const image = `${folder}.wasm`;
  const given = `FATA_BENCH_FOLDER=${folder}`;
  await ground.run("env", given, process.execPath, fata, "build", "bench/images/http", "--native", "-o", image);
  return image;
}

/** The image with all files. @returns its path */
export const buildWebsite = (ground: Ground): Promise<string> => build(ground, makeSite(ground));

/** The image with one page. @returns its path */
export const buildPage = (ground: Ground): Promise<string> => build(ground, makeSite(ground, "page", [INDEX]));

/** nginx as it is fastest: one process, no log, no limit on requests, and it remembers open files. */
export function nginxCommand(ground: Ground): string[] {
  const path = ground.file("nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (what) => `${what}_temp_path ${ground.file(`nginx-${what}`)};`,
  );
  writeFileSync(
    path,
    `user root; daemon off; master_process off; pid ${ground.file("nginx.pid")}; error_log stderr error;
     events { worker_connections 4096; }
     http {
       ${temporary.join(" ")}
       access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000;
       open_file_cache max=100; types { text/plain txt; }
       server { listen 80 backlog=4096; root ${makeSite(ground)}; }
     }`,
  );
  return ["/usr/sbin/nginx", "-c", path];
}

/** nginx over Linux's TCP, in a namespace of its own. */
export function nginxServer(ground: Ground): Server {
  const command = nginxCommand(ground);
  return {
    name: "nginx",
    async start() {
      const { namespace, address } = await ground.link(true);
      return { child: await ground.serveIn(namespace, ...onServerCore(command)), address };
    },
  };
}

/** Waits until a server has answered, and verifies that it serves the file. */
export async function waitForAnswer(ground: Ground, { address, child }: Running, file: File): Promise<void> {
  const curl = ["curl", "-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code}:%{size_download}"];
  const end = Date.now() + UP_WITHIN_MS;
  for (let said = ""; said !== `200:${file.size}`; ) {
    if (Date.now() > end || child.exitCode !== null) throw new Error(`${file.name} is not served: ${said}`);
    await sleep(20);
    said = await ground.runInside("sh", "-c", `${curl.join(" ")} http://${address}/${file.name} || true`);
  }
}
