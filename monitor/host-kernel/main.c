/* Makes the machine ready, and runs the host program that the command line names. */
#include <penglai_abi.h>
#include <stddef.h>
#include <string.h>

#include "console.h"
#include "device_tree.h"
#include "page_table.h"
#include "pages.h"
#include "program.h"
#include "sbi.h"
#include "thread.h"

#define KERNEL_BASE 0x80200000ul
#define KERNEL_END 0x80400000ul
#define BYTES_PER_PAGE_IN_BITMAP 4
#define MOST_WORDS 32
#define SSTATUS_SUM (1ul << 18)
/* cycle, time, instret */
#define ALL_COUNTERS 7ul

static struct machine machine = {.timebase_hz = 10000000};

/* The command line where the device tree names no program: to be filled in by whoever makes one file of it all. */
char built_in_command_line[COMMAND_LINE_SIZE] __attribute__((section(".data"), used));

/* The monitor's bitmap covers all memory and is a PMP region: a power of two, aligned to itself. */
static uint64_t bitmap_size(void) {
  uint64_t size = PAGE_SIZE;
  while (size < machine.memory_size / PAGE_SIZE * BYTES_PER_PAGE_IN_BITMAP) size *= 2;
  return size;
}

static uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) & -unit;
}

static void make_memory(void) {
  uint64_t end = machine.memory_base + machine.memory_size;
  if (machine.memory_base > KERNEL_BASE || end < KERNEL_END) panic("too little memory");
  uint64_t area = KERNEL_END;
  uint64_t bitmap = round_up(area + PT_AREA_SIZE, bitmap_size());
  uint64_t pool = round_up(bitmap + bitmap_size(), LARGE_PAGE_SIZE);
  if (pool + 16 * LARGE_PAGE_SIZE > end) panic("too little memory");
  if (end > pool + MOST_MEMORY) end = pool + MOST_MEMORY;

  page_table_init(area, KERNEL_BASE, end - KERNEL_BASE);
  pages_init(pool, end / LARGE_PAGE_SIZE * LARGE_PAGE_SIZE - pool);
  /* Firmware may still look at it. */
  pages_reserve(machine.tree_base, machine.tree_size);
  if (machine.finisher != 0) page_table_map_device(machine.finisher);

  static int initialised;
  long error = monitor_call(SBI_SM_INIT, area, PT_AREA_SIZE, bitmap, bitmap_size(), (uint64_t)&initialised);
  if (error != 0 || initialised != 1) panic("the monitor refuses its initialisation (%ld)", error);
  error = monitor_call(SBI_SM_PT_AREA_SEPARATION, PT_AREA_ROOT_ORDER, PT_AREA_MIDDLE_ORDER, 0, 0, 0);
  if (error != 0) panic("the monitor refuses the page tables (%ld)", error);
  page_table_guarded();
}

/* What boot loaders and simulators put there for Linux. */
static bool is_kernel_option(const char *word) {
  return strchr(word, '=') != NULL || strcmp(word, "earlycon") == 0;
}

/* Cuts a command line into its words, in place; options of the kernel before the program are left out. */
static int cut(char *text, char **words) {
  int count = 0;
  for (char *at = text; *at != 0 && count < MOST_WORDS;) {
    while (*at == ' ') *at++ = 0;
    char *word = at;
    while (*at != ' ' && *at != 0) at++;
    if (*at == ' ') *at++ = 0;
    if (*word != 0 && (count > 0 || !is_kernel_option(word))) words[count++] = word;
  }
  return count;
}

static void list_files(void) {
  console_print("host kernel: the command line may name one of");
  for (const struct ram_file *file = ram_files; file->name != NULL; file++) console_print(" %s", file->name);
  console_print("\n");
}

void kernel_main(const void *tree) {
  asm volatile("csrs sstatus, %0" : : "r"(SSTATUS_SUM));
  asm volatile("csrw scounteren, %0" : : "r"(ALL_COUNTERS));
  device_tree_read(tree, &machine);
  if (sbi_has_extension(EXTENSION_SYSTEM_RESET)) machine.finisher = 0;
  console_use_finisher(machine.finisher);
  char *words[MOST_WORDS];
  int count = cut(machine.command_line, words);
  if (count == 0) count = cut(built_in_command_line, words);
  const struct ram_file *file = count == 0 ? NULL : ram_file_find(words[0]);
  if (file == NULL) {
    if (count > 0) console_print("host kernel: %s: no such program\n", words[0]);
    list_files();
    power_off(count == 0 ? 0 : EXIT_NO_SUCH_PROGRAM);
  }
  make_memory();
  thread_init(machine.timebase_hz);
  program_load(file, count, words);
  thread_run_all();
}
