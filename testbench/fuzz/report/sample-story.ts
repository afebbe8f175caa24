/** For the tests of reports: the host reads a page of an enclave through an entry that its TLB should have lost. */

import { sampleSteps } from '../../../traces/sample-steps.ts'
import { FINDING_VERSION, type Finding } from '../finding.ts'
import type { Arrow, Domain, EnclaveScene, OwnerRun, Scene, Story, StoryStep, Stretch, TraceLine } from '../story.ts'
import { type Breach, breachOf, type Summary } from '../summary.ts'

export function sampleFinding(): Finding {
  return {
    version: FINDING_VERSION,
    id: '7f3a91c2',
    promise: 'isolation',
    statement: 'No instruction outside an enclave reads, writes or executes a page that the enclave owns.',
    sentence: 'the host reads a page of enclave 1 while the enclave is stopped',
    seed: -1819918769,
    path: '811:3:0:1',
    start: 'an enclave runs',
    steps: [
      { by: 'host', code: [0x0004_b503], registers: [[9, 0x8104_2000n]] },
      {
        by: 'host',
        call: { call: 'createEnclave', paramPa: 0x8020_1000n },
        pokes: [{ pa: 0x8020_1000n, bytes: Uint8Array.of(0, 0x20, 4, 0x81) }],
      },
      { by: 'host', call: { call: 'runEnclave', eid: 1n, paramPa: 0x8020_1400n }, pokes: [] },
      { by: 'timer' },
      { by: 'host', code: [0x1204_8073, 0x0004_b503, 0x4501], registers: [[9, 0x8104_2000n]] },
    ],
    stepTexts: [
      'host     ld a0, 0(s1)                       s1 0x81042000',
      'host     createEnclave(paramPa 0x80201000)  -> eid 1',
      'host     runEnclave(eid 1, paramPa 0x80201400)',
      'timer    stops enclave 1',
      'host     sfence.vma s1, x0                  s1 0x81042000\nhost     ld a0, 0(s1)\nhost     c.li a0, 0',
    ],
    monitor: { file: 'monitor/images/firmware.elf', sha256: '5e'.repeat(32) },
    core: 'rocket',
    faults: ['V10'],
  }
}

export function sampleStory(): Story {
  const before = scene('host', [])
  const steps: StoryStep[] = [
    {
      text: 'ld a0, 0(s1)',
      lines: [
        's1 0x81042000',
        'a0 reads 0x0: the page is the host’s own',
        'DTLB entry 3 is filled: 2 MiB at va 0x81000000',
      ],
      domain: 'host',
      records: 2,
      cycles: 41n,
      after: before,
    },
    {
      text: 'createEnclave(paramPa 0x80201000)',
      lines: ['32 pages at 0x81040000, entry va 0x1000', 'a0 0, a1 1: the new eid'],
      domain: 'host',
      records: 41_236,
      cycles: 60_112n,
      after: scene('host', ['FRESH']),
    },
    {
      text: 'runEnclave(eid 1, paramPa 0x80201400)',
      domain: 'host',
      records: 1_873,
      cycles: 3_020n,
      after: scene('enclave 1', ['RUNNING']),
    },
    {
      text: 'timer interrupt',
      lines: ['a0 stays behind in the enclave; the host gets result 2, interrupted'],
      domain: 'enclave 1',
      records: 912,
      cycles: 1_377n,
      after: scene('host', ['STOPPED']),
    },
    {
      text: 'sfence.vma s1, x0\nld a0, 0(s1)\nc.li a0, 0',
      lines: ['s1 0x81042000', 'a0 reads 0x5ec2e70001000142: a word that the enclave wrote'],
      domain: 'host',
      records: 4,
      cycles: 19n,
      after: scene('host', ['STOPPED']),
    },
  ]
  return {
    finding: sampleFinding(),
    replayLine: 'npx yingzhou replay out/isolation-7f3a91c2.json',
    before,
    steps,
    timeline,
    arrows,
    breach: {
      step: 4,
      at: 44_024,
      lines: [
        'ld a0, 0(s1) by the host at pc 0x80200404: 8 B read at va 0x81042000, pa 0x81042000, owned by enclave 1',
      ],
      page: '0x81042',
    },
    trace,
    explain: [
      'load at va 0x81042000, privilege 1, SUM 0, MXR 0, Sv39, ASID 0, root 0x80801000',
      'DTLB entry 3: 2 MiB at va 0x81000000, global, pa 0x81042000, dagxwrv, PMP rwx: permitted',
      'walk level 2: PTE at 0x80801010 is 0x20201001 (v)',
      'walk level 1: PTE at 0x80804040 is 0x20202001 (v)',
      'walk level 0: PTE at 0x80808210 is 0x0 ()',
      'no legal entry at level 0: page fault',
      'PMP entry 5: NAPOT 0x81040000..0x8105ffff --- : load of 1 B at 0x81042000 by S denied',
    ],
    pipeline: sampleSteps(),
  }
}

export function sampleBreach(): Breach {
  return breachOf(sampleFinding(), {
    stepsFound: 41,
    cases: 812,
    why: ['DTLB entry 3 (global, va 0x81000000, 2 MiB) survived step 5', 'its page belongs to enclave 1 since step 2'],
    replay: 'npx yingzhou replay out/isolation-7f3a91c2.json',
    file: 'out/isolation-7f3a91c2.json',
    page: 'out/isolation-7f3a91c2.html',
  })
}

export function sampleSummary(): Summary {
  return {
    cases: 1_204_551,
    seconds: 252.4,
    casesPerSecond: 4780.2,
    seed: 42,
    workers: 2,
    shard: null,
    monitor: 'monitor/images/firmware.elf',
    core: 'rocket',
    faults: ['V10'],
    promises: [
      {
        name: 'isolation',
        statement: 'No instruction outside an enclave reads, writes or executes a page that the enclave owns.',
        cases: 1_204_551,
        breaches: 1,
      },
      {
        name: 'shadow template',
        statement: 'A template is the same from its creation to its destruction.',
        cases: 1_204_551,
        breaches: 0,
      },
      { name: 'secrecy', statement: 'Two runs that differ in a secret look the same.', cases: 0, breaches: 0 },
    ],
    breaches: [sampleBreach()],
    reached: {
      calls: { made: 31, of: 34 },
      errors: 58,
      walks: [120, 470, 410],
      traps: 9,
      pmpEntries: 7,
      tlbEvents: 11,
      states: 212,
    },
    interrupted: false,
  }
}

/** Enclave 0 is there from the start; enclave 1, in the state named, owns a slot of memory. */
function scene(running: Domain, states: readonly string[]): Scene {
  const slot: OwnerRun[] =
    states.length === 0
      ? [['0x81020', 0x2fe0, 'host']]
      : [
          ['0x81020', 32, 'host'],
          ['0x81040', 32, 'enclave 1'],
          ['0x81060', 0x2fa0, 'host'],
        ]
  const enclaves: EnclaveScene[] = [
    { eid: 0, type: 'normal', name: 'enclave0', state: 'STOPPED' },
    ...states.map((state) => ({ eid: 1, type: 'normal', name: 'enclave1', state })),
  ]
  return {
    owners: [
      ['0x80000', 512, 'monitor'],
      ['0x80200', 512, 'host'],
      ['0x80400', 16, 'pool'],
      ['0x80410', 1008, 'host'],
      ['0x80800', 16, 'tables'],
      ['0x80810', 240, 'host'],
      ['0x80900', 16, 'bitmap'],
      ['0x80910', 1776, 'host'],
      ['0x81000', 32, 'enclave 0'],
      ...slot,
    ],
    enclaves,
    running,
  }
}

const timeline: Stretch[] = [
  { lane: 'host', from: 0, to: 4, label: 'ld' },
  { lane: 'monitor', from: 4, to: 41_236, label: 'createEnclave' },
  { lane: 'host', from: 41_236, to: 41_240 },
  { lane: 'monitor', from: 41_240, to: 43_101, label: 'runEnclave' },
  { lane: 'enclave 1', from: 43_101, to: 43_112, label: 'runs' },
  { lane: 'monitor', from: 43_112, to: 44_023, label: 'timer' },
  { lane: 'host', from: 44_023, to: 44_027, label: 'ld' },
]

const arrows: Arrow[] = [
  { at: 4, from: 'host', to: 'monitor', label: 'createEnclave' },
  { at: 41_236, from: 'monitor', to: 'host', label: 'eid 1' },
  { at: 41_240, from: 'host', to: 'monitor', label: 'runEnclave' },
  { at: 43_101, from: 'monitor', to: 'enclave 1', label: 'enters' },
  { at: 43_112, from: 'enclave 1', to: 'monitor', label: 'timer' },
  { at: 44_023, from: 'monitor', to: 'host', label: 'interrupted' },
]

const trace: TraceLine[] = [
  traced(44_019, 'monitor', 'M', 0x8000_4c18n, 'ld sp, 16(a0)', ['sp 0x80020ff0', 'load 0x80031010']),
  traced(44_020, 'monitor', 'M', 0x8000_4c1an, 'ld a0, 80(a0)', ['a0 0x2', 'load 0x80031050']),
  traced(44_021, 'monitor', 'M', 0x8000_4c1en, 'csrw satp, t0', ['satp 0x8000000000080801']),
  traced(44_022, 'monitor', 'M', 0x8000_4c22n, 'mret', ['mstatus 0xa00000080']),
  traced(44_023, 'host', 'S', 0x8020_0400n, 'sfence.vma s1, zero', []),
  traced(44_024, 'host', 'S', 0x8020_0404n, 'ld a0, 0(s1)', [
    'a0 0x5ec2e70001000142',
    'load va 0x81042000, pa 0x81042000',
  ]),
  traced(44_025, 'host', 'S', 0x8020_0408n, 'c.li a0, 0', ['a0 0x0']),
  traced(44_026, 'host', 'S', 0x8020_040an, 'c.j . - 1022', []),
]

function traced(
  record: number,
  domain: Domain,
  privilege: TraceLine['privilege'],
  pc: bigint,
  text: string,
  effects: readonly string[],
): TraceLine {
  return { record, domain, privilege, pc, text, effects }
}
