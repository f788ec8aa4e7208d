import { describe } from "node:test";
import { testSeeds } from "../seeds.ts";
import { runSeed } from "./streams.ts";

describe("over very many bad lines", () => testSeeds(5000, runSeed));
