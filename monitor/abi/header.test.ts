import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as abi from '../abi.ts'

const header = readFileSync(new URL('../sdk/include/penglai_abi.h', import.meta.url), 'utf8')

const defines = new Map(
  [...header.matchAll(/^#define (\w+) \(?(-?(?:0x[\da-f]+|\d+))\)?$/gim)].map(([, name, text]) => [name, number(text)]),
)
for (const [, name, text] of header.matchAll(/^ {2}(ENCLAVE_\w+) = (-?\d+),$/gm)) defines.set(name, BigInt(text))

function number(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
}

test('numbers are those of the C header', () => {
  const { extension, error, exitReason, resumeReason, setPte, ocall, keyType, layout, enclaveType } = abi
  const tables = [extension, error, exitReason, resumeReason, setPte, ocall, keyType, layout, enclaveType]
  const sizes = {
    ESERVERBUSY: abi.ESERVERBUSY,
    SBI_LEGAL_MAX: abi.SBI_LEGAL_MAX,
    NAME_LEN: abi.NAME_LEN,
    RELAY_PAGE_NUM: abi.RELAY_PAGE_NUM,
    ENCLAVE_DEFAULT_STACK_SIZE: abi.ENCLAVE_DEFAULT_STACK_SIZE,
    ENCLAVE_DEFAULT_KBUFFER_SIZE: abi.ENCLAVE_DEFAULT_KBUFFER_SIZE,
  }
  const states = Object.entries(abi.enclaveState).map(([name, value]) => [`ENCLAVE_${name}`, value] as const)
  const ours = [...tables, sizes].flatMap((table): [string, bigint | number][] => Object.entries(table))
  for (const [name, value] of [...ours, ...states]) expect([name, defines.get(name)]).toEqual([name, BigInt(value)])
})

test('calls have the numbers of the C header, and no call is missing', () => {
  const calls = [...Object.values(abi.hostCalls), ...Object.values(abi.enclaveCalls)]
  for (const { c, number: value } of calls) expect([c, defines.get(c)]).toEqual([c, value])
  const named = [...defines.keys()].filter((name) => name.startsWith('SBI_') && !/^SBI_(EXT|LEGAL)_/.test(name))
  expect(named.sort()).toEqual(calls.map(({ c }) => c).sort())
})

/** Structs by their C name. */
const structs = new Map<
  string,
  abi.Struct<{ [name: string]: { offset: number; bytes: number; kind: 'number' | 'bytes' } }>
>(
  Object.entries({
    penglai_enclave_create_param: abi.createParam,
    penglai_enclave_run_param: abi.runParam,
    penglai_shadow_enclave_run_param: abi.shadowRunParam,
    call_enclave_arg_t: abi.callArg,
    report_t: abi.report,
    sbi_shm_des: abi.shmDescription,
    pt_area_batch_t: abi.batchEntry,
    pm_area_struct: abi.pmArea,
  }),
)

test('structs have the sizes and offsets that the C header asserts', () => {
  const asserted = new Set<string>()
  for (const [, name, field, size] of header.matchAll(
    /^_Static_assert\((?:size|offset)of\(struct (\w+)(?:, ([\w.]+))?\) == (\d+)/gm,
  )) {
    const struct = structs.get(name)
    if (field === undefined) expect([name, struct?.bytes]).toEqual([name, Number(size)])
    // An inner struct lies where its first field does.
    const ours =
      field === undefined
        ? []
        : Object.entries(struct!.fields).filter(([key]) => key.startsWith(field.replace('.', '_')))
    if (field !== undefined) expect([name, field, ours[0]?.[1].offset]).toEqual([name, field, Number(size)])
    asserted.add(name)
  }
  expect([...asserted].sort()).toEqual([...structs.keys()].sort())
})

test('structs have the members of the C header', () => {
  const widths = new Map([
    ['uint64_t', 8],
    ['int32_t', 4],
  ])
  let compared = 0
  for (const [, name, body] of header.matchAll(/^struct (\w+) \{\n((?: {2}\w+ \w+(?:\[NAME_LEN\])?;\n)+)\};$/gm)) {
    let offset = 0
    const members = [...body.matchAll(/(\w+) (\w+)(\[NAME_LEN\])?;/g)].map(([, type, member, isName]) => {
      const bytes = isName ? abi.NAME_LEN : widths.get(type)!
      offset += bytes
      return [member, { offset: offset - bytes, bytes }] as const
    })
    compared++
    const theirs = Object.fromEntries(members.filter(([member]) => member !== 'reserved'))
    expect({ name, fields: theirs }).toEqual({
      name,
      fields: Object.fromEntries(
        Object.entries(structs.get(name)!.fields).map(([key, field]) => [
          key,
          { offset: field.offset, bytes: field.bytes },
        ]),
      ),
    })
  }
  expect(compared).toBe(6)
})
