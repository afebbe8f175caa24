/* Where the host's page tables lie; shared by the files that look after them. */
#ifndef HOST_AREA_H
#define HOST_AREA_H

#include <stdbool.h>
#include <stdint.h>

/* [base, pmd) has roots, [pmd, pte) their tables, [pte, end) the tables of 4 KiB pages. */
struct pt_area {
  uint64_t base, pmd, pte, end;
  bool separated;
};

extern struct pt_area pt_area;

/* Whether the host may write `value` at `address`, which is in the area. */
bool pt_area_allows(uint64_t address, uint64_t value);
/* Tells that an entry at `address` may be other than 0 now. */
void pt_area_mark(uint64_t pa);

#endif
