"""Bookflow: workflow automation for businesses that live on bookings."""

import gc

# Nearly all that the imports of a start make stays: to look for garbage among it takes a twelfth of the start.
gc.set_threshold(200_000)
