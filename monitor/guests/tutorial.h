/* What the host programs of the tutorials and their enclaves agree on. */
#ifndef TUTORIAL_H
#define TUTORIAL_H

#define PAGE 4096ul

/* The first word of shared memory and of relay pages. */
#define SHM_WORD 11111
#define RELAY_WORD 22222

#endif
