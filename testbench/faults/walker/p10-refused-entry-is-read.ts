import { WalkerUnit } from '../../../rtl-model/memory/walker.ts'
import type { Fault } from '../fault.ts'
import { withWalker } from '../units.ts'

class ReadingFirst extends WalkerUnit {
  override walk(...[va, satp, kind, observe]: Parameters<WalkerUnit['walk']>): ReturnType<WalkerUnit['walk']> {
    const found = super.walk(va, satp, kind, observe)
    if ('fault' in found && found.fault === 'access') {
      const pte = this.parts.readPte(found.pa)
      if (pte !== undefined) observe?.({ pa: found.pa, pte, level: found.level })
    }
    return found
  }
}

export const refusedEntryIsRead: Fault = {
  kind: 'fault',
  id: 'P10',
  title: 'The walker asks memory for an entry before PMP has refused it, so that its line comes into the data cache.',
  source: 'cva6 #3430',
  certainty: 'R',
  breaks: ['architecture'],
  core: 'rocket',
  units: () => withWalker(ReadingFirst),
}
