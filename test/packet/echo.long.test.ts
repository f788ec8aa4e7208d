import { describe } from "node:test";
import { testSeeds } from "./line.ts";

describe("over very many bad lines", () => testSeeds(5000));
