/*
 * bench-fork ENCLAVE [MOST]: what creating and what forking costs, for the enclave with more and more read-only memory
 * added to its file, 16 KiB to MOST KiB (16384). A line a size: KiB, then cycles to create an enclave, to run it, to
 * create a template, and to fork and run that; all with the work of host program and kernel in it.
 */
#include <penglai-enclave.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_KIB 16ul
#define MOST_KIB 16384ul
/* Where the added memory lies in the enclave. */
#define ADDED_VA 0x400000ul
#define PAGE 4096ul

/* Of an ELF64 file: places of fields in its header, and a program header. */
enum { PROGRAM_HEADERS = 32, PROGRAM_HEADER_COUNT = 56 };
struct program_header {
  uint32_t type, flags;
  uint64_t offset, va, pa, file_size, memory_size, alignment;
};
#define TYPE_LOAD 1
#define READABLE_EXECUTABLE 5

static unsigned long cycles(void) {
  unsigned long count;
  asm volatile("rdcycle %0" : "=r"(count));
  return count;
}

/* The file with a segment of `size` bytes more: its program headers move to the end, where there is room for one. */
static struct elf_args with_segment(const struct elf_args *file, unsigned long size) {
  unsigned long start = (file->size + PAGE - 1) & -PAGE;
  char *bytes = malloc(start + size + PAGE);
  memcpy(bytes, file->ptr, file->size);
  memset(bytes + start, 0x5a, size);
  uint16_t *count = (uint16_t *)(bytes + PROGRAM_HEADER_COUNT);
  uint64_t *headers = (uint64_t *)(bytes + PROGRAM_HEADERS);
  struct program_header *table = (struct program_header *)(bytes + start + size);
  memcpy(table, bytes + *headers, *count * sizeof *table);
  table[*count] = (struct program_header){
    TYPE_LOAD, READABLE_EXECUTABLE, start, ADDED_VA, ADDED_VA, size, size, PAGE};
  *headers = start + size;
  *count += 1;
  return (struct elf_args){bytes, start + size + PAGE, 0};
}

/* Cycles to create the enclave, which is in `enclave` then. */
static unsigned long create(struct PLenclave *enclave, struct elf_args *file, enclave_type_t type) {
  struct enclave_args args;
  PLenclave_init(enclave);
  enclave_args_init(&args);
  args.type = type;
  unsigned long start = cycles();
  if (PLenclave_create(enclave, file, &args) < 0) exit(1);
  return cycles() - start;
}

static unsigned long run(struct PLenclave *enclave) {
  unsigned long start = cycles();
  if (PLenclave_run(enclave) != RETURN_USER_EXIT_ENCL) exit(1);
  return cycles() - start;
}

static void measure(const struct elf_args *file, unsigned long kib) {
  struct PLenclave enclave, template, fork;
  struct elf_args larger = with_segment(file, kib * 1024);
  unsigned long creation = create(&enclave, &larger, NORMAL_ENCLAVE);
  unsigned long running = run(&enclave);
  unsigned long template_creation = create(&template, &larger, SHADOW_ENCLAVE);
  fork = template;
  unsigned long forking = run(&fork);
  PLenclave_destroy(&template);
  PLenclave_destruct(&enclave);
  PLenclave_destruct(&template);
  free(larger.ptr);
  printf("%8lu %12lu %12lu %12lu %12lu\n", kib, creation, running, template_creation, forking);
}

int main(int argc, char **argv) {
  struct elf_args file;
  elf_args_init(&file, argc > 1 ? argv[1] : NULL);
  unsigned long most = argc > 2 ? (unsigned long)atol(argv[2]) : MOST_KIB;
  if (!elf_valid(&file)) {
    printf("Usage: bench-fork ENCLAVE [MOST]\n");
    return 1;
  }
  /* The first enclave also brings the monitor memory of its own. */
  struct PLenclave enclave;
  create(&enclave, &file, NORMAL_ENCLAVE);
  run(&enclave);
  PLenclave_destruct(&enclave);
  printf("%8s %12s %12s %12s %12s\n", "KiB", "create", "run", "template", "fork and run");
  for (unsigned long kib = LEAST_KIB; kib <= most; kib *= 4) measure(&file, kib);
  elf_args_destroy(&file);
  return 0;
}
