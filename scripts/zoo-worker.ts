/** Tries planted bugs, in a thread of its own. */

import { promises } from '../properties/index.ts'
import { type Attempt, type AttemptTask, attempt } from '../testbench/zoo/attempt.ts'

export default (task: AttemptTask): Promise<Attempt> => attempt(task, promises)
