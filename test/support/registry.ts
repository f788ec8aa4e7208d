/**
 * A registry of npm packages on the loopback interface, so that a test can install a package as its users do: without
 * the network, whatever npm's cache holds. It has the packages of node_modules, by package-lock.json, and one more that was
 * packed for the test.
 */
import { spawn } from "node:child_process";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { readRepository, root } from "./repository.ts";

interface Entry {
  readonly version: string;
  readonly [field: string]: unknown;
}

/** A version of a package: its package.json, and the folder or the packed file that has its content. */
interface Version {
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly content: string;
}

export class Registry {
  readonly #versions = new Map<string, Map<string, Version>>();
  readonly #server: Server = createServer((request, response) => this.#answer(request.url ?? "", response));

  /**
   * Starts a registry.
   * @param tarball of one more package, as `npm pack` makes it
   * @param manifest its package.json
   */
  static async start(tarball: string, manifest: Readonly<Record<string, unknown>>): Promise<Registry> {
    const registry = new Registry();
    const { packages } = JSON.parse(readRepository("package-lock.json")) as { packages: Record<string, Entry> };
    for (const [place, entry] of Object.entries(packages)) {
      const name = place.split("node_modules/").at(-1);
      const folder = join(root, place);
      if (!name) continue; // the repository itself
      // Packages for other platforms are not there: npm only wants to know that it needs none.
      const file = join(folder, "package.json");
      registry.#add({ ...(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : entry), name }, folder);
    }
    registry.#add(manifest, tarball);
    await new Promise<void>((listening) => registry.#server.listen(0, "127.0.0.1", listening));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #add(manifest: Readonly<Record<string, unknown>>, content: string): void {
    const { name, version } = manifest as { name: string; version: string };
    const versions = this.#versions.get(name) ?? new Map<string, Version>();
    this.#versions.set(name, versions.set(version, { manifest, content }));
  }

  /** GET /NAME describes a package; GET /NAME/-/VERSION.tgz is its content. */
  #answer(url: string, response: ServerResponse): void {
    const [name = "", file] = decodeURIComponent(url.slice(1)).split("/-/");
    const versions = this.#versions.get(name);
    const version = file === undefined ? undefined : versions?.get(file.replace(/\.tgz$/, ""));
    if (version) sendContent(version.content, response);
    else if (versions && file === undefined) response.end(JSON.stringify(this.#describe(name, versions)));
    else response.writeHead(404).end();
  }

  #describe(name: string, versions: ReadonlyMap<string, Version>): unknown {
    const described = [...versions].map(([version, { manifest }]) => {
      return [version, { ...manifest, dist: { tarball: `${this.url}${name}/-/${version}.tgz` } }];
    });
    return { name, "dist-tags": { latest: [...versions.keys()].at(-1) }, versions: Object.fromEntries(described) };
  }
}

function sendContent(path: string, response: ServerResponse): void {
  if (path.endsWith(".tgz")) {
    createReadStream(path).pipe(response);
    return;
  }
  // Not compressed: npm takes that, too.
  const tar = spawn("tar", ["-c", "--exclude=./node_modules", "--transform=s,^\\.,package,", "."], { cwd: path });
  tar.stdout.pipe(response);
}
