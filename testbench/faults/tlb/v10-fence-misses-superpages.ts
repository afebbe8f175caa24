import type { Fault } from '../fault.ts'
import { withTlb } from '../units.ts'

export const fenceMissesSuperpages: Fault = {
  kind: 'fault',
  id: 'V10',
  title: 'sfence.vma of an address leaves a superpage that maps it, unless the address is in its first 4 KiB.',
  source: 'xs PR #1859, #5087, #6455, #4694',
  certainty: 'M',
  breaks: ['architecture'],
  units: () =>
    withTlb(
      (Base) =>
        class extends Base {
          protected override isFlushed(index: number, vpn: number | undefined, asid: number | undefined): boolean {
            const isNamed = vpn === undefined || this.entry(index)?.vpn === vpn
            return isNamed && super.isFlushed(index, vpn, asid)
          }
        },
    ),
}
