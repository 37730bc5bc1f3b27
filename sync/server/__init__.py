"""The region's server: accepts, orders and hands out sealed batches. It can open none of them."""
