# A payload for supervisor mode, as the bytes that lie at 0x80200000.
  .section .payload, "aw"
  .incbin PAYLOAD
