/** Elements of arrays whose index is known to be right, for which a check would only cost code. */

/** Sets an element. @param index below the array's length */
export function setElement<T>(array: StaticArray<T>, index: u32, value: T): void {
  store<T>(changetype<usize>(array) + ((<usize>index) << alignof<T>()), value);
}
