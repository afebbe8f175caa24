/*
 * The owner map: who owns each page of RAM. It lies in memory that the host gives with SM_INIT, one word a page, and
 * PMP closes it.
 */
#ifndef OWNER_H
#define OWNER_H

#include <stdbool.h>
#include <stdint.h>

enum owner_kind {
  OWNER_HOST,     /* number: how many mappings in enclaves share the page with the host */
  OWNER_MONITOR,  /* the monitor's image */
  OWNER_PT_AREA,  /* host page tables */
  OWNER_MAP,      /* the owner map */
  OWNER_POOL,     /* the monitor's pool */
  OWNER_ENCLAVE,  /* number: slot of the enclave */
  OWNER_TEMPLATE, /* number: slot of the template */
  OWNER_RELAY,    /* number: relay entry, which names its holder */
  OWNER_SHM,      /* number: secure shared memory */
};

/* What an enclave's page is for, found while its page tables are checked: each page has at most one role. */
enum page_role { ROLE_NONE, ROLE_TABLE, ROLE_LEAF };

/* Bytes that the map needs for all of RAM. */
uint64_t owner_map_bytes(void);
void owner_map_init(uint64_t map, uint64_t map_size, uint64_t pt_area, uint64_t pt_area_size);

/* `pa` lies in RAM. */
enum owner_kind owner_kind(uint64_t pa);
void owner_set(uint64_t pa, uint64_t size, enum owner_kind kind, uint32_t number);
enum page_role owner_role(uint64_t pa);
void owner_set_role(uint64_t pa, enum page_role role);

/* Whether the host may map these pages: its own, those that PMP guards, and what is no RAM. */
bool host_may_map(uint64_t pa, uint64_t size);

/* Whether all bytes of the range are in RAM and in pages of the host. */
bool host_owns(uint64_t pa, uint64_t size);
/* The same for whole pages; and whether no enclave shares any of them. */
bool host_owns_pages(uint64_t pa, uint64_t size);
bool host_owns_alone(uint64_t pa, uint64_t size);
/* Counts one more, or one less, mapping of the host's pages in an enclave. */
void host_share(uint64_t pa, uint64_t size);
void host_unshare(uint64_t pa, uint64_t size);

/*
 * Takes pages from the host: they must be the host's alone, and no 2 MiB mapping of the host may lie over an edge of
 * the range.
 */
bool can_claim(uint64_t pa, uint64_t size);
void claim(uint64_t pa, uint64_t size, enum owner_kind kind, uint32_t number);
/*
 * Gives pages back. Their bytes are what the caller left in them; the host's mappings are valid again after
 * settle_releases, once for all that a call gives back.
 */
void release(uint64_t pa, uint64_t size);
void settle_releases(void);

/* Forgets all translations and fetched instructions; after each change of an owner or a page table. */
void flush_translations(void);

#endif
