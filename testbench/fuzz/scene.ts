import { type Enclave, pageNumbers, type State } from '../../monitor/spec/state.ts'
import type { EnclaveScene, OwnerRun, Scene } from './story.ts'

/** How things stand in a state of the specification. */
export function sceneOf(state: State): Scene {
  const { enclaves, running } = state
  return {
    owners: ownersOf(state),
    enclaves: [...enclaves.values()].map(enclaveOf),
    running: running === undefined ? 'host' : `enclave ${running}`,
  }
}

function ownersOf({ ram, owners }: State): OwnerRun[] {
  const runs: [string, number, string][] = []
  for (const page of pageNumbers(ram)) {
    const owner = owners.of(Number(page))
    const last = runs.at(-1)
    if (last?.[2] === owner) last[1]++
    else runs.push([`0x${page.toString(16)}`, 1, owner])
  }
  return runs
}

function enclaveOf({ eid, type, name, state, caller, callee }: Enclave): EnclaveScene {
  return { eid, type, name, state, ...(caller !== undefined && { caller }), ...(callee !== undefined && { callee }) }
}
