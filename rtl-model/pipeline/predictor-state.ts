// Plain constants, for the inner loop of the timing: compilers put them into the code.

/** Words of the scalar state. */
export const VALID = 0
export const PAGE_VALID = 1
export const NEXT_PAGE = 2
export const REPLACEMENT = 3
export const HISTORY = 4
/** A branch on its way into the history: the cycle at which the front end saw it (0: none), and its prediction. */
export const SEEN_AT = 5
export const SEEN_TAKEN = 6
export const RAS_COUNT = 7
export const RAS_POSITION = 8
/** A push (1) or pop (2) on its way into the return-address stack. */
export const RAS_AT = 9
export const RAS_KIND = 10
export const RAS_LOW = 11
export const RAS_HIGH = 12
export const SCALARS = 13
