#ifndef UNISTD_H
#define UNISTD_H

#include <stddef.h>

int open(const char *path);
int close(int fd);
int usleep(unsigned microseconds);

#endif
