/** A finding played again, with all that its page shows. */

import type { PipelineStep } from '../../traces/pipeline-step.ts'
import type { Finding } from './finding.ts'

/** Who runs. */
export type Domain = 'host' | 'monitor' | `enclave ${number}`

/** Pages one after the other with the same owner: the number of the first in hex (`0x84200`), how many, and whose. */
export type OwnerRun = readonly [firstPage: string, pages: number, owner: string]

export interface EnclaveScene {
  readonly eid: number
  readonly type: string
  readonly name: string
  readonly state: string
  /** Eids of who waits for it, and whom it waits for. */
  readonly caller?: number
  readonly callee?: number
}

/** How things stand between two steps, by the specification. */
export interface Scene {
  /** All of memory, in order. */
  readonly owners: readonly OwnerRun[]
  readonly enclaves: readonly EnclaveScene[]
  readonly running: Domain
}

export interface StoryStep {
  /** A call with its arguments, or assembly. */
  readonly text: string
  /** What else there is to say: registers, results, translations. */
  readonly lines?: readonly string[]
  /** Who does it. */
  readonly domain: Domain
  /** Records, and cycles, that it took. */
  readonly records: number
  readonly cycles: bigint
  readonly after: Scene
}

/** Records of one domain from `from` up to but not including `to`. Records count from 0 at the start of the story. */
export interface Stretch {
  readonly lane: Domain
  readonly from: number
  readonly to: number
  readonly label?: string
}

/** A call, return or trap: before record `at` the hart goes from one lane to another. */
export interface Arrow {
  readonly at: number
  readonly from: Domain
  readonly to: Domain
  readonly label: string
}

export interface TraceLine {
  readonly record: number
  readonly domain: Domain
  readonly privilege: 'U' | 'S' | 'M'
  readonly pc: bigint
  /** Assembly, or the name of an interrupt. */
  readonly text: string
  /** What it wrote and accessed. */
  readonly effects: readonly string[]
}

export interface Story {
  readonly finding: Finding
  /** The command that shows it again. */
  readonly replayLine: string
  /** How things stand at the start. */
  readonly before: Scene
  readonly steps: readonly StoryStep[]
  /** In order, and without gaps: each record is in one stretch. */
  readonly timeline: readonly Stretch[]
  readonly arrows: readonly Arrow[]
  readonly breach: {
    /** Index into `steps`. */
    readonly step: number
    readonly at: number
    /** What was seen. */
    readonly lines: readonly string[]
    /** The number of the page concerned, in hex as in `owners`. */
    readonly page?: string
  }
  /** Around the breach. */
  readonly trace: readonly TraceLine[]
  /** Why: the TLB entry used, the levels of the walk, the PMP entry, as `Mmu.explain` says it. */
  readonly explain: readonly string[]
  /** Around the breach, where the core has timing. */
  readonly pipeline?: readonly PipelineStep[]
}
