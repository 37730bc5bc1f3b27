"""The main job on sample data: ``qispi demo``. Everything is real but the people."""
