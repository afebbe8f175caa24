/*
 * The one address space: the kernel's mapping of all memory at its physical addresses (large pages, split where part of
 * one is given away), and under it user memory. All tables lie in one contiguous page-table area, divided by level;
 * once the monitor guards it, the kernel can only read it and writes through SBI_SET_PTE.
 */
#ifndef PAGE_TABLE_H
#define PAGE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define USER_BASE 0x40000000ul
#define USER_END 0x80000000ul

#define PTE_V 0x01
#define PTE_R 0x02
#define PTE_W 0x04
#define PTE_X 0x08
#define PTE_U 0x10
#define PTE_A 0x40
#define PTE_D 0x80

/* Bytes of the page-table area: a power of two, and the area is aligned to it. */
#define PT_AREA_SIZE (256 * 1024ul)
/* The part of the roots and the part of the middle tables have two to the power of these pages. */
#define PT_AREA_ROOT_ORDER 1
#define PT_AREA_MIDDLE_ORDER 3

/* Makes the tables in the area at `area`, maps `[base, base + size)` of memory, and turns translation on. */
void page_table_init(uint64_t area, uint64_t base, uint64_t size);

/* Maps a device register's large page; only before the monitor guards the tables. */
void page_table_map_device(uint64_t pa);

/* Tells that from now on only the monitor can write the tables. */
void page_table_guarded(void);

/*
 * Maps user pages at physical pages; `permissions` out of PTE_R, PTE_W, PTE_X. False if there is no table left or the
 * monitor refuses; some pages may be mapped then.
 */
bool page_table_map_user(uint64_t va, uint64_t pa, uint64_t size, uint64_t permissions);
void page_table_unmap_user(uint64_t va, uint64_t size);

/* Splits the large pages of the kernel's mapping that are only partly in the range. False if there is no table left. */
bool page_table_split(uint64_t pa, uint64_t size);

/* Whether the kernel's mapping of the page is valid: not while the page belongs to an enclave or the monitor. */
bool page_table_is_mapped(uint64_t pa);

/* Whether a program may read, or also write, all of the range. */
bool page_table_user_may(uint64_t va, uint64_t size, bool write);

void page_table_flush(void);

#endif
