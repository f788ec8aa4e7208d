import { describe } from "node:test";
import { runSeed } from "./line.ts";
import { testSeeds } from "./seeds.ts";

describe("over very many bad lines", () => testSeeds(5000, runSeed));
