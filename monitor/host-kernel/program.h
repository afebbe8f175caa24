/* The host program that the command line names. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "ram_files.h"

/* Loads the program and makes its first thread, with the words of the command line as its arguments. */
void program_load(const struct ram_file *file, int argument_count, char *const *arguments);

#endif
