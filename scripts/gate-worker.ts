/** Does tasks of the gate, in a thread of its own. */

import { promises } from '../properties/index.ts'
import { type GateTask, runTask, type TaskResult } from '../testbench/gate/tasks.ts'

export default (task: GateTask): Promise<TaskResult> => runTask(task, promises)
