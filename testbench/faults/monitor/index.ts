import type { Certainty, Control, Fault, PromiseName } from '../fault.ts'

/** Read in the sources of that version; the change here does the same to our firmware. */
const penglai: [source: string, certainty: Certainty] = ['Penglai-TVM 841dd11 does this', 'M']
const own: [source: string, certainty: Certainty] = ['our own', 'D']

function planted(
  name: string,
  title: string,
  [source, certainty]: readonly [source: string, certainty: Certainty],
  ...breaks: readonly PromiseName[]
): Fault {
  return { kind: 'fault', ...imageOf(name), title, source, certainty, breaks, units: () => ({}) }
}

function legal(name: string, title: string, source: string): Control {
  return { kind: 'control', ...imageOf(name), title, source, certainty: 'I', units: () => ({}) }
}

const imageOf = (name: string): { id: string; monitor: string } => ({
  id: name.slice(0, name.indexOf('-')).toUpperCase(),
  monitor: `testbench/faults/monitor/images/${name}.elf`,
})

/** Every planted bug of the monitor: the patch of the same name says what differs. */
export const monitorFaults: readonly Fault[] = [
  planted(
    'sm01-end-not-zeroed',
    'What an enclave was created with goes back to the host as the enclave left it.',
    own,
    'isolation',
  ),
  planted(
    'sm02-relay-not-zeroed',
    'Relay memory goes back to the host as its holder left it when that ends.',
    penglai,
    'isolation',
  ),
  planted(
    'sm03-page-for-messages-stays-mapped',
    'The page for messages to the host of the enclave at the top stays mapped in a server after its return.',
    own,
    'isolation',
  ),
  planted(
    'sm04-heap-not-zeroed',
    'Heap that an enclave gives up goes to the host with what is in it.',
    own,
    'isolation',
  ),
  planted(
    'sm05-no-fence-after-claim',
    'No sfence.vma after pages were taken from the host: its TLB still maps them.',
    own,
    'isolation',
  ),
  planted(
    'sm06-no-fence-at-switch',
    'No sfence.vma when the address space changes: translations of one enclave serve another.',
    own,
    'isolation',
  ),
  planted(
    'sm07-entry-target-unchecked',
    'SET_PTE_ONE takes entries to pages that are not the host’s.',
    own,
    'isolation',
  ),
  planted(
    'sm08-refused-entry-written',
    'SET_PTE_ONE says no to an entry that it must not take, and writes it all the same.',
    penglai,
    'isolation',
    'monitor-discipline',
  ),
  planted('sm09-batch-checks-first', 'Of a batch of entries only the first is checked.', own, 'isolation'),
  planted(
    'sm10-copy-source-unchecked',
    'PTE_MEMCPY copies from memory of enclaves into tables that the host can read.',
    penglai,
    'isolation',
  ),
  planted(
    'sm11-zeroing-anywhere',
    'PTE_MEMSET zeroes memory outside the page tables too.',
    penglai,
    'isolation',
    'monitor-discipline',
  ),
  planted(
    'sm12-region-taken-twice',
    'Memory for enclaves may be somebody else’s already.',
    own,
    'isolation',
    'shadow-template',
    'monitor-discipline',
  ),
  planted(
    'sm13-leaf-outside-region',
    'The page tables that a host makes for an enclave may map pages outside its region.',
    own,
    'isolation',
  ),
  planted(
    'sm14-fork-shares-writable',
    'Writable pages of a template are mapped in its forks, not copied.',
    own,
    'shadow-template',
    'isolation',
  ),
  planted(
    'sm15-template-destroyed-under-forks',
    'A template can be destroyed while forks of it run on its pages.',
    penglai,
    'isolation',
  ),
  planted(
    'sm16-fork-without-measurement',
    'A fork does not get the measurement of its template.',
    own,
    'shadow-template',
  ),
  planted(
    'sm17-busy-server-called',
    'A server that waits for another one can be called, also by that one.',
    own,
    'server-calls',
    'monitor-discipline',
  ),
  planted(
    'sm18-server-calls-itself',
    'A server can call itself, and then waits for itself for ever.',
    own,
    'server-calls',
    'monitor-discipline',
  ),
  planted(
    'sm19-return-to-top',
    'A server returns to the enclave at the top of the chain, not to the one that waits for it.',
    own,
    'server-calls',
  ),
  planted(
    'sm20-passed-memory-stays-mapped',
    'Memory that is passed with a call stays mapped in the enclave that it came from.',
    own,
    'isolation',
    'server-calls',
  ),
  planted(
    'sm21-eids-reused',
    'The eid of an enclave that ended, and a handle on it, come to mean the next enclave.',
    penglai,
    'server-calls',
    'isolation',
  ),
  planted(
    'sm22-registers-reach-server',
    'A server finds what its caller had in registers a6 to t3.',
    own,
    'isolation',
    'secrecy',
  ),
  planted(
    'sm23-caller-registers-lost',
    'A caller finds its registers as they were when it was entered, not as it left them.',
    own,
    'server-calls',
    'isolation',
  ),
  planted(
    'sm24-eid-place-unchecked',
    'The eid of what was created is written wherever the host says.',
    own,
    'isolation',
    'monitor-discipline',
  ),
  planted(
    'sm25-report-place-unchecked',
    'Reports for the host are written wherever it says.',
    own,
    'isolation',
    'monitor-discipline',
  ),
  planted('sm26-any-root-in-satp', 'satp may name any page for a root table.', own, 'isolation'),
  planted(
    'sm27-interrupted-chain-resumed-one-below',
    'Where an interrupted chain has more than one server, the first one runs, which waits for the next.',
    own,
    'server-calls',
  ),
  planted(
    'sm28-lock-kept-on-error',
    'A call of a server that ends in an error keeps its lock: the next call waits for ever.',
    own,
    'monitor-discipline',
  ),
  planted(
    'sm29-split-table-unchecked',
    'SBI_SM_MAP_PTE writes a table wherever the host says.',
    penglai,
    'isolation',
    'monitor-discipline',
  ),
  planted(
    'sm30-share-stays-mapped',
    'Secure shared memory stays mapped in an enclave that has detached it.',
    own,
    'isolation',
  ),
  planted(
    'sm31-result-written-to-read-only',
    'Results of an enclave’s calls are written to pages that it may only read, a template’s too.',
    own,
    'shadow-template',
    'monitor-discipline',
  ),
  planted(
    'sm32-key-place-is-physical',
    'Where an enclave has nothing mapped, the place for a key is taken for a physical address.',
    own,
    'isolation',
    'monitor-discipline',
  ),
  planted(
    'sm33-batch-without-bound',
    'A batch of zeroing may have any number of elements, and takes as long.',
    penglai,
    'monitor-discipline',
  ),
  planted(
    'sm34-relay-sent-stays-mapped',
    'Relay memory that was left for another enclave stays mapped in the one that left it.',
    own,
    'isolation',
  ),
  planted(
    'sm35-enclave-registers-reach-host',
    'The host finds what an enclave had in registers s2 to s5.',
    own,
    'isolation',
    'secrecy',
  ),
  planted(
    'sm36-memory-for-enclave-unchecked',
    'Memory that the host gives a running enclave may be somebody else’s already.',
    own,
    'isolation',
    'shadow-template',
    'monitor-discipline',
  ),
  planted(
    'sm37-server-return-unchecked',
    'A return that nobody waits for makes the monitor fault.',
    own,
    'monitor-discipline',
    'server-calls',
  ),
  {
    ...planted(
      'sm38-zeroing-takes-after-content',
      'Zeroing takes longer for a byte that is not zero.',
      own,
      'secrecy-timing',
    ),
    core: 'rocket',
  },
  planted(
    'sm39-hash-of-content-left',
    'The memory of an enclave goes back to the host with a hash of what was in it, in a field that nobody needs.',
    own,
    'secrecy',
  ),
]

/** What a monitor may do that ours does not. */
export const monitorControls: readonly Control[] = [
  legal(
    'im01-template-not-zeroed',
    'The memory of a template goes back to the host as the host gave it.',
    'Penglai-TVM 841dd11',
  ),
  legal(
    'im02-servers-refuse-to-end',
    'DESTROY_ENCLAVE refuses a server, and DESTROY_SERVER_ENCLAVE one that works for somebody.',
    'our own',
  ),
  legal('im03-eids-with-gaps', 'Of the eids of a slot only every third is given.', 'our own'),
  legal('im04-mmap-place-not-heeded', 'Memory goes where the monitor wants, not where the enclave does.', 'our own'),
  legal('im05-more-fences', 'Translations are flushed twice at each switch.', 'our own'),
]
