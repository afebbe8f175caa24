import fc from 'fast-check'

// The same random cases in every run; FAST_CHECK_SEED=N tries others.
fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20261121) })
