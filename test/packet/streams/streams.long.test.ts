import { describe } from "node:test";
import { testSeeds } from "./streams.ts";

describe("over very many bad lines", () => testSeeds(5000));
