/** The field Date (RFC 9110, 6.6.1), which all responses of a second have in common. */
import { wallNow } from "../sys/clock";
import { putEnd, putText } from "./ascii";
import { DATE_SIZE, storeDate } from "./date";

/** `Date: `, the date and the end of the line. */
const LINE_SIZE: usize = 6 + DATE_SIZE + 2;
const line: usize = memory.data(40);
/** The second whose date stands there. */
let second: u64 = u64.MAX_VALUE;

/** Writes the field. @returns the address behind it */
export function putDate(at: usize): usize {
  const time = wallNow() / 1_000_000_000;
  if (time != second) {
    second = time;
    const date = putText(line, "Date: ");
    storeDate(date, time);
    putEnd(date + DATE_SIZE);
  }
  memory.copy(at, line, LINE_SIZE);
  return at + LINE_SIZE;
}
