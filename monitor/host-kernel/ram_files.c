#include "ram_files.h"

#include <stddef.h>
#include <string.h>

const struct ram_file *ram_file_find(const char *path) {
  if (strncmp(path, "./", 2) == 0) path++;
  if (*path == '/') path++;
  for (const struct ram_file *file = ram_files; file->name != NULL; file++) {
    if (strcmp(file->name, path) == 0) return file;
  }
  return NULL;
}
