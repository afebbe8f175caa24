import { promises } from '../properties/index.ts'
import { faults } from '../testbench/faults/index.ts'
import { hunt } from '../testbench/fuzz/hunt.ts'
const [budget, seed, all, ...ids] = process.argv.slice(2)
for (const fault of faults.filter(({ id, breaks }) => ids.length ? ids.includes(id) : id.startsWith('SM')))
  for (const promise of promises.filter(({ name }) => all === 'all' || (fault.breaks as string[]).includes(name))) {
    try {
      const h = await hunt({ id: fault.id, promise, seed: Number(seed), seconds: Number(budget) }, '/work/wt/mfaults/')
      console.log(fault.id, promise.name, h.found ? 'caught' : 'NOT', h.cases, h.seconds.toFixed(1), h.found?.stepsFound, '->', h.steps, h.shorteningSeconds.toFixed(1), h.found?.start, h.found?.sort, '|', h.found?.sentence.slice(0, 150))
    } catch (e) { console.log(fault.id, promise.name, 'THROWS', e instanceof Error ? e.stack?.slice(0, 600) : e) }
  }
