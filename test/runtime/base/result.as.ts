export * from "fata/base/result";
