import fc from 'fast-check'

// The same random cases in every run; FAST_CHECK_SEED=N tries others. Arrays grow to the length that they may have.
fc.configureGlobal({
  seed: Number(process.env.FAST_CHECK_SEED ?? 20261121),
  defaultSizeToMaxWhenMaxSpecified: true,
})
