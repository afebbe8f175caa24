import type { Retirement } from '../rtl-model/core/retirement.ts'
import type { StageTimes } from '../rtl-model/pipeline/stages.ts'

/** One record with its way through the pipeline: what the writers of Kanata logs and waves get. */
export interface PipelineStep {
  retirement: Retirement
  times: StageTimes
  /** Address and assembly; of an interrupt, its name. */
  label: string
  /** What the memory stage knows: accesses, TLB entry, PMP verdict, trap. One line each. */
  notes: string[]
  /** What `mcycle` holds after the record. */
  mcycle: bigint
}
