"""Everything Qt: screens, widgets and the runtime that holds them."""
