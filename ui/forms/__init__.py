"""A form definition on screen: bindings without Qt, editors, and the page that holds them."""
