#include "elf.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "system_call.h"

void elf_args_init(struct elf_args *elf_args, char *filename) {
  *elf_args = (struct elf_args){.fd = -1};
  if (filename != NULL) elf_args->fd = open(filename);
  long size = system_call(SYS_FILE_SIZE, elf_args->fd, 0, 0, 0);
  long address = size <= 0 ? -1 : system_call(SYS_MAP, size, elf_args->fd, 0, 0);
  if (address < 0) {
    printf("LIB: %s: there is no such file\n", filename == NULL ? "(no name)" : filename);
    return;
  }
  elf_args->ptr = (char *)address;
  elf_args->size = (unsigned long)size;
}

bool elf_valid(struct elf_args *elf_args) {
  return elf_args->fd >= 0 && elf_args->ptr != NULL;
}

void elf_args_destroy(struct elf_args *elf_args) {
  if (elf_args->ptr != NULL) system_call(SYS_UNMAP, (long)elf_args->ptr, (long)elf_args->size, 0, 0);
  if (elf_args->fd >= 0) close(elf_args->fd);
  *elf_args = (struct elf_args){.fd = -1};
}
