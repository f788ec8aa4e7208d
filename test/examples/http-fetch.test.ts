import { describe, test } from "node:test";
import { Example } from "./example.ts";

const example = await Example.build("http-fetch");

// What it does, test/e2e/http.test.ts has.
describe("examples/http-fetch", () => {
  test("is small", () => example.checkSize());
});
