/*
 * The host's page tables. They lie in one area [PGD | PMD | PTE] that the host can read but not write: what it wants
 * changed, it asks for, and gets unless an entry could reach a page that is not the host's.
 */
#ifndef HOST_PAGES_H
#define HOST_PAGES_H

#include <stdbool.h>
#include <stdint.h>

/* Each returns 0 or -1; -1 leaves all as it was. */
int64_t pt_area_init(uint64_t area, uint64_t area_size, uint64_t map, uint64_t map_size, uint64_t flag);
int64_t pt_area_separate(uint64_t pgd_order, uint64_t pmd_order);
int64_t set_pte(uint64_t operation, uint64_t target, uint64_t value, uint64_t size);
int64_t split_huge_page(uint64_t pmd_entry, uint64_t table);
int64_t schrodinger_init(uint64_t pa, uint64_t size);

/* Whether the host may have this in satp: Sv39, from a root in the PGD part. */
bool satp_allowed(uint64_t satp);
/* Whether the host's tables are guarded: from separation on, satp has no other root. */
bool host_guarded(void);

/* Whether no valid 2 MiB mapping has pages both inside and outside the range. */
bool host_can_unmap(uint64_t pa, uint64_t size);
/* Makes each mapping of the range invalid. */
void host_unmap(uint64_t pa, uint64_t size);
/* Makes the mappings valid again whose pages are the host's again. */
void host_remap(void);

#endif
