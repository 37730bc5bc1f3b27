"""The page of risk: valuations of the centre, transcribed instruments, history, attachments."""
