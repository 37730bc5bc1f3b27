"""The laptops of the centre: joining, granting, and what to do when one is lost."""
