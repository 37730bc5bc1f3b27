"""Every refusal switched off, one at a time: ``./run mutate``. ``docs/mutation.md`` says how."""
