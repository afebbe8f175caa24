/* The RAM file system: the files of SDK_FILES, in the kernel's image, each on pages of its own. */
#ifndef RAM_FILES_H
#define RAM_FILES_H

#include <stdint.h>

struct ram_file {
  const char *name;
  const uint8_t *bytes;
  uint64_t size;
};

/* Ends with a file without a name. */
extern const struct ram_file ram_files[];

/* The file of that path, which may begin with `./` or `/`; NULL if there is none. */
const struct ram_file *ram_file_find(const char *path);

#endif
