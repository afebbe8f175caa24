/** Input that cannot be used: the message is one line that names the file and the place, and says what is wrong with it. */
export class InputError extends Error {}
