/* An enclave's ELF file, in the program's memory. */
#ifndef ELF_H
#define ELF_H

#include <stdbool.h>

struct elf_args {
  char *ptr;
  unsigned long size;
  int fd;
};

void elf_args_init(struct elf_args *elf_args, char *filename);

/* Whether elf_args_init found the file. */
bool elf_valid(struct elf_args *elf_args);
void elf_args_destroy(struct elf_args *elf_args);

#endif
