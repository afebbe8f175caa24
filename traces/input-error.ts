/** Input that cannot be used. The message is one line and names the file and, where there is one, the line. */
export class InputError extends Error {}
