"""The way to what keeps a laptop and its centre safe: people, sheets, copies, the register."""
