/** The codes that block devices and stores give, besides those of runtime/base/result.ts. */
export {
  E_ALREADY,
  E_INVALID,
  E_IO,
  E_NO_SPACE,
  E_NOT_FOUND,
  E_RANGE,
  E_READ_ONLY,
  E_UNSUPPORTED,
} from "../abi/tender";
