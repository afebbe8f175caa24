// Words of the predictor's state. Plain constants, for the inner loop of the timing: compilers put them into the code.

export const HISTORY = 0
/** A branch on its way into the history: the cycle at which the front end saw it (0: none), and its prediction. */
export const SEEN_AT = 1
export const SEEN_TAKEN = 2
export const RAS_COUNT = 3
export const RAS_POSITION = 4
/** A push (1) or pop (2) on its way into the return-address stack. */
export const RAS_AT = 5
export const RAS_KIND = 6
export const RAS_LOW = 7
export const RAS_HIGH = 8
export const SCALARS = 9
