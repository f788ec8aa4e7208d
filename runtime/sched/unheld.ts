/**
 * Finding out what the application has lost: an object that nobody holds any more, though something was to be done with
 * it at its end. A collection marks what is held, then asks the surveyors, then frees the rest.
 */

/** Something that watches objects without holding them, by their addresses. */
export abstract class Surveyor {
  /**
   * Called in each collection, when everything that is held is marked: `__is_held` tells of an address whether its object
   * is. Must not allocate, and forgets the addresses of those that are not.
   */
  abstract survey(): void;

  /** For this file only: the surveyor added before. */
  _next: Surveyor | null = null;
}

let surveyors: Surveyor | null = null;

/** Has a surveyor called in each collection. To be called once for each. */
export function addSurveyor(surveyor: Surveyor): void {
  surveyor._next = surveyors;
  surveyors = surveyor;
}

/** For the collector only. */
export function surveyAll(): void {
  let surveyor = surveyors;
  while (surveyor) {
    surveyor.survey();
    surveyor = surveyor._next;
  }
}
