"""Regular cleaning: unused state machines, and records that a lost event left open."""
