import { test } from "node:test";
import { checkRandomZones } from "./randomzone.ts";

test("the server and RFC 1034, 4.3.2, step by step, say the same about 20,000 random zones", () =>
  checkRandomZones(20_000));
